"""Imports as stores are given them, and what is asked of a store again and again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rubrica.domain.imports import Import, ImportId, Progress, State
from rubrica.domain.ledger import Reason
from rubrica.ports import Commit, Imports, Lease, Page, PageKind, Repeat, Row
from tests.fakes import NOW, any_import

ID = ImportId(1126)
LATER = NOW + timedelta(seconds=60)
REMEMBERED = NOW + timedelta(days=7)
REPEAT = Repeat("key-of-tenant", "what-was-asked")
PROGRESS = Progress(
    pages=2,
    contacts=1_500,
    rejected=3,
    merged=1,
    groups=2,
    announced=1_506,
    reasons={Reason.CARD_MALFORMED: 3, Reason.GROUP: 2},
    group_pages=1,
)


def row_of(**changes: Any) -> Row:
    return Row(any_import(**changes), credential=b"\x00sealed credential\xff")


def lease_of(turn: int, import_id: ImportId = ID) -> Lease:
    return Lease(import_id, 1, turn, LATER, LATER + timedelta(seconds=180))


def pages_of(*numbers: int, text: str = "page", kind: PageKind = PageKind.CONTACTS) -> list[Page]:
    return [Page(kind, number, f"{text} {number}".encode()) for number in numbers]


def commit_of(pages: list[Page], progress: Progress = PROGRESS, cursor: bytes = b"cursor") -> Commit:
    return Commit(pages, progress, cursor, b"wrapped key", any_import().expires_at)


def bodies(imports: Imports, first: int = 1, last: int = 99, kind: PageKind = PageKind.CONTACTS) -> list[bytes]:
    return [page.body for page in imports.pages(ID, kind, first, last)]


def stored(imports: Imports, import_id: ImportId = ID) -> Row:
    row = imports.get(import_id)
    assert row is not None
    return row


def added(imports: Imports, **changes: Any) -> Import:
    return imports.add(row_of(**changes), None, LATER)[0]


def closed(imp: Import, state: State = State.COMPLETE, failure: str = "") -> Import:
    return replace(imp, state=state, failure=failure, closed_at=LATER, expires_at=LATER + timedelta(hours=1))
