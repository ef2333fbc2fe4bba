"""Collects the batches of one slice into pages and stores them, each page together with the cursor after it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from rubrica.domain import pages
from rubrica.domain.contacts import Contact, Group
from rubrica.domain.imports import Import, Progress, advance
from rubrica.domain.ledger import Entry, Fate
from rubrica.domain.pages import Sheet
from rubrica.domain.twins import Twins
from rubrica.ports import Batch, Commit, Cursor, DataKeys, Imports, Lease, Page, PageKind, Row, Sealer

CONTACTS_A_PAGE: Final = 1_000
"""Larger pages compress hardly better, and a reader opens a page whole."""

HEAVIEST_WAIT: Final = 8_000_000
"""Bytes that wait in memory for their page to fill; books of long notes come in smaller pages."""

_WEIGHT_OF_A_LINE: Final = 200
"""Of the ledger, or one member of a group: about as many bytes."""

_CURSOR: Final = "cursor"


class PageWriter:
    """Stores what a slice reads.

    Contacts wait in memory until a page is full; a crash loses them and the cursor after them alike, so the
    next slice reads them again and nothing is counted twice.
    """

    def __init__(self, imports: Imports, keys: DataKeys, row: Row, lease: Lease) -> None:
        self.imp: Import = row.imp
        """The import with what has been stored so far."""
        self._imports = imports
        self._lease = lease
        self._sealer, self._wrapped = _sealer(keys, row)
        self._start = row.cursor
        self._contacts: list[Contact] = []
        self._entries: list[Entry] = []
        self._groups: list[Group] = []
        self._weight = 0
        self._cursor: Cursor | None = None
        self._announced: int | None = None
        self._owner: Contact | None = None
        self._stored: _Stored | None = None
        self._twins: Twins | None = None

    def cursor(self) -> Cursor | None:
        """Where the slice before this one stopped; None at the beginning. Raises PageUnreadable."""
        if self._start is None:
            return None
        cursor: Cursor = json.loads(self._sealer.open(_CURSOR, 0, self._start))
        return cursor

    def add(self, batch: Batch) -> None:
        """Take a batch, after storing the page that those before it filled: the last page is stored with the end.

        Raises LeaseTaken, StorageUnavailable, PageUnreadable.
        """
        if len(self._contacts) >= CONTACTS_A_PAGE or self._weight > HEAVIEST_WAIT:
            self.flush()
        if batch.again:
            batch = self._not_stored(batch)
        if batch.nameless:
            batch = self._told_apart(batch)
        self._contacts.extend(batch.contacts)
        self._entries.extend(batch.entries)
        self._groups.extend(batch.groups)
        self._cursor = batch.cursor
        self._announced = self._announced if batch.announced is None else batch.announced
        self._owner = batch.owner or self._owner
        self._weight += _weight(batch)

    def flush(self, *, exhausted: bool = False) -> None:
        """Store what has been taken and is not stored yet, and, where there is such, that it was the source's last.

        Raises LeaseTaken, StorageUnavailable.
        """
        if self._cursor is None:
            return
        before = self.imp.progress
        sheets, groups = pages.split(self._contacts, self._entries), pages.split_groups(self._groups)
        written = [*self._sheets(sheets, before.pages + 1), *self._group_pages(groups, before.group_pages + 1)]
        after = advance(before, self._tally(sheets, len(groups)))
        cursor = self._sealer.seal(_CURSOR, 0, _packed(self._cursor))
        commit = Commit(written, after, cursor, self._wrapped, self.imp.expires_at, exhausted, self._sealed_owner())
        self._imports.commit(self._lease, before, commit)
        self.imp = replace(self.imp, progress=after, exhausted=exhausted)
        if written or exhausted:
            self.imp = replace(self.imp, troubles=0, trouble="")
        self._forget()

    def _sealed_owner(self) -> bytes | None:
        return None if self._owner is None else self._sealer.seal(pages.OWNER, 0, pages.pack([self._owner]))

    def _not_stored(self, batch: Batch) -> Batch:
        """The batch without what is stored already, by the contacts' ids and the places in the ledger."""
        if self._stored is None:
            self.flush()
            self._stored = _Stored.of(self._imports, self._sealer, self.imp)
        return self._stored.without(batch)

    def _told_apart(self, batch: Batch) -> Batch:
        """The batch with an id of its own for each contact of the import."""
        if self._twins is None:
            self._twins = Twins(_Stored.of(self._imports, self._sealer, self.imp).contacts)
        contacts, entries = self._twins.apart(batch.contacts, batch.entries)
        return replace(batch, contacts=contacts, entries=entries)

    def _forget(self) -> None:
        self._contacts = []
        self._entries = []
        self._groups = []
        self._weight = 0
        self._cursor = None
        self._owner = None

    def _sheets(self, sheets: Sequence[Sheet], first: int) -> Iterator[Page]:
        """The ledger's lines stand under the number of the contacts that they came with."""
        for number, sheet in enumerate(sheets, first):
            yield self._page(PageKind.CONTACTS, number, sheet.packed_contacts)
            if sheet.entries:
                yield self._page(PageKind.LEDGER, number, sheet.packed_entries)

    def _group_pages(self, bodies: Sequence[bytes], first: int) -> Iterator[Page]:
        for number, body in enumerate(bodies, first):
            yield self._page(PageKind.GROUPS, number, body)

    def _page(self, kind: PageKind, number: int, packed: bytes) -> Page:
        return Page(kind, number, self._sealer.seal(kind, number, packed))

    def _tally(self, sheets: Sequence[Sheet], group_pages: int) -> Progress:
        entries = [entry for sheet in sheets for entry in sheet.entries]
        fates = Counter(entry.fate for entry in entries)
        return Progress(
            pages=len(sheets),
            contacts=sum(len(sheet.contacts) for sheet in sheets),
            rejected=fates[Fate.REJECTED],
            merged=fates[Fate.MERGED],
            groups=len(self._groups),
            announced=self._announced,
            reasons=Counter(reason for entry in entries for reason in entry.reasons),
            group_pages=group_pages,
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a source that began anew may hand over once more: ids of contacts, places in the ledger."""

    contacts: set[str]
    places: set[str]

    @classmethod
    def of(cls, imports: Imports, sealer: Sealer, imp: Import) -> Self:
        """Read from the stored pages."""
        contacts: set[str] = set()
        turns: dict[int, int] = {}
        for page in imports.pages(imp.id, PageKind.CONTACTS, 1, imp.progress.pages):
            contacts.update(it.id for it in pages.unpack_contacts(sealer.open(page.kind, page.number, page.body)))
            turns[page.number] = page.turn
        places = {
            entry.place
            for page in imports.pages(imp.id, PageKind.LEDGER, 1, imp.progress.pages)
            # One of another turn was left behind by a call that died before its pages counted.
            if page.turn == turns.get(page.number)
            for entry in pages.unpack_entries(sealer.open(page.kind, page.number, page.body))
        }
        return cls(contacts, places)

    def without(self, batch: Batch) -> Batch:
        """What of the batch is new; it counts as stored from now on."""
        contacts = [contact for contact in batch.contacts if contact.id not in self.contacts]
        entries = [entry for entry in batch.entries if entry.place not in self.places]
        self.contacts.update(contact.id for contact in contacts)
        self.places.update(entry.place for entry in entries)
        return replace(batch, contacts=contacts, entries=entries)


def _packed(cursor: Cursor) -> bytes:
    """The cursor as it is sealed: names in it take no more room than they have to."""
    return json.dumps(cursor, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _weight(batch: Batch) -> int:
    """About how many bytes the batch takes."""
    lines = len(batch.entries) + sum(1 + len(group.members) for group in batch.groups)
    return sum(map(_rough_weight, batch.contacts)) + lines * _WEIGHT_OF_A_LINE


def _rough_weight(contact: Contact) -> int:
    """Cheaper than pages.weight, for it only says when waiting contacts are to be stored."""
    values = len(contact.emails) + len(contact.phones) + len(contact.addresses) + len(contact.urls)
    return 500 + len(contact.note) + 200 * values


def _sealer(keys: DataKeys, row: Row) -> tuple[Sealer, bytes]:
    if row.data_key is None:
        return keys.make(row.imp)
    return keys.unwrap(row.imp, row.data_key), row.data_key
