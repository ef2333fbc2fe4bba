"""The tenants in the AccountsTable.

A key's item repeats what a request needs to know of its tenant, so that telling who calls costs one read;
operators change tenants rarely, and both items together.
"""

from collections.abc import Sequence
from typing import Any

from rubrica.adapters.dynamodb.calls import ConditionFailed, Item, update
from rubrica.adapters.dynamodb.table import ABSENT, PARTITION, SORT, Table
from rubrica.domain.imports import TenantId
from rubrica.domain.views import Tenant
from rubrica.errors import StorageUnavailable

_TENANTS = "tenants"


class DynamoTenants:
    """Implements ports.Tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def by_key(self, digest: str) -> Tenant | None:
        """See ports.Tenants."""
        item = self._table.get(_key_key(digest))
        return None if item is None else _tenant(item)

    def add(self, tenant: Tenant, digest: str) -> None:
        """See ports.Tenants."""
        item = {**_tenant_key(tenant.id), **_values(tenant), "digest": digest}
        self._change(
            {"Put": self._table.putting(item, ABSENT)},
            {"Put": self._table.putting({**_key_key(digest), **_values(tenant)}, ABSENT)},
        )

    def all(self) -> Sequence[Tenant]:
        """See ports.Tenants."""
        found = self._table.query(f"{PARTITION} = :tenants", {":tenants": _TENANTS}, ConsistentRead=True)
        return sorted(map(_tenant, found), key=lambda tenant: tenant.name)

    def replace_keys(self, tenant: TenantId, digest: str) -> bool:
        """See ports.Tenants."""
        item = self._table.get(_tenant_key(tenant))
        if item is None:
            return False
        change = update({"digest": digest}, condition="#digest = :old", values={"old": item["digest"]})
        self._change(
            {"Update": self._table.updating(_tenant_key(tenant), change)},
            {"Delete": self._table.deleting(_key_key(item["digest"]))},
            {"Put": self._table.putting({**_key_key(digest), **_values(_tenant(item))}, ABSENT)},
        )
        return True

    def disable(self, tenant: TenantId) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"disabled": True})

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> bool:
        """See ports.Tenants."""
        return self._set(tenant, {"redirect_urls": list(redirect_urls), "origins": list(origins)})

    def _set(self, tenant: TenantId, sets: Item) -> bool:
        """Change the tenant's item and its key's, unless the key was replaced since the item was read."""
        item = self._table.get(_tenant_key(tenant))
        if item is None:
            return False
        unchanged = update(sets, condition="#digest = :old", values={"old": item["digest"]})
        self._change(
            {"Update": self._table.updating(_tenant_key(tenant), unchanged)},
            {"Update": self._table.updating(_key_key(item["digest"]), update(sets))},
        )
        return True

    def _change(self, *writes: dict[str, Any]) -> None:
        try:
            self._table.transact(*writes)
        except ConditionFailed:
            raise StorageUnavailable("ConditionalCheckFailed") from None


def _tenant_key(tenant: TenantId) -> dict[str, str]:
    return {PARTITION: _TENANTS, SORT: f"T#{tenant}"}


def _key_key(digest: str) -> dict[str, str]:
    return {PARTITION: f"K#{digest}", SORT: "key"}


def _values(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.id,
        "name": tenant.name,
        "disabled": tenant.disabled,
        "redirect_urls": list(tenant.redirect_urls),
        "origins": list(tenant.origins),
    }


def _tenant(item: Item) -> Tenant:
    return Tenant(
        TenantId(item["tenant"]),
        item["name"],
        item["disabled"],
        tuple(item.get("redirect_urls", ())),
        tuple(item.get("origins", ())),
    )
