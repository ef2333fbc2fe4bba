"""The accounts at other import services: on moto, on the engine and in memory, and what a secret may say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest

from local.engine import Engine
from rubrica.adapters.memory import MemoryUpstreamAccounts
from rubrica.adapters.upstreams import MOST_SERVICES, SecretUpstreams, UpstreamRegister, upstream_of
from rubrica.domain.imports import TenantId
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Upstream, UpstreamAccounts
from tests.fakes import OTHER_TENANT, TENANT, FixedClock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME: Final = "rubrica/upstreams"
COMMON: Final = Upstream("https://api.example.net", "canary-key-1", "canary-pass+word/1", ("gmail", "plaxo"))
OWN: Final = Upstream("http://127.0.0.1:8081/api", "canary-key-2", "canary:password-2", ("icloud",))
ENTRY: Final[dict[str, Any]] = {
    "address": COMMON.address,
    "domain_key": COMMON.domain_key,
    "domain_password": COMMON.domain_password,
    "services": ["gmail", "plaxo"],
}
_NUMBERS: Final = count(1)

Setup = Callable[[Mapping[TenantId | None, Upstream]], UpstreamAccounts]
"""Makes accounts that hold these, None being the installation's."""


class AccountsContract:
    """Each test gets `setup`."""

    def test_where_nothing_is_set_up_there_is_no_upstream(self, setup: Setup) -> None:
        assert setup({}).upstream(TENANT.id) is None

    def test_the_installations_upstream_serves_every_tenant(self, setup: Setup) -> None:
        accounts = setup({None: COMMON})

        assert accounts.upstream(TENANT.id) == accounts.upstream(OTHER_TENANT.id) == COMMON

    def test_a_tenants_own_upstream_goes_first_for_it_alone(self, setup: Setup) -> None:
        accounts = setup({None: COMMON, TENANT.id: OWN})

        assert accounts.upstream(TENANT.id) == OWN
        assert accounts.upstream(OTHER_TENANT.id) == COMMON


@pytest.fixture
def secrets(moto_client: Callable[[str], Any]) -> "SecretsManagerClient":
    client: SecretsManagerClient = moto_client("secretsmanager")
    return client


def registered(client: "SecretsManagerClient", name: str) -> Setup:
    """Sets upstreams up as an operator does."""

    def setup(upstreams: Mapping[TenantId | None, Upstream]) -> UpstreamAccounts:
        for tenant, upstream in upstreams.items():
            UpstreamRegister(client, name).keep(upstream, tenant)
        return SecretUpstreams(client, name, FixedClock())

    return setup


class TestSecretUpstreamsOnMoto(AccountsContract):
    @pytest.fixture
    def setup(self, secrets: "SecretsManagerClient") -> Setup:
        return registered(secrets, NAME)


class TestSecretUpstreamsOnTheEngine(AccountsContract):
    @pytest.fixture
    def setup(self, engine: Engine) -> Setup:
        return registered(engine.client("secretsmanager"), f"stack-{next(_NUMBERS)}/upstreams")


class TestMemoryUpstreamAccounts(AccountsContract):
    @pytest.fixture
    def setup(self) -> Setup:
        return lambda upstreams: MemoryUpstreamAccounts(
            upstreams.get(None), {tenant: it for tenant, it in upstreams.items() if tenant}
        )


def test_new_keys_are_used_within_a_minute(secrets: "SecretsManagerClient") -> None:
    clock, register = FixedClock(), UpstreamRegister(secrets, NAME)
    accounts = SecretUpstreams(secrets, NAME, clock)
    register.keep(COMMON)
    assert accounts.upstream(TENANT.id) == COMMON
    register.keep(replace(COMMON, domain_password="new"))
    clock.later(60)

    assert accounts.upstream(TENANT.id) == replace(COMMON, domain_password="new")


def test_what_is_removed_is_gone(secrets: "SecretsManagerClient") -> None:
    register = UpstreamRegister(secrets, NAME)
    register.keep(COMMON)
    register.keep(OWN, TENANT.id)

    assert register.remove(TENANT.id)
    assert not register.remove(TENANT.id)
    assert register.upstream(TENANT.id) is None
    assert register.upstream() == COMMON
    register.keep(OWN, TENANT.id)
    assert register.upstream(TENANT.id) == OWN


def test_services_are_kept_once_and_in_order(secrets: "SecretsManagerClient") -> None:
    register = UpstreamRegister(secrets, NAME)
    register.keep(replace(COMMON, services=("plaxo", "gmail", "plaxo")))

    assert register.upstream() == COMMON


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", ""),
        ("address", "http://api.example.net"),
        ("address", "https://api.example.net/"),
        ("address", "https://api.example.net/a?b=c"),
        ("address", "https://user:pw@api.example.net"),
        ("address", "https://api.example.net/../x/"),
        ("address", "https://API.example.net"),
        ("address", "https://localhost"),
        ("address", "http://127.0.0.1.example.net:80"),
        ("address", "ftp://api.example.net"),
        ("address", "https://api.example.net\n"),
        ("domain_key", ""),
        ("domain_key", "a:b"),
        ("domain_key", "a b"),
        ("domain_key", "é"),
        ("domain_key", "a" * 256),
        ("domain_password", ""),
        ("domain_password", "a\r\nX: y"),
        ("services", ()),
        ("services", ("Gmail",)),
        ("services", ("../x",)),
        ("services", ("gmail", "")),
        ("services", tuple(f"s{number}" for number in range(MOST_SERVICES + 1))),
    ],
)
def test_what_is_no_upstream_is_not_kept(secrets: "SecretsManagerClient", field: str, value: object) -> None:
    register = UpstreamRegister(secrets, NAME)

    with pytest.raises(ValueError, match=r"has (to be|from)") as refusal:
        register.keep(replace(COMMON, **{field: value}))  # type: ignore[arg-type]
    assert "canary" not in str(refusal.value)
    assert register.upstream() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "[" * 100_000,
        "{}",
        json.dumps({**ENTRY, "more": 1}),
        json.dumps({**ENTRY, "services": "gmail"}),
        json.dumps({**ENTRY, "services": [7]}),
        json.dumps({**ENTRY, "services": [["gmail"]]}),
        json.dumps({**ENTRY, "domain_key": 7}),
        json.dumps({**ENTRY, "address": None}),
        json.dumps({name: value for name, value in ENTRY.items() if name != "services"}),
    ],
)
def test_a_secret_of_another_form_is_said_to_be_so_and_not_repeated(text: str) -> None:
    with pytest.raises(SecretsUnavailable) as trouble:
        upstream_of(text)

    assert trouble.value.reason == SecretsUnavailable.MALFORMED
    assert trouble.value.__cause__ is None
    assert "canary" not in str(trouble.value)


def test_the_documented_form_is_read() -> None:
    assert upstream_of(json.dumps(ENTRY)) == COMMON


def test_keys_are_never_shown() -> None:
    assert "canary" not in repr(COMMON)
