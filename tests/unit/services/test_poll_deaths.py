"""What a death in the middle of a slice costs, and what a slice does about what is gone."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.contacts import Group
from rubrica.domain.imports import Continue, Done, Failed, ImportId, Progress, State, Wait
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.turns import Turn
from rubrica.errors import (
    CredentialLost,
    ImportFailure,
    PageUnreadable,
    ProviderThrottled,
    ProviderUnavailable,
    SignInRefused,
    StorageUnavailable,
    WorkerFailed,
)
from rubrica.ports import Batch, Commit, Lease, LeaseTaken, Page, PageKind, Row
from rubrica.services.page_writer import PageWriter
from tests.fakes import CREDENTIAL, NOW, TENANT, ScriptedSource, any_import, batches, people
from tests.unit.services.slices import all_ids, ids, world_of
from tests.unit.services.worlds import LONGEST, SLICE, World

# --- Deaths, duplicates, zombies ---


class Killed(BaseException):
    """The process ended here."""


class Mortal(MemoryImports):
    """Dies before or after one of its writes."""

    def __init__(self, death: int) -> None:
        super().__init__()
        self.death = death

    def _write(self, write: Callable[[], None]) -> None:
        self.death -= 1
        if self.death == 0:
            raise Killed
        write()
        self.death -= 1
        if self.death == 0:
            raise Killed

    def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
        """Pages one by one, then the row, as the table does it."""
        for page in commit.pages:
            self._write(partial(self._put, lease, page))
        self._write(lambda: super(Mortal, self).commit(lease, before, commit))

    def _put(self, lease: Lease, page: Page) -> None:
        self.stored.setdefault(lease.import_id, {})[page.kind, page.number] = lease.turn, page

    def release(self, lease: Lease, imp: Any, due_at: Any) -> None:
        self._write(lambda: super(Mortal, self).release(lease, imp, due_at))


def rich_source(count: int, size: int) -> ScriptedSource:
    """A source whose every batch has contacts, a group and lines of the ledger."""
    made = []
    for number in range(count):
        part = people(number * size + 1, (number + 1) * size)
        entries = [
            Entry(f"/book/bad-{number}.vcf", Fate.REJECTED, (Reason.CARD_EMPTY,)),
            Entry(part[0].place, Fate.ACCEPTED, (Reason.TEXT_CUT,), part[0].id),
        ]
        groups = [Group(f"g{number}", f"Group {number}", (part[0].uid, "uid-1"))]
        made.append(Batch(part, entries, {"at": number + 1}, count * size, groups))
    return ScriptedSource(made)


@pytest.mark.parametrize("death", range(1, 26))
def test_a_killed_worker_costs_nothing_and_doubles_nothing(death: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Smaller pages than usual make the same course from a smaller book.
    monkeypatch.setattr("rubrica.services.page_writer.CONTACTS_A_PAGE", 100)
    undisturbed = World(source=rich_source(9, 30))
    undisturbed.imported()
    world = World(source=rich_source(9, 30), imports=Mortal(death))
    world.add()
    chance = random.Random(death)

    for retry in range(9):
        # Another slice ends elsewhere, so that its pages hold other contacts under the same numbers.
        world.source.before = {chance.randrange(1, 9): [lambda: world.clock.later(SLICE)]}
        try:
            if isinstance(world.turn(0, retry), Done):
                break
        except Killed:
            continue
    world.finish()

    assert world.contacts() == undisturbed.contacts()
    assert sorted(world.ledger()) == sorted(undisturbed.ledger())
    counted, expected = world.imp().progress, undisturbed.imp().progress
    assert replace(counted, pages=0, group_pages=0) == replace(expected, pages=0, group_pages=0)


def test_a_write_that_took_effect_and_still_failed_counts_once() -> None:
    world = world_of(2, 2)

    class Unsure(MemoryImports):
        def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
            super().commit(lease, before, commit)
            if lease.turn % 100 == 0:
                raise StorageUnavailable("InternalServerError")

    world.imports = Unsure()
    world.add()

    with pytest.raises(StorageUnavailable):
        world.turn(0)
    assert world.turn(0, retry=1) == Done()

    world.finish()
    assert ids(world) == all_ids(4)


def test_a_second_call_of_the_same_turn_waits_and_does_nothing() -> None:
    world = world_of(2)
    assert world.turn(0) == Done()

    assert world.turn(0) == Wait(5)

    assert world.source.cursors == [None]


def test_an_earlier_turn_cannot_take_the_import_back() -> None:
    world = world_of(2)
    world.turn(3)

    assert world.turn(2, retry=9) == Wait(5)
    assert world.turn(0, run=2) == Done()


def test_a_worker_that_was_overtaken_cannot_store_anything_any_more() -> None:
    world = world_of(2, 2)
    decisions: list[object] = []
    world.source.before[1] = [lambda: decisions.append(world.turn(0, retry=1))]

    decisions.append(world.turn(0))

    assert decisions == [Done(), Wait(5)]
    assert world.imp().progress.contacts == 4
    world.finish()
    assert ids(world) == all_ids(4)


# --- What is gone ---


def test_a_run_that_another_has_followed_ends_its_loop() -> None:
    world = world_of(2)
    assert world.imports.restart(ImportId(1126), 2, NOW + timedelta(hours=1), NOW + timedelta(hours=2))

    assert world.turn(5, run=1) == Done()
    assert world.imp().progress.contacts == 0


def test_an_import_that_is_gone_closed_expired_or_deleted_ends_the_loop() -> None:
    world = world_of(2)
    assert world.poll(Turn(ImportId(7), 1, 0, 0), SLICE, LONGEST) == Done()

    world.finish(SignInRefused)
    assert world.turn(0) == Done()

    deleted = world_of(2)
    deleted.delete(TENANT, ImportId(1126))
    assert deleted.turn(0) == Done()

    expired = world_of(2)
    expired.clock.moment = expired.imp().expires_at
    assert expired.turn(0) == Done()
    assert not any(it.source.cursors for it in (world, deleted, expired))


def test_an_import_deleted_during_its_slice_stores_nothing_that_can_be_read() -> None:
    world = world_of(2, 2)
    world.source.before[1] = [lambda: world.delete(TENANT, ImportId(1126))]

    assert world.turn(0) == Wait(5)
    assert world.turn(1) == Done()

    assert world.imp().state is State.PURGED
    world.clock.later(600)
    world.sweep()
    assert world.imports.rows[ImportId(1126)] == Row(world.imp())
    assert not world.imports.stored


def failure_of(world: World) -> type[ImportFailure]:
    decision = world.turn(0)
    assert isinstance(decision, Failed)
    return type(decision.error)


def test_a_credential_that_is_missing_or_another_imports_fails_the_import() -> None:
    missing = World()
    missing.imports.add(Row(any_import()), None, NOW)
    assert failure_of(missing) is CredentialLost

    foreign = World()
    sealed = foreign.vault.seal(any_import(id=ImportId(7)), CREDENTIAL.pack())
    foreign.imports.add(Row(any_import(), credential=sealed), None, NOW)
    assert failure_of(foreign) is CredentialLost


def test_a_source_that_this_version_does_not_know_fails_the_import() -> None:
    world = World()
    world.add(any_import(source="gopher"))

    assert failure_of(world) is WorkerFailed


@pytest.mark.parametrize("field", ["cursor", "data_key"])
def test_a_cursor_or_key_that_was_altered_fails_the_import(field: str) -> None:
    world = world_of(2, 2, before={1: [ProviderThrottled(5)]})
    world.turn(0)
    row = world.imports.rows[ImportId(1126)]
    world.imports.rows[ImportId(1126)] = replace(row, **{field: b"tampered"})  # type: ignore[arg-type]

    decision = world.turn(1)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, PageUnreadable)


# --- Around it ---


def test_an_import_is_due_for_the_sweeper_only_after_its_next_call_should_have_come() -> None:
    world = world_of(2, before={0: [ProviderThrottled(600)]})

    world.turn(0)

    world.clock.later(600 + 119)
    assert world.imports.due(world.clock.now(), 9) == []
    world.clock.later(1)
    assert world.imports.due(world.clock.now(), 9) == [1126]


def test_a_slice_is_reported_in_numbers_and_known_words() -> None:
    world = world_of(2, 2)

    world.turn(0)

    assert world.telemetry.events == [
        (
            "slice",
            {
                "import_id": 1126,
                "source": "carddav",
                "contacts": 4,
                "pages": 1,
                "decision": "Done",
                "milliseconds": 0,
            },
        )
    ]


def test_the_source_is_closed_when_the_slice_ends() -> None:
    closed: list[bool] = []

    class Watched(ScriptedSource):
        def read(self, credential: Any, cursor: Any, stopped: Any) -> Any:
            try:
                yield from super().read(credential, cursor, stopped)
            finally:
                closed.append(True)

    world = world_of(1)
    world.source = Watched(batches(people(1, 1), people(2, 2)))
    world.source.before[0] = [lambda: world.clock.later(SLICE)]

    assert world.turn(0) == Continue()

    assert closed == [True]


def test_groups_without_contacts_are_stored_too() -> None:
    groups = [Group("g1", "Friends", ("uid-1",))]
    world = World(source=ScriptedSource([Batch([], [], {"at": 1}, 1, groups), *batches([], people(1, 2))[1:]]))
    world.source.before[1] = [ProviderUnavailable(3)]
    world.add()

    assert world.turn(0) == Wait(3)
    assert (world.imp().progress.pages, world.imp().progress.group_pages) == (0, 1)
    assert world.turn(1) == Done()

    world.finish()
    assert [contact.groups for contact in world.contacts()] == [("Friends",), ()]


def test_a_writer_with_nothing_taken_stores_nothing() -> None:
    world = world_of()
    lease = Lease(ImportId(1126), 1, 1, NOW, NOW)
    writer = PageWriter(world.imports, world.keys, world.imports.take(lease), lease)

    writer.flush()

    assert world.imports.stored == {}
    assert writer.cursor() is None


def test_the_store_itself_refuses_an_overtaken_writer() -> None:
    world = world_of()
    first, second = (Lease(ImportId(1126), 1, turn, NOW, NOW) for turn in (1, 2))
    writer = PageWriter(world.imports, world.keys, world.imports.take(first), first)
    world.imports.take(second)
    writer.add(Batch(people(1, 2), [], {"at": 1}))

    with pytest.raises(LeaseTaken):
        writer.flush()

    assert list(world.imports.pages(ImportId(1126), PageKind.LEDGER, 1, 1)) == []


def test_an_announcement_is_kept_when_a_later_batch_makes_none() -> None:
    made = [Batch(people(1, 1), [], {"at": 1}, 2), Batch(people(2, 2), [], {"at": 2})]
    world = World(source=ScriptedSource(made))
    world.add()

    world.turn(0)

    assert world.imp().progress.announced == 2
