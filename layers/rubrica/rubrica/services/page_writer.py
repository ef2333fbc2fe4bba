"""Collects the batches of one slice into pages and stores them, each page together with the cursor after it."""

import json
from dataclasses import replace
from typing import Final

from rubrica.domain import pages
from rubrica.domain.contacts import Contact, Group
from rubrica.domain.imports import Import, Progress, advance
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.ports import Batch, Commit, Cursor, DataKeys, Imports, Lease, Page, PageKind, Row, Sealer

CONTACTS_A_PAGE: Final = 1_000
"""Larger pages compress hardly better, and a reader opens a page whole."""

HEAVIEST_WAIT: Final = 8_000_000
"""Characters that wait in memory for their page to fill; books of long notes come in smaller pages."""

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
        self._cursor: Cursor | None = None
        self._announced: int | None = None

    def cursor(self) -> Cursor | None:
        """Where the slice before this one stopped; None at the beginning. Raises PageUnreadable."""
        if self._start is None:
            return None
        cursor: Cursor = json.loads(self._sealer.open(_CURSOR, 0, self._start))
        return cursor

    def add(self, batch: Batch) -> None:
        """Take a batch; stores a page when one is full. Raises LeaseTaken, StorageUnavailable."""
        self._contacts.extend(batch.contacts)
        self._entries.extend(batch.entries)
        self._groups.extend(batch.groups)
        self._cursor = batch.cursor
        self._announced = batch.announced
        if len(self._contacts) >= CONTACTS_A_PAGE or sum(map(pages.weight, self._contacts)) > HEAVIEST_WAIT:
            self.flush()

    def flush(self) -> None:
        """Store what has been taken and is not stored yet. Raises LeaseTaken, StorageUnavailable."""
        if self._cursor is None:
            return
        before = self.imp.progress
        written = self._pages(before.pages + 1)
        after = advance(before, self._tally(sum(page.kind is PageKind.CONTACTS for page in written)))
        cursor = self._sealer.seal(_CURSOR, 0, json.dumps(self._cursor).encode())
        self._imports.commit(self._lease, before, Commit(written, after, cursor, self._wrapped, self.imp.expires_at))
        self.imp = replace(self.imp, progress=after)
        if written:
            self.imp = replace(self.imp, troubles=0, trouble="")
        self._forget()

    def _forget(self) -> None:
        self._contacts = []
        self._entries = []
        self._groups = []
        self._cursor = None

    def _pages(self, first: int) -> list[Page]:
        """Ledger and groups stand under the number of the first page of contacts they came with."""
        if not (self._contacts or self._entries or self._groups):
            return []
        bodies = pages.split(self._contacts)
        written = [self._page(PageKind.CONTACTS, first + index, body) for index, body in enumerate(bodies)]
        if self._entries:
            written.append(self._page(PageKind.LEDGER, first, pages.pack(self._entries)))
        if self._groups:
            written.append(self._page(PageKind.GROUPS, first, pages.pack(self._groups)))
        return written

    def _page(self, kind: PageKind, number: int, packed: bytes) -> Page:
        return Page(kind, number, self._sealer.seal(kind, number, packed))

    def _tally(self, page_count: int) -> Progress:
        reasons: dict[Reason, int] = {}
        for entry in self._entries:
            for reason in entry.reasons:
                reasons[reason] = reasons.get(reason, 0) + 1
        return Progress(
            pages=page_count,
            contacts=len(self._contacts),
            rejected=sum(entry.fate is Fate.REJECTED for entry in self._entries),
            merged=sum(entry.fate is Fate.MERGED for entry in self._entries),
            groups=len(self._groups),
            announced=self._announced,
            reasons=reasons,
        )


def _sealer(keys: DataKeys, row: Row) -> tuple[Sealer, bytes]:
    if row.data_key is None:
        return keys.make(row.imp)
    return keys.unwrap(row.imp, row.data_key), row.data_key
