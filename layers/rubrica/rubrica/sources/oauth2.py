"""Access tokens from authorization servers: a code is redeemed in one request, and a token revoked (RFC 6749, 7009).

A code is never sent twice. Only where it was surely not used, because nothing was sent or the server said that it
does not take requests now, may the caller try again. A refresh token that nobody asked for is not kept.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from rubrica.domain.consent import App, AuthorizationServer
from rubrica.domain.credential import Code, Token
from rubrica.domain.granting import allowed, failure_of
from rubrica.domain.imports import Import
from rubrica.errors import (
    AppMisconfigured,
    CertificateRefused,
    ConsentNotRedeemed,
    ConsentUnticked,
    ImportFailure,
    ProviderThrottled,
    ProviderTrouble,
    ProviderUnavailable,
    RubricaError,
    ServerNotFound,
    ServerRefused,
    ServerUnreachable,
    WorkerFailed,
)
from rubrica.ports import Apps, Egress, Request
from rubrica.sources.retry_after import retry_after

_LARGEST: Final = 64 * 1024
_TOKEN: Final = re.compile(r"[!-~]{1,16384}")
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_REDEEM_SILENCE: Final = 10.0
_REVOKE_SILENCE: Final = 5.0
_PAUSES: Final = (0.2, 0.5, 0.0)
"""Seconds after each attempt at revoking."""

_REVOKE_SECONDS: Final = 15.0
"""An import's end does not wait for longer, not even for an answer that comes byte by byte."""


class _Said(NamedTuple):
    """An answer of an authorization server, read whole."""

    status: int
    values: Mapping[str, object]
    retry_after: int | None

    @property
    def error(self) -> str:
        """The error code, "" for none (RFC 6749 section 5.2)."""
        error = self.values.get("error")
        return error if isinstance(error, str) else ""


class OAuth2:
    """`ports.Tokens`. `servers` holds the authorization server of each source that has one; `pause` waits, `clock`
    tells seconds."""

    def __init__(
        self,
        egress: Egress,
        apps: Apps,
        servers: Mapping[str, AuthorizationServer],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._egress = egress
        self._apps = apps
        self._servers = servers
        self._pause = pause
        self._clock = clock

    def redeem(self, imp: Import, code: Code) -> Token:
        """Redeem a code, in one request; see `ports.Tokens`."""
        server = self._servers.get(imp.source)
        if server is None:
            raise WorkerFailed
        app = self._apps.app(imp.tenant, imp.source)
        if app is None:
            raise AppMisconfigured
        said = self._sent(server.token.format(directory=app.directory), _form(app, code))
        token = _token(said, server, code)
        if not allowed(server.scopes, token.scopes):
            # It opens nothing that is wanted, and nobody will keep it.
            self.revoke(imp, token)
            raise ConsentUnticked
        return token

    def revoke(self, imp: Import, token: Token) -> bool | None:
        """End a token; see `ports.Tokens`. Takes a few seconds at most."""
        server = self._servers.get(imp.source)
        if server is None or not server.revoke:
            return None
        end = self._clock() + _REVOKE_SECONDS
        for pause in _PAUSES:
            ended = self._revoked(server.revoke, token, lambda: self._clock() >= end)
            if ended is not None:
                return ended
            if pause:
                self._pause(pause)
        return False

    def _sent(self, url: str, form: Mapping[str, str]) -> _Said:
        """The answer to the one request that redeems a code."""
        try:
            return self._post(Request("POST", url, _HEADERS, _encoded(form), _REDEEM_SILENCE, _LARGEST))
        except (ServerNotFound, ServerUnreachable):
            raise ServerUnreachable from None
        except (ServerRefused, CertificateRefused):
            # Nothing was sent, and nothing else would come of another try.
            raise
        except ImportFailure:
            # It was sent, and whether it was taken nobody knows.
            raise ConsentNotRedeemed from None

    def _revoked(self, url: str, token: Token, stopped: Callable[[], bool]) -> bool | None:
        """Whether the token has ended; None when that is worth another try."""
        form = _encoded({"token": token.token})
        try:
            said = self._post(Request("POST", url, _HEADERS, form, _REVOKE_SILENCE, _LARGEST, stopped))
        except RubricaError:
            return None
        if said.status == 429 or said.status >= 500:
            return None
        return said.status == 200 or (said.status == 400 and said.error == "invalid_token")

    def _post(self, request: Request) -> _Said:
        with self._egress.exchange(request) as answer:
            # What is said with another status than these is not looked at, and may not even be JSON.
            body = b"".join(answer.chunks()) if answer.status in (200, 400, 401, 403) else b""
            return _Said(answer.status, _object(body), retry_after(answer))


def _encoded(form: Mapping[str, str]) -> bytes:
    return urlencode(form).encode()


def _form(app: App, code: Code) -> Mapping[str, str]:
    """RFC 6749 section 4.1.3 and RFC 7636 section 4.5; the client names itself in the form (section 2.3.1)."""
    return {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }


def _object(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _token(said: _Said, server: AuthorizationServer, code: Code) -> Token:
    """The token of an answer (RFC 6749 section 5.1). Raises what the answer means when there is none."""
    if said.status != 200 or said.error:
        raise _refusal(said)
    token, kind, scope = (said.values.get(name) for name in ("access_token", "token_type", "scope"))
    if not (isinstance(kind, str) and kind.lower() == "bearer" and isinstance(token, str) and _TOKEN.fullmatch(token)):
        raise ConsentNotRedeemed
    if not isinstance(scope, str | None):
        raise ConsentNotRedeemed
    # A server that names no scope granted what was asked for.
    scopes = _asked(server, code.include) if scope is None else tuple(scope.split())
    return Token(token, scopes, tuple(code.include))


def _asked(server: AuthorizationServer, include: Sequence[str]) -> tuple[str, ...]:
    return (*server.scopes, *(server.optional[word] for word in include if word in server.optional))


def _refusal(said: _Said) -> ImportFailure:
    if said.status == 429:
        return ProviderThrottled(said.retry_after)
    if said.status == 503:
        return ProviderUnavailable(said.retry_after)
    if not said.error or said.error == "invalid_grant":
        return ConsentNotRedeemed()
    kind = failure_of(said.error)
    # An error of the server's own may have befallen it after it took the code.
    return ConsentNotRedeemed() if issubclass(kind, ProviderTrouble) else kind()
