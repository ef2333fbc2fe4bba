"""Who calls, and what an operator does about it."""

import pytest

from rubrica.adapters.memory import MemoryTenants
from rubrica.domain.imports import TenantId
from rubrica.errors import NotAuthenticated
from rubrica.services.tenants import KEY_PREFIX, Administer, Authenticate, digest
from tests.fakes import NumberedChance


@pytest.fixture
def tenants() -> MemoryTenants:
    return MemoryTenants()


@pytest.fixture
def administer(tenants: MemoryTenants) -> Administer:
    return Administer(tenants, NumberedChance())


def test_a_new_tenants_key_opens_and_no_other_does(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, key = administer.create("Example application")
    authenticate = Authenticate(tenants)

    assert authenticate(key) == tenant
    for wrong in ("", key[:-1], key + "x", key.upper(), digest(key)):
        with pytest.raises(NotAuthenticated):
            authenticate(wrong)


def test_a_key_is_long_random_marked_and_not_stored(tenants: MemoryTenants, administer: Administer) -> None:
    _, key = administer.create("Example application")

    assert key.startswith(KEY_PREFIX)
    assert len(key) >= 40
    assert key not in repr(vars(tenants))


def test_a_key_can_be_given_for_a_local_stack(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, key = administer.create("demo", "localdev")

    assert key == "localdev"
    assert Authenticate(tenants)("localdev") == tenant


def test_rotation_ends_the_old_key_at_once(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, old = administer.create("Example application")

    new = administer.rotate(tenant.id)

    assert Authenticate(tenants)(new) == tenant
    with pytest.raises(NotAuthenticated):
        Authenticate(tenants)(old)


def test_a_disabled_tenant_is_refused_also_with_a_new_key(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, key = administer.create("Example application")

    administer.disable(tenant.id)

    for each in (key, administer.rotate(tenant.id)):
        with pytest.raises(NotAuthenticated):
            Authenticate(tenants)(each)


def test_tenants_are_listed_by_name(administer: Administer) -> None:
    for name in ("Zeta", "Alpha", "Mid"):
        administer.create(name)

    assert [tenant.name for tenant in administer.list()] == ["Alpha", "Mid", "Zeta"]


@pytest.mark.parametrize("name", ["", " x", "-x", "a" * 65, "a\nb", "ａ", "a/b", "<script>"])
def test_a_bad_name_is_refused(administer: Administer, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        administer.create(name)


def test_an_unknown_tenant_cannot_be_rotated_or_disabled(administer: Administer) -> None:
    with pytest.raises(LookupError):
        administer.rotate(TenantId("t-none"))
    with pytest.raises(LookupError):
        administer.disable(TenantId("t-none"))


def test_a_key_with_half_a_surrogate_pair_is_just_wrong(tenants: MemoryTenants) -> None:
    with pytest.raises(NotAuthenticated):
        Authenticate(tenants)("\ud800")
