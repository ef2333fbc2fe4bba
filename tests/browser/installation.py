"""The whole stack with its sandbox, small books, and the tenant that the application is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from application import Application

from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.consent.authorization_server import Role
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.providers import Books, Sandbox
from local.stack import Stack
from local.tenant import BEARER, DOMAIN_KEY, DOMAIN_PASSWORD

SAVED, OTHERS, PER_FOLDER = 40, 15, 10
ENDED = ("complete", "failed", "abandoned")
WAITING_SECONDS = 60

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation, and how the application's own server calls it."""

    stack: Stack
    sandbox: Sandbox

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return self.stack.base_url

    @property
    def provider(self) -> str:
        """Where the pages of the sandbox's authorization servers are."""
        return self.sandbox.sign_in.url

    @property
    def saved(self) -> int:
        """How many contacts the account at Google has saved."""
        return sum(name.startswith("people/") for name in self.sandbox.books.google.truths)

    @property
    def everybody(self) -> int:
        """These and the other contacts."""
        return len(self.sandbox.books.google.truths)

    def start(self, source: str, **fields: object) -> Body:
        """A new import; waits where too many were started in this minute."""
        deadline = time.monotonic() + 2 * WAITING_SECONDS
        while (answer := self._start(source, fields)).status_code == requests.codes.too_many_requests:
            assert time.monotonic() < deadline, "always too many"
            time.sleep(int(answer.headers["Retry-After"]))
        assert answer.status_code == requests.codes.accepted, answer.text
        return dict(answer.json())

    def asked_for_consent(self, service: str, **fields: str) -> Body:
        """A new import of a CloudSponge client that expects a link for its user."""
        asked = {"service": service, **fields}
        keys = DOMAIN_KEY, DOMAIN_PASSWORD
        answer = requests.post(f"{self.origin}/begin_import/user_consent", asked, auth=keys, timeout=WAITING_SECONDS)
        assert answer.status_code == requests.codes.ok, answer.text
        return dict(answer.json())

    def status(self, import_id: int) -> Body:
        """What has become of it."""
        answer = self._call("GET", f"/v1/imports/{import_id}")
        assert answer.status_code == requests.codes.ok, answer.text
        return dict(answer.json())

    def finished(self, import_id: int) -> Body:
        """The same, at its end."""
        deadline = time.monotonic() + WAITING_SECONDS
        while (status := self.status(import_id))["state"] not in ENDED:
            assert time.monotonic() < deadline, f"not finished: {status}"
            time.sleep(0.1)
        return status

    def token_requests(self, role: Role) -> int:
        """How often codes were redeemed at an authorization server, once no import runs that could redeem another."""
        deadline = time.monotonic() + WAITING_SECONDS
        while any(it["status"] == "RUNNING" for it in self.stack.executions()):
            assert time.monotonic() < deadline, "an import does not end"
            time.sleep(0.1)
        return int(self.sandbox.sign_in.counts(role)["token"])

    def age(self, import_id: int, minutes: int) -> None:
        """Let an import have been started so much earlier."""
        began = datetime.now(UTC) - timedelta(minutes=minutes)
        self.stack.client("dynamodb").update_item(
            TableName=self.stack.imports_table,
            Key={"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}},
            UpdateExpression="SET created_at = :began",
            ExpressionAttributeValues={":began": {"N": str(int(began.timestamp()))}},
        )

    def _start(self, source: str, fields: Body) -> requests.Response:
        return self._call("POST", "/v1/imports", {"source": source, **fields})

    def _call(self, method: str, path: str, body: Body | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {BEARER}"}
        return requests.request(method, self.origin + path, json=body, headers=headers, timeout=WAITING_SECONDS)


@contextmanager
def running_installation(application: Application) -> Iterator[Installation]:
    """Serve everything from loopback."""
    books = Books(sample_book(10), google_book(SAVED, OTHERS), microsoft_book(PER_FOLDER))
    with running_machine(None, books, redirect_urls=[application.back], origins=[application.origin]) as (
        stack,
        sandbox,
    ):
        yield Installation(stack, sandbox)
