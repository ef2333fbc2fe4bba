"""An application whose users consent, and the people who do."""

import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from api_client import ApiClient, Body

from local.sandbox.consent.person import Person
from local.sandbox.providers import Sandbox
from local.stack import Stack


@dataclass
class Application:
    """One tenant's client, with the providers that its users have accounts at."""

    stack: Stack
    sandbox: Sandbox
    api: ApiClient

    def begin(self, source: str, **fields: object) -> Body:
        """A new import that awaits its consent."""
        answer = self.api.call("POST", "/v1/imports", json={"source": source, **fields})
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def run(self, source: str, **fields: object) -> Body:
        """A whole import, with everything allowed; its status at the end."""
        started = self.begin(source, **fields)
        Person().consent(started["consent_url"])
        return self.api.finished(started["id"])

    def asked_for_tokens(self, source: str) -> int:
        """How many token requests the provider's authorization server has had."""
        counts = self.sandbox.sign_in.counts("google" if source == "google" else "microsoft")
        return int(counts["token"])

    def revocations(self) -> int:
        """How many tokens Google was asked to end, once the workflow's last step is over: the import ends before."""
        self.settle()
        return int(self.sandbox.sign_in.counts("google")["revoke"])

    def settle(self) -> None:
        """Wait until no import runs any more."""
        deadline = time.monotonic() + 60
        while any(it["status"] == "RUNNING" for it in self.stack.executions()) and time.monotonic() < deadline:
            time.sleep(0.1)


def bring(person: Person, callback: str) -> requests.Response:
    """The answer of a callback, redirects not followed."""
    return person.session.get(callback, allow_redirects=False, timeout=60)


def with_parameters(address: str, **changes: str | None) -> str:
    """The address with parameters set anew, or left out where they are None."""
    parts = urlsplit(address)
    given = [(name, value) for name, value in parse_qsl(parts.query) if name not in changes]
    given += [(name, value) for name, value in changes.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(given)))
