"""Start an import: check what is asked and write the row; with a password, seal it and start the workflow at once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rubrica.domain import consent
from rubrica.domain.consent import App, AuthorizationServer, Consent
from rubrica.domain.credential import Credential
from rubrica.domain.imports import Import, ImportId, State, as_of
from rubrica.domain.views import SourceView, StartImport, Tenant
from rubrica.errors import (
    FieldInvalid,
    IdempotencyKeyReused,
    ServerRefused,
    ServiceUnavailable,
    SourceNotConfigured,
    SourceUnknown,
    TooManyStarts,
)
from rubrica.ports import Apps, Chance, Clock, IdTaken, Imports, Repeat, Row, Telemetry, Vault, Workflow
from rubrica.services.begin import START_GRACE, begin

_TRIES_FOR_AN_ID: Final = 5


@dataclass(frozen=True, slots=True)
class StartLimits:
    """Seconds an import may take, seconds its contacts are kept after it, and starts a tenant has in a minute."""

    import_seconds: int
    retention_seconds: int
    starts_per_minute: int


@dataclass(frozen=True, slots=True)
class Start:
    """The use case. `check_server` raises ServerRefused for an address that no lookup could make acceptable; `servers`
    are the authorization servers of the sources that want a consent."""

    imports: Imports
    vault: Vault
    workflow: Workflow
    apps: Apps
    clock: Clock
    chance: Chance
    telemetry: Telemetry
    sources: Mapping[str, SourceView]
    servers: Mapping[str, AuthorizationServer]
    check_server: Callable[[str], object]
    limits: StartLimits

    def __call__(self, tenant: Tenant, command: StartImport, home: str, idempotency_key: str = "") -> Import:
        """Start an import for the tenant's user, or find the one that the same request started before.

        `home` is the installation's own address. A source that wants a consent waits for it: the import's `consent`
        has the code of the link. Raises SourceUnknown, SourceNotConfigured, FieldInvalid, TooManyStarts,
        IdempotencyKeyReused; PlatformTrouble.
        """
        new = self._plan(tenant, command, home)
        self._count(tenant)
        imp = self._add(tenant, command, new, idempotency_key)
        now = self.clock.now()
        if imp.expired(now):
            raise IdempotencyKeyReused
        if imp.state is State.CREATED:
            begin(self.workflow, self.telemetry, imp)
            self.telemetry.count("ImportsStarted", source=imp.source)
        return as_of(imp, now)

    def _plan(self, tenant: Tenant, command: StartImport, home: str) -> "_Plan":
        """How to make the row once it has an id."""
        source = self.sources.get(command.source)
        if source is None:
            raise SourceUnknown
        _check_include(source, command.include)
        if source.method != "consent":
            return self._with_password(_checked(source, command.credential, self.check_server))
        if command.credential:
            raise FieldInvalid("password", "must not be sent for this source: its users consent at the provider")
        app = self.apps.app(tenant.id, command.source)
        if app is None:
            raise SourceNotConfigured
        _check_return(tenant, command)
        redirect_uri = app.redirect_uri or f"{home}/oauth/{command.source}/callback"
        return self._with_consent(command, self.servers[command.source], app, redirect_uri)

    def _count(self, tenant: Tenant) -> None:
        now = self.clock.now()
        if self.imports.count_start(tenant.id, now) > self.limits.starts_per_minute:
            raise TooManyStarts(60 - now.second)

    def _with_password(self, credential: Credential) -> "_Plan":
        def plan(imp: Import) -> tuple[Row, datetime]:
            return Row(imp, credential=self.vault.seal(imp, credential.pack())), imp.created_at + START_GRACE

        return plan

    def _with_consent(self, command: StartImport, server: AuthorizationServer, app: App, redirect_uri: str) -> "_Plan":
        def plan(imp: Import) -> tuple[Row, datetime]:
            last_answer = imp.created_at + consent.LINK_LIFE + consent.RETURN_LIFE
            awaited = Consent(
                link=consent.link_code(imp.id, self.chance.token()),
                address=consent.authorization_address(server, app, redirect_uri, command.include, command.login_hint),
                redirect_uri=redirect_uri,
                include=command.include,
                redirect_url=command.redirect_url,
                origin=command.origin,
            )
            waiting = replace(
                imp,
                state=State.AWAITING_CONSENT,
                deadline=imp.created_at + consent.LINK_LIFE,
                expires_at=last_answer + timedelta(seconds=self.limits.retention_seconds),
                consent=awaited,
            )
            return Row(waiting), last_answer

        return plan

    def _add(self, tenant: Tenant, command: StartImport, plan: "_Plan", idempotency_key: str) -> Import:
        repeat = _repeat(tenant, command, idempotency_key) if idempotency_key else None
        now = self.clock.now()
        for _ in range(_TRIES_FOR_AN_ID):
            row, due_at = plan(self._new(tenant, command, now))
            try:
                return self.imports.add(row, repeat, due_at)
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


_Plan = Callable[[Import], tuple[Row, datetime]]
"""Makes of a new import its row, and says when the sweeper has to look at it."""


def _checked(source: SourceView, credential: Credential | None, check_server: Callable[[str], object]) -> Credential:
    """The credential, if a source that wants a password can do with it. Raises FieldInvalid."""
    if credential is None:
        raise FieldInvalid("username", "and password are needed for this source")
    if not credential.server and source.needs_server and "@" not in credential.username:
        raise FieldInvalid("server", "is needed for this source, unless the user name is an e-mail address")
    if credential.server:
        try:
            check_server(credential.server)
        except ServerRefused as refused:
            raise FieldInvalid("server", "is not an address that Rubrica connects to: " + refused.advice) from None
    return credential


def _check_include(source: SourceView, words: Sequence[str]) -> None:
    """A word that would be passed over leaves out contacts that the caller believes to get. Raises FieldInvalid."""
    if not set(words) <= set(source.include):
        raise FieldInvalid("include", f"may hold {', '.join(source.include) or 'nothing'} for this source")


def _check_return(tenant: Tenant, command: StartImport) -> None:
    """Only exactly what is registered: an address that merely looks like it may lead anywhere. Raises FieldInvalid."""
    if command.redirect_url and command.redirect_url not in tenant.redirect_urls:
        raise FieldInvalid("redirect_url", "has to be, letter for letter, one that is registered for this tenant")
    if command.origin and command.origin not in tenant.origins:
        raise FieldInvalid("origin", "has to be, letter for letter, one that is registered for this tenant")


def _repeat(tenant: Tenant, command: StartImport, idempotency_key: str) -> Repeat:
    """The password is left out of the digest: no digest of a guessable secret is ever stored."""
    credential = command.credential or Credential("", "", "")
    asked = [command.source, credential.server, credential.username, command.reference]
    asked += [*command.include, command.login_hint, command.redirect_url, command.origin]
    key = _digest([tenant.id, idempotency_key])
    return Repeat(key=key, digest=_digest([key, *asked]))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
