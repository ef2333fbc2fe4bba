"""Talking WebDAV to one owner's servers: sign-in, redirects by hand, and what each status means."""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AccessForbidden,
    ImportFailure,
    NotAnAddressBook,
    ProviderThrottled,
    ProviderUnavailable,
    RedirectLoop,
    RedirectRefused,
    SignInRefused,
)
from rubrica.ports import Answer, Egress, Request
from rubrica.sources.carddav.multistatus import Multistatus, ReaderLimits, Row
from rubrica.sources.carddav.places import Place, resolve
from rubrica.sources.retry_after import retry_after

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.ASCII | re.IGNORECASE)
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS: Final = 5


class Call(NamedTuple):
    """One WebDAV request, wherever it is sent to."""

    method: str
    body: bytes = b""
    depth: str = ""
    silence: float = 10.0
    largest: int = 4 * 1024 * 1024


class Reply(NamedTuple):
    """The answer to a call and the place that gave it, redirects followed."""

    answer: Answer
    place: Place

    def rows(self, reading: Multistatus | None = None) -> Iterator[Row]:
        """The responses of a 207 answer. Raises what its status means otherwise."""
        if self.answer.status != 207:
            raise meaning(self.answer)
        return (reading or Multistatus()).rows(self.answer.chunks())


class Conversation:
    """Requests with one user's sign-in, sent only to servers of the owner of `trusted`, and only over https
    (or to this machine, when the user named it with http). `stopped` ends all waiting."""

    def __init__(self, egress: Egress, credential: Credential, trusted: Place, stopped: Callable[[], bool]) -> None:
        self.trusted = trusted
        self.stopped = stopped
        self._egress = egress
        self._authorization = _basic(credential)

    @contextmanager
    def call(self, call: Call, place: Place) -> Iterator[Reply]:
        """Send a call, following up to 5 redirects with method and body kept (RFC 9110 section 15.4 allows
        it, RFC 6764 section 5 needs it). Raises RedirectLoop, RedirectRefused and what the egress raises."""
        seen = set()
        for _ in range(_MOST_REDIRECTS + 1):
            self._check(place)
            seen.add(place.url)
            with self._egress.exchange(self._request(call, place)) as answer:
                if answer.status not in _REDIRECTS:
                    yield Reply(answer, place)
                    return
                place = _target(place, answer)
            if place.url in seen:
                break
        raise RedirectLoop

    def trusts(self, place: Place) -> bool:
        """Whether the password may be sent there."""
        safe = place.scheme == "https" or (self.trusted.scheme == "http" and place.host == self.trusted.host)
        return safe and place.owned_as(self.trusted)

    def _check(self, place: Place) -> None:
        if not self.trusts(place):
            raise RedirectRefused

    def _request(self, call: Call, place: Place) -> Request:
        headers = {"Authorization": self._authorization, "Accept": "text/vcard, application/xml, text/xml, */*;q=0.1"}
        if call.body:
            headers["Content-Type"] = "application/xml; charset=utf-8"
        if call.depth:
            headers["Depth"] = call.depth
        return Request(call.method, place.url, headers, call.body, call.silence, call.largest, self.stopped)


def reading(rows: int, text: int) -> Multistatus:
    """A reader for an answer of at most so many responses with so many characters in a property."""
    return Multistatus(ReaderLimits(rows=rows, text=text))


def meaning(answer: Answer) -> ImportFailure:
    """What an answer's status says when it is not the one that was hoped for."""
    status = answer.status
    if status == 401:
        return SignInRefused()
    if status == 403:
        return AccessForbidden()
    if status == 429:
        return ProviderThrottled(retry_after(answer))
    if status in (408, 423) or (500 <= status < 600 and status != 501):
        return ProviderUnavailable(retry_after(answer))
    return NotAnAddressBook()


def _basic(credential: Credential) -> str:
    """RFC 7617, in UTF-8. What cannot be sent that way cannot be right: SignInRefused before anything is sent."""
    pair = f"{credential.username}:{credential.password}"
    if ":" in credential.username or any(ord(mark) < 32 or ord(mark) == 127 for mark in pair):
        raise SignInRefused
    try:
        return "Basic " + base64.b64encode(pair.encode()).decode()
    except UnicodeEncodeError:
        raise SignInRefused from None


def _target(place: Place, answer: Answer) -> Place:
    location = answer.headers.get("Location", "")
    if not location:
        raise NotAnAddressBook
    scheme = _SCHEME.match(location.strip())
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise RedirectRefused
    target = resolve(place, location)
    if place.scheme == "https" and target.scheme == "http" and (target.host, target.port) == (place.host, 80):
        # Servers behind a TLS proxy that do not know it write http for themselves.
        return target._replace(scheme="https", port=place.port)
    return target
