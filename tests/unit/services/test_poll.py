"""One slice after the other: what is stored, and what comes next."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.contacts import Group
from rubrica.domain.imports import Continue, Done, Failed, Progress, State, Wait
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AnswerTruncated,
    DeadlineExceeded,
    ProviderThrottled,
    ProviderUnavailable,
    SignInRefused,
)
from rubrica.ports import Batch
from tests.fakes import CREDENTIAL, NOW, ScriptedSource, any_contact, batches, people
from tests.unit.services.slices import all_ids, ids, world_of
from tests.unit.services.worlds import SLICE, World

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
