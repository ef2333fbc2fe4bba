"""Asking a JSON API for pages, with the user's token."""

import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, NamedTuple, TypeVar

from rubrica.domain.credential import Token
from rubrica.errors import AnswerMalformed, AnswerUnreadable, ImportFailure, ServerNotFound, ServerUnreachable
from rubrica.ports import Answer, Egress, Request
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.meaning import complaint
from rubrica.sources.json_api.reading import Page, error_in, is_utf8, page_of
from rubrica.sources.retry_after import retry_after

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_READABLE: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})

P = TypeVar("P", bound=Page)


class Lost(Exception):
    """The provider does not know the place any more from which a list was to go on."""


class Doubted(Exception):
    """What came cannot be all, or cannot be meant: it is asked for again, after the wait that follows on `failure`."""

    def __init__(self, failure: ImportFailure) -> None:
        super().__init__()
        self.failure = failure


class Absent(Exception):
    """What was asked for is not there."""


class Said(NamedTuple):
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    retry_after: int | None


class JsonApi:
    """Requests with one user's token, each sent as it is to the address given; `stopped` ends all waiting.
    Safe to use from several threads."""

    def __init__(self, egress: Egress, token: Token, limits: Limits, stopped: Callable[[], bool]) -> None:
        self._egress = egress
        self._limits = limits
        self._stopped = stopped
        self._headers = {"Authorization": f"Bearer {token.token}", "Accept": "application/json"}

    def page(self, url: str, kind: type[P], *, resuming: bool = False, mending: bool = False) -> P:
        """The page at an address. `resuming` says that the address names a place within a list, `mending` that text
        which is not UTF-8 is read all the same, with what cannot be read replaced.

        Raises Lost, Absent, Doubted for text that is not UTF-8, and ImportFailure leaves. It never waits: what a
        provider asks to wait for is raised.
        """
        said = self._ask(url)
        if said.status == 401:
            # A token that was just handed out may not be known everywhere yet.
            said = self._ask(url)
        if said.status == 200:
            page = page_of(kind, _readable(said))
            if page.error is None:
                if not (mending or is_utf8(said.body)):
                    raise Doubted(AnswerUnreadable())
                return self._of_a_size(page)
            error = page.error
        else:
            error = error_in(said.body)
        told = complaint(said.status, error)
        if told.lost(resuming=resuming):
            raise Lost
        if told.absent():
            raise Absent
        raise told.failure(said.retry_after)

    def glance(self, url: str, largest: int, patience: float) -> bytes | None:
        """The body, of at most `largest` bytes, that an import can do without.

        None for whatever else comes of it. It is asked for once, and waited for `patience` seconds.
        """
        late = monotonic() + patience

        def over() -> bool:
            return self._stopped() or monotonic() > late

        try:
            said = self._exchange(Request("GET", url, self._headers, b"", patience, largest, over))
            return _readable(said) if said.status == 200 else None
        except ImportFailure:
            return None

    def _of_a_size(self, page: P) -> P:
        """The page, which has a thousand records at most if the provider does as it is asked."""
        if len(page.records or ()) > self._limits.page_records:
            raise AnswerUnreadable
        return page

    def _ask(self, url: str) -> Said:
        limits = self._limits
        request = Request("GET", url, self._headers, b"", limits.silence, limits.page_bytes, self._stopped)
        try:
            return self._exchange(request)
        except ServerNotFound:
            # The name is right, so it is the lookup that fails.
            raise ServerUnreachable from None
        except AnswerMalformed:
            raise AnswerUnreadable from None

    def _exchange(self, request: Request) -> Said:
        with self._egress.exchange(request) as answer:
            body = b"".join(answer.chunks()) if answer.status == 200 else _rest(answer)
            return Said(answer.status, answer.headers, body, retry_after(answer))


def _rest(answer: Answer) -> bytes:
    """The body of an error answer; none when it cannot be had, for the status says enough."""
    try:
        return b"".join(answer.chunks())
    except ImportFailure:
        return b""


def _readable(said: Said) -> bytes:
    """The body, if it is said to be in the one encoding that JSON has (RFC 8259 section 8.1)."""
    named = _CHARSET.search(said.headers.get("Content-Type", ""))
    if named is not None and named[1].lower() not in _READABLE:
        raise AnswerUnreadable
    return said.body
