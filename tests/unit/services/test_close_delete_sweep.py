"""The end of an import: closing, deleting, sweeping."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rubrica.domain.imports import MOST_RUNS, ImportId, State, TenantId
from rubrica.errors import (
    CredentialLost,
    ImportGone,
    ImportNotFound,
    ImportStalled,
    NotifyUnavailable,
    SignInRefused,
    StorageUnavailable,
    WorkflowUnavailable,
)
from rubrica.ports import PageKind, Row
from tests.fakes import NOW, OTHER_TENANT, RETENTION, TENANT, ScriptedSource, any_import, batches, people
from tests.unit.services.worlds import World


def read_world() -> World:
    """An import read to its end and not closed yet."""
    world = World(source=ScriptedSource(batches(people(1, 3))))
    world.add()
    world.turn(0)
    return world


# --- Closing ---


def test_an_import_read_to_its_end_is_complete() -> None:
    world = read_world()

    imp = world.finish()

    assert (imp.state, imp.failure, imp.closed_at) == (State.COMPLETE, "", NOW)
    assert imp.expires_at == NOW + RETENTION
    assert world.notify.announced == [imp]


def test_closing_deletes_credential_and_cursor_and_keeps_the_pages() -> None:
    world = read_world()

    world.finish()

    row = world.imports.rows[ImportId(1126)]
    assert (row.credential, row.cursor) == (None, None)
    assert row.data_key is not None
    assert len(world.contacts()) == 3


def test_an_import_read_to_its_end_is_complete_even_if_the_workflow_died_after_that() -> None:
    world = read_world()

    imp = world.finish(ImportStalled)

    assert (imp.state, imp.failure) == (State.COMPLETE, "")


def test_a_failure_is_kept_by_its_code() -> None:
    world = World()
    world.add()

    imp = world.finish(SignInRefused)

    assert (imp.state, imp.failure) == (State.FAILED, "sign_in_refused")
    assert world.telemetry.counts[-1] == (
        "ImportsClosed",
        1,
        {"source": "carddav", "state": "failed", "failure": "sign_in_refused"},
    )


def test_an_import_that_was_not_read_to_its_end_is_never_complete() -> None:
    world = World()
    world.add()

    assert world.finish().failure == "import_stalled"


def test_closing_twice_keeps_the_first_end_and_announces_the_same() -> None:
    world = read_world()
    first = world.finish()
    world.clock.later(60)

    second = world.finish(SignInRefused)

    assert second == first
    assert world.notify.announced == [first, first]


def test_an_end_that_could_not_be_announced_is_announced_by_the_next_call() -> None:
    class Deaf:
        def closed(self, imp: object) -> None:
            raise NotifyUnavailable("ThrottlingException")

    world = read_world()
    with pytest.raises(NotifyUnavailable):
        replace(world.close, notify=Deaf())(ImportId(1126), None)

    world.finish()

    assert [imp.state for imp in world.notify.announced] == [State.COMPLETE]


def test_an_import_in_another_run_is_left_alone() -> None:
    world = World()
    world.add(any_import(run=2, state=State.IMPORTING))

    world.close(ImportId(1126), SignInRefused, 1)
    assert world.imp().state is State.IMPORTING

    world.close(ImportId(1126), SignInRefused, 2)
    assert world.imp().state is State.FAILED


def test_closing_what_is_gone_or_deleted_does_nothing() -> None:
    world = World()
    world.close(ImportId(7), None)
    world.add()
    world.delete(TENANT, ImportId(1126))

    world.close(ImportId(1126), None)

    assert world.notify.announced == []
    assert world.imp().state is State.PURGED


def test_an_import_that_goes_while_it_is_closed_is_left_alone() -> None:
    world = read_world()

    class Vanishing:
        def get(self, import_id: ImportId) -> object:
            return world.imports.get(import_id)

        def close(self, imp: object) -> object:
            raise ImportGone

    replace(world.close, imports=Vanishing())(ImportId(1126), None)  # type: ignore[arg-type]

    assert world.notify.announced == []


def test_a_closed_import_never_outlives_its_pages() -> None:
    world = read_world()
    world.clock.later(2 * 3600)

    imp = world.finish()

    assert imp.expires_at == any_import().expires_at


# --- Deleting ---


def test_deleting_removes_key_credential_and_pages_at_once() -> None:
    world = read_world()

    world.delete(TENANT, ImportId(1126))

    row = world.imports.rows[ImportId(1126)]
    assert (row.credential, row.data_key, row.cursor) == (None, None, None)
    assert list(world.imports.pages(ImportId(1126), PageKind.CONTACTS, 1, 9)) == []
    with pytest.raises(ImportNotFound):
        world.read.status(TENANT, ImportId(1126))


def test_a_foreign_an_unknown_an_expired_and_a_deleted_import_cannot_be_deleted() -> None:
    world = read_world()
    with pytest.raises(ImportNotFound):
        world.delete(OTHER_TENANT, ImportId(1126))
    with pytest.raises(ImportNotFound):
        world.delete(TENANT, ImportId(7))
    assert len(list(world.imports.pages(ImportId(1126), PageKind.CONTACTS, 1, 9))) == 1

    world.delete(TENANT, ImportId(1126))
    with pytest.raises(ImportNotFound):
        world.delete(TENANT, ImportId(1126))

    expired = read_world()
    expired.clock.moment = expired.imp().expires_at
    with pytest.raises(ImportNotFound):
        expired.delete(TENANT, ImportId(1126))


def test_a_deleted_import_is_swept_away_when_no_slice_can_run_any_more() -> None:
    world = read_world()
    world.delete(TENANT, ImportId(1126))

    world.clock.later(599)
    assert world.sweep() == 0

    world.clock.later(1)
    assert world.sweep() == 1
    assert world.imports.rows[ImportId(1126)] == Row(world.imp())
    assert world.imp().expires_at == world.clock.now() + timedelta(days=7)


# --- Sweeping ---


def test_what_is_not_due_is_left_alone() -> None:
    world = World()
    world.add()

    assert world.sweep() == 0
    assert world.workflow.started == []


def test_an_import_that_never_began_is_started_again_under_a_new_run() -> None:
    world = World()
    world.add()
    world.clock.later(60)

    assert world.sweep() == 1

    assert world.workflow.started == [(1126, 2)]
    assert world.imp().run == 2
    assert world.sweep() == 0


def test_an_import_that_stalls_again_and_again_fails() -> None:
    world = World()
    world.add(any_import(state=State.IMPORTING))
    for _ in range(MOST_RUNS):
        world.clock.later(300)
        world.sweep()

    assert (world.imp().state, world.imp().failure) == (State.FAILED, "import_stalled")
    assert [imp.failure for imp in world.notify.announced] == ["import_stalled"]


def test_an_import_that_cannot_be_swept_does_not_keep_the_others_from_it() -> None:
    world = World()
    world.add(any_import(id=ImportId(1)))
    world.add()
    world.clock.later(60)
    get = world.imports.get

    def unreadable(import_id: ImportId) -> object:
        if import_id == 1:
            raise KeyError("group_pages")
        return get(import_id)

    world.imports.get = unreadable  # type: ignore[method-assign, assignment]  # the store itself never raises so
    with pytest.raises(KeyError):
        world.sweep()

    assert world.workflow.started == [(1126, 2)]


def test_an_import_past_its_deadline_fails() -> None:
    world = World()
    world.add()
    world.clock.moment = world.imp().deadline

    world.sweep()

    assert world.imp().failure == "deadline_exceeded"


def test_what_is_past_its_retention_is_purged() -> None:
    world = read_world()
    imp = world.finish()
    world.clock.moment = imp.expires_at

    assert world.sweep() == 1

    assert world.imports.rows[imp.id] == Row(world.imp())
    assert world.imp().state is State.PURGED
    assert list(world.imports.pages(imp.id, PageKind.CONTACTS, 1, 9)) == []
    assert world.sweep() == 0


def test_what_was_purged_can_be_told_from_what_never_was_for_a_week() -> None:
    world = read_world()
    imp = world.finish()
    for days in (0, 6):
        world.clock.moment = imp.expires_at + timedelta(days=days)
        world.sweep()
        with pytest.raises(ImportNotFound) as caught:
            world.read.status(TENANT, imp.id)
        assert caught.value.expired

    assert world.imp().expires_at == imp.expires_at + timedelta(days=7)
    for tenant, number in ((OTHER_TENANT, imp.id), (TENANT, ImportId(7))):
        with pytest.raises(ImportNotFound) as caught:
            world.read.status(tenant, number)
        assert not caught.value.expired


def test_an_import_that_completes_while_the_sweeper_works_is_left_alone() -> None:
    world = read_world()
    world.clock.later(3_000)

    class ClosedMeanwhile:
        def __getattr__(self, name: str) -> object:
            return getattr(world.imports, name)

        def due(self, now: object, limit: int) -> list[ImportId]:
            world.finish()
            return [ImportId(1126)]

    replace(world.sweep, imports=ClosedMeanwhile())()  # type: ignore[arg-type]

    assert world.imp().state is State.COMPLETE
    assert len(world.contacts()) == 3


def test_a_restart_that_somebody_else_made_is_not_made_twice() -> None:
    world = World()
    world.add()
    world.clock.later(60)

    class MovedOn:
        def __getattr__(self, name: str) -> object:
            return getattr(world.imports, name)

        def restart(self, import_id: ImportId, run: int, now: object, due_at: object) -> bool:
            return False

    replace(world.sweep, imports=MovedOn())()  # type: ignore[arg-type]

    assert world.workflow.started == []


def test_one_import_in_trouble_does_not_keep_the_others_from_being_swept() -> None:
    world = World()
    for number in (1, 2, 3):
        world.add(any_import(id=ImportId(number)))
    world.clock.later(60)

    class Choosy:
        def start(self, import_id: ImportId, run: int) -> None:
            if import_id == 2:
                raise WorkflowUnavailable("ThrottlingException")
            world.workflow.start(import_id, run)

    with pytest.raises(WorkflowUnavailable):
        replace(world.sweep, workflow=Choosy())()

    assert sorted(import_id for import_id, _ in world.workflow.started) == [1, 3]
    assert ("sweep_postponed", {"import_id": 2, "code": "workflow_unavailable"}) in world.telemetry.events
    world.clock.later(120)
    world.sweep()
    assert 2 in {import_id for import_id, _ in world.workflow.started}


def test_an_import_that_went_since_it_was_found_due_is_passed_over() -> None:
    world = World()

    class Stale:
        def due(self, now: object, limit: int) -> list[ImportId]:
            return [ImportId(7)]

        def get(self, import_id: ImportId) -> None:
            return None

    assert replace(world.sweep, imports=Stale())() == 1  # type: ignore[arg-type]


def test_a_store_that_does_not_answer_is_told_to_the_caller() -> None:
    class Down:
        def due(self, now: object, limit: int) -> list[ImportId]:
            raise StorageUnavailable("InternalServerError")

    with pytest.raises(StorageUnavailable):
        replace(World().sweep, imports=Down())()  # type: ignore[arg-type]


def test_a_credential_opens_for_its_own_import_alone() -> None:
    world = World()
    imp = any_import()
    sealed = world.vault.seal(imp, b"secret")

    for other in (replace(imp, id=ImportId(7)), replace(imp, tenant=TenantId("tenant-b"))):
        with pytest.raises(CredentialLost):
            world.vault.open(other, sealed)
    assert timedelta(0) < RETENTION
