"""A small client of the native API, for the demo, the tests and the bench: plain HTTP and JSON."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ENDED: Final = frozenset({"complete", "failed", "abandoned"})


class Refused(Exception):
    """The API answered with a problem (RFC 9457); `problem` is its body."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')} {problem.get('detail', '')}")
        self.status = status
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Client:
    """Calls the API at `base_url` as the tenant of the key `bearer`."""

    base_url: str
    bearer: str = field(repr=False)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The JSON of the answer, None when it has no body. Raises Refused for any status but 2xx."""
        headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.loads(error.read() or b"{}")) from None
        return json.loads(text) if text else None

    def start(self, **fields: object) -> dict[str, Any]:
        """POST /v1/imports."""
        started: dict[str, Any] = self.call("POST", "/v1/imports", fields)
        return started

    def status(self, import_id: int) -> dict[str, Any]:
        """GET /v1/imports/{id}."""
        status: dict[str, Any] = self.call("GET", f"/v1/imports/{import_id}")
        return status

    def wait(
        self, import_id: int, seconds: float = 120, told: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Ask until the import has ended, and hand each answer to `told`; TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status(import_id)
            if told:
                told(status)
            if status["state"] in ENDED:
                return status
            if time.monotonic() > deadline:
                raise TimeoutError(f"import {import_id} has not ended after {seconds:g} seconds")
            time.sleep(0.2)

    def contacts(self, import_id: int) -> Iterator[dict[str, Any]]:
        """Every contact, page by page."""
        return self._pages(f"/v1/imports/{import_id}/contacts", "contacts")

    def ledger(self, import_id: int) -> Iterator[dict[str, Any]]:
        """Every entry of the ledger, page by page."""
        return self._pages(f"/v1/imports/{import_id}/ledger", "entries")

    def _pages(self, path: str | None, member: str) -> Iterator[dict[str, Any]]:
        while path:
            page = self.call("GET", path)
            yield from page[member]
            path = page["next"]
