"""The stores in memory: for tests, held to the same contract as the tables (tests/adapters)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId, may_become
from rubrica.domain.views import Tenant
from rubrica.errors import CredentialLost, IdempotencyKeyReused, ImportGone, PageUnreadable
from rubrica.ports import Commit, IdTaken, Lease, LeaseTaken, Page, PageKind, Repeat, Row, Sealer


class MemoryImports:
    """Implements ports.Imports."""

    def __init__(self) -> None:
        self.rows: dict[ImportId, Row] = {}
        self.stored: dict[ImportId, dict[tuple[PageKind, int], tuple[int, Page]]] = {}
        self._turns: dict[ImportId, int] = {}
        self._due: dict[ImportId, datetime] = {}
        self._repeats: dict[str, tuple[Repeat, ImportId, datetime]] = {}
        self._starts: dict[tuple[TenantId, int], int] = {}

    def add(self, row: Row, repeat: Repeat | None, due_at: datetime) -> Import:
        """See ports.Imports."""
        known = self._repeats.get(repeat.key) if repeat else None
        if repeat and known and known[2] > row.imp.created_at:
            if known[0] != repeat:
                raise IdempotencyKeyReused
            if known[1] not in self.rows:
                raise IdempotencyKeyReused
            return self.rows[known[1]].imp
        if row.imp.id in self.rows:
            if row.credential is not None and self.rows[row.imp.id].credential == row.credential:
                return row.imp
            raise IdTaken
        self.rows[row.imp.id], self._due[row.imp.id] = row, due_at
        if repeat:
            self._repeats[repeat.key] = repeat, row.imp.id, row.imp.expires_at
        return row.imp

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
        self.rows[lease.import_id] = replace(row, imp=imp, cursor=commit.cursor, data_key=commit.data_key)

    def release(self, lease: Lease, imp: Import, due_at: datetime) -> None:
        """See ports.Imports."""
        row = self._held(lease)
        kept = replace(
            row.imp, troubles=imp.troubles, trouble=imp.trouble, resume_at=imp.resume_at, exhausted=imp.exhausted
        )
        self.rows[lease.import_id], self._due[lease.import_id] = replace(row, imp=kept), due_at

    def close(self, imp: Import) -> Import:
        """See ports.Imports."""
        row = self.rows.get(imp.id)
        if row is None:
            raise ImportGone
        if row.imp.state not in may_become(imp.state):
            return row.imp
        closed = replace(imp, progress=row.imp.progress, resume_at=None, trouble="")
        self.rows[imp.id] = Row(closed, data_key=row.data_key)
        self._due[imp.id] = imp.expires_at
        return closed

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

    def shred(self, import_id: ImportId, due_at: datetime) -> None:
        """See ports.Imports."""
        row = self.rows.get(import_id)
        if row is not None:
            self.rows[import_id] = Row(replace(row.imp, state=State.PURGED, reference=""))
            self._due[import_id] = due_at
        self.stored.pop(import_id, None)

    def purge(self, import_id: ImportId) -> None:
        """See ports.Imports."""
        for table in (self.rows, self.stored, self._due, self._turns):
            table.pop(import_id, None)

    def _held(self, lease: Lease) -> Row:
        row = self.rows.get(lease.import_id)
        if row is None or row.imp.state is not State.IMPORTING or self._turns.get(lease.import_id) != lease.turn:
            raise LeaseTaken
        return row


class MemoryTenants:
    """Implements ports.Tenants."""

    def __init__(self) -> None:
        self._tenants: dict[TenantId, Tenant] = {}
        self._keys: dict[str, TenantId] = {}

    def by_key(self, digest: str) -> Tenant | None:
        """See ports.Tenants."""
        return self._tenants.get(self._keys.get(digest, TenantId("")))

    def add(self, tenant: Tenant, digest: str) -> None:
        """See ports.Tenants."""
        self._tenants[tenant.id] = tenant
        self._keys[digest] = tenant.id

    def all(self) -> Sequence[Tenant]:
        """See ports.Tenants."""
        return sorted(self._tenants.values(), key=lambda tenant: tenant.name)

    def replace_keys(self, tenant: TenantId, digest: str) -> bool:
        """See ports.Tenants."""
        self._keys = {key: owner for key, owner in self._keys.items() if owner != tenant}
        self._keys[digest] = tenant
        return tenant in self._tenants

    def disable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        if tenant not in self._tenants:
            return False
        self._tenants[tenant] = replace(self._tenants[tenant], disabled=True)
        return True


class MemoryVault:
    """Implements ports.Vault: remembers for whom a secret was sealed, and hides nothing."""

    def seal(self, imp: Import, secret: bytes) -> bytes:
        """See ports.Vault."""
        return f"{imp.tenant}|{imp.id}|".encode() + secret

    def open(self, imp: Import, sealed: bytes) -> bytes:
        """See ports.Vault."""
        owner = f"{imp.tenant}|{imp.id}|".encode()
        if not sealed.startswith(owner):
            raise CredentialLost
        return sealed.removeprefix(owner)


class MemoryDataKeys:
    """Implements ports.DataKeys: a wrapped key is the import's own name."""

    def make(self, imp: Import) -> tuple[Sealer, bytes]:
        """See ports.DataKeys."""
        owner = f"{imp.tenant}|{imp.id}".encode()
        return _MemorySealer(owner), owner

    def unwrap(self, imp: Import, wrapped: bytes) -> Sealer:
        """See ports.DataKeys."""
        if wrapped != f"{imp.tenant}|{imp.id}".encode():
            raise PageUnreadable
        return _MemorySealer(wrapped)


class _MemorySealer:
    def __init__(self, owner: bytes) -> None:
        self._owner = owner

    def seal(self, kind: str, number: int, plain: bytes) -> bytes:
        return b"|".join((self._owner, kind.encode(), str(number).encode(), plain))

    def open(self, kind: str, number: int, sealed: bytes) -> bytes:
        place = b"|".join((self._owner, kind.encode(), str(number).encode(), b""))
        if not sealed.startswith(place):
            raise PageUnreadable
        return sealed.removeprefix(place)


class MemoryWorkflow:
    """Implements ports.Workflow: remembers what was started."""

    def __init__(self) -> None:
        self.started: list[tuple[ImportId, int]] = []

    def start(self, import_id: ImportId, run: int) -> None:
        """See ports.Workflow."""
        if (import_id, run) not in self.started:
            self.started.append((import_id, run))


class MemoryNotify:
    """Implements ports.Notify: remembers what was announced."""

    def __init__(self) -> None:
        self.announced: list[Import] = []

    def closed(self, imp: Import) -> None:
        """See ports.Notify."""
        self.announced.append(imp)
