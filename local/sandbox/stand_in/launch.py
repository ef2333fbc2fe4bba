"""Start a stand-in: the command line of its process, and the handle of whoever started it."""

import argparse
import http.client
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from local.processes import answers, free_port, running
from local.sandbox.stand_in.server import CONTROL, StandInServer
from local.sandbox.stand_in.tokens import Introspection, Keeper, StaticTokens
from local.sandbox.stand_in.wire import Api
from local.signals import end_orderly

SECRET_VARIABLE: Final = "INTROSPECTION_SECRET"  # noqa: S105 - the name of a variable
_ROOT: Final = Path(__file__).resolve().parents[3]
_STARTING_SECONDS: Final = 30


class Introspector(NamedTuple):
    """Where and as whom to ask whether a token is alive (RFC 7662)."""

    url: str
    client: str
    secret: str


class Book(Protocol):
    """An account that a stand-in serves."""

    def write(self, folder: Path) -> Path:
        """Write the data folder, and return it."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in; `url` is its root, without a final slash."""

    url: str
    port: int

    def control(self, **settings: object) -> None:
        """Send settings to the control endpoint. Raises ValueError with its text when it refuses them."""
        answer = self._talk("POST", json.dumps(settings))
        if "error" in answer:
            raise ValueError(answer["error"])

    def report(self) -> dict[str, Any]:
        """The counters: `counts` by path and status, `max_in_flight`, `in_flight`, `requests`."""
        return self._talk("GET", None)

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the start or the last reset: path, names of query parameters, status, in_flight."""
        found: list[dict[str, Any]] = self.report()["requests"]
        return found

    def _talk(self, method: str, body: str | None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, CONTROL, body, {"Content-Type": "application/json"})
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found


@contextmanager
def running_stand_in(
    module: str,
    state: Path,
    book: Book | Path,
    *,
    introspection: tuple[str, str, str] | None = None,
    tokens: Mapping[str, Sequence[str]] | None = None,
    port: int | None = None,
) -> Iterator[StandIn]:
    """Serve a book, or a data folder, in a process of its own until the end of the context.

    `state` takes the files of the run, named after the module. Tokens are asked of an authorization server
    (`introspection`: URL, client id, secret), or are `tokens`, each with its scopes. Raises NotStarted.
    """
    name = module.rpartition(".")[2].replace("_", "-")
    data = book if isinstance(book, Path) else book.write(state / name)
    port = port or free_port()
    arguments = ["--port", str(port), "--data", str(data)]
    environment = {"PYTHONPATH": str(_ROOT)}
    if introspection is not None:
        known = Introspector(*introspection)
        arguments += ["--introspect", known.url, "--client", known.client]
        environment[SECRET_VARIABLE] = known.secret
    for text, scopes in (tokens or {}).items():
        arguments += ["--token", f"{text}={','.join(scopes)}"]
    with running(module, Path(sys.executable), module, arguments, environment, state / f"{name}.log") as child:
        child.wait_until(lambda: answers(port), _STARTING_SECONDS)
        yield StandIn(f"http://127.0.0.1:{port}", port)


def serve(module: str, title: str, api: Callable[[Path], Api]) -> int:
    """What `python -m` runs: serve a data folder until a signal ends it."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=title)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="folder with the data; made, with a sample, if absent")
    parser.add_argument("--introspect", help="introspection endpoint (RFC 7662) of the authorization server")
    parser.add_argument("--client", help=f"client id there; its secret is in the environment: {SECRET_VARIABLE}")
    parser.add_argument("--token", action="append", default=[], help="TEXT=SCOPE,SCOPE: a token that never dies")
    arguments = parser.parse_args()
    try:
        keeper = keeper_of(arguments)
    except ValueError as error:
        parser.error(str(error))
    server = StandInServer(arguments.port, api(arguments.data), keeper)
    end_orderly()
    print(f"{server.api.name} on {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 130
    return 0


def keeper_of(arguments: argparse.Namespace) -> Keeper:
    """Who knows tokens, as the command line says. Raises ValueError."""
    if arguments.introspect and not arguments.token:
        secret = os.environ.get(SECRET_VARIABLE, "")
        if not arguments.client or not secret:
            raise ValueError(f"--introspect needs --client, and {SECRET_VARIABLE} in the environment")
        return Introspection(arguments.introspect, arguments.client, secret)
    if not arguments.token or arguments.introspect:
        raise ValueError("say either --introspect or --token")
    return StaticTokens(dict(map(_token, arguments.token)))


def _token(told: str) -> tuple[str, frozenset[str]]:
    text, equals, scopes = told.partition("=")
    if not text or not equals:
        raise ValueError("--token is TEXT=SCOPE,SCOPE")
    return text, frozenset(scope for scope in scopes.split(",") if scope)
