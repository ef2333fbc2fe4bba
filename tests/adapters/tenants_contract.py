"""What every store of tenants promises (ports.Tenants)."""

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Tenant
from rubrica.ports import Tenants
from tests.fakes import OTHER_TENANT, TENANT


class TenantsContract:
    """Each test gets an empty store as `tenants`."""

    def test_a_tenant_is_found_by_the_digest_of_its_key_alone(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-a")
        tenants.add(OTHER_TENANT, "digest-b")

        assert tenants.by_key("digest-a") == TENANT
        assert tenants.by_key("digest-b") == OTHER_TENANT
        assert tenants.by_key("digest") is None
        assert tenants.by_key(f"T#{TENANT.id}") is None

    def test_tenants_are_listed_by_name(self, tenants: Tenants) -> None:
        assert list(tenants.all()) == []
        for number, name in enumerate(("Zeta", "Alpha", "Mid")):
            tenants.add(Tenant(TenantId(f"t{number}"), name), f"digest-{number}")

        assert [tenant.name for tenant in tenants.all()] == ["Alpha", "Mid", "Zeta"]

    def test_a_new_key_ends_the_old_one(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-old")

        assert tenants.replace_keys(TENANT.id, "digest-new")

        assert tenants.by_key("digest-old") is None
        assert tenants.by_key("digest-new") == TENANT

    def test_a_disabled_tenant_is_shown_as_such_by_key_and_list(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-a")
        tenants.add(OTHER_TENANT, "digest-b")

        assert tenants.disable(TENANT.id)

        found = tenants.by_key("digest-a")
        assert found is not None
        assert found.disabled
        assert {tenant.id: tenant.disabled for tenant in tenants.all()} == {TENANT.id: True, OTHER_TENANT.id: False}

    def test_a_disabled_tenant_stays_so_with_a_new_key_and_when_disabled_again(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-a")
        tenants.disable(TENANT.id)

        assert tenants.disable(TENANT.id)
        assert tenants.replace_keys(TENANT.id, "digest-b")

        found = tenants.by_key("digest-b")
        assert found is not None
        assert found.disabled

    def test_an_unknown_tenant_cannot_be_changed(self, tenants: Tenants) -> None:
        assert not tenants.replace_keys(TENANT.id, "digest-a")
        assert not tenants.disable(TENANT.id)

        assert tenants.by_key("digest-a") is None
        assert list(tenants.all()) == []
