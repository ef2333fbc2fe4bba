"""The adapters in memory: for tests, held to the same contracts as the real ones (tests/adapters)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rubrica.adapters.kms import LARGEST_SECRET
from rubrica.adapters.memory.imports import MemoryImports as MemoryImports
from rubrica.domain.consent import App
from rubrica.domain.credential import File
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.domain.views import StartImport, Switch, Tenant
from rubrica.errors import CredentialLost, PageUnreadable, UpstreamNotConfigured
from rubrica.ports import Begun, KeyKind, Sealer, Upstream, Webhook


class MemoryTenants:
    """Implements ports.Tenants."""

    def __init__(self) -> None:
        self._tenants: dict[TenantId, Tenant] = {}
        self._keys: dict[str, tuple[TenantId, KeyKind]] = {}

    def by_key(self, digest: str) -> Tenant | None:
        """See ports.Tenants."""
        return self._tenants[self._keys[digest][0]] if digest in self._keys else None

    def get(self, tenant: TenantId) -> Tenant | None:
        """See ports.Tenants."""
        return self._tenants.get(tenant)

    def add(self, tenant: Tenant, digests: Mapping[KeyKind, str]) -> None:
        """See ports.Tenants."""
        self._tenants[tenant.id] = tenant
        self._keys.update({digest: (tenant.id, kind) for kind, digest in digests.items()})

    def all(self) -> Sequence[Tenant]:
        """See ports.Tenants."""
        return sorted(self._tenants.values(), key=lambda tenant: tenant.name)

    def replace_key(self, tenant: TenantId, kind: KeyKind, digest: str, domain_key: str = "") -> bool:
        """See ports.Tenants."""
        known = self._tenants.get(tenant)
        if known is None:
            return False
        others = {key: owned for key, owned in self._keys.items() if owned != (tenant, kind)}
        self._keys = {**others, digest: (tenant, kind)}
        if kind is KeyKind.DOMAIN:
            self._tenants[tenant] = replace(known, domain_key=domain_key)
        return True

    def disable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, disabled=True)

    def enable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, disabled=False)

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, redirect_urls=tuple(redirect_urls), origins=tuple(origins))

    def switch(self, tenant: TenantId, switches: Collection[Switch]) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, switches=frozenset(switches))

    def tell(self, tenant: TenantId, webhook: bool) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, webhook=webhook)

    def _set(self, tenant: TenantId, **values: Any) -> bool:  # noqa: ANN401 - fields of Tenant
        if tenant not in self._tenants:
            return False
        self._tenants[tenant] = replace(self._tenants[tenant], **values)
        return True


class MemoryVault:
    """Implements ports.Vault: remembers for whom a secret was sealed, and hides nothing."""

    def seal(self, imp: Import, secret: bytes) -> bytes:
        """See ports.Vault."""
        if len(secret) > LARGEST_SECRET:
            raise ValueError("The secret is too large to be kept.")
        return f"{imp.tenant}|{imp.id}|".encode() + secret

    def reseal(self, imp: Import, sealed: bytes, secret: bytes) -> bytes:
        """See ports.Vault."""
        self.open(imp, sealed)
        return self.seal(imp, secret)

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


class MemoryApps:
    """Implements ports.Apps: `apps` by source are the installation's, `own` by tenant and source a tenant's."""

    def __init__(self, apps: Mapping[str, App], own: Mapping[tuple[TenantId, str], App] | None = None) -> None:
        self.apps = dict(apps)
        self.own = dict(own or {})

    def app(self, tenant: TenantId, source: str) -> App | None:
        """See ports.Apps."""
        return self.own.get((tenant, source)) or self.apps.get(source)


class MemoryUpstreamAccounts:
    """Implements ports.UpstreamAccounts: `own` by tenant are a tenant's, `common` is the installation's."""

    def __init__(self, common: Upstream | None = None, own: Mapping[TenantId, Upstream] | None = None) -> None:
        self.common = common
        self.own = dict(own or {})

    def upstream(self, tenant: TenantId) -> Upstream | None:
        """See ports.UpstreamAccounts."""
        return self.own.get(tenant, self.common)


class MemoryUpstreams:
    """Implements ports.Upstreams: `begun` by service is what is begun there."""

    def __init__(self, begun: Mapping[str, Begun] | None = None) -> None:
        self.begun = dict(begun or {})

    def services(self, tenant: TenantId) -> Sequence[str]:
        """See ports.Upstreams."""
        return sorted(self.begun)

    def begin(self, tenant: TenantId, command: StartImport) -> Begun:
        """See ports.Upstreams."""
        if command.service not in self.begun:
            raise UpstreamNotConfigured
        return self.begun[command.service]


class MemoryWebhooks:
    """Implements ports.Webhooks."""

    def __init__(self, webhooks: Mapping[TenantId, Webhook] | None = None) -> None:
        self.webhooks = dict(webhooks or {})

    def webhook(self, tenant: TenantId) -> Webhook | None:
        """See ports.Webhooks."""
        return self.webhooks.get(tenant)


class MemoryFiles:
    """Implements ports.Files: remembers every file, and hides nothing."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], bytes] = {}

    def keep(self, imp: Import, content: bytes) -> File:
        """See ports.Files."""
        key = str(len(self.kept) + 1)
        self.kept[imp.id, key] = content
        return File(imp.id, 1, key)

    def read(self, file: File) -> bytes:
        """See ports.Files."""
        try:
            return self.kept[file.import_id, file.key]
        except KeyError:
            raise PageUnreadable from None


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
