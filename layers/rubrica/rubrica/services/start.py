"""Start an import: check what is asked, seal the credential, write the row, start the workflow."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rubrica.domain.imports import Import, ImportId, State
from rubrica.domain.views import SourceView, StartImport, Tenant
from rubrica.errors import (
    FieldInvalid,
    IdempotencyKeyReused,
    ServerRefused,
    ServiceUnavailable,
    SourceUnknown,
    TooManyStarts,
    WorkflowUnavailable,
)
from rubrica.ports import Chance, Clock, IdTaken, Imports, Repeat, Row, Telemetry, Vault, Workflow

_TRIES_FOR_AN_ID: Final = 5
_START_GRACE: Final = timedelta(seconds=60)
"""How long an import may stay created before the sweeper starts it again."""


@dataclass(frozen=True, slots=True)
class StartLimits:
    """Seconds an import may take, seconds its contacts are kept after it, and starts a tenant has in a minute."""

    import_seconds: int
    retention_seconds: int
    starts_per_minute: int


@dataclass(frozen=True, slots=True)
class Start:
    """The use case. `check_server` raises ServerRefused for an address that no lookup could make acceptable."""

    imports: Imports
    vault: Vault
    workflow: Workflow
    clock: Clock
    chance: Chance
    telemetry: Telemetry
    sources: Mapping[str, SourceView]
    check_server: Callable[[str], object]
    limits: StartLimits

    def __call__(self, tenant: Tenant, command: StartImport, idempotency_key: str = "") -> Import:
        """Start an import for the tenant's user, or find the one that the same request started before.

        Raises SourceUnknown, FieldInvalid, TooManyStarts, IdempotencyKeyReused; PlatformTrouble.
        """
        self._check(command)
        self._count(tenant)
        imp = self._add(tenant, command, idempotency_key)
        if imp.expired(self.clock.now()):
            raise IdempotencyKeyReused
        if imp.state is State.CREATED:
            self._begin(imp)
        return imp

    def _check(self, command: StartImport) -> None:
        source = self.sources.get(command.source)
        if source is None:
            raise SourceUnknown
        server = command.credential.server
        if not server and source.needs_server and "@" not in command.credential.username:
            raise FieldInvalid("server", "is needed for this source, unless the user name is an e-mail address")
        if server:
            try:
                self.check_server(server)
            except ServerRefused as refused:
                raise FieldInvalid("server", "is not an address that Rubrica connects to: " + refused.advice) from None

    def _count(self, tenant: Tenant) -> None:
        now = self.clock.now()
        if self.imports.count_start(tenant.id, now) > self.limits.starts_per_minute:
            raise TooManyStarts(60 - now.second)

    def _add(self, tenant: Tenant, command: StartImport, idempotency_key: str) -> Import:
        repeat = _repeat(tenant, command, idempotency_key) if idempotency_key else None
        now = self.clock.now()
        for _ in range(_TRIES_FOR_AN_ID):
            imp = self._new(tenant, command, now)
            row = Row(imp, credential=self.vault.seal(imp, command.credential.pack()))
            try:
                return self.imports.add(row, repeat, now + _START_GRACE)
            except IdTaken:
                continue
        raise ServiceUnavailable

    def _new(self, tenant: Tenant, command: StartImport, now: datetime) -> Import:
        deadline = now + timedelta(seconds=self.limits.import_seconds)
        return Import(
            id=ImportId(self.chance.import_id()),
            tenant=tenant.id,
            source=command.source,
            state=State.CREATED,
            created_at=now,
            deadline=deadline,
            expires_at=deadline + timedelta(seconds=self.limits.retention_seconds),
            reference=command.reference,
        )

    def _begin(self, imp: Import) -> None:
        """A start that the workflow cannot take now is left to the sweeper: the row is there."""
        try:
            self.workflow.start(imp.id, imp.run)
        except WorkflowUnavailable:
            self.telemetry.event("start_postponed", import_id=imp.id)
        self.telemetry.count("ImportsStarted", source=imp.source)


def _repeat(tenant: Tenant, command: StartImport, idempotency_key: str) -> Repeat:
    """The password is left out of the digest: no digest of a guessable secret is ever stored."""
    asked = [command.source, command.credential.server, command.credential.username, command.reference]
    key = _digest([tenant.id, idempotency_key])
    return Repeat(key=key, digest=_digest([key, *asked]))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
