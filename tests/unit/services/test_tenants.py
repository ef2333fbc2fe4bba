"""Who calls, and what an operator does about it."""

import re

import pytest

from rubrica.adapters.memory import MemoryTenants
from rubrica.adapters.system import SystemChance
from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.errors import NotAuthenticated
from rubrica.ports import KeyKind
from rubrica.services.tenants import KEY_PREFIX, Administer, Authenticate, digest, domain_digest
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


def test_a_tenant_that_is_enabled_again_is_known_by_the_keys_that_it_has(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, old = administer.create("Example application")
    administer.disable(tenant.id)
    new = administer.rotate(tenant.id)

    administer.enable(tenant.id)

    assert Authenticate(tenants)(new) == tenant
    with pytest.raises(NotAuthenticated):
        Authenticate(tenants)(old)


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
    with pytest.raises(LookupError):
        administer.enable(TenantId("t-none"))
    with pytest.raises(LookupError):
        administer.rotate(TenantId("t-none"), KeyKind.DOMAIN)
    with pytest.raises(LookupError):
        administer.issue_domain(TenantId("t-none"))
    with pytest.raises(LookupError):
        administer.switch(TenantId("t-none"), set(Switch))
    with pytest.raises(LookupError):
        administer.tell(TenantId("t-none"), True)


def test_a_key_with_half_a_surrogate_pair_is_just_wrong(tenants: MemoryTenants) -> None:
    with pytest.raises(NotAuthenticated):
        Authenticate(tenants)("\ud800")


# --- Domain keys ---


def test_a_domain_key_opens_with_its_password_and_with_nothing_else(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, bearer = administer.create("Example application")
    other, _ = administer.create("Another application")
    key, password = administer.issue_domain(tenant.id)
    other_key, other_password = administer.issue_domain(other.id)
    authenticate = Authenticate(tenants)

    assert authenticate.domain(key, password).id == tenant.id
    assert authenticate.domain(other_key, other_password).id == other.id
    wrong = [
        (key, ""),
        ("", password),
        ("", ""),
        (key, password + "x"),
        (key, password.upper()),
        (key, other_password),
        (other_key, password),
        (key.lower(), password),
        (password, key),
        (key + password, ""),
        ("", key + password),
        (key[:-1], key[-1] + password),
        (bearer, bearer),
        ("", bearer),
        (domain_digest(key, password), ""),
        ("\ud800", "\ud800"),
    ]
    for pair in wrong:
        with pytest.raises(NotAuthenticated):
            authenticate.domain(*pair)
    for text in (key, password, key + password, f"{key}:{password}", domain_digest(key, password)):
        with pytest.raises(NotAuthenticated):
            authenticate(text)


def test_a_wrong_password_and_an_unknown_key_are_looked_up_once_each(administer: Administer) -> None:
    """What costs the same tells nothing apart."""
    asked: list[str] = []

    class Listening(MemoryTenants):
        def by_key(self, digest: str) -> Tenant | None:
            asked.append(digest)
            return None

    for pair in (("KEY", "wrong"), ("NONE", "wrong")):
        with pytest.raises(NotAuthenticated):
            Authenticate(Listening()).domain(*pair)

    assert len(asked) == len(set(asked)) == 2
    assert len({len(digest) for digest in asked}) == 1


def test_domain_keys_are_of_the_known_form_and_nothing_in_them_has_to_be_escaped(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, _ = administer.create("Example application")
    issued = [Administer(tenants, SystemChance()).issue_domain(tenant.id) for _ in range(50)]

    for key, password in issued:
        assert re.fullmatch(r"[A-Z0-9]{20}", key)
        assert re.fullmatch(r"[A-Za-z0-9]{24,}", password)
    assert len({part for pair in issued for part in pair}) == 100


def test_a_domain_password_is_not_stored_and_its_key_is_shown(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, _ = administer.create("Example application")

    key, password = administer.issue_domain(tenant.id)

    assert password not in repr(vars(tenants))
    assert administer.find(tenant.id).domain_key == key


def test_domain_keys_can_be_given_for_a_local_stack(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, _ = administer.create("demo", "localdev")

    assert administer.issue_domain(tenant.id, "localdev", "localdev-password") == ("localdev", "localdev-password")

    assert Authenticate(tenants).domain("localdev", "localdev-password").id == tenant.id


def test_new_domain_keys_end_the_old_ones(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, bearer = administer.create("Example application")
    old = administer.issue_domain(tenant.id)

    new = administer.issue_domain(tenant.id)

    assert Authenticate(tenants).domain(*new) == Authenticate(tenants)(bearer)
    with pytest.raises(NotAuthenticated):
        Authenticate(tenants).domain(*old)


def test_rotation_of_one_kind_leaves_the_other_as_it_is(tenants: MemoryTenants, administer: Administer) -> None:
    tenant, bearer = administer.create("Example application")
    key, password = administer.issue_domain(tenant.id)
    authenticate = Authenticate(tenants)

    new_password = administer.rotate(tenant.id, KeyKind.DOMAIN)
    assert authenticate.domain(key, new_password) == authenticate(bearer)
    with pytest.raises(NotAuthenticated):
        authenticate.domain(key, password)

    new_bearer = administer.rotate(tenant.id)
    assert authenticate.domain(key, new_password) == authenticate(new_bearer)
    with pytest.raises(NotAuthenticated):
        authenticate(bearer)


def test_what_a_tenant_does_not_have_is_not_rotated(administer: Administer) -> None:
    tenant, _ = administer.create("Example application")

    with pytest.raises(LookupError, match="domain key"):
        administer.rotate(tenant.id, KeyKind.DOMAIN)


def test_a_disabled_tenant_is_refused_with_its_domain_keys_as_well(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, _ = administer.create("Example application")
    pair = administer.issue_domain(tenant.id)

    administer.disable(tenant.id)

    for each in (pair, administer.issue_domain(tenant.id)):
        with pytest.raises(NotAuthenticated):
            Authenticate(tenants).domain(*each)


# --- Switches ---


def test_switches_are_off_until_they_are_switched_on_and_are_set_as_a_whole(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, key = administer.create("Example application")
    pair = administer.issue_domain(tenant.id)
    assert tenant.switches == frozenset()

    for switches in (set(Switch), {Switch.JSONP}, set[Switch]()):
        administer.switch(tenant.id, switches)
        assert Authenticate(tenants).domain(*pair).switches == Authenticate(tenants)(key).switches == switches


def test_a_tenant_is_told_of_the_end_of_its_imports_once_that_is_said(
    tenants: MemoryTenants, administer: Administer
) -> None:
    tenant, key = administer.create("Example application")
    assert not tenant.webhook

    for told in (True, False):
        administer.tell(tenant.id, told)
        assert Authenticate(tenants)(key).webhook is told


# --- What a tenant is allowed ---

GOOD_URLS = [
    "https://app.example.org",
    "https://app.example.org/",
    "https://app.example.org/done?user=7&next=%2Fhome#top",
    "https://app.example.org:8443/a/b;c=d/(e)",
    "https://xn--bcher-kva.example.org/",
    "https://192.0.2.7/",
    "http://127.0.0.1:3000/done",
    "http://localhost/done",
    "https://localhost:3000",
    "https://app.example.org?x=1",
    "https://app.example.org/" + "x" * 1_976,
]
BAD_URLS = [
    "",
    "app.example.org",
    "//app.example.org/",
    "javascript:alert(1)",
    "myapp://done",
    "http://app.example.org/",
    "http://127.0.0.1.example.org/",
    "http://localhost.example.org/",
    "http://127.0.0.2/",
    "HTTPS://app.example.org/",
    "https://App.example.org/",
    "https://app.example.org./",
    "https://app..example.org/",
    "https://-app.example.org/",
    "https://.example.org/",
    "https://",
    "https:///done",
    "https://user@app.example.org/",
    "https://user:password@app.example.org/",
    "https://app.example.org@other.example.org/",
    "https://app.example.org\\@other.example.org/",
    "https://app.example.org/a\\b",
    "https://app.example.org/a b",
    "https://app.example.org/a\tb",
    "https://app.example.org/a\n",
    " https://app.example.org/",
    'https://app.example.org/"><script>',
    "https://app.example.org/a#b#c",
    "https://bücher.example.org/",
    "https://app.example.org/ü",
    "https://app.example.org:0/",
    "https://app.example.org:65536/",
    "https://app.example.org:/",
    "https://app.example.org:443x/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://192.0.2.07/",
    "https://[::1]/",
    "https://*.example.org/",
    "https://" + "a" * 64 + ".example.org/",
    "https://app.example.org/" + "x" * 1_977,
]
GOOD_ORIGINS = [
    "https://app.example.org",
    "https://app.example.org:8443",
    "https://app.example.org:80",
    "http://127.0.0.1",
    "http://localhost:3000",
    "http://localhost:443",
    "https://192.0.2.7",
]
BAD_ORIGINS = [
    "",
    "*",
    "null",
    "app.example.org",
    "http://app.example.org",
    "https://app.example.org/",
    "https://app.example.org/path",
    "https://app.example.org?x",
    "https://app.example.org#x",
    "https://app.example.org:443",
    "http://localhost:80",
    "https://app.example.org:08443",
    "https://app.example.org:65536",
    "https://App.example.org",
    "https://app.example.org.",
    "https://user@app.example.org",
    "https://app.example.org\n",
    "https://*.example.org",
    "https://127.1",
    "file://",
    "https://bücher.example.org",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_an_address_that_a_browser_may_be_sent_to_is_taken_as_it_is(
    tenants: MemoryTenants, administer: Administer, url: str
) -> None:
    tenant, _ = administer.create("Example application")

    administer.allow(tenant.id, [url], [])

    assert administer.find(tenant.id).redirect_urls == (url,)


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_address_that_is_open_to_readings_or_to_others_is_refused(administer: Administer, url: str) -> None:
    tenant, _ = administer.create("Example application")

    with pytest.raises(ValueError, match="redirect URL"):
        administer.allow(tenant.id, ["https://app.example.org/", url], ["https://app.example.org"])

    assert administer.find(tenant.id) == tenant


@pytest.mark.parametrize("origin", GOOD_ORIGINS)
def test_an_origin_as_a_browser_writes_it_is_taken_as_it_is(administer: Administer, origin: str) -> None:
    tenant, _ = administer.create("Example application")

    administer.allow(tenant.id, [], [origin])

    assert administer.find(tenant.id).origins == (origin,)


@pytest.mark.parametrize("origin", BAD_ORIGINS)
def test_what_no_browser_would_write_as_an_origin_is_refused(administer: Administer, origin: str) -> None:
    tenant, _ = administer.create("Example application")

    with pytest.raises(ValueError, match="origin"):
        administer.allow(tenant.id, [], [origin])

    assert administer.find(tenant.id) == tenant


def test_what_is_allowed_is_replaced_as_a_whole_and_said_once(administer: Administer) -> None:
    tenant, _ = administer.create("Example application")
    urls = [f"https://app.example.org/{number}" for number in range(3)]
    administer.allow(tenant.id, [*urls, urls[0]], ["https://app.example.org"])
    assert administer.find(tenant.id).redirect_urls == tuple(urls)

    administer.allow(tenant.id, [], [])

    assert administer.find(tenant.id) == tenant


def test_a_tenant_is_allowed_a_number_of_addresses_and_no_more(administer: Administer) -> None:
    tenant, _ = administer.create("Example application")
    urls = [f"https://app.example.org/{number}" for number in range(51)]
    origins = [f"https://app{number}.example.org" for number in range(51)]
    administer.allow(tenant.id, urls[:50], origins[:50])

    for more in ((urls, []), ([], origins)):
        with pytest.raises(ValueError, match="50"):
            administer.allow(tenant.id, *more)

    assert len(administer.find(tenant.id).redirect_urls) == 50


def test_an_unknown_tenant_is_allowed_nothing_and_not_found(administer: Administer) -> None:
    with pytest.raises(LookupError):
        administer.allow(TenantId("t-none"), [], [])
    with pytest.raises(LookupError):
        administer.find(TenantId("t-none"))
