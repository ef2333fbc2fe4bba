"""The tenants in the AccountsTable.

A key's item repeats what a request needs to know of its tenant, so that telling who calls costs one read;
operators change tenants rarely, and the tenant's item and those of all its keys together.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from rubrica.adapters.dynamodb.calls import ConditionFailed, Item, update
from rubrica.adapters.dynamodb.table import ABSENT, PARTITION, SORT, Table
from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.errors import StorageUnavailable
from rubrica.ports import KeyKind

_TENANTS: Final = "tenants"
_DIGESTS: Final[Mapping[KeyKind, str]] = {KeyKind.BEARER: "digest", KeyKind.DOMAIN: "domain_digest"}
"""Where a tenant's item names the keys of each kind."""


class DynamoTenants:
    """Implements ports.Tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def by_key(self, digest: str) -> Tenant | None:
        """See ports.Tenants. Reads what may be a moment old: it costs half, and every request does it."""
        item = self._table.get(_key_key(digest), consistent=False)
        return None if item is None else _tenant(item)

    def get(self, tenant: TenantId) -> Tenant | None:
        """See ports.Tenants."""
        item = self._table.get(_tenant_key(tenant))
        return None if item is None else _tenant(item)

    def add(self, tenant: Tenant, digests: Mapping[KeyKind, str]) -> None:
        """See ports.Tenants."""
        named = {_DIGESTS[kind]: digest for kind, digest in digests.items()}
        item = {**_tenant_key(tenant.id), **_values(tenant), **named, "version": 1}
        keys = ({**_key_key(digest), **_values(tenant)} for digest in digests.values())
        self._change(*({"Put": self._table.putting(it, ABSENT)} for it in (item, *keys)))

    def all(self) -> Sequence[Tenant]:
        """See ports.Tenants."""
        found = self._table.query(f"{PARTITION} = :tenants", {":tenants": _TENANTS}, ConsistentRead=True)
        return sorted(map(_tenant, found), key=lambda tenant: tenant.name)

    def replace_key(self, tenant: TenantId, kind: KeyKind, digest: str, domain_key: str = "") -> bool:
        """See ports.Tenants."""
        item = self._table.get(_tenant_key(tenant))
        if item is None:
            return False
        shown = {"domain_key": domain_key} if kind is KeyKind.DOMAIN else {}
        old = item.get(_DIGESTS[kind])
        # A transaction touches an item once: the same key again stays where it is.
        rest = [it for it in _digests(item) if it not in (old, digest)]
        new = {**_key_key(digest), **_values(_tenant({**item, **shown}))}
        self._change(
            {"Update": self._table.updating(_tenant_key(tenant), _moved_on(item, {_DIGESTS[kind]: digest, **shown}))},
            *([{"Delete": self._table.deleting(_key_key(old))}] if old not in (None, digest) else []),
            {"Put": self._table.putting(new, ABSENT if old != digest else f"attribute_exists({PARTITION})")},
            *self._repeated(rest, shown),
        )
        return True

    def disable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"disabled": True})

    def enable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"disabled": False})

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"redirect_urls": list(redirect_urls), "origins": list(origins)})

    def switch(self, tenant: TenantId, switches: Collection[Switch]) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"switches": _names(switches)})

    def tell(self, tenant: TenantId, webhook: bool) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"webhook": webhook})

    def _set(self, tenant: TenantId, sets: Item) -> bool:
        """Change the tenant's item and its keys', unless somebody else changed them since the item was read."""
        item = self._table.get(_tenant_key(tenant))
        if item is None:
            return False
        self._change(
            {"Update": self._table.updating(_tenant_key(tenant), _moved_on(item, sets))},
            *self._repeated(_digests(item), sets),
        )
        return True

    def _repeated(self, digests: Sequence[str], sets: Item) -> Sequence[dict[str, Any]]:
        if not sets:
            return []
        return [{"Update": self._table.updating(_key_key(digest), update(sets))} for digest in digests]

    def _change(self, *writes: dict[str, Any]) -> None:
        try:
            self._table.transact(*writes)
        except ConditionFailed:
            raise StorageUnavailable("ConditionalCheckFailed") from None


def _moved_on(item: Item, sets: Item) -> dict[str, Any]:
    """The change of a tenant's item, for the version that was read."""
    old = item["version"]
    return update({**sets, "version": old + 1}, condition="#version = :old", values={"old": old})


def _tenant_key(tenant: TenantId) -> dict[str, str]:
    return {PARTITION: _TENANTS, SORT: f"T#{tenant}"}


def _key_key(digest: str) -> dict[str, str]:
    return {PARTITION: f"K#{digest}", SORT: "key"}


def _digests(item: Item) -> Sequence[str]:
    return [item[name] for name in _DIGESTS.values() if name in item]


def _names(switches: Collection[Switch]) -> list[str]:
    return sorted(switch.value for switch in switches)


def _values(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.id,
        "name": tenant.name,
        "disabled": tenant.disabled,
        "redirect_urls": list(tenant.redirect_urls),
        "origins": list(tenant.origins),
        "switches": _names(tenant.switches),
        "domain_key": tenant.domain_key,
        "webhook": tenant.webhook,
    }


def _tenant(item: Item) -> Tenant:
    """A switch that this version does not know is off."""
    on = item.get("switches", ())
    return Tenant(
        TenantId(item["tenant"]),
        item["name"],
        item["disabled"],
        tuple(item.get("redirect_urls", ())),
        tuple(item.get("origins", ())),
        frozenset(switch for switch in Switch if switch.value in on),
        item.get("domain_key", ""),
        item.get("webhook", False),
    )
