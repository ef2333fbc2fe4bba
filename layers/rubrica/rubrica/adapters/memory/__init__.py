"""The adapters in memory: for tests, held to the same contracts as the real ones (tests/adapters)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rubrica.adapters.kms import LARGEST_SECRET
from rubrica.adapters.memory.imports import MemoryImports as MemoryImports
from rubrica.domain.consent import App
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.domain.views import Tenant
from rubrica.errors import CredentialLost, PageUnreadable
from rubrica.ports import Sealer


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

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> bool:
        """See ports.Tenants."""
        if tenant not in self._tenants:
            return False
        allowed = replace(self._tenants[tenant], redirect_urls=tuple(redirect_urls), origins=tuple(origins))
        self._tenants[tenant] = allowed
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
