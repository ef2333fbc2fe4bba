"""Asking another service of the CloudSponge kind: our keys by HTTP Basic, never in an address."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from rubrica.errors import (
    AnswerMalformed,
    AnswerUnreadable,
    ImportFailure,
    ProviderThrottled,
    ProviderUnavailable,
    ServerNotFound,
    ServerUnreachable,
    UpstreamGone,
    UpstreamKeyRefused,
    UpstreamRequestRefused,
)
from rubrica.ports import Answer, Egress, Request, Upstream
from rubrica.sources.cloudsponge.failures import CODES, OUR_KEYS, failure_of
from rubrica.sources.json_api.reading import error_in
from rubrica.sources.retry_after import retry_after

SMALL: Final = 256 * 1024
"""Bytes of an answer that holds no contacts."""

SILENCE: Final = 10.0


class Said(NamedTuple):
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    retry_after: int | None

    @property
    def code(self) -> int:
        """The code of the error that it carries or that its status stands for, 0 for none. A status that is repeated
        as code, as a Rubrica does where the API has no code of its own, is none."""
        error = error_in(self.body) if len(self.body) <= SMALL else None
        told = error.get("code") if isinstance(error, dict) else None
        if type(told) is int and told != self.status:
            return told
        return OUR_KEYS if self.status == 401 else 0


class Conversation:
    """Requests to one service, each sent once; `stopped` ends all waiting. Raises ImportFailure leaves."""

    def __init__(self, egress: Egress, upstream: Upstream, stopped: Callable[[], bool]) -> None:
        self._egress = egress
        self._address = upstream.address
        self._stopped = stopped
        keys = f"{upstream.domain_key}:{upstream.domain_password}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(keys).decode()}", "Accept": "application/json"}

    def get(self, path: str, largest: int = SMALL, silence: float = SILENCE) -> Said:
        """Ask for what is at a path."""
        return self._ask(Request("GET", self._address + path, self._headers, b"", silence, largest, self._stopped))

    def post(self, path: str, fields: Mapping[str, str], silence: float = SILENCE) -> Said:
        """Send a form to a path."""
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields).encode()
        return self._ask(Request("POST", self._address + path, headers, body, silence, SMALL, self._stopped))

    def _ask(self, request: Request) -> Said:
        try:
            with self._egress.exchange(request) as answer:
                body = b"".join(answer.chunks()) if answer.status == 200 else _rest(answer)
                return Said(answer.status, answer.headers, body, retry_after(answer))
        except ServerNotFound:
            # The name is right, so it is the lookup that fails.
            raise ServerUnreachable from None
        except AnswerMalformed:
            raise AnswerUnreadable from None


def trouble(said: Said) -> ImportFailure:
    """What an answer other than 200 comes to."""
    match said.status:
        case 401:
            return UpstreamKeyRefused()
        case 404 | 410:
            return UpstreamGone()
        case 429:
            return ProviderThrottled(said.retry_after)
        case status if status == 408 or (500 <= status < 600 and status != 501):
            return ProviderUnavailable(said.retry_after)
        case status if 400 <= status < 500:
            return failure_of(said.code) if said.code in CODES else UpstreamRequestRefused()
        case _:
            return AnswerUnreadable()


def _rest(answer: Answer) -> bytes:
    """The body of an error answer; none when it cannot be had, for the status says enough."""
    try:
        return b"".join(answer.chunks())
    except ImportFailure:
        return b""
