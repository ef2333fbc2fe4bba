"""Start an import: check what is asked and write the row; with a password, seal it and start the workflow at once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from rubrica.domain import consent
from rubrica.domain.consent import App, AuthorizationServer, Consent, Way
from rubrica.domain.credential import Credential, Relay
from rubrica.domain.imports import Import, ImportId, State, as_of
from rubrica.domain.relaying import code_there
from rubrica.domain.views import SourceView, StartImport, Tenant
from rubrica.errors import (
    FieldInvalid,
    IdempotencyKeyReused,
    ServerRefused,
    ServiceUnavailable,
    SourceNotConfigured,
    SourceUnknown,
    TooManyStarts,
    UpstreamNotConfigured,
)
from rubrica.ports import Apps, Chance, Clock, IdTaken, Imports, Repeat, Row, Telemetry, Upstreams, Vault, Workflow
from rubrica.services.begin import START_GRACE, begin
from rubrica.services.sources import app_of

_TRIES_FOR_AN_ID: Final = 5


@dataclass(frozen=True, slots=True)
class StartLimits:
    """How long an import may take, how long its contacts are kept after it, and starts a tenant has in a minute."""

    longest: timedelta
    retention: timedelta
    starts_per_minute: int


@dataclass(frozen=True, slots=True)
class Start:
    """The use case. `check_server` raises ServerRefused for an address that no lookup could make acceptable; `servers`
    are the authorization servers of the sources that want a consent."""

    imports: Imports
    vault: Vault
    workflow: Workflow
    apps: Apps
    upstreams: Upstreams
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
        has the code of the link. So does one that wants a password and is to ask for it `by_page`. Raises
        SourceUnknown, SourceNotConfigured, FieldInvalid, TooManyStarts, IdempotencyKeyReused; UpstreamNotConfigured and
        UpstreamRefused for a source that another service reads; PlatformTrouble.
        """
        new = self._plan(tenant, command, home)
        self._count(tenant)
        imp, added = self._add(tenant, command, new, idempotency_key)
        now = self.clock.now()
        if imp.expired(now):
            raise IdempotencyKeyReused
        if imp.state is State.CREATED:
            begin(self.workflow, self.telemetry, imp)
            if added:
                self.telemetry.count("ImportsStarted", source=imp.source)
        return as_of(imp, now)

    def _plan(self, tenant: Tenant, command: StartImport, home: str) -> "_Plan":
        """How to make the row once it has an id."""
        source = self.sources.get(command.source)
        if source is None:
            raise SourceUnknown
        _check_include(source, command.include)
        _check_return(tenant, command)
        if source.method == "password" and command.by_page and command.credential is None:
            return self._on_our_page(command, Way.SIGN_IN)
        if source.method == "password":
            return self._with_password(_checked(source, command.credential, self.check_server))
        if source.method == "relay":
            return self._with_relay(tenant, command)
        if command.credential:
            raise _of_no_use(source, command.credential)
        if source.method == "upload":
            return self._on_our_page(command, Way.FILE)
        app = app_of(self.apps, self.telemetry, tenant, command.source)
        if app is None:
            raise SourceNotConfigured
        redirect_uri = app.redirect_uri or f"{home}/oauth/{command.source}/callback"
        return self._with_consent(command, self.servers[command.source], app, redirect_uri)

    def _count(self, tenant: Tenant) -> None:
        now = self.clock.now()
        if self.imports.count_start(tenant.id, now) > self.limits.starts_per_minute:
            raise TooManyStarts(60 - now.second)

    def _with_password(self, credential: Credential) -> "_Plan":
        def plan(imp: Import) -> tuple[Row, datetime]:
            begun = replace(imp, begun_at=imp.created_at)
            return Row(begun, credential=self.vault.seal(imp, credential.pack())), imp.created_at + START_GRACE

        return plan

    def _with_consent(self, command: StartImport, server: AuthorizationServer, app: App, redirect_uri: str) -> "_Plan":
        address = consent.authorization_address(server, app, redirect_uri, command.include, command.login_hint)

        def plan(imp: Import) -> tuple[Row, datetime]:
            awaited = replace(
                self._consent(imp, command, Way.PROVIDER),
                address=address,
                redirect_uri=redirect_uri,
                include=command.include,
            )
            return self._awaiting(imp, awaited, imp.created_at + consent.LINK_LIFE + consent.RETURN_LIFE)

        return plan

    def _on_our_page(self, command: StartImport, way: Way) -> "_Plan":
        def plan(imp: Import) -> tuple[Row, datetime]:
            return self._awaiting(imp, self._consent(imp, command, way), imp.created_at + consent.LINK_LIFE)

        return plan

    def _with_relay(self, tenant: Tenant, command: StartImport) -> "_Plan":
        """The other service is asked once, after the start has been counted."""
        command = _as_called_there(command, self.upstreams.services(tenant.id))
        begun = cache(partial(self.upstreams.begin, tenant.id, command))

        def plan(imp: Import) -> tuple[Row, datetime]:
            there = begun()
            sealed = self.vault.seal(imp, Relay(there.import_id, command.service, tenant.id).pack())
            if not there.address:
                return Row(imp, credential=sealed), imp.created_at + START_GRACE
            awaited = replace(self._consent(imp, command, Way.RELAY), address=there.address)
            row, due_at = self._awaiting(imp, awaited, imp.created_at + consent.LINK_LIFE)
            return replace(row, credential=sealed), due_at

        return plan

    def _consent(self, imp: Import, command: StartImport, way: Way) -> Consent:
        """A consent that nothing is known of yet but where it begins and where it ends."""
        return Consent(
            link=consent.link_code(imp.id, self.chance.token()),
            address="",
            redirect_uri="",
            redirect_url=command.redirect_url,
            origin=command.origin,
            way=way,
        )

    def _awaiting(self, imp: Import, awaited: Consent, last_answer: datetime) -> tuple[Row, datetime]:
        waiting = replace(
            imp,
            state=State.AWAITING_CONSENT,
            deadline=imp.created_at + consent.LINK_LIFE,
            expires_at=last_answer + self.limits.retention,
            consent=awaited,
        )
        return Row(waiting), last_answer

    def _add(self, tenant: Tenant, command: StartImport, plan: "_Plan", idempotency_key: str) -> tuple[Import, bool]:
        """The import, and whether it is a new one."""
        repeat = _repeat(tenant, command, idempotency_key) if idempotency_key else None
        now = self.clock.now()
        if repeat and self.sources[command.source].method == "relay":
            # Before another service is asked: it would begin a second import.
            first = self.imports.repeated(repeat, now)
            if first is not None:
                return first, False
        for _ in range(_TRIES_FOR_AN_ID):
            row, due_at = plan(self._new(tenant, command, now))
            try:
                return self.imports.add(row, repeat, due_at)
            except IdTaken:
                continue
        raise ServiceUnavailable

    def _new(self, tenant: Tenant, command: StartImport, now: datetime) -> Import:
        deadline = now + self.limits.longest
        return Import(
            id=ImportId(self.chance.import_id()),
            tenant=tenant.id,
            source=command.source,
            state=State.CREATED,
            created_at=now,
            deadline=deadline,
            expires_at=deadline + self.limits.retention,
            reference=command.reference,
            parts=command.parts,
            webhook=tenant.webhook,
        )


_Plan = Callable[[Import], tuple[Row, datetime]]
"""Makes of a new import its row, and says when the sweeper has to look at it."""


def _checked(source: SourceView, credential: Credential | None, check_server: Callable[[str], object]) -> Credential:
    """The credential, if a source that wants a password can do with it. Raises FieldInvalid."""
    if credential is None or not credential.username:
        raise FieldInvalid("username", "and password are needed for this source")
    if not credential.password:
        raise FieldInvalid("password", "is needed for this source")
    if source.lacks_server(credential):
        raise FieldInvalid("server", "is needed for this source, unless the user name is an e-mail address")
    if credential.server:
        try:
            check_server(credential.server)
        except ServerRefused as refused:
            raise FieldInvalid("server", "is not an address that can be reached from here: " + refused.advice) from None
    return credential


def _of_no_use(source: SourceView, credential: Credential) -> FieldInvalid:
    """What to say of a sign-in, or a part of one, that came for a source whose users are asked by a page."""
    if credential.password:
        return FieldInvalid(
            "password", "must not be sent for this source, nor a user name: its users are asked by a page"
        )
    if credential.username and source.method == "consent":
        return FieldInvalid("username", "must not be sent for this source; 'login_hint' suggests an account")
    field = "username" if credential.username else "server"
    return FieldInvalid(field, "must not be sent for this source: its users are asked by a page")


def _as_called_there(command: StartImport, services: Sequence[str]) -> StartImport:
    """The command with the code that the other service has for what is named. Raises UpstreamNotConfigured,
    FieldInvalid."""
    if not services:
        raise UpstreamNotConfigured
    service = code_there(command.service, services)
    if not service:
        raise FieldInvalid("service", f"has to be one of {', '.join(services)}")
    if command.credential and command.credential.server:
        raise FieldInvalid("server", "must not be sent for this source: the service knows its servers")
    if command.credential and not (command.credential.username and command.credential.password):
        missing, given = ("password", "username") if command.credential.username else ("username", "password")
        raise FieldInvalid(missing, f"is needed with a {given}; with neither, the service's own page asks")
    return replace(command, service=service)


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
    asked += [command.service, *command.parts]
    key = _digest([tenant.id, idempotency_key])
    return Repeat(key=key, digest=_digest([key, *asked]))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
