"""Whose address book was imported: sealed in the import's row, and told for as long as the contacts are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tables import created, items

from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.kms import KmsDataKeys
from rubrica.domain.contacts import Contact, Email
from rubrica.domain.imports import ImportId
from rubrica.errors import ImportNotFound, PageUnreadable, ProviderUnavailable
from tests.fakes import NOW, RETENTION, TENANT, ScriptedSource, batches, people
from tests.unit.services.worlds import SLICE, World

ID = ImportId(1126)
OWNER = Contact("owner-id", full_name="Zz-Canary Owner", emails=(Email("zz-canary-owner@example.com", primary=True),))


@pytest.fixture
def client(moto_client: Callable[[str], Any]) -> Any:
    return moto_client("dynamodb")


@pytest.fixture
def table(client: Any) -> str:
    return created(client, "ImportsTable")


@pytest.fixture
def world(moto_client: Callable[[str], Any], client: Any, table: str) -> World:
    """The use cases over tables and keys as in the cloud; the first of two batches tells the owner."""
    kms = moto_client("kms")
    first, second = batches(people(1, 3), people(4, 5))
    world = World(source=ScriptedSource([replace(first, owner=OWNER), second]))
    world.imports = DynamoImports(Table(client, table))  # type: ignore[assignment]
    world.keys = KmsDataKeys(kms, kms.create_key()["KeyMetadata"]["Arn"])  # type: ignore[assignment]
    world.add()
    return world


def owner(world: World) -> Contact | None:
    span = world.read.span(TENANT, ID, 0, 0)
    assert len(list(span.contacts)) == 5
    return span.owner


def closed(world: World) -> World:
    world.close(ID, None)
    return world


def test_the_owner_is_there_after_the_close(world: World) -> None:
    world.turn(0)

    assert owner(closed(world)) == OWNER


def test_a_slice_that_goes_on_and_knows_no_owner_keeps_the_one_that_is_stored(world: World) -> None:
    world.source.before = {0: [lambda: world.clock.later(SLICE)]}
    world.turn(0)
    world.turn(1)

    assert world.source.cursors == [None, {"at": 1}]
    assert owner(closed(world)) == OWNER


def test_a_slice_that_ends_early_keeps_the_owner_with_the_cursor_after_it(world: World) -> None:
    world.source.before = {1: [ProviderUnavailable()]}
    world.turn(0)
    world.turn(1)

    assert world.source.cursors == [None, {"at": 1}]
    assert owner(closed(world)) == OWNER


def test_an_import_of_a_source_that_tells_no_owner_has_none(world: World) -> None:
    world.source.batches = [replace(batch, owner=None) for batch in world.source.batches]
    world.turn(0)

    assert owner(closed(world)) is None


def test_nothing_of_the_owner_is_readable_in_the_table_or_told_in_passing(
    world: World, client: Any, table: str
) -> None:
    world.turn(0)
    closed(world)

    told = [items(client, table), world.telemetry.events, world.telemetry.counts, world.notify.announced]
    assert "canary" not in repr(told).lower()


def test_an_owner_that_was_tampered_with_does_not_open(world: World, client: Any, table: str) -> None:
    world.turn(0)
    closed(world)
    key = {"pk": {"S": "I#1126"}, "sk": {"S": "import"}}
    sealed = client.get_item(TableName=table, Key=key)["Item"]["owner"]["B"]
    client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET #owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"B": sealed[:-1] + bytes([sealed[-1] ^ 1])}},
    )

    with pytest.raises(PageUnreadable):
        world.read.span(TENANT, ID, 0, 0)


def test_the_owner_goes_with_the_contacts(world: World, client: Any, table: str) -> None:
    world.turn(0)
    closed(world)
    world.imports.shred(ID, NOW + RETENTION)

    assert [item for item in items(client, table) if "owner" in item] == []
    with pytest.raises(ImportNotFound):
        world.read.span(TENANT, ID, 0, 0)
