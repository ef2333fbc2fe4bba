"""The edges over the stores in memory: events in, answers, raised errors and lines of log out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from rubrica.adapters.memory import MemoryTenants
from rubrica.entrypoints import browser, native, task
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.home import Home, home_at
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.ports import KeyKind
from rubrica.services.tenants import Authenticate, digest
from tests.fakes import OTHER_TENANT, REGISTERED
from tests.unit.services.worlds import SOURCES, World

EVENTS = Path(__file__).parents[2] / "events"
KEY, OTHER_KEY = "example-key-a", "example-key-b"


def event(name: str) -> dict[str, Any]:
    """One of the events that `sam local invoke` uses as well."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return loaded


def asking(name: str, *, path: str = "", body: str | None = None, **headers: str) -> dict[str, Any]:
    """An event, changed in path, body or headers; a header of "" is taken out."""
    changed = event(name)
    if path:
        changed["rawPath"] = changed["requestContext"]["http"]["path"] = path
    if body is not None:
        changed["body"] = body
    merged = {**changed["headers"], **{key.replace("_", "-"): value for key, value in headers.items()}}
    changed["headers"] = {key: value for key, value in merged.items() if value}
    return changed


@dataclass(frozen=True)
class Answered:
    """An answer, with its body read."""

    status: int
    headers: Mapping[str, str]
    text: str
    cookies: Sequence[str] = ()

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass
class LambdaContext:
    """What is used of the runtime's context."""

    milliseconds: int = 300_000
    function_name: str = "tests"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:tests"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass
class Entrances:
    """One installation: the functions, by the names of their folders. `address` is the one that it is told to have."""

    world: World = field(default_factory=World)
    tenants: MemoryTenants = field(default_factory=MemoryTenants)
    context: LambdaContext = field(default_factory=LambdaContext)
    address: str = ""

    def __post_init__(self) -> None:
        self.tenants.add(REGISTERED, {KeyKind.BEARER: digest(KEY)})
        self.tenants.add(OTHER_TENANT, {KeyKind.BEARER: digest(OTHER_KEY)})

    @cached_property
    def telemetry(self) -> PowertoolsTelemetry:
        """Made in the test itself: it writes to the output of the moment at which it is made."""
        return PowertoolsTelemetry()

    def start_import(self, asked: dict[str, Any]) -> Answered:
        world = self.world
        return self._answer(
            native.start_import(world.start, world.offer, self._caller(), world.clock, self._home()), asked
        )

    def read_import(self, asked: dict[str, Any]) -> Answered:
        return self._answer(native.read_import(self.world.read, self._caller(), self.world.clock, self._home()), asked)

    def delete_import(self, asked: dict[str, Any]) -> Answered:
        return self._answer(native.delete_import(self.world.delete, self._caller()), asked)

    def pages(self, asked: dict[str, Any]) -> Answered:
        world = self.world
        api = browser.open_consent(world.open, self._ours(), world.clock, self.telemetry, self._home())
        return self._answer(api, asked)

    def receive_answer(self, asked: dict[str, Any]) -> Answered:
        world = self.world
        api = browser.receive_answer(self._ours(), world.receive, world.sign_in, world.clock, self.telemetry)
        return self._answer(api, asked)

    def oauth_callback(self, asked: dict[str, Any]) -> Answered:
        world = self.world
        return self._answer(browser.oauth_callback(world.callback, world.clock, self.telemetry, self._home()), asked)

    def poll_status(self, asked: dict[str, Any], slice_seconds: int = 240) -> Mapping[str, Any]:
        return task.poll_status(self.world.poll, slice_seconds, self.telemetry, asked, self.context)

    def close_import(self, asked: dict[str, Any]) -> None:
        task.close_import(self.world.close, self.telemetry, asked)

    def sweep_imports(self) -> Mapping[str, int]:
        return task.sweep_imports(self.world.sweep, self.telemetry)

    def _caller(self) -> native.Caller:
        return native.Caller(Authenticate(self.tenants), self.telemetry)

    def _ours(self) -> browser.OurPages:
        return browser.OurPages(self.world.file_link, self.world.sign_in_link, SOURCES)

    def _home(self) -> Home:
        return home_at(self.address)

    def _answer(self, api: APIGatewayHttpResolver, asked: dict[str, Any]) -> Answered:
        answered = answer(api, self.telemetry, asked, self.context)
        headers = {name.lower(): value for name, value in dict(answered["headers"]).items()}
        assert not answered.get("isBase64Encoded")
        return Answered(
            answered["statusCode"], headers, answered.get("body") or "", tuple(answered.get("cookies") or ())
        )
