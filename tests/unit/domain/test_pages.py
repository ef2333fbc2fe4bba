"""How records are packed for the store, and that nothing but what was packed comes out."""

import json
import random
import tracemalloc
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.contacts import Contact, Group
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.pages import (
    LARGEST_PAGE,
    pack,
    split,
    split_groups,
    told,
    unpack_contacts,
    unpack_entries,
    unpack_groups,
    weight,
)
from rubrica.errors import PageUnreadable
from tests.fakes import any_contact, people
from tests.unit.contact_strategies import ENTRIES, TEXT, contacts

GROUPS = st.builds(Group, TEXT, TEXT, st.lists(TEXT, max_size=4).map(tuple))


def written(value: Any) -> Any:
    """The value as it can be written at all: half a surrogate pair becomes a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, tuple):
        made = [written(part) for part in value]
        return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
    return value


def noise(length: int, seed: int = 7) -> str:
    """Text that hardly compresses."""
    chance = random.Random(seed)
    return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(length))


@given(st.lists(contacts(), max_size=4))
def test_contacts_come_out_as_they_went_in(records: list[Contact]) -> None:
    assert unpack_contacts(pack(records)) == [written(record) for record in records]


@given(st.lists(ENTRIES, max_size=6))
def test_ledger_lines_come_out_as_they_went_in(records: list[Entry]) -> None:
    assert unpack_entries(pack(records)) == [written(record) for record in records]


@given(st.lists(GROUPS, max_size=4))
def test_groups_come_out_as_they_went_in(records: list[Group]) -> None:
    assert unpack_groups(pack(records)) == [written(record) for record in records]


def test_text_beyond_the_basic_plane_survives() -> None:
    contact = any_contact(full_name="𝒵ℴé 👩‍👩‍👧 \U0010ffff", note="\u0000\u2028")

    assert unpack_contacts(pack([contact])) == [contact]


HOSTILE = [
    b"",
    b"not zlib at all",
    zlib.compress(b"[]")[:-3],
    zlib.compress(b""),
    zlib.compress(b"[] []"),
    zlib.compress(b"\xff\xfe"),
    zlib.compress(b"{"),
    zlib.compress(b"7"),
    zlib.compress(b"[7]"),
    zlib.compress(b"[null]"),
    zlib.compress(b"[[1,2,3,4,5,6,7,8,9,10,11]]"),
    zlib.compress(json.dumps([["x"] * 40]).encode()),
    zlib.compress(b"[" * 200_000),
]


@pytest.mark.parametrize("packed", HOSTILE)
@pytest.mark.parametrize("unpack", [unpack_contacts, unpack_entries, unpack_groups])
def test_what_was_not_packed_here_is_unreadable(unpack: Any, packed: bytes) -> None:
    with pytest.raises(PageUnreadable):
        unpack(packed)


@given(st.binary(max_size=60))
def test_random_bytes_are_unreadable(packed: bytes) -> None:
    with pytest.raises(PageUnreadable):
        unpack_contacts(packed)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=8))
def test_any_other_json_is_unreadable_or_made_of_the_right_type(value: Any) -> None:
    packed = zlib.compress(json.dumps(value).encode())

    try:
        records = unpack_entries(packed)
    except PageUnreadable:
        return
    assert all(isinstance(record, Entry) for record in records)


def test_an_unknown_reason_is_unreadable_and_not_shown() -> None:
    packed = zlib.compress(json.dumps([["p", "accepted", ["canary-reason"], ""]]).encode())

    with pytest.raises(PageUnreadable) as caught:
        unpack_entries(packed)

    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_decompression_bomb_is_refused_in_bounded_memory() -> None:
    packer = zlib.compressobj(1)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(100)) + packer.flush()
    assert len(bomb) < 600_000

    tracemalloc.start()
    try:
        with pytest.raises(PageUnreadable):
            unpack_contacts(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 200_000_000


# --- Splitting ---


def line_about(contact: Contact) -> Entry:
    return Entry(contact.place, Fate.ACCEPTED, (Reason.DATE_UNREADABLE,), contact.id)


def rejected(number: int) -> Entry:
    return Entry(f"/book/bad-{number}.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,))


def noisy_people(count: int, length: int = 500) -> list[Contact]:
    return [any_contact(number, note=noise(length, number)) for number in range(count)]


@given(st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers(0, 9), st.integers(1, 3_000))
def test_a_split_keeps_everything_in_order(count: int, about: set[int], bad: int, largest: int) -> None:
    records = noisy_people(count, 40)
    entries = [line_about(it) for number, it in enumerate(records) if number in about]
    entries += [rejected(number) for number in range(bad)]

    sheets = split(records, entries, largest)

    kept = [contact for sheet in sheets for contact in sheet.contacts]
    lines = [entry for sheet in sheets for entry in sheet.entries]
    lost = [contact for contact in records if contact not in kept]
    assert kept == [contact for contact in records if contact not in lost]
    assert [it for it in lines if it in entries and not it.contact_id] == [it for it in entries if not it.contact_id]
    assert {it.contact_id for it in lines if it.contact_id} == {it.id for n, it in enumerate(records) if n in about} - {
        it.id for it in lost
    }
    assert sum(it.reasons == (Reason.CARD_TOO_LARGE,) for it in lines) == len(lost)
    for sheet in sheets:
        assert told(sheet.entries) <= {contact.id for contact in sheet.contacts}
        assert unpack_contacts(sheet.packed_contacts) == list(sheet.contacts)
        if sheet.entries:
            assert unpack_entries(sheet.packed_entries) == list(sheet.entries)


def test_every_part_of_a_split_fits_a_page() -> None:
    records = noisy_people(600, 700)
    entries: Sequence[Entry] = [*map(line_about, records), *map(rejected, range(600))]

    sheets = split(records, entries)

    assert len(sheets) > 2
    assert all(0 < len(sheet.packed_contacts) <= LARGEST_PAGE for sheet in sheets)
    assert all(0 < len(sheet.packed_entries) <= LARGEST_PAGE for sheet in sheets)
    assert sum(len(sheet.entries) for sheet in sheets) == 1_200


def test_ledger_lines_alone_are_split_as_well() -> None:
    text = noise(400_000)
    places = [f"/book/{text[start : start + 40]}.vcf" for start in range(0, len(text), 40)]
    entries = [Entry(place, Fate.REJECTED, (Reason.CARD_EMPTY,)) for place in places]

    sheets = split([], entries)

    assert len(sheets) > 1
    assert all(len(sheet.packed_entries) <= LARGEST_PAGE for sheet in sheets)
    assert [entry for sheet in sheets for entry in sheet.entries] == entries


def test_nothing_to_split_is_no_page() -> None:
    assert split([], []) == []
    assert split_groups([]) == []


def test_a_contact_larger_than_a_page_becomes_a_line_of_the_ledger_and_the_others_stay() -> None:
    huge = any_contact(2, note=noise(400_000))
    entries = [line_about(huge), rejected(1)]

    sheets = split([any_contact(1), huge, any_contact(3)], entries)

    assert [contact.id for sheet in sheets for contact in sheet.contacts] == [any_contact(1).id, any_contact(3).id]
    lines = [entry for sheet in sheets for entry in sheet.entries]
    assert sorted(lines) == sorted([Entry(huge.place, Fate.REJECTED, (Reason.CARD_TOO_LARGE,)), rejected(1)])


def test_a_group_larger_than_a_page_goes_on_in_the_next() -> None:
    text = noise(400_000)
    members = tuple(text[start : start + 40] for start in range(0, len(text), 40))
    groups = [Group("g1", "Everybody", members), Group("g2", "Few", ("uid-1",))]

    bodies = split_groups(groups)

    assert len(bodies) > 2
    assert all(len(body) <= LARGEST_PAGE for body in bodies)
    found = [group for body in bodies for group in unpack_groups(body)]
    assert tuple(member for group in found if group.uid == "g1" for member in group.members) == members
    assert [group for group in found if group.uid == "g2"] == [groups[1]]
    assert {group.name for group in found} == {"Everybody", "Few"}


def test_only_lines_that_accept_tell_of_a_contact() -> None:
    entries = [
        Entry("a", Fate.ACCEPTED, (Reason.TEXT_CUT,), "id1"),
        Entry("b", Fate.MERGED, (Reason.SAME_RECORD,), "id2"),
        Entry("c", Fate.ACCEPTED, (Reason.GROUP,), ""),
        Entry("d", Fate.REJECTED, (Reason.CARD_EMPTY,), ""),
    ]

    assert told(entries) == {"id1"}


@given(contacts())
def test_the_weight_is_at_least_what_the_contact_takes(contact: Contact) -> None:
    assert weight(contact) >= len(json.dumps(contact, ensure_ascii=False).encode("utf-8", "replace")) / 1.3


def test_every_field_weighs() -> None:
    light = weight(any_contact())

    assert weight(any_contact(note="x" * 9_000)) >= light + 9_000
    assert weight(any_contact(urls=("x" * 9_000,))) >= light + 9_000
    assert weight(any_contact(groups=("王" * 3_000,))) >= light + 9_000
    assert sum(map(weight, people(1, 10))) < 20_000
