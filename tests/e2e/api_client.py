"""A caller of /v1, as an application would write it, and how it comes by its key."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from local.stack import Stack

ROOT = Path(__file__).parents[2]

Body = dict[str, Any]


@dataclass
class ApiClient:
    """Calls one installation with one tenant's key."""

    base_url: str
    key: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return self.session.request(method, self.base_url + path, headers=headers, timeout=60, **arguments)

    def start(self, source: str, username: str, password: str, server: str = "", **headers: str) -> Body:
        body = {"source": source, "username": username, "password": password}
        if server:
            body["server"] = server
        answer = self.call("POST", "/v1/imports", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def status(self, import_id: int) -> Body:
        answer = self.call("GET", f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def finished(self, import_id: int, seconds: float = 120) -> Body:
        deadline = time.monotonic() + seconds
        while (status := self.status(import_id))["state"] in ("created", "awaiting_consent", "importing"):
            assert time.monotonic() < deadline, f"not finished in {seconds} s: {status}"
            time.sleep(0.1)
        return status

    def pages(self, path: str, name: str) -> list[Body]:
        items: list[Body] = []
        following = path
        while following:
            answer = self.call("GET", following)
            assert answer.status_code == 200, answer.text
            items += answer.json()[name]
            following = answer.json()["next"]
        return items

    def contacts(self, import_id: int) -> list[Body]:
        return self.pages(f"/v1/imports/{import_id}/contacts", "contacts")

    def ledger(self, import_id: int) -> list[Body]:
        return self.pages(f"/v1/imports/{import_id}/ledger", "entries")


def operator(stack: Stack, *arguments: str) -> str:
    """What the operator's command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "rubrica.operator", *arguments],
        env={**os.environ, **stack.operator_environment(), "PYTHONPATH": str(ROOT / "layers/rubrica")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def new_client(stack: Stack, name: str) -> ApiClient:
    """A client of a tenant made just now."""
    created = operator(stack, "tenants", "create", name)
    return ApiClient(stack.base_url, created.split("key", 1)[1].split()[0])
