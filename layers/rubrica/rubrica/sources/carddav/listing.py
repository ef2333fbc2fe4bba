"""Which cards a book holds, and the second looks before "none" is believed."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rubrica.domain.identity import contact_id
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    ImportFailure,
    NotAnAddressBook,
    ProviderUnavailable,
)
from rubrica.sources.carddav import bodies
from rubrica.sources.carddav.conversation import Call, Conversation, Reply, reading
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.multistatus import DAV, Row
from rubrica.sources.carddav.places import Place, resolve

_KIND: Final = DAV + "resourcetype"
_COLLECTION: Final = DAV + "collection"
_SHORT_OF_ROOM: Final = 507
_MOST_EQUAL_TOKENS: Final = 3
_LONGEST_PROPERTY: Final = 64 * 1024
_NOT_OFFERED: Final = (NotAnAddressBook, AccessForbidden, AnswerMalformed, ProviderUnavailable)


class Card(NamedTuple):
    """One card of a book: `key` is its path in the one spelling by which it is known, `path` as the server
    spells it, absolute (one provider refuses whole addresses). A card that the server says is somewhere that the
    password must not go to, or nowhere at all, has no path."""

    key: str
    path: str


class Listing:
    """The cards of one book; see `cards`."""

    def __init__(self, conversation: Conversation, book: Book, limits: Limits) -> None:
        self._conversation = conversation
        self._place = book.place
        self._limits = limits
        self._found: dict[str, str] = {}

    def cards(self) -> list[Card]:
        """Every card once, sorted by key.

        Raises what the status of the first answer means, AddressBookTooLarge past the limit of cards, and
        AnswerTruncated when the server cuts its list and no other way of asking gives it whole.
        """
        whole = self._list()
        if not whole or not self._found:
            whole = self._look_again() or whole
        if not whole:
            raise AnswerTruncated
        return [Card(key, self._found[key]) for key in sorted(self._found)]

    def _list(self) -> bool:
        call = self._call("PROPFIND", bodies.LIST, "1")
        with self._conversation.call(call, self._place) as reply:
            if reply.answer.status == _SHORT_OF_ROOM:
                return False
            return self._add(reply.place, _rows(reply, self._limits), self._found)

    def _look_again(self) -> bool:
        """Ask by sync-collection, then by addressbook-query; whether the list is known to be whole."""
        whole = False
        for way in (self._sync, self._query):
            try:
                whole = way()
            except _NOT_OFFERED as failure:
                if isinstance(failure, ProviderUnavailable) and failure.retry_after is not None:
                    raise
            if whole and self._found:
                break
        return whole

    def _sync(self) -> bool:
        try:
            return self._sync_at("0")
        except _NOT_OFFERED:
            # RFC 6578 wants Depth 0; servers of its drafts want 1.
            return self._sync_at("1")

    def _sync_at(self, depth: str) -> bool:
        """The pages of a sync report. A server cuts it by 507 and a token to go on from, asked for or not; one
        that hands out the same token, or pages without a new card, for ever is left after the third. New is what
        this report has not named: its first pages may well repeat the list that was cut."""
        found: dict[str, str] = {}
        whole = self._pages(depth, found)
        self._found = found | self._found
        self._check(self._found)
        return whole

    def _pages(self, depth: str, found: dict[str, str]) -> bool:
        token, equal = "", 0
        while equal < _MOST_EQUAL_TOKENS:
            call = self._call("REPORT", bodies.sync(token), depth)
            before = len(found)
            with self._conversation.call(call, self._place) as reply:
                reader = reading(self._limits.cards + 1, _LONGEST_PROPERTY)
                if self._add(reply.place, (row for row in reply.rows(reader) if row.status != 404), found):
                    return True
            equal = equal + 1 if reader.token in ("", token) or len(found) == before else 1
            token = reader.token
        return False

    def _query(self) -> bool:
        with self._conversation.call(self._call("REPORT", bodies.QUERY, "1"), self._place) as reply:
            return self._add(reply.place, _rows(reply, self._limits), self._found)

    def _add(self, base: Place, rows: Iterable[Row], found: dict[str, str]) -> bool:
        """Keep the cards among these rows in `found`; whether the server says that these are all."""
        whole = True
        own = base.key
        try:
            for row in rows:
                card = self._card(base, row)
                if card is not None and card.key == own:
                    whole = whole and row.status != _SHORT_OF_ROOM
                elif card is not None:
                    found.setdefault(card.key, card.key if card.path == card.key else card.path)
        except AnswerTooLarge:
            raise AddressBookTooLarge from None
        self._check(found)
        return whole

    def _check(self, found: dict[str, str]) -> None:
        if len(found) > self._limits.cards or sum(map(len, found)) > self._limits.paths:
            raise AddressBookTooLarge

    def _card(self, base: Place, row: Row) -> Card | None:
        """The card of a row; None for a collection within the book."""
        try:
            place = resolve(base, row.href) if row.href else base
        except AnswerMalformed:
            return Card(f"{base.key}/unreadable-{contact_id(row.href)}", "")
        if place.key != base.key and _is_collection(place, row):
            return None
        return Card(place.key, place.path) if self._conversation.trusts(place) else Card(place.url, "")

    def _call(self, method: str, body: bytes, depth: str) -> Call:
        return Call(method, body, depth, self._limits.listing_silence, self._limits.listing_bytes)


def _rows(reply: Reply, limits: Limits) -> Iterable[Row]:
    return reply.rows(reading(limits.cards + 1, _LONGEST_PROPERTY))


def refuses_book(failure: ImportFailure) -> bool:
    """Whether a listing's failure concerns the one book only, and others may still be read."""
    return isinstance(failure, AccessForbidden | NotAnAddressBook)


def _is_collection(place: Place, row: Row) -> bool:
    return place.path.endswith("/") or row.has(_KIND, _COLLECTION)
