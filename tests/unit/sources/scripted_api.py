"""A provider whose answers are written down, for the tests of the sources that speak JSON."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rubrica.domain.contacts import Contact
from rubrica.domain.ledger import Entry
from rubrica.errors import ImportFailure
from rubrica.ports import Batch, Request

JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(frozen=True)
class Canned:
    """An answer from memory; `failure` breaks its body off."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    failure: ImportFailure | None = None

    def chunks(self) -> Iterator[bytes]:
        yield self.body
        if self.failure is not None:
            raise self.failure


def said(value: object, status: int = 200, **headers: str) -> Canned:
    """An answer of JSON."""
    return Canned(status, json.dumps(value).encode(), {**JSON, **headers})


Step = Canned | ImportFailure | Callable[[Request], Canned]


@dataclass
class ScriptedApi:
    """Implements ports.Egress. Answers by path, each path's answers in turn, the last one for ever."""

    answers: Mapping[str, Sequence[Step] | Step]
    asked: list[Request] = field(default_factory=list)
    _turns: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Canned]:
        step = self._step(request)
        if isinstance(step, ImportFailure):
            raise step
        yield step if isinstance(step, Canned) else step(request)

    def _step(self, request: Request) -> Step:
        path = urlsplit(request.url).path
        with self._lock:
            self.asked.append(request)
            turn = self._turns.get(path, 0)
            self._turns[path] = turn + 1
        steps = self.answers.get(path, Canned(404))
        return steps[min(turn, len(steps) - 1)] if isinstance(steps, Sequence) else steps

    def paths(self) -> list[str]:
        return [urlsplit(request.url).path for request in self.asked]

    def queries(self, path: str) -> list[dict[str, list[str]]]:
        return [parse_qs(urlsplit(it.url).query) for it in self.asked if urlsplit(it.url).path == path]


def contacts(batches: Sequence[Batch]) -> list[Contact]:
    return [contact for batch in batches for contact in batch.contacts]


def entries(batches: Sequence[Batch]) -> list[Entry]:
    return [entry for batch in batches for entry in batch.entries]


def error(code: int, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, **more}}
