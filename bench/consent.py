"""How long it takes from Allow to contacts that can be read, beside what the provider alone takes.

The whole stack runs on this machine, warm. The provider's own time is what the same source waits for answers when it
reads the same account in this process.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from local.client import Client
from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.consent.person import Person
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.providers import Books, Sandbox
from local.stack import Stack
from local.tenant import BEARER
from rubrica.adapters.egress import GuardedEgress
from rubrica.adapters.memory import MemoryApps
from rubrica.bootstrap.sources import authorization_servers
from rubrica.domain.consent import App, authorization_address, departure, verifier
from rubrica.domain.credential import Code
from rubrica.domain.imports import Import, ImportId, State, TenantId
from rubrica.ports import Answer, Egress, Request
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.microsoft.source import MicrosoftGraph
from rubrica.sources.oauth2 import OAuth2

ROUNDS: Final = 5
MOST: Final = 1.0
"""Seconds that may be added to the provider's time."""

COOKIE: Final = "c" * 48
STATE: Final = "1.bench-bench-bench-bench"
SOURCES: Final = ("google", "microsoft")


class Wait(NamedTuple):
    """Seconds from Allow to readable contacts, and of those what the provider alone takes."""

    whole: float
    provider: float
    contacts: int

    @property
    def ours(self) -> float:
        """What is added to the provider's time."""
        return self.whole - self.provider


def measure(stack: Stack, sandbox: Sandbox, source: str) -> Wait:
    """The median of several imports, after one that warms everything up."""
    imports = [imported(stack, source) for _ in range(ROUNDS + 1)][1:]
    alone = statistics.median(provider(sandbox, stack, source) for _ in range(ROUNDS))
    return Wait(statistics.median(seconds for seconds, _ in imports), alone, imports[0][1])


def imported(stack: Stack, source: str) -> tuple[float, int]:
    """Seconds from Allow to the first page of contacts, and how many contacts there are."""
    client, person = Client(stack.base_url, BEARER), Person()
    started = client.start(source=source)
    callback = person.consent(started["consent_url"], follow_callback=False)
    began = time.perf_counter()
    person.open(callback)
    while (status := client.status(started["id"]))["state"] != "complete":
        if status["failure"]:
            raise ValueError(status["failure"]["code"])
        time.sleep(0.02)
    client.call("GET", f"/v1/imports/{started['id']}/contacts?limit=1")
    return time.perf_counter() - began, status["contacts"]["so_far"]


class Timed:
    """`ports.Egress` that counts the seconds in which it waits for the server."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self.waited = 0.0

    @contextmanager
    def exchange(self, request: Request) -> Iterator["_TimedAnswer"]:
        """See ports.Egress."""
        began = time.perf_counter()
        with self._egress.exchange(request) as answer:
            self.waited += time.perf_counter() - began
            yield _TimedAnswer(answer, self)


class _TimedAnswer:
    def __init__(self, answer: Answer, timed: Timed) -> None:
        self._answer = answer
        self._timed = timed
        self.status = answer.status
        self.headers = answer.headers

    def chunks(self) -> Iterator[bytes]:
        chunks = self._answer.chunks()
        while True:
            began = time.perf_counter()
            chunk = next(chunks, None)
            self._timed.waited += time.perf_counter() - began
            if chunk is None:
                return
            yield chunk


def provider(sandbox: Sandbox, stack: Stack, source: str) -> float:
    """Seconds in which the provider has to be waited for: the token, and every page of contacts."""
    servers = authorization_servers(sandbox.sign_in.url)
    client = sandbox.apps()[source]
    app = App(client["client_id"], client["client_secret"])
    redirect_uri = f"{stack.base_url}/oauth/{source}/callback"
    address = departure(authorization_address(servers[source], app, redirect_uri, (), ""), STATE, COOKIE)
    callback = Person().consent(address, follow_callback=False)
    code = dict(parse_qsl(callback.partition("?")[2]))["code"]
    port = {urlsplit(url).port or 0 for url in (sandbox.sign_in.url, sandbox.people.url, sandbox.graph.url)}
    timed = Timed(GuardedEgress(ports=frozenset(port), allow_loopback=True))
    now = datetime.now(UTC)
    imp = Import(ImportId(1), TenantId("bench"), source, State.IMPORTING, now, now, now)
    token = OAuth2(timed, MemoryApps({source: app}), servers).redeem(
        imp, Code(code, verifier(COOKIE, STATE), redirect_uri)
    )
    reader = GooglePeople(timed, sandbox.people.url) if source == "google" else MicrosoftGraph(timed, sandbox.graph.url)
    for _ in reader.read(token, None, lambda: False):
        pass
    return timed.waited


def main() -> int:
    """Print the rows; status 1 if more than a second is added."""
    books = Books(sample_book(1), google_book(), microsoft_book())
    with running_machine(None, books) as (stack, sandbox):
        waits = {source: measure(stack, sandbox, source) for source in SOURCES}
    for source, wait in waits.items():
        print(
            f"{source:12} {wait.whole:6.2f} s from Allow to readable, {wait.provider:5.2f} s of them the provider's: "
            f"{wait.ours:5.2f} s are ours, at most {MOST:g}   ({wait.contacts} contacts)"
        )
    return 0 if all(wait.ours <= MOST for wait in waits.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
