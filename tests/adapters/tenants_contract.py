"""What every store of tenants promises (ports.Tenants)."""

from dataclasses import replace
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.ports import KeyKind, Tenants
from tests.fakes import OTHER_TENANT, TENANT

BEARER: Final = "digest-a"
DOMAIN: Final = "digest-of-a-pair"


def added(tenants: Tenants, tenant: Tenant = TENANT, digest: str = BEARER) -> Tenant:
    tenants.add(tenant, {KeyKind.BEARER: digest})
    return tenant


class TenantsContract:
    """Each test gets an empty store as `tenants`."""

    def test_a_tenant_is_found_by_the_digest_of_its_key_alone(self, tenants: Tenants) -> None:
        added(tenants)
        added(tenants, OTHER_TENANT, "digest-b")

        assert tenants.by_key(BEARER) == TENANT
        assert tenants.by_key("digest-b") == OTHER_TENANT
        assert tenants.by_key("digest") is None
        assert tenants.by_key("") is None
        assert tenants.by_key(f"T#{TENANT.id}") is None

    def test_tenants_are_listed_by_name(self, tenants: Tenants) -> None:
        assert list(tenants.all()) == []
        for number, name in enumerate(("Zeta", "Alpha", "Mid")):
            added(tenants, Tenant(TenantId(f"t{number}"), name), f"digest-{number}")

        assert [tenant.name for tenant in tenants.all()] == ["Alpha", "Mid", "Zeta"]

    # --- Keys ---

    def test_a_tenant_is_added_with_keys_of_several_kinds(self, tenants: Tenants) -> None:
        paired = replace(TENANT, domain_key="KEY")
        tenants.add(paired, {KeyKind.BEARER: BEARER, KeyKind.DOMAIN: DOMAIN})

        assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == paired
        assert list(tenants.all()) == [paired]

    def test_a_new_key_ends_the_old_one(self, tenants: Tenants) -> None:
        added(tenants)

        assert tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-new")

        assert tenants.by_key(BEARER) is None
        assert tenants.by_key("digest-new") == TENANT

    def test_a_first_domain_key_is_shown_and_stands_beside_the_other_kind(self, tenants: Tenants) -> None:
        added(tenants)

        assert tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")

        paired = replace(TENANT, domain_key="KEY")
        assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == paired
        assert list(tenants.all()) == [paired]

    def test_a_key_is_replaced_by_one_of_its_kind_alone(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")

        assert tenants.replace_key(TENANT.id, KeyKind.DOMAIN, "another-pair", "OTHER")
        assert tenants.by_key(DOMAIN) is None
        assert tenants.by_key(BEARER) == tenants.by_key("another-pair") == replace(TENANT, domain_key="OTHER")

        assert tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-new")
        assert tenants.by_key(BEARER) is None
        assert tenants.by_key("digest-new") == tenants.by_key("another-pair") == replace(TENANT, domain_key="OTHER")

    def test_the_same_key_again_goes_on(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")

        assert tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        assert tenants.replace_key(TENANT.id, KeyKind.BEARER, BEARER)

        assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == replace(TENANT, domain_key="KEY")

    # --- Disabling ---

    def test_a_disabled_tenant_is_shown_as_such_by_keys_and_list(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        added(tenants, OTHER_TENANT, "digest-b")

        assert tenants.disable(TENANT.id)

        for digest in (BEARER, DOMAIN):
            found = tenants.by_key(digest)
            assert found is not None
            assert found.disabled
        assert {tenant.id: tenant.disabled for tenant in tenants.all()} == {TENANT.id: True, OTHER_TENANT.id: False}

    def test_a_disabled_tenant_stays_so_with_new_keys_and_when_disabled_again(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.disable(TENANT.id)

        assert tenants.disable(TENANT.id)
        assert tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-b")
        assert tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")

        for digest in ("digest-b", DOMAIN):
            found = tenants.by_key(digest)
            assert found is not None
            assert found.disabled

    def test_an_enabled_tenant_is_shown_as_such_by_all_its_keys_and_the_list(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        enabled = replace(TENANT, domain_key="KEY")
        tenants.disable(TENANT.id)

        for _ in range(2):
            assert tenants.enable(TENANT.id)
            assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == enabled
            assert list(tenants.all()) == [enabled]

    # --- What else a request needs to know ---

    def test_what_a_tenant_is_allowed_is_shown_by_key_and_list_and_replaced_as_a_whole(self, tenants: Tenants) -> None:
        added(tenants)
        added(tenants, OTHER_TENANT, "digest-b")
        urls, origins = ("https://app.example.org/done?a=1&b=2", "http://localhost:3000/"), ("https://app.example.org",)

        assert tenants.allow(TENANT.id, urls, origins)
        assert tenants.by_key(BEARER) == replace(TENANT, redirect_urls=urls, origins=origins)
        assert tenants.by_key("digest-b") == OTHER_TENANT
        assert replace(TENANT, redirect_urls=urls, origins=origins) in tenants.all()

        assert tenants.allow(TENANT.id, [], list(origins))
        assert tenants.by_key(BEARER) == replace(TENANT, origins=origins)

    def test_switches_are_shown_by_keys_and_list_and_replaced_as_a_whole(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        for switches in (set(Switch), {Switch.JSONP}, set[Switch]()):
            assert tenants.switch(TENANT.id, switches)

            switched = replace(TENANT, domain_key="KEY", switches=frozenset(switches))
            assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == switched
            assert list(tenants.all()) == [switched]

    def test_whether_a_tenant_is_told_is_shown_by_keys_and_list(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        for told in (True, True, False):
            assert tenants.tell(TENANT.id, told)

            switched = replace(TENANT, domain_key="KEY", webhook=told)
            assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == switched
            assert list(tenants.all()) == [switched]

    def test_a_tenant_is_added_with_all_of_it(self, tenants: Tenants) -> None:
        whole = replace(
            TENANT,
            redirect_urls=("https://app.example.org/",),
            origins=("https://app.example.org",),
            switches=frozenset({Switch.QUERY_CREDENTIALS}),
            domain_key="KEY",
            webhook=True,
        )
        tenants.add(whole, {KeyKind.BEARER: BEARER, KeyKind.DOMAIN: DOMAIN})

        assert tenants.by_key(BEARER) == tenants.by_key(DOMAIN) == whole
        assert list(tenants.all()) == [whole]

    def test_all_of_it_outlives_its_keys_and_its_disabling(self, tenants: Tenants) -> None:
        added(tenants)
        tenants.allow(TENANT.id, ["https://app.example.org/"], ["https://app.example.org"])
        tenants.switch(TENANT.id, {Switch.JSONP})
        tenants.tell(TENANT.id, True)

        tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-b")
        tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        tenants.disable(TENANT.id)

        left = replace(
            TENANT,
            disabled=True,
            redirect_urls=("https://app.example.org/",),
            origins=("https://app.example.org",),
            switches=frozenset({Switch.JSONP}),
            domain_key="KEY",
            webhook=True,
        )
        assert tenants.by_key("digest-b") == tenants.by_key(DOMAIN) == left
        assert list(tenants.all()) == [left]
        assert tenants.allow(TENANT.id, [], [])
        assert tenants.by_key(DOMAIN) == replace(left, redirect_urls=(), origins=())

    def test_an_unknown_tenant_cannot_be_changed(self, tenants: Tenants) -> None:
        assert not tenants.replace_key(TENANT.id, KeyKind.BEARER, BEARER)
        assert not tenants.replace_key(TENANT.id, KeyKind.DOMAIN, DOMAIN, "KEY")
        assert not tenants.disable(TENANT.id)
        assert not tenants.enable(TENANT.id)
        assert not tenants.allow(TENANT.id, ["https://app.example.org/"], [])
        assert not tenants.switch(TENANT.id, set(Switch))
        assert not tenants.tell(TENANT.id, True)

        assert tenants.by_key(BEARER) is None
        assert tenants.by_key(DOMAIN) is None
        assert list(tenants.all()) == []
