"""What every store of tenants promises (ports.Tenants)."""

from dataclasses import replace

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

    def test_what_a_tenant_is_allowed_is_shown_by_key_and_list_and_replaced_as_a_whole(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-a")
        tenants.add(OTHER_TENANT, "digest-b")
        urls, origins = ("https://app.example.org/done?a=1&b=2", "http://localhost:3000/"), ("https://app.example.org",)

        assert tenants.allow(TENANT.id, urls, origins)
        assert tenants.by_key("digest-a") == replace(TENANT, redirect_urls=urls, origins=origins)
        assert tenants.by_key("digest-b") == OTHER_TENANT
        assert replace(TENANT, redirect_urls=urls, origins=origins) in tenants.all()

        assert tenants.allow(TENANT.id, [], list(origins))
        assert tenants.by_key("digest-a") == replace(TENANT, origins=origins)

    def test_a_tenant_is_added_with_what_it_is_allowed(self, tenants: Tenants) -> None:
        allowed = replace(TENANT, redirect_urls=("https://app.example.org/",), origins=("https://app.example.org",))
        tenants.add(allowed, "digest-a")

        assert tenants.by_key("digest-a") == allowed
        assert list(tenants.all()) == [allowed]

    def test_what_a_tenant_is_allowed_outlives_its_key_and_its_disabling(self, tenants: Tenants) -> None:
        tenants.add(TENANT, "digest-a")
        tenants.allow(TENANT.id, ["https://app.example.org/"], ["https://app.example.org"])

        tenants.replace_keys(TENANT.id, "digest-b")
        tenants.disable(TENANT.id)

        allowed = replace(
            TENANT, disabled=True, redirect_urls=("https://app.example.org/",), origins=("https://app.example.org",)
        )
        assert tenants.by_key("digest-b") == allowed
        assert list(tenants.all()) == [allowed]
        assert tenants.allow(TENANT.id, [], [])
        found = tenants.by_key("digest-b")
        assert found == replace(TENANT, disabled=True)

    def test_an_unknown_tenant_cannot_be_changed(self, tenants: Tenants) -> None:
        assert not tenants.replace_keys(TENANT.id, "digest-a")
        assert not tenants.disable(TENANT.id)
        assert not tenants.allow(TENANT.id, ["https://app.example.org/"], [])

        assert tenants.by_key("digest-a") is None
        assert list(tenants.all()) == []
