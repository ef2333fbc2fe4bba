"""The CardDAV source: every card of every address book of a user, once, from any point on."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from rubrica.domain.contacts import Contact, Group, Record
from rubrica.domain.credential import Access, Credential
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import AddressBookTooLarge, CredentialLost, ImportFailure, NotAnAddressBook, ServerSilent
from rubrica.ports import Batch, Cursor, Egress, NameService
from rubrica.sources.carddav.asking import Fetched
from rubrica.sources.carddav.conversation import Conversation
from rubrica.sources.carddav.discovery import Book, Discovery
from rubrica.sources.carddav.fetching import Fetcher
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.listing import Card, Listing, refuses_book
from rubrica.sources.carddav.owner import owner
from rubrica.sources.carddav.pace import Pace
from rubrica.sources.carddav.position import Position
from rubrica.sources.registry import SOURCES, SourceInfo, largest_batch

ReadCard = Callable[[str, str], Sequence[Record]]
"""Reads the text of one resource, found at a place, into its records."""

_CARDDAV: Final = SOURCES["carddav"]
_NO_CARD: Final = ((Reason.CARD_MISSING,), (Reason.CARD_REFUSED,), (Reason.NOT_A_CARD,))
"""What becomes of a record where a server hands out no cards, or something else under their names."""


@dataclass(frozen=True, slots=True)
class CardDav:
    """`ports.Source` for CardDAV servers.

    `source` is the preset that this is; `start` overrides its address, for all presets alike where the local
    stack has one server for all. Everything announced is accounted for: announced = contacts + groups +
    rejected, where a book that is refused counts as one, and a resource of several cards as several once read.
    """

    egress: Egress
    names: NameService
    read_card: ReadCard
    source: SourceInfo = _CARDDAV
    start: str = ""
    limits: Limits = field(default_factory=Limits)

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """Batches of contacts in the order of books and paths; see `ports.Source`.

        The first batch from the beginning holds no contacts: it says how many there are, and whose they are.
        """
        if not isinstance(access, Credential):
            raise CredentialLost
        left = Event()
        run = _Run(self, access, lambda: left.is_set() or stopped(), left.set)
        try:
            yield from run.batches(cursor)
        finally:
            left.set()


class _Run:
    """One reading, from a cursor to the end or to where the caller leaves it."""

    def __init__(
        self, options: CardDav, credential: Credential, stopped: Callable[[], bool], stop: Callable[[], None]
    ) -> None:
        self._options = options
        self._limits = options.limits
        self._credential = credential
        self._stopped = stopped
        self._stop = stop
        self._proven = False
        self._lost: ImportFailure | None = None

    def batches(self, cursor: Cursor | None) -> Generator[Batch, None, None]:
        listed: dict[Book, list[Card]] = {}
        if cursor is None:
            position, listed, first = self._begin()
            yield first
        else:
            position = Position.from_cursor(cursor)
            # Batches are handed on only from where a card has come.
            self._proven = position.book > 0 or position.after != ""
        held: list[Batch] = []
        for batch in self._books(position, listed):
            held.append(batch)
            if self._proven:
                yield from held
                held.clear()
        if sum(len(batch.entries) for batch in held) > 1:
            self._second_look(position)
        yield from held

    def _books(self, position: Position, listed: dict[Book, list[Card]]) -> Generator[Batch, None, None]:
        conversation = self._conversation(position)
        while position.book < len(position.books):
            book = position.books[position.book]
            cards = listed.pop(book, None)
            if cards is None:
                cards = Listing(conversation, book, self._limits).cards()
            left = [card for card in cards if card.key > position.after]
            position = yield from self._book(conversation, position, left)

    def _second_look(self, position: Position) -> None:
        """What is said where several cards were listed and not one came: nothing, when they are listed no more."""
        failure = self._lost or NotAnAddressBook()
        conversation = self._conversation(position)
        if not isinstance(failure, NotAnAddressBook) or any(
            Listing(conversation, book, self._limits).cards() for book in position.books
        ):
            raise failure

    # --- The beginning ---

    def _begin(self) -> tuple[Position, dict[Book, list[Card]], Batch]:
        """Find the books and list them all, so that what is announced is the whole."""
        options = self._options
        start = options.start or options.source.start_for(self._credential.username)
        discovery = Discovery(options.egress, options.names, self._limits, self._stopped)
        found = discovery.find(options.source, start, self._credential)
        empty = Position(found.trusted, found.books, 0)
        listed, failures = self._list_all(self._conversation(empty), found.books)
        announced = sum(map(len, listed.values())) + len(failures)
        refused = [Entry(place, Fate.REJECTED, (Reason.BOOK_REFUSED,)) for place in failures]
        position = Position(found.trusted, tuple(listed), announced)
        whose = owner(self._credential.username, found.principal, options.source.name, found.trusted.host)
        return position, listed, Batch((), refused, position.to_cursor(), announced, owner=whose)

    def _list_all(
        self, conversation: Conversation, books: Sequence[Book]
    ) -> tuple[dict[Book, list[Card]], dict[str, ImportFailure]]:
        """The cards of each book, and the books that cannot be read; raises what ails the last when none can."""
        listed: dict[Book, list[Card]] = {}
        failures: dict[str, ImportFailure] = {}
        cards = paths = 0
        for book in books:
            if self._stopped():
                raise ServerSilent
            try:
                listed[book] = Listing(conversation, book, self._limits).cards()
            except ImportFailure as failure:
                if not refuses_book(failure):
                    raise
                failures[book.place.key] = failure
                continue
            cards += len(listed[book])
            paths += sum(len(card.key) for card in listed[book])
            if cards + len(failures) > self._limits.cards or paths > self._limits.paths:
                raise AddressBookTooLarge
        if failures and not listed:
            raise next(iter(failures.values()))
        return listed, failures

    def _conversation(self, position: Position) -> Conversation:
        return Conversation(self._options.egress, self._credential, position.trusted, self._stopped)

    # --- One book ---

    def _book(
        self, conversation: Conversation, position: Position, cards: Sequence[Card]
    ) -> Generator[Batch, None, Position]:
        book = position.books[position.book]
        pace = Pace(self._limits, min(self._options.source.largest_batch, largest_batch(book.place.host)))
        fetcher = Fetcher(conversation, book, self._limits, pace)
        with closing(fetcher.batches(cards, self._stop)) as batches:
            for fetched in batches:
                batch, position = self._batch(position, fetched)
                self._lost = pace.failure or self._lost
                yield batch
        return position.next_book()

    def _batch(self, position: Position, fetched: Sequence[Fetched]) -> tuple[Batch, Position]:
        contacts: list[Contact] = []
        groups: list[Group] = []
        entries: list[Entry] = []
        more = size = 0
        for card in fetched:
            records = self._records(card)
            self._proven = self._proven or any(record.reasons not in _NO_CARD for record in records)
            more += len(records) - 1
            size += len(card.text)
            for number, record in enumerate(records):
                entry = _sort(record, self._identity(position, card.key, number), contacts, groups)
                if entry is not None:
                    entries.append(entry)
        position = position.moved(fetched[-1].key, more, size)
        if position.size > self._limits.total_bytes:
            raise AddressBookTooLarge
        return Batch(contacts, entries, position.to_cursor(), position.announced, groups), position

    def _records(self, card: Fetched) -> Sequence[Record]:
        if card.reason is not None:
            return [Record(card.key, None, (card.reason,))]
        return self._options.read_card(card.text, card.key) or [Record(card.key, None, (Reason.CARD_EMPTY,))]

    def _identity(self, position: Position, key: str, number: int) -> str:
        """The same for the same card of the same account; two accounts may well use the same paths."""
        account = self._options.source.name, position.trusted.host, self._credential.username
        return contact_id(*account, position.books[position.book].place.key, key, *([f"#{number}"] if number else []))


def _sort(record: Record, identity: str, contacts: list[Contact], groups: list[Group]) -> Entry | None:
    """Put the record where it belongs; the line of the ledger that it needs, if any."""
    value = record.value
    if value is None:
        return Entry(record.place, Fate.REJECTED, record.reasons)
    if isinstance(value, Group):
        groups.append(value)
        return Entry(record.place, Fate.ACCEPTED, (Reason.GROUP, *record.reasons))
    contacts.append(Contact(identity, *value[1:]))
    return Entry(record.place, Fate.ACCEPTED, record.reasons, identity) if record.reasons else None
