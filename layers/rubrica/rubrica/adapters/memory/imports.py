"""The store of imports in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from rubrica.domain.consent import MOST_OPENINGS, Consent, Opening, Way
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId, may_become
from rubrica.errors import IdempotencyKeyReused, ImportGone, LinkWornOut
from rubrica.ports import Commit, IdTaken, Lease, LeaseTaken, Page, PageKind, Repeat, Row


class MemoryImports:
    """Implements ports.Imports."""

    def __init__(self) -> None:
        self.rows: dict[ImportId, Row] = {}
        self.stored: dict[ImportId, dict[tuple[PageKind, int], tuple[int, Page]]] = {}
        self._turns: dict[ImportId, int] = {}
        self._due: dict[ImportId, datetime] = {}
        self._repeats: dict[str, tuple[Repeat, ImportId, datetime]] = {}
        self._starts: dict[tuple[TenantId, int], int] = {}

    def add(self, row: Row, repeat: Repeat | None, due_at: datetime) -> tuple[Import, bool]:
        """See ports.Imports."""
        first = self.repeated(repeat, row.imp.created_at) if repeat else None
        if first is not None:
            return first, _is_this(row, self.rows[first.id])
        if row.imp.id in self.rows:
            if _is_this(row, self.rows[row.imp.id]):
                return row.imp, True
            raise IdTaken
        self.rows[row.imp.id], self._due[row.imp.id] = row, due_at
        if repeat:
            self._repeats[repeat.key] = repeat, row.imp.id, row.imp.expires_at
        return row.imp, True

    def repeated(self, repeat: Repeat, now: datetime) -> Import | None:
        """See ports.Imports."""
        known = self._repeats.get(repeat.key)
        if known is None or known[2] <= now:
            return None
        if known[0] != repeat or known[1] not in self.rows:
            raise IdempotencyKeyReused
        return self.rows[known[1]].imp

    def count_start(self, tenant: TenantId, now: datetime) -> int:
        """See ports.Imports."""
        minute = int(now.timestamp()) // 60
        self._starts[tenant, minute] = self._starts.get((tenant, minute), 0) + 1
        return self._starts[tenant, minute]

    def get(self, import_id: ImportId) -> Row | None:
        """See ports.Imports."""
        return self.rows.get(import_id)

    def take(self, lease: Lease) -> Row:
        """See ports.Imports."""
        row = self.rows.get(lease.import_id)
        if row is None or row.imp.terminal or row.imp.expired(lease.now) or row.imp.run > lease.run:
            raise ImportGone
        if row.imp.state is State.AWAITING_CONSENT or self._turns.get(lease.import_id, -1) >= lease.turn:
            raise LeaseTaken
        self._turns[lease.import_id], self._due[lease.import_id] = lease.turn, lease.until
        self.rows[lease.import_id] = replace(row, imp=replace(row.imp, state=State.IMPORTING))
        return self.rows[lease.import_id]

    def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
        """See ports.Imports."""
        pages = self.stored.setdefault(lease.import_id, {})
        for page in commit.pages:
            if pages.get((page.kind, page.number), (0, page))[0] > lease.turn:
                raise LeaseTaken
            pages[page.kind, page.number] = lease.turn, page
        row = self._held(lease)
        if row.imp.progress.pages != before.pages:
            raise LeaseTaken
        imp = replace(row.imp, progress=commit.progress)
        if commit.exhausted:
            imp = replace(imp, exhausted=True, troubles=0, trouble="", resume_at=None)
        owner = row.owner if commit.owner is None else commit.owner
        self.rows[lease.import_id] = replace(row, imp=imp, cursor=commit.cursor, data_key=commit.data_key, owner=owner)

    def release(self, lease: Lease, imp: Import, due_at: datetime) -> None:
        """See ports.Imports."""
        row = self._held(lease)
        kept = replace(
            row.imp,
            troubles=imp.troubles,
            trouble=imp.trouble,
            resume_at=imp.resume_at,
            exhausted=imp.exhausted,
            begun_at=imp.begun_at,
        )
        self.rows[lease.import_id], self._due[lease.import_id] = replace(row, imp=kept), due_at

    def open_consent(self, import_id: ImportId, state: str, opening: Opening) -> None:
        """See ports.Imports."""
        row = self.rows.get(import_id)
        if row is None or row.imp.state is not State.AWAITING_CONSENT or row.imp.consent is None:
            raise ImportGone
        openings = {**row.imp.consent.openings, state: opening}
        if len(openings) > MOST_OPENINGS:
            raise LinkWornOut
        consent = replace(row.imp.consent, openings=openings)
        self.rows[import_id] = replace(row, imp=replace(row.imp, consent=consent, deadline=opening.until))

    def answer_consent(self, imp: Import, credential: bytes | None, due_at: datetime) -> tuple[Import, bool]:
        """See ports.Imports."""
        row = self.rows.get(imp.id)
        if row is None:
            raise ImportGone
        if row.imp.state is not State.AWAITING_CONSENT:
            return row.imp, False
        settled = replace(
            row.imp,
            state=imp.state,
            failure=imp.failure,
            closed_at=imp.closed_at,
            deadline=imp.deadline,
            expires_at=imp.expires_at,
            begun_at=imp.begun_at,
            consent=_settled(row.imp.consent, imp),
        )
        self.rows[imp.id], self._due[imp.id] = replace(row, imp=settled, credential=credential), due_at
        return settled, True

    def refuse_file(self, import_id: ImportId, failure: str) -> None:
        """See ports.Imports."""
        row = self.rows.get(import_id)
        if row is None or row.imp.state is not State.AWAITING_CONSENT or row.imp.consent is None:
            return
        if row.imp.consent.way is Way.FILE:
            consent = replace(row.imp.consent, refused=failure)
            self.rows[import_id] = replace(row, imp=replace(row.imp, consent=consent))

    def keep(self, lease: Lease, credential: bytes) -> None:
        """See ports.Imports."""
        self.rows[lease.import_id] = replace(self._held(lease), credential=credential)

    def close(self, imp: Import) -> Row:
        """See ports.Imports."""
        row = self.rows.get(imp.id)
        if row is None:
            raise ImportGone
        if row.imp.state not in may_become(imp.state):
            return Row(row.imp)
        closed = replace(
            row.imp,
            state=imp.state,
            failure=imp.failure,
            closed_at=imp.closed_at,
            expires_at=imp.expires_at,
            resume_at=None,
            trouble="",
            consent=_without_way(row.imp.consent, row.imp.consent.answered if row.imp.consent else ""),
        )
        self.rows[imp.id], self._due[imp.id] = Row(closed, data_key=row.data_key, owner=row.owner), imp.expires_at
        return Row(closed, credential=row.credential)

    def restart(self, import_id: ImportId, run: int, now: datetime, due_at: datetime) -> bool:
        """See ports.Imports."""
        row = self.rows.get(import_id)
        if row is None or row.imp.state not in (State.CREATED, State.IMPORTING) or row.imp.run != run - 1:
            return False
        if self._due[import_id] > now:
            return False
        self.rows[import_id], self._due[import_id] = replace(row, imp=replace(row.imp, run=run)), due_at
        return True

    def pages(self, import_id: ImportId, kind: PageKind, first: int, last: int) -> Iterator[Page]:
        """See ports.Imports."""
        stored = self.stored.get(import_id, {})
        for number in range(first, last + 1):
            if (kind, number) in stored:
                turn, page = stored[kind, number]
                yield replace(page, turn=turn)

    def due(self, now: datetime, limit: int) -> Sequence[ImportId]:
        """See ports.Imports."""
        found = sorted((due_at, import_id) for import_id, due_at in self._due.items() if due_at <= now)
        return [import_id for _, import_id in found[:limit]]

    def shred(self, import_id: ImportId, due_at: datetime) -> Row | None:
        """See ports.Imports."""
        row = self.rows.get(import_id)
        if row is not None:
            self.rows[import_id] = Row(replace(row.imp, state=State.PURGED, reference="", consent=None))
            self._due[import_id] = due_at
        self.stored.pop(import_id, None)
        return row

    def purge(self, import_id: ImportId, until: datetime) -> None:
        """See ports.Imports."""
        row = self.shred(import_id, until)
        if row is not None:
            self.rows[import_id] = Row(replace(self.rows[import_id].imp, expires_at=until))
        self._due.pop(import_id, None)

    def _held(self, lease: Lease) -> Row:
        row = self.rows.get(lease.import_id)
        if row is None or row.imp.state is not State.IMPORTING or self._turns.get(lease.import_id) != lease.turn:
            raise LeaseTaken
        return row


def _settled(consent: Consent | None, imp: Import) -> Consent | None:
    answered = imp.consent.answered if imp.consent else ""
    if consent is not None and consent.way is Way.RELAY and not imp.terminal:
        return replace(consent, answered=answered)
    return _without_way(consent, answered)


def _without_way(consent: Consent | None, answered: str) -> Consent | None:
    if consent is None:
        return None
    return replace(consent, link="", address="", redirect_uri="", include=(), answered=answered, refused="")


def _is_this(row: Row, standing: Row) -> bool:
    if row.imp.id != standing.imp.id:
        return False
    if row.credential is not None:
        return row.credential == standing.credential
    mine, theirs = row.imp.consent, standing.imp.consent
    return mine is not None and theirs is not None and mine.link == theirs.link
