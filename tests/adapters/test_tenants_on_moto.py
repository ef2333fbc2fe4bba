"""The tenants' table on moto, and what is DynamoDB's own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from tables import created, items
from tenants_contract import BEARER, DOMAIN, TenantsContract

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.errors import StorageUnavailable
from rubrica.ports import KeyKind, Tenants
from tests.fakes import TENANT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TestDynamoTenantsOnMoto(TenantsContract):
    @pytest.fixture
    def tenants(self, moto_dynamodb: "DynamoDBClient") -> Tenants:
        return DynamoTenants(Table(moto_dynamodb, created(moto_dynamodb, "AccountsTable")))


@pytest.fixture
def table_name(moto_dynamodb: "DynamoDBClient") -> str:
    return created(moto_dynamodb, "AccountsTable")


@pytest.fixture
def tenants(moto_dynamodb: "DynamoDBClient", table_name: str) -> DynamoTenants:
    return DynamoTenants(Table(moto_dynamodb, table_name))


def keys(client: "DynamoDBClient", table: str) -> set[tuple[str, str]]:
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items(client, table)}


def test_keys_are_stored_as_digests_only_and_under_documented_keys(
    tenants: DynamoTenants, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    tenants.add(TENANT, {KeyKind.BEARER: "digest-a"})
    tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-b")
    tenants.replace_key(TENANT.id, KeyKind.DOMAIN, "digest-c", "KEY")
    tenants.replace_key(TENANT.id, KeyKind.DOMAIN, "digest-d", "KEY")

    assert keys(moto_dynamodb, table_name) == {
        ("tenants", f"T#{TENANT.id}"),
        ("K#digest-b", "key"),
        ("K#digest-d", "key"),
    }


def test_every_item_of_a_tenant_says_the_same_of_it_after_every_change(
    tenants: DynamoTenants, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    own = {"pk", "sk", "digest", "domain_digest", "version"}
    tenants.add(TENANT, {KeyKind.BEARER: "digest-a"})
    changes = [
        lambda: tenants.replace_key(TENANT.id, KeyKind.DOMAIN, "digest-b", "KEY"),
        lambda: tenants.allow(TENANT.id, ["https://app.example.org/"], ["https://app.example.org"]),
        lambda: tenants.switch(TENANT.id, set(Switch)),
        lambda: tenants.tell(TENANT.id, True),
        lambda: tenants.replace_key(TENANT.id, KeyKind.BEARER, "digest-c"),
        lambda: tenants.replace_key(TENANT.id, KeyKind.DOMAIN, "digest-d", "OTHER"),
        lambda: tenants.disable(TENANT.id),
        lambda: tenants.enable(TENANT.id),
    ]
    for change in changes:
        assert change()
        said = [
            {name: value for name, value in it.items() if name not in own} for it in items(moto_dynamodb, table_name)
        ]
        assert len(said) == 3
        assert all(it == said[0] for it in said)


def test_a_tenant_or_key_is_not_overwritten_by_another(tenants: DynamoTenants) -> None:
    tenants.add(TENANT, {KeyKind.BEARER: "digest-a"})
    tenants.add(Tenant(TenantId("tenant-y"), "Yet another"), {KeyKind.BEARER: "digest-y"})

    for other, digest in ((TENANT.id, "digest-b"), (TenantId("tenant-z"), "digest-a")):
        with pytest.raises(StorageUnavailable) as caught:
            tenants.add(Tenant(other, "Another"), {KeyKind.BEARER: digest})
        assert caught.value.reason == "ConditionalCheckFailed"
    with pytest.raises(StorageUnavailable):
        tenants.replace_key(TenantId("tenant-y"), KeyKind.DOMAIN, "digest-a", "KEY")

    assert tenants.by_key("digest-a") == TENANT
    assert tenants.by_key("digest-b") is None


class Overtaken(Table):
    """Somebody else changes the tenant just after its item was read."""

    def __init__(self, client: "DynamoDBClient", name: str, change: Any) -> None:
        super().__init__(client, name)
        self._change = change

    def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> dict[str, Any] | None:
        item = super().get(key, consistent=consistent)
        self._change()
        return item


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_that_changes_while_its_tenant_is_disabled_is_not_left_open(
    tenants: DynamoTenants, moto_dynamodb: "DynamoDBClient", table_name: str, kind: KeyKind
) -> None:
    tenants.add(TENANT, {kind: "digest-old"})
    rotates = Overtaken(moto_dynamodb, table_name, lambda: tenants.replace_key(TENANT.id, kind, "digest-new", "KEY"))

    with pytest.raises(StorageUnavailable):
        DynamoTenants(rotates).disable(TENANT.id)

    assert tenants.disable(TENANT.id)
    found = tenants.by_key("digest-new")
    assert found is not None
    assert found.disabled


def test_a_tenant_that_is_disabled_while_its_key_changes_is_not_left_open(
    tenants: DynamoTenants, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    tenants.add(TENANT, {KeyKind.BEARER: "digest-old"})
    disables = Overtaken(moto_dynamodb, table_name, lambda: tenants.disable(TENANT.id))

    for kind in KeyKind:
        with pytest.raises(StorageUnavailable):
            DynamoTenants(disables).replace_key(TENANT.id, kind, "digest-new", "KEY")

    assert tenants.by_key("digest-new") is None
    found = tenants.by_key("digest-old")
    assert found is not None
    assert found.disabled


def test_a_switch_of_a_later_version_is_off(
    tenants: DynamoTenants, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    said = {"tenant": TENANT.id, "name": TENANT.name, "disabled": False, "switches": ["jsonp", "novelty"]}
    Table(moto_dynamodb, table_name).put({"pk": "K#digest-a", "sk": "key", **said}, "attribute_not_exists(pk)")

    found = tenants.by_key("digest-a")

    assert found is not None
    assert found.switches == {Switch.JSONP}


def test_who_calls_is_told_by_one_read_that_may_be_a_moment_old() -> None:
    heard: list[dict[str, Any]] = []

    class Listening:
        def get_item(self, **arguments: Any) -> dict[str, Any]:
            heard.append(arguments)
            return {}

    tenants = DynamoTenants(Table(Listening(), "accounts"))  # type: ignore[arg-type]

    assert tenants.by_key(BEARER) is None
    assert tenants.by_key(DOMAIN) is None
    assert [call["ConsistentRead"] for call in heard] == [False, False]
