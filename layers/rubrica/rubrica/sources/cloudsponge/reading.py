"""Reading an import that another service runs: its events until it is complete, then its contacts page by page."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

import msgspec

from rubrica.domain.contacts import Contact, Record
from rubrica.domain.credential import Relay
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import AddressBookTooLarge, AnswerUnreadable, UpstreamContradicts, WorkerFailed
from rubrica.ports import Batch, Cursor, NotYet
from rubrica.sources.cloudsponge.answers import Contacts, Person
from rubrica.sources.cloudsponge.conversation import Conversation, Said, trouble
from rubrica.sources.cloudsponge.mapping import record
from rubrica.sources.cloudsponge.stages import stage_of
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.reading import page_of, record_of
from rubrica.sources.owner import owner_of

_PAGE_SIZE: Final = 1000
_SMALLER: Final = 4
_FEW: Final = 20
"""So many contacts may well be the same as those before them."""


@dataclass(frozen=True, slots=True)
class Position:
    """How many contacts have been read, of how many, and a digest of the page before."""

    start: int = 0
    total: int | None = None
    mark: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing is left to read."""
        return self.total is not None and self.start >= self.total

    def to_cursor(self) -> Cursor:
        """The position as JSON-serializable values."""
        return {"start": self.start, "total": self.total, "mark": self.mark}

    @classmethod
    def from_cursor(cls, cursor: Cursor) -> "Position":
        """The position of a cursor that `to_cursor` made; WorkerFailed for any other."""
        values: Mapping[str, Any] = cursor
        try:
            return cls(values["start"], values["total"], values["mark"])
        except KeyError:
            raise WorkerFailed from None


class Reading:
    """One reading, from a cursor to the end or to where the caller leaves it."""

    def __init__(self, conversation: Conversation, relay: Relay, limits: Limits) -> None:
        self._conversation = conversation
        self._relay = relay
        self._limits = limits
        self._count = _PAGE_SIZE
        self._found = self._pause = 0

    def batches(self, cursor: Cursor | None) -> Generator[Batch, None, None]:
        """A batch for each page. Raises NotYet until there is a first one."""
        if cursor is None:
            self._look()
        position = Position() if cursor is None else Position.from_cursor(cursor)
        while not position.ended:
            batch, position = self._turn(position)
            yield batch

    def _look(self) -> None:
        """Ask once how far the import has come."""
        said = self._conversation.get(f"/events/{self._relay.import_id}.json")
        if said.status != 200:
            raise trouble(said)
        stage, self._pause = stage_of(said)
        if not stage.complete:
            raise NotYet(self._pause, begun=stage.begun)
        self._found = stage.found

    def _turn(self, position: Position) -> tuple[Batch, Position]:
        page = self._page(position)
        told: Sequence[object] = page.records or ()
        after = self._after(position, page, len(told))
        contacts, entries = _sorted(self._records(told, position.start))
        owner = self._owner(page) if position.start == 0 else None
        return Batch(contacts, entries, after.to_cursor(), after.total, owner=owner, nameless=True), after

    def _page(self, position: Position) -> Contacts:
        said = self._ask(position.start)
        while said.status == 413 and self._count > 1:
            self._count = max(self._count // _SMALLER, 1)
            said = self._ask(position.start)
        if said.status == 404 and position.total is None:
            raise NotYet(self._pause, begun=True)
        if said.status != 200:
            raise trouble(said)
        page = page_of(Contacts, said.body)
        if page.records is None or page.announced is None:
            raise AnswerUnreadable
        return page

    def _ask(self, start: int) -> Said:
        path = f"/contacts/{self._relay.import_id}.json?start={start}&count={self._count}"
        return self._conversation.get(path, self._limits.page_bytes, self._limits.silence)

    def _after(self, position: Position, page: Contacts, count: int) -> Position:
        """The position after a page. Raises UpstreamContradicts for one that cannot be where it says it is."""
        total = page.announced or 0
        if total > self._limits.records:
            raise AddressBookTooLarge
        start, mark = position.start + count, _mark(page)
        changed = position.total is not None and total != position.total
        elsewhere = page.start not in (None, position.start)
        stuck = not count and start < total
        repeated = count > _FEW and mark == position.mark
        vanished = not total and self._found > 0
        if changed or elsewhere or stuck or repeated or vanished or start > total:
            raise UpstreamContradicts
        return replace(position, start=start, total=total, mark=mark)

    def _records(self, told: Sequence[object], start: int) -> Iterator[Record]:
        for number, it in enumerate(told, start + 1):
            place = f"contact {number}"
            person, flaws = record_of(Person, it)
            if person is None:
                yield Record(place, None, (Reason.CARD_MALFORMED,))
            else:
                yield record(person, place, self._relay.service, flaws)

    def _owner(self, page: Contacts) -> Contact | None:
        person = None if page.owner is None else record_of(Person, page.owner)[0]
        if person is None:
            return None
        value = record(person, "owner", self._relay.service, set()).value
        return owner_of(value) if isinstance(value, Contact) else None


def _sorted(records: Iterable[Record]) -> tuple[list[Contact], list[Entry]]:
    """Contacts, and lines of the ledger about what did not become one just as it was."""
    contacts: list[Contact] = []
    entries: list[Entry] = []
    for place, contact, reasons in records:
        if not isinstance(contact, Contact):
            entries.append(Entry(place, Fate.REJECTED, reasons))
            continue
        contacts.append(contact)
        if reasons:
            entries.append(Entry(place, Fate.ACCEPTED, reasons, contact.id))
    return contacts, entries


def _mark(page: Contacts) -> str:
    digest = blake2b(digest_size=12)
    for it in page.records or ():
        digest.update(bytes(it) if isinstance(it, msgspec.Raw) else repr(it).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
