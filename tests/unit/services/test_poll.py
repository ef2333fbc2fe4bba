"""One slice after the other: what is stored, what comes next, and what a death in between costs."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.contacts import Group
from rubrica.domain.imports import Continue, Done, Failed, ImportId, Progress, State, Wait
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.turns import Turn
from rubrica.errors import (
    AnswerTruncated,
    CredentialLost,
    DeadlineExceeded,
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
from tests.fakes import CREDENTIAL, NOW, TENANT, ScriptedSource, any_contact, any_import, batches, people
from tests.unit.services.worlds import LONGEST, SLICE, World


def world_of(*parts: int, before: dict[int, list[Any]] | None = None) -> World:
    """A source with batches of so many people, and an import of it."""
    made, first = [], 1
    for part in parts:
        made.append(people(first, first + part - 1))
        first += part
    world = World(source=ScriptedSource(batches(*made) if made else [], before or {}))
    world.add()
    return world


def ids(world: World) -> list[str]:
    return [contact.id for contact in world.contacts()]


def all_ids(count: int) -> list[str]:
    return [contact.id for contact in people(1, count)]


# --- The plain way ---


def test_a_small_book_is_read_in_one_slice() -> None:
    world = world_of(3, 4)

    assert world.turn(0) == Done()

    imp = world.imp()
    assert (imp.state, imp.exhausted, imp.progress.contacts, imp.progress.pages) == (State.IMPORTING, True, 7, 1)
    assert world.source.opened_with == [CREDENTIAL]
    world.finish()
    assert ids(world) == all_ids(7)


def test_an_empty_source_is_done_without_a_page() -> None:
    world = world_of()

    assert world.turn(0) == Done()

    assert world.imp().progress == Progress()
    assert world.finish().state is State.COMPLETE
    assert world.contacts() == []


def test_a_book_of_no_contacts_says_how_many_there_are() -> None:
    world = World(source=ScriptedSource([Batch([], [], {"at": 1}, 0)]))
    world.add()

    assert world.turn(0) == Done()

    assert world.imp().progress == Progress(announced=0)


def test_a_slice_stops_at_its_time_and_the_next_goes_on_where_it_stopped() -> None:
    world = world_of(2, 2, 2, 2)
    world.source.before[2] = [lambda: world.clock.later(SLICE)]

    assert world.turn(0) == Continue()
    assert world.imp().progress.contacts == 6
    assert world.turn(1) == Done()

    assert world.source.cursors == [None, {"at": 3}]
    world.finish()
    assert ids(world) == all_ids(8)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.sets(st.integers(0, 11)))
def test_wherever_slices_end_every_contact_arrives_once(parts: list[int], ends: set[int]) -> None:
    world = world_of(*parts)
    world.source.before = {index: [lambda: world.clock.later(SLICE)] for index in ends}

    polls = 0
    while isinstance(world.turn(polls), Continue):
        polls += 1
        assert polls <= len(parts)

    world.finish()
    assert ids(world) == all_ids(sum(parts))


def test_large_books_come_in_pages_of_a_thousand() -> None:
    world = world_of(*[500] * 5)

    assert world.turn(0) == Done()

    assert world.imp().progress.pages == 3
    world.finish()
    assert ids(world) == all_ids(2_500)


def test_heavy_contacts_come_in_more_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    # A lighter limit is reached by a lighter book.
    monkeypatch.setattr("rubrica.services.page_writer.HEAVIEST_WAIT", 30_000)
    heavy = [any_contact(number, note="x" * 10_000) for number in range(1, 9)]
    world = World(source=ScriptedSource(batches(*[[contact] for contact in heavy])))
    world.add()

    world.turn(0)

    assert world.imp().progress.pages == 3
    world.finish()
    assert ids(world) == all_ids(8)


def test_what_a_source_announces_is_shown_before_the_first_contact_arrives() -> None:
    first = Batch([], [], {"at": 1}, 4)
    world = World(source=ScriptedSource([first, *batches([], people(1, 4))[1:]]))
    world.source.before[1] = [ProviderUnavailable()]
    world.add()

    world.turn(0)

    assert (world.imp().progress.announced, world.imp().progress.pages) == (4, 0)
    world.turn(1)
    assert (world.imp().progress.announced, world.imp().progress.contacts) == (4, 4)


# --- The ledger's counters ---


def test_counters_are_derived_from_what_was_written() -> None:
    entries = [
        Entry("/book/bad.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,)),
        Entry("/book/copy.vcf", Fate.MERGED, (Reason.SAME_RECORD,), any_contact(1).id),
        Entry("/book/1.vcf", Fate.ACCEPTED, (Reason.TEXT_CUT, Reason.DATE_UNREADABLE), any_contact(1).id),
        Entry("/book/group.vcf", Fate.ACCEPTED, (Reason.GROUP,)),
        Entry("/book/bad-2.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,)),
    ]
    groups = [Group("g1", "Friends", ("uid-1",))]
    world = World(source=ScriptedSource(batches(people(1, 2), entries=entries, groups=groups, announced=6)))
    world.add()

    world.turn(0)

    assert world.imp().progress == Progress(
        pages=1,
        contacts=2,
        rejected=2,
        merged=1,
        groups=1,
        announced=6,
        reasons={
            Reason.CARD_MALFORMED: 2,
            Reason.SAME_RECORD: 1,
            Reason.TEXT_CUT: 1,
            Reason.DATE_UNREADABLE: 1,
            Reason.GROUP: 1,
        },
        group_pages=1,
    )


# --- The provider's trouble ---


def test_a_throttled_slice_keeps_what_it_read_and_waits_as_long_as_asked() -> None:
    world = world_of(2, 2, before={1: [ProviderThrottled(120)]})

    assert world.turn(0) == Wait(120)

    imp = world.imp()
    assert (imp.progress.contacts, imp.trouble, imp.troubles) == (2, "provider_throttled", 1)
    assert imp.resume_at == NOW + timedelta(seconds=120)
    world.clock.later(120)
    assert world.turn(1) == Done()
    assert (world.imp().trouble, world.imp().resume_at, world.imp().troubles) == ("", None, 0)
    world.finish()
    assert ids(world) == all_ids(4)


def test_six_hours_of_retry_after_become_a_quarter_of_an_hour() -> None:
    assert world_of(1, before={0: [ProviderThrottled(6 * 3600)]}).turn(0) == Wait(900)


def test_trouble_that_does_not_pass_fails_the_import_with_its_own_name() -> None:
    world = world_of(2, before={0: [AnswerTruncated() for _ in range(9)]})

    first, second = world.turn(0), world.turn(1)

    assert isinstance(first, Wait)
    assert isinstance(second, Failed)
    assert isinstance(second.error, AnswerTruncated)


def test_progress_gives_the_provider_its_attempts_anew() -> None:
    world = world_of(*[1] * 8, before={index: [AnswerTruncated()] for index in range(1, 8)})

    for polls in range(7):
        assert isinstance(world.turn(polls), Wait)
        assert world.imp().troubles == 1
    assert world.turn(7) == Done()


def test_a_wait_that_would_outlast_the_deadline_is_not_waited() -> None:
    world = world_of(1, before={0: [ProviderThrottled(600)]})
    world.clock.later(3_300)

    decision = world.turn(0)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, ProviderThrottled)


def test_a_failure_of_the_source_ends_the_import() -> None:
    decision = world_of(2, 2, before={1: [SignInRefused()]}).turn(0)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, SignInRefused)


# --- The deadline ---


def test_a_slice_that_begins_at_the_deadline_reads_nothing() -> None:
    world = world_of(2)
    world.clock.moment = world.imp().deadline

    decision = world.turn(0)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, DeadlineExceeded)
    assert world.source.cursors == []


def test_a_slice_that_ends_past_the_deadline_fails() -> None:
    world = world_of(2, 2)
    world.source.before[1] = [lambda: world.clock.later(3_600)]

    decision = world.turn(0)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, DeadlineExceeded)


def test_a_source_read_to_its_end_is_done_however_late_the_next_call_comes() -> None:
    world = world_of(2)
    assert world.turn(0) == Done()
    world.clock.later(4_000)

    assert world.turn(0, retry=1) == Done()

    assert world.source.cursors == [None]


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
    assert not world.imports.rows
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
