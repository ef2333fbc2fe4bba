"""Starting an import."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rubrica.domain.credential import Credential, unpack
from rubrica.domain.imports import ImportId, State
from rubrica.domain.views import StartImport
from rubrica.errors import (
    FieldInvalid,
    IdempotencyKeyReused,
    ServiceUnavailable,
    SourceUnknown,
    TooManyStarts,
    WorkflowUnavailable,
)
from tests.fakes import CREDENTIAL, HOME, NOW, OTHER_TENANT, RETENTION, TENANT, NumberedChance
from tests.unit.services.worlds import COMMAND, World


def test_an_import_is_stored_with_its_sealed_credential_and_its_workflow_started() -> None:
    world = World()

    imp = world.start(TENANT, COMMAND, HOME)

    row = world.imports.rows[imp.id]
    assert (imp.state, imp.tenant, imp.source, imp.reference) == (State.CREATED, TENANT.id, "carddav", "user-7")
    assert (imp.deadline, imp.expires_at) == (NOW + timedelta(hours=1), NOW + timedelta(hours=1) + RETENTION)
    assert row.credential is not None
    assert unpack(world.vault.open(imp, row.credential)) == CREDENTIAL
    assert world.workflow.started == [(imp.id, 1)]
    assert world.telemetry.counts == [("ImportsStarted", 1, {"source": "carddav"})]


@pytest.mark.parametrize("name", ["", "CARDDAV", "carddav ", "../carddav", "gopher"])
def test_an_unknown_source_is_refused_before_anything_is_stored(name: str) -> None:
    world = World()

    with pytest.raises(SourceUnknown):
        world.start(TENANT, replace(COMMAND, source=name), HOME)

    assert not world.imports.rows
    assert not world.workflow.started


@pytest.mark.parametrize(
    ("credential", "field"),
    [
        (Credential("", "alice", "secret"), "server"),
        (Credential("https://private.example/", "alice@example.com", "secret"), "server"),
    ],
)
def test_a_server_that_is_missing_or_refused_is_told_by_its_field(credential: Credential, field: str) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        world.start(TENANT, StartImport("carddav", credential), HOME)

    assert caught.value.field == field
    assert "private.example" not in caught.value.rule
    assert not world.imports.rows


def test_a_source_that_wants_a_password_is_refused_without_one() -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        world.start(TENANT, StartImport("carddav"), HOME)

    assert caught.value.field == "username"
    assert not world.imports.rows


@pytest.mark.parametrize("source", ["carddav", "icloud"])
@pytest.mark.parametrize(
    ("credential", "field", "rule"),
    [
        (Credential("", "alice@example.com", ""), "password", "is needed for this source"),
        (Credential("", "", "secret"), "username", "and password are needed for this source"),
        (Credential("https://dav.example.com/", "", ""), "username", "and password are needed for this source"),
    ],
)
def test_half_a_sign_in_is_refused_by_what_is_missing(
    source: str, credential: Credential, field: str, rule: str
) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        world.start(TENANT, StartImport(source, credential), HOME)

    assert (caught.value.field, caught.value.rule) == (field, rule)
    assert not world.imports.rows


@pytest.mark.parametrize(
    ("source", "credential"),
    [("carddav", Credential("", "alice@example.com", "secret")), ("icloud", Credential("", "alice", "secret"))],
)
def test_a_server_is_not_needed_where_it_can_be_found(source: str, credential: Credential) -> None:
    assert World().start(TENANT, StartImport(source, credential), HOME).source == source


# --- Idempotency ---


def test_the_same_request_with_the_same_key_finds_the_same_import() -> None:
    world = World()

    first = world.start(TENANT, COMMAND, HOME, "key-1")
    second = world.start(TENANT, COMMAND, HOME, "key-1")

    assert first == second
    assert len(world.imports.rows) == 1
    assert world.workflow.started == [(first.id, 1)]
    assert world.telemetry.counts == [("ImportsStarted", 1, {"source": "carddav"})]


def test_the_repeated_request_is_answered_with_how_the_import_stands() -> None:
    world = World()
    first = world.start(TENANT, COMMAND, HOME, "key-1")
    world.turn(0, import_id=first.id)

    again = world.start(TENANT, COMMAND, HOME, "key-1")

    assert again.id == first.id
    assert again.state is State.IMPORTING


@pytest.mark.parametrize(
    "other",
    [
        replace(COMMAND, source="icloud"),
        replace(COMMAND, reference="user-8"),
        replace(COMMAND, credential=Credential(CREDENTIAL.server, "bob@example.com", CREDENTIAL.password)),
        replace(COMMAND, credential=Credential("https://other.example.com/", CREDENTIAL.username, "x")),
    ],
)
def test_another_request_with_the_same_key_is_refused(other: StartImport) -> None:
    world = World()
    world.start(TENANT, COMMAND, HOME, "key-1")

    with pytest.raises(IdempotencyKeyReused):
        world.start(TENANT, other, HOME, "key-1")

    assert len(world.imports.rows) == 1


def test_the_password_is_no_part_of_what_tells_requests_apart() -> None:
    world = World()
    first = world.start(TENANT, COMMAND, HOME, "key-1")

    other = replace(COMMAND, credential=Credential(CREDENTIAL.server, CREDENTIAL.username, "another"))

    assert world.start(TENANT, other, HOME, "key-1") == first


def test_keys_of_other_tenants_and_other_keys_make_other_imports() -> None:
    world = World()

    made = [
        world.start(TENANT, COMMAND, HOME, "key-1"),
        world.start(OTHER_TENANT, COMMAND, HOME, "key-1"),
        world.start(TENANT, COMMAND, HOME, "key-2"),
        world.start(TENANT, COMMAND, HOME),
        world.start(TENANT, COMMAND, HOME),
    ]

    assert len({imp.id for imp in made}) == 5


def test_the_key_of_a_deleted_import_is_used_up() -> None:
    world = World()
    first = world.start(TENANT, COMMAND, HOME, "key-1")
    world.delete(TENANT, first.id)

    with pytest.raises(IdempotencyKeyReused):
        world.start(TENANT, COMMAND, HOME, "key-1")

    world.clock.later(900)
    world.sweep()
    assert world.imports.due(first.expires_at, 9) == []
    with pytest.raises(IdempotencyKeyReused):
        world.start(TENANT, COMMAND, HOME, "key-1")


def test_a_key_can_be_used_again_when_the_import_would_have_expired() -> None:
    world = World()
    first = world.start(TENANT, COMMAND, HOME, "key-1")
    world.clock.moment = first.expires_at

    assert world.start(TENANT, COMMAND, HOME, "key-1").id != first.id


# --- Ids ---


def test_an_id_that_is_in_use_is_drawn_again() -> None:
    world = World(chance=NumberedChance([7, 7, 7, 8]))
    world.start(TENANT, COMMAND, HOME)

    assert world.start(TENANT, replace(COMMAND, credential=Credential("", "bob@example.com", "x")), HOME).id == 8


def test_ids_are_not_drawn_for_ever() -> None:
    world = World(chance=NumberedChance([7] * 99))
    world.start(TENANT, COMMAND, HOME)

    with pytest.raises(ServiceUnavailable):
        world.start(TENANT, replace(COMMAND, credential=Credential("", "bob@example.com", "x")), HOME)


# --- Limits and trouble ---


def test_a_tenant_has_so_many_starts_in_a_minute_and_others_are_not_affected() -> None:
    world = World(starts_per_minute=2)
    for _ in range(2):
        world.start(TENANT, COMMAND, HOME)

    with pytest.raises(TooManyStarts) as caught:
        world.start(TENANT, COMMAND, HOME)

    assert caught.value.retry_after == 60 - NOW.second
    world.start(OTHER_TENANT, COMMAND, HOME)
    world.clock.later(caught.value.retry_after or 0)
    world.start(TENANT, COMMAND, HOME)
    assert len(world.imports.rows) == 4


class _NoWorkflow:
    def start(self, import_id: ImportId, run: int) -> None:
        raise WorkflowUnavailable("ThrottlingException")


def test_an_import_the_workflow_cannot_take_is_left_to_the_sweeper() -> None:
    world = World()
    start = replace(world.start, workflow=_NoWorkflow())

    imp = start(TENANT, COMMAND, HOME)

    assert imp.state is State.CREATED
    assert world.telemetry.names() == ["start_postponed"]
    world.clock.later(61)
    world.sweep()
    assert world.workflow.started == [(imp.id, 2)]
