"""An application's part of a consent: its requests to the sandbox's authorization server."""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from local.sandbox.consent.authorization_server import (
    AuthorizationServer,
    Role,
    running_authorization_server,
    why_no_authorization_server,
)
from local.sandbox.consent.person import consent

CALLBACK: Final = "http://127.0.0.1:9/oauth/callback"
VERIFIER: Final = "a-verifier-of-this-test-that-is-long-enough-0123456789"
CONTACTS: Final = "https://www.googleapis.com/auth/contacts.readonly"
OTHERS: Final = "https://www.googleapis.com/auth/contacts.other.readonly"
GRAPH: Final = "https://graph.microsoft.com/Contacts.Read"
SCOPES: Final[dict[Role, str]] = {"google": f"{CONTACTS} {OTHERS}", "microsoft": GRAPH}
AUTHORIZE: Final[dict[Role, str]] = {
    "google": "/google/o/oauth2/v2/auth",
    "microsoft": "/microsoft/common/oauth2/v2.0/authorize",
}
TOKEN: Final[dict[Role, str]] = {"google": "/google/token", "microsoft": "/microsoft/common/oauth2/v2.0/token"}

both_roles = pytest.mark.parametrize("role", ["google", "microsoft"])


@contextmanager
def silent_server(state: Path) -> Iterator[AuthorizationServer]:
    """A running server that has nothing to complain about; the test is skipped where it is not installed."""
    if why_no_authorization_server():
        pytest.skip(why_no_authorization_server())
    with running_authorization_server(state, {"google": [CALLBACK], "microsoft": [CALLBACK]}) as server:
        yield server
        log = (state / "consent.log").read_text("utf-8")
    assert log == ""


def authorize(server: AuthorizationServer, role: Role, **changes: str | None) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": server.clients[role].client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": SCOPES[role],
        "state": "a-state",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **changes,
    }
    return f"{server.url}{AUTHORIZE[role]}?{urlencode({k: v for k, v in asked.items() if v is not None})}"


def back(callback: str) -> dict[str, str]:
    assert callback.startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(callback).query))


def allowed(server: AuthorizationServer, role: Role, *untick: str, **changes: str | None) -> dict[str, str]:
    return back(consent(authorize(server, role, **changes), untick=untick, follow_callback=False))


def redeem(server: AuthorizationServer, role: Role, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **server.clients[role]._asdict(),
        **changes,
    }
    return requests.post(server.url + TOKEN[role], data=form, timeout=10)


def token(server: AuthorizationServer, role: Role, *untick: str) -> str:
    return str(redeem(server, role, allowed(server, role, *untick)["code"]).json()["access_token"])


def introspect(server: AuthorizationServer, role: Role, value: str) -> dict[str, Any]:
    url, *client = server.introspection(role)
    answer = requests.post(url, data={"token": value}, auth=(client[0], client[1]), timeout=10)
    return dict(answer.json())


def revoke(server: AuthorizationServer, value: str) -> requests.Response:
    return requests.post(server.url + "/google/revoke", data={"token": value}, timeout=10)


def within_seconds(seconds: float, happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
