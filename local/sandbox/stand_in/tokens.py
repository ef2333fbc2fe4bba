"""Whether an access token is alive and what it may do: asked of the authorization server, or given at the start."""

import base64
import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

_SECONDS: Final = 10
_LONGEST: Final = 1 << 20


class NoAnswer(Exception):
    """The authorization server did not say whether a token is alive."""


class Keeper(Protocol):
    """Knows tokens."""

    def scopes(self, token: str) -> frozenset[str] | None:
        """The scopes of a token; None when it is not alive. Raises NoAnswer."""


class StaticTokens:
    """Tokens that are told at the start and never die."""

    def __init__(self, tokens: Mapping[str, frozenset[str]]) -> None:
        self._tokens = tokens

    def scopes(self, token: str) -> frozenset[str] | None:
        """The scopes of a token that was told."""
        return self._tokens.get(token)


class Introspection:
    """Asks the authorization server about every token of every request (RFC 7662), so that expiry and revocation
    take effect at once. The client authenticates with HTTP Basic (RFC 6749 section 2.3.1)."""

    def __init__(self, url: str, client: str, secret: str) -> None:
        self._address = urlsplit(url)
        if self._address.scheme not in ("http", "https") or not self._address.hostname:
            raise ValueError("the introspection endpoint must be an http or https URL")
        pair = f"{quote_plus(client)}:{quote_plus(secret)}"
        self._authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._own = threading.local()

    def scopes(self, token: str) -> frozenset[str] | None:
        """The scopes of a token, as of now. Raises NoAnswer."""
        body = urlencode({"token": token, "token_type_hint": "access_token"})
        found = self._ask(body)
        if found.get("active") is not True:
            return None
        return frozenset(str(found.get("scope", "")).split())

    def _ask(self, body: str) -> Mapping[str, Any]:
        try:
            try:
                return self._once(body)
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server closed a connection that was kept too long; a new one settles it.
                return self._once(body)
        except (OSError, http.client.HTTPException, ValueError):
            raise NoAnswer from None

    def _once(self, body: str) -> Mapping[str, Any]:
        connection = self._connection()
        headers = {
            "Authorization": self._authorization,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        try:
            connection.request("POST", self._address.path or "/", body, headers)
            response = connection.getresponse()
            data = response.read(_LONGEST)
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        if response.status != 200:
            raise ValueError(response.status)
        found = json.loads(data)
        if not isinstance(found, dict):
            raise NoAnswer
        return found

    def _connection(self) -> http.client.HTTPConnection:
        """One connection a thread; it opens itself again after it was closed."""
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
            kept = self._own.connection = kind(self._address.hostname or "", self._address.port, timeout=_SECONDS)
        return kept


def bearer(header: str) -> str:
    """The token of an Authorization header (RFC 6750 section 2.1); "" when it carries none."""
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
