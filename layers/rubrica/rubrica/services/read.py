"""Read an import: its status, its contacts, its ledger. Whatever has expired is absent here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final, TypeVar

from rubrica.domain import pages
from rubrica.domain.contacts import Contact
from rubrica.domain.imports import Import, ImportId, State, as_of
from rubrica.domain.ledger import Entry, Fate
from rubrica.domain.views import ContactsPage, ContactsSpan, LedgerPage, LedgerQuery, Tenant
from rubrica.errors import CursorInvalid, ImportNotComplete, ImportNotFinished, ImportNotFound, PageUnreadable
from rubrica.ports import Clock, DataKeys, Imports, Page, PageKind, Row, Sealer

LARGEST_ANSWER: Final = 1_900_000
"""Bytes of contacts in one answer: a Lambda answers with at most 6 MB, and escaping can triple what stands in them."""

MOST_GROUPS: Final = 200
"""Groups of one contact; the vCard reader keeps as many values of any field."""

_CURSOR: Final = re.compile(r"([0-9]{1,6})-([0-9]{1,6})-([0-9]{1,9})", re.ASCII)

Item = TypeVar("Item", Contact, Entry)

Memberships = Mapping[str, Sequence[str]]
"""The names of the groups that each contact's uid is a member of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an import a reader stands: a page, an index in it, and how many items came before."""

    page: int = 1
    index: int = 0
    before: int = 0

    def __str__(self) -> str:
        return f"{self.page}-{self.index}-{self.before}"


@dataclass(frozen=True, slots=True)
class Read:
    """The use cases of a reader."""

    imports: Imports
    keys: DataKeys
    clock: Clock

    def status(self, tenant: Tenant, import_id: ImportId) -> Import:
        """The import as it stands. Raises ImportNotFound for unknown, expired and other tenants' alike."""
        return self._find(tenant, import_id).imp

    def contacts(self, tenant: Tenant, import_id: ImportId, cursor: str, limit: int) -> ContactsPage:
        """At most `limit` contacts of a complete import, with the groups they are in.

        Raises ImportNotFound, ImportNotFinished, ImportNotComplete, CursorInvalid, PageUnreadable.
        """
        row = self._complete(tenant, import_id)
        total = row.imp.progress.contacts
        place = _place(cursor, row.imp)
        if not total:
            return ContactsPage([], 0, "")
        if row.data_key is None:
            raise PageUnreadable
        sealer = self.keys.unwrap(row.imp, row.data_key)
        memberships = self._memberships(row.imp, sealer)
        numbered = (
            (page.number, _with_groups(contacts, memberships))
            for page, contacts in self._contact_pages(row.imp, sealer, place)
        )
        found, end = _take(numbered, place, limit, pages.weight)
        more = end.before < total and end.page <= row.imp.progress.pages
        return ContactsPage(found, total, str(end) if more else "")

    def span(self, tenant: Tenant, import_id: ImportId, start: int, count: int) -> ContactsSpan:
        """`count` contacts of a complete import from number `start` on, all that are left when `count` is 0.

        Raises ImportNotFound, ImportNotFinished, ImportNotComplete, PageUnreadable.
        """
        row = self._complete(tenant, import_id)
        left = max(row.imp.progress.contacts - start, 0)
        count = min(count, left) if count else left
        if row.data_key is None:
            if row.imp.progress.contacts:
                raise PageUnreadable
            return ContactsSpan(row.imp, None, start, 0, iter(()))
        sealer = self.keys.unwrap(row.imp, row.data_key)
        owner = None if row.owner is None else pages.unpack_contacts(sealer.open(pages.OWNER, 0, row.owner))[0]
        found = islice(self._all(row.imp, sealer), start, start + count) if count else iter(())
        return ContactsSpan(row.imp, owner, start, count, found)

    def ledger(self, tenant: Tenant, import_id: ImportId, query: LedgerQuery) -> LedgerPage:
        """Lines of the ledger of a closed import, page by page; of each page first what was not accepted whole.

        Raises ImportNotFound, ImportNotFinished, CursorInvalid, PageUnreadable.
        """
        row = self._find(tenant, import_id)
        if not row.imp.terminal:
            raise ImportNotFinished
        place = _place(query.cursor, row.imp)
        if row.data_key is None:
            return LedgerPage([], "")
        sealer = self.keys.unwrap(row.imp, row.data_key)
        numbered = (
            (number, [entry for entry in entries if not query.fates or entry.fate in query.fates])
            for number, entries in self._ledger_pages(row.imp, sealer, place)
        )
        found, end = _take(numbered, place, query.limit, _line)
        return LedgerPage(found, str(end) if end.page <= row.imp.progress.pages else "")

    def _find(self, tenant: Tenant, import_id: ImportId) -> Row:
        row = self.imports.get(import_id)
        now = self.clock.now()
        if row is None or row.imp.tenant != tenant.id:
            raise ImportNotFound
        if row.imp.expired(now):
            raise ImportNotFound(expired=True)
        return replace(row, imp=as_of(row.imp, now))

    def _complete(self, tenant: Tenant, import_id: ImportId) -> Row:
        row = self._find(tenant, import_id)
        if not row.imp.terminal:
            raise ImportNotFinished
        if row.imp.state is not State.COMPLETE:
            raise ImportNotComplete(row.imp.failure, row.imp.method)
        return row

    def _all(self, imp: Import, sealer: Sealer) -> Iterator[Contact]:
        """Every contact, with the groups it is in, fetched page by page."""
        memberships = self._memberships(imp, sealer)
        for _, contacts in self._contact_pages(imp, sealer, Place()):
            yield from _with_groups(contacts, memberships)

    def _contact_pages(self, imp: Import, sealer: Sealer, place: Place) -> Iterator[tuple[Page, Sequence[Contact]]]:
        """The pages from `place` on. Raises PageUnreadable when one is missing: a part is never taken for the whole."""
        expected = place.page
        for page in self.imports.pages(imp.id, PageKind.CONTACTS, place.page, imp.progress.pages):
            if page.number != expected:
                break
            yield page, pages.unpack_contacts(_opened(page, sealer))
            expected += 1
        if expected <= imp.progress.pages:
            raise PageUnreadable

    def _ledger_pages(self, imp: Import, sealer: Sealer, place: Place) -> Iterator[tuple[int, Sequence[Entry]]]:
        for sheet, contacts in self._contact_pages(imp, sealer, place):
            written = [
                entry
                for page in self.imports.pages(imp.id, PageKind.LEDGER, sheet.number, sheet.number)
                # One of another turn was left behind by a call that died before its pages counted.
                if page.turn == sheet.turn
                for entry in pages.unpack_entries(_opened(page, sealer))
            ]
            told = pages.told(written)
            whole = [Entry(it.place, Fate.ACCEPTED, (), it.id) for it in contacts if it.id not in told]
            yield sheet.number, [*written, *whole]

    def _memberships(self, imp: Import, sealer: Sealer) -> Memberships:
        """Raises PageUnreadable when a page of groups is missing."""
        names: dict[str, list[str]] = {}
        found = list(self.imports.pages(imp.id, PageKind.GROUPS, 1, imp.progress.group_pages))
        if len(found) != imp.progress.group_pages:
            raise PageUnreadable
        for group in chain.from_iterable(pages.unpack_groups(_opened(page, sealer)) for page in found):
            for member in group.members:
                names.setdefault(member, []).append(group.name)
        return names


def _opened(page: Page, sealer: Sealer) -> bytes:
    return sealer.open(page.kind, page.number, page.body)


def _place(cursor: str, imp: Import) -> Place:
    if not cursor:
        return Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise CursorInvalid
    place, progress = Place(*map(int, match.groups())), imp.progress
    lines = progress.contacts + progress.rejected + progress.merged + progress.groups
    if not 1 <= place.page <= progress.pages or place.before > lines:
        raise CursorInvalid
    return place


def _take(
    numbered: Iterable[tuple[int, Sequence[Item]]], place: Place, limit: int, weight: Callable[[Item], int]
) -> tuple[list[Item], Place]:
    """At most `limit` items from `place` on, as many as one answer bears, and the place after them."""
    found: list[Item] = []
    room = LARGEST_ANSWER
    after = place.page
    for number, items in numbered:
        start = place.index if number == place.page else 0
        for index, item in enumerate(items[start:], start):
            room -= weight(item)
            if len(found) == limit or (room < 0 and found):
                return found, Place(number, index, place.before + len(found))
            found.append(item)
        after = number + 1
        if len(found) == limit:
            break
    return found, Place(after, 0, place.before + len(found))


def _line(entry: Entry) -> int:
    """About how many bytes the line takes in an answer."""
    return 200 + len(entry.place.encode("utf-8", "replace"))


def _with_groups(contacts: Sequence[Contact], memberships: Memberships) -> Sequence[Contact]:
    """The contacts with the groups that they are members of, each name once, and at most MOST_GROUPS of them."""
    if not memberships:
        return contacts
    return [it._replace(groups=_names(it, memberships)) for it in contacts]


def _names(contact: Contact, memberships: Memberships) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys((*contact.groups, *memberships.get(contact.uid, ()))), MOST_GROUPS))
