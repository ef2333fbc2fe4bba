"""Reading an import: pages of any size give everything once, and nothing to strangers or too early."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.contacts import Contact, Group
from rubrica.domain.imports import ImportId, State
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.pages import weight
from rubrica.domain.views import LedgerQuery
from rubrica.errors import (
    CursorInvalid,
    ImportNotComplete,
    ImportNotFinished,
    ImportNotFound,
    PageUnreadable,
    ProviderThrottled,
    SignInRefused,
)
from rubrica.ports import PageKind
from rubrica.services.read import LARGEST_ANSWER, MOST_GROUPS
from tests.fakes import (
    NOW,
    OTHER_TENANT,
    TENANT,
    ScriptedSource,
    any_contact,
    any_import,
    batches,
    people,
)
from tests.unit.services.worlds import SLICE, World

ID = ImportId(1126)


def paged_world(*sizes: int, entries: dict[int, list[Entry]] | None = None) -> World:
    """A complete import whose pages hold so many people each, and these lines of the ledger."""
    world, first, made = World(), 1, []
    for number, size in enumerate(sizes, 1):
        batch = replace(batches(people(first, first + size - 1))[0], cursor={"at": number})
        made.append(replace(batch, entries=(entries or {}).get(number, [])))
        first += size
    world.source = ScriptedSource(made)
    # A slice for each batch makes a page for each batch.
    world.source.before = {index: [lambda: world.clock.later(SLICE)] for index in range(len(sizes))}
    world.add(any_import(deadline=NOW + timedelta(days=9), expires_at=NOW + timedelta(days=10)))
    for polls in range(len(sizes) + 1):
        world.turn(polls)
    world.finish()
    assert world.imp().state is State.COMPLETE
    assert world.imp().progress.pages == len(sizes)
    return world


# --- Contacts ---


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 12))
def test_every_contact_comes_once_and_in_order_for_any_limit(sizes: list[int], limit: int) -> None:
    world = paged_world(*sizes)

    found = world.contacts(limit)

    assert found == people(1, sum(sizes))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 12), st.integers(0, 40))
def test_pages_may_differ_in_size_from_one_call_to_the_next(sizes: list[int], first: int, second: int) -> None:
    world = paged_world(*sizes)

    page = world.read.contacts(TENANT, ID, "", first)
    rest = world.read.contacts(TENANT, ID, page.next, second + 1) if page.next else page

    found = [*page.contacts, *(rest.contacts if page.next else [])]
    assert found == people(1, min(first + (second + 1 if page.next else 0), sum(sizes)))
    assert page.total == sum(sizes)


def test_the_last_page_has_no_cursor_also_when_it_is_full() -> None:
    world = paged_world(2, 2)

    assert world.read.contacts(TENANT, ID, "", 4).next == ""
    assert world.read.contacts(TENANT, ID, "", 3).next != ""


def test_an_answer_bears_only_so_many_heavy_contacts_but_always_one() -> None:
    text = "x" * (LARGEST_ANSWER // 3)
    made = [any_contact(number, urls=(text,)) for number in range(1, 8)]
    huge = any_contact(8, urls=(text, text, text, text))
    world = World(source=ScriptedSource(batches(*[[contact] for contact in [*made, huge]])))
    world.imported()

    page = world.read.contacts(TENANT, ID, "", 500)

    assert sum(map(weight, page.contacts)) <= LARGEST_ANSWER
    assert page.next
    assert world.contacts() == [*made, huge]


def test_groups_are_joined_by_uid_each_name_once() -> None:
    contacts = [any_contact(1, groups=("Friends",)), any_contact(2), any_contact(3, uid="")]
    groups = [
        Group("g1", "Friends", ("uid-1", "uid-2", "uid-unknown")),
        Group("g2", "Choir", ("uid-2",)),
        Group("g3", "Choir", ("uid-2",)),
    ]
    world = World(source=ScriptedSource(batches(contacts, groups=groups)))
    world.imported()

    assert [contact.groups for contact in world.contacts()] == [("Friends",), ("Friends", "Choir"), ()]
    assert [contact.groups for contact in world.contacts(1)] == [("Friends",), ("Friends", "Choir"), ()]


def test_a_contact_in_very_many_groups_keeps_the_first_of_them() -> None:
    groups = [Group(f"g{number}", f"Group {number}", ("uid-1",)) for number in range(MOST_GROUPS + 50)]
    world = World(source=ScriptedSource(batches([any_contact(1)], groups=groups)))
    world.imported()

    assert len(world.contacts()[0].groups) == MOST_GROUPS


def test_a_missing_page_of_groups_is_never_passed_over() -> None:
    world = World(source=ScriptedSource(batches([any_contact(1)], groups=[Group("g1", "Friends", ("uid-1",))])))
    world.imported()
    del world.imports.stored[ID][PageKind.GROUPS, 1]

    with pytest.raises(PageUnreadable):
        world.contacts()


def test_ledger_lines_with_long_places_come_in_answers_of_bounded_size() -> None:
    entries = [Entry(f"/book/{number}" + "x" * 2_000, Fate.REJECTED, (Reason.CARD_EMPTY,)) for number in range(2_000)]
    world = World(source=ScriptedSource(batches([], entries=entries)))
    world.imported()

    page = world.read.ledger(TENANT, ID, LedgerQuery(frozenset(), "", 1_000))

    assert sum(len(entry.place) for entry in page.entries) < LARGEST_ANSWER
    assert page.next
    assert len(world.ledger(1_000)) == 2_000


def test_an_empty_import_has_no_contacts_and_no_cursor() -> None:
    world = World()
    world.imported()

    page = world.read.contacts(TENANT, ID, "", 500)

    assert (list(page.contacts), page.total, page.next) == ([], 0, "")
    assert world.ledger() == []


# --- Cursors ---


@pytest.mark.parametrize(
    "cursor",
    [
        "0",
        "x",
        "1-2",
        "1-2-3-4",
        "-1-0-0",
        "0-0-0",
        "3-0-0",
        "999999-0-0",
        "1234567-0-0",
        "1-0-0\n",
        "１-0-0",
        "1-0-x",
        " 1-0-0",
        "9" * 5000,
    ],
)
def test_a_cursor_that_was_not_handed_out_is_refused(cursor: str) -> None:
    world = paged_world(2, 2)

    with pytest.raises(CursorInvalid):
        world.read.contacts(TENANT, ID, cursor, 10)
    with pytest.raises(CursorInvalid):
        world.read.ledger(TENANT, ID, LedgerQuery(frozenset(), cursor, 10))


@given(st.text(min_size=1, max_size=20))
def test_any_text_as_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        _SMALL.read.contacts(TENANT, ID, text, 3)


@given(st.integers(1, 2), st.integers(0, 999_999), st.integers(0, 5), st.integers(1, 9))
def test_a_made_up_cursor_gives_only_contacts_of_the_import_and_comes_to_an_end(
    page: int, index: int, before: int, limit: int
) -> None:
    cursor, calls = f"{page}-{index}-{before}", 0
    with suppress(CursorInvalid):
        while cursor:
            answer = _SMALL.read.contacts(TENANT, ID, cursor, limit)
            assert set(answer.contacts) <= set(people(1, 4))
            cursor, calls = answer.next, calls + 1
            assert calls < 10

    cursor, calls = f"{page}-{index}-{before}", 0
    with suppress(CursorInvalid):
        while cursor:
            lines = _SMALL.read.ledger(TENANT, ID, LedgerQuery(frozenset(), cursor, limit))
            cursor, calls = lines.next, calls + 1
            assert calls < 10


@pytest.mark.parametrize("cursor", ["1-0-5", "1-0-999999999"])
def test_a_cursor_past_more_records_than_there_are_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        _SMALL.read.contacts(TENANT, ID, cursor, 3)


_SMALL = paged_world(2, 2)


# --- Who may read what, and when ---


def test_a_foreign_import_an_unknown_one_and_an_expired_one_are_all_just_not_found() -> None:
    world = paged_world(2)
    query = LedgerQuery(frozenset(), "", 10)
    expired = paged_world(2)
    expired.clock.moment = expired.imp().expires_at

    for reader, tenant, import_id in (
        (world.read, OTHER_TENANT, ID),
        (world.read, TENANT, ImportId(7)),
        (expired.read, TENANT, ID),
    ):
        with pytest.raises(ImportNotFound):
            reader.status(tenant, import_id)
        with pytest.raises(ImportNotFound):
            reader.contacts(tenant, import_id, "", 10)
        with pytest.raises(ImportNotFound):
            reader.ledger(tenant, import_id, query)


def test_an_import_that_runs_shows_its_status_and_nothing_else() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4)), {1: [ProviderThrottled(9)]}))
    world.add()
    world.turn(0)

    assert world.read.status(TENANT, ID).progress.contacts == 2
    with pytest.raises(ImportNotFinished):
        world.read.contacts(TENANT, ID, "", 10)
    with pytest.raises(ImportNotFinished):
        world.read.ledger(TENANT, ID, LedgerQuery(frozenset(), "", 10))


def test_contacts_of_a_failed_import_are_not_shown_though_pages_are_stored() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4)), {1: [ProviderThrottled(9)]}))
    world.add()
    world.turn(0)
    world.finish(SignInRefused)

    with pytest.raises(ImportNotComplete) as caught:
        world.read.contacts(TENANT, ID, "", 10)

    assert caught.value.failure == "sign_in_refused"
    assert len(world.ledger()) == 2


def test_a_page_that_is_missing_is_not_passed_over() -> None:
    for lost in (1, 2, 3):
        world = paged_world(2, 2, 2)
        del world.imports.stored[ID][PageKind.CONTACTS, lost]
        with pytest.raises(PageUnreadable):
            world.contacts()
        with pytest.raises(PageUnreadable):
            world.ledger()


def test_a_page_moved_to_another_place_or_import_does_not_open() -> None:
    world = paged_world(2, 2)
    pages = world.imports.stored[ID]
    turn, second = pages[PageKind.CONTACTS, 2]
    pages[PageKind.CONTACTS, 1] = turn, replace(second, number=1)

    with pytest.raises(PageUnreadable):
        world.contacts()


# --- The ledger ---


def line(number: int, *reasons: Reason) -> Entry:
    contact = any_contact(number)
    return Entry(contact.place, Fate.ACCEPTED, reasons, contact.id)


def rejected(name: str) -> Entry:
    return Entry(f"/book/{name}.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,))


ENTRIES = {
    1: [rejected("bad-1"), line(2, Reason.TEXT_CUT)],
    2: [Entry("/book/copy.vcf", Fate.MERGED, (Reason.SAME_RECORD,), any_contact(4).id)],
    3: [rejected("bad-2")],
}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 500])
def test_the_ledger_tells_of_every_record_once(limit: int) -> None:
    world = paged_world(3, 2, 1, entries=ENTRIES)

    lines = world.ledger(limit)

    assert lines == [
        *ENTRIES[1],
        line(1),
        line(3),
        *ENTRIES[2],
        line(4),
        line(5),
        *ENTRIES[3],
        line(6),
    ]


@pytest.mark.parametrize("limit", [1, 2, 500])
@pytest.mark.parametrize("fates", [{Fate.REJECTED}, {Fate.MERGED}, {Fate.ACCEPTED}, {Fate.MERGED, Fate.REJECTED}])
def test_the_ledger_can_be_asked_for_some_outcomes_only(limit: int, fates: set[Fate]) -> None:
    world = paged_world(3, 2, 1, entries=ENTRIES)

    lines = world.ledger(query=LedgerQuery(frozenset(fates), "", limit))

    assert lines == [entry for entry in world.ledger() if entry.fate in fates]


def test_lines_of_the_outcome_asked_for_fill_a_page_wherever_they_stand() -> None:
    world = paged_world(3, 2, 1, entries=ENTRIES)
    query = LedgerQuery(frozenset({Fate.REJECTED}), "", 500)

    page = world.read.ledger(TENANT, ID, query)

    assert [entry.fate for entry in page.entries] == [Fate.REJECTED] * len(page.entries)
    assert len(page.entries) == sum(entry.fate is Fate.REJECTED for entry in world.ledger())
    assert page.next == ""


def test_two_contacts_of_one_place_are_both_in_the_ledger() -> None:
    contacts = [any_contact(1, place="/book/both.vcf"), any_contact(2, place="/book/both.vcf")]
    entries = [Entry("/book/both.vcf", Fate.ACCEPTED, (Reason.TEXT_CUT,), contacts[0].id)]
    world = World(source=ScriptedSource(batches(contacts, entries=entries)))
    world.imported()

    assert world.ledger() == [*entries, Entry("/book/both.vcf", Fate.ACCEPTED, (), contacts[1].id)]


def test_a_ledger_without_contacts_is_read_as_well() -> None:
    entries = [rejected("bad-1"), rejected("bad-2")]
    world = World(source=ScriptedSource(batches([], entries=entries)))
    world.imported()

    assert world.ledger(1) == entries
    assert world.contacts() == []


def test_lines_left_behind_by_a_dead_call_are_not_read() -> None:
    world = paged_world(2, 2, entries={1: [rejected("bad-1")]})
    pages = world.imports.stored[ID]
    _, page = pages[PageKind.LEDGER, 1]
    pages[PageKind.LEDGER, 2] = 1, replace(page, number=2, body=b"sealed with a key that is gone")

    assert world.ledger() == [rejected("bad-1"), line(1), line(2), line(3), line(4)]


def test_a_large_import_whose_pages_had_to_be_split_keeps_its_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    contacts: list[Contact] = people(1, 60)
    entries = [line(number, Reason.DATE_UNREADABLE) for number in range(1, 61, 3)] + [rejected("a"), rejected("b")]
    # Smaller pages than DynamoDB's make the same splits from a smaller book.
    monkeypatch.setattr("rubrica.domain.pages.LARGEST_PAGE", 400)
    monkeypatch.setattr("rubrica.domain.pages.split.__defaults__", (400,))
    world = World(source=ScriptedSource(batches(contacts, entries=entries)))
    world.imported()

    assert world.imp().progress.pages > 3
    assert world.contacts() == contacts
    told = [entry for entry in world.ledger(7) if entry.reasons]
    assert sorted(told) == sorted(entries)
    assert len(world.ledger(7)) == 62
