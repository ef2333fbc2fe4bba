"""Asking one server for cards: several by one multiget, one by a GET."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, NamedTuple

from rubrica.domain.ledger import Reason
from rubrica.errors import (
    AccessForbidden,
    AnswerEncoded,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    NotAnAddressBook,
    ProviderUnavailable,
    RedirectLoop,
    RedirectRefused,
    ServerSilent,
)
from rubrica.sources.carddav import bodies
from rubrica.sources.carddav.conversation import Call, Conversation, Reply, meaning, reading
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.listing import Card
from rubrica.sources.carddav.multistatus import ADDRESS_DATA, Row
from rubrica.sources.carddav.pace import Pace
from rubrica.sources.carddav.places import Place, key_of

DIVISIBLE: Final = (
    ProviderUnavailable,
    ServerSilent,
    AnswerTruncated,
    AnswerMalformed,
    AnswerTooLarge,
    AccessForbidden,
    NotAnAddressBook,
)
"""Failures that one card among many may have caused."""

OF_ONE_CARD: Final = (
    ProviderUnavailable,
    ServerSilent,
    AnswerTruncated,
    AnswerMalformed,
    AnswerEncoded,
    NotAnAddressBook,
    RedirectLoop,
    RedirectRefused,
)
"""Failures of a request for a single card that may be that card's own."""


class Fetched(NamedTuple):
    """What came of one card: its text, or why there is none."""

    key: str
    text: str = ""
    reason: Reason | None = None

    @property
    def has_come(self) -> bool:
        """Whether the server handed it out, if only to be too large."""
        return self.reason in (None, Reason.CARD_TOO_LARGE)


class Asking:
    """Requests for the cards of one book; the pace is told of what comes. Safe to use from several threads."""

    def __init__(self, conversation: Conversation, book: Book, limits: Limits, pace: Pace) -> None:
        self._conversation = conversation
        self._book = book
        self._limits = limits
        self._pace = pace
        self._came: Card | None = None

    def several(self, cards: Sequence[Card], found: dict[str, Fetched]) -> None:
        """Put what a multiget brings of these cards into `found`; what comes before a failure is whole and kept."""
        body = bodies.multiget((card.path for card in cards), self._book.version)
        call = Call("REPORT", body, "1", self._limits.fetch_silence, self._limits.batch_bytes)
        began, before = monotonic(), len(found)
        with self._conversation.call(call, self._book.place) as reply:
            size = self._take(reply, {card.key: card for card in cards}, found)
        self._pace.succeeded(len(found) - before, monotonic() - began, size)

    def _take(self, reply: Reply, wanted: Mapping[str, Card], found: dict[str, Fetched]) -> int:
        size = 0
        for row in reply.rows(reading(4 * len(wanted) + 16, self._limits.card_bytes)):
            card = _card(reply.place, row)
            if card is not None and card.key in wanted and card.key not in found:
                found[card.key] = card
                size += len(card.text)
                self._came = wanted[card.key]
        return size

    def one(self, card: Card) -> Fetched:
        """The card by a GET of its own, or why the server does not hand it over. A page for people is no card."""
        call = Call("GET", silence=self._limits.fetch_silence, largest=self._limits.card_bytes)
        began = monotonic()
        with self._conversation.call(call, self._book.place.at(card.path)) as reply:
            status = reply.answer.status
            if not 200 <= status < 300:
                return self._absent(card, reply)
            try:
                # Read whatever 2xx it is: an answer that breaks off is the server's trouble before it is the card's.
                text = _decoded(b"".join(reply.answer.chunks()))
            except AnswerTooLarge:
                self._pace.succeeded(1, monotonic() - began, 0)
                return Fetched(card.key, reason=Reason.CARD_TOO_LARGE)
            if status != 200:
                return self._absent(card, reply)
        if text.lstrip().startswith("<"):
            self._pace.refused(NotAnAddressBook())
            return Fetched(card.key, reason=Reason.NOT_A_CARD)
        self._pace.succeeded(1, monotonic() - began, len(text))
        self._came = card
        return Fetched(card.key, text)

    def _absent(self, card: Card, reply: Reply) -> Fetched:
        failure = meaning(reply.answer)
        if not isinstance(failure, AccessForbidden | NotAnAddressBook):
            raise failure
        self._pace.refused(failure)
        missing = reply.answer.status in (404, 410)
        return Fetched(card.key, reason=Reason.CARD_MISSING if missing else Reason.CARD_REFUSED)

    def look(self) -> None:
        """Ask for the book itself. Raises what ails the server, if anything does."""
        call = Call("PROPFIND", bodies.LOOK, "0", self._limits.fetch_silence, self._limits.discovery_bytes)
        with self._conversation.call(call, self._book.place) as reply:
            for _ in reply.rows():
                self._pace.answered()

    def any_comes(self, cards: Sequence[Card]) -> bool:
        """Whether the server hands out a card: one that it handed out before or, for want of that, one of these."""
        came = self._came
        return any(self._comes(card) for card in ([came] if came else cards))

    def _comes(self, card: Card) -> bool:
        found: dict[str, Fetched] = {}
        with suppress(*DIVISIBLE):
            self.several([card], found)
        try:
            return (found.get(card.key) or self.one(card)).has_come
        except OF_ONE_CARD:
            return False


def _card(base: Place, row: Row) -> Fetched | None:
    """The card of a response; None for one that has to be fetched by itself."""
    try:
        key = key_of(base, row.href)
    except AnswerMalformed:
        return None
    if row.oversize:
        return Fetched(key, reason=Reason.CARD_TOO_LARGE)
    text = row.texts.get(ADDRESS_DATA, "")
    return Fetched(key, text) if text else None


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
