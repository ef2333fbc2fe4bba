"""Contacts of a source that gives them no names: none is lost, and each has an id that it keeps."""

from dataclasses import replace

import pytest

from rubrica.domain.contacts import Contact
from rubrica.domain.imports import Done, State
from rubrica.domain.ledger import Entry, Fate, Reason
from tests.fakes import ScriptedSource, any_contact, batches
from tests.unit.services.worlds import SLICE, World

SAID = ["a", "b", "a", "a", "c", "b", "a"]


def alike(number: int, word: str) -> Contact:
    return any_contact(number)._replace(id=word * 24, uid="", place=f"contact {number}", full_name=word)


BOOK = [alike(number, word) for number, word in enumerate(SAID, 1)]


def imported(size: int, ends: set[int], entries: list[Entry] | None = None) -> World:
    """A whole import of the book in pages of a size, whose slices end before these pages."""
    pages = [BOOK[start : start + size] for start in range(0, len(BOOK), size)]
    made = [replace(batch, nameless=True) for batch in batches(*pages, entries=entries or [])]
    source = ScriptedSource(made, {index: [lambda: world.clock.later(SLICE)] for index in ends})
    world = World(source=source)
    world.add()
    for polls in range(20):
        if world.turn(polls) == Done():
            break
    assert world.finish().state is State.COMPLETE
    return world


@pytest.mark.parametrize("ends", [set(), {1}, {1, 2, 3, 4, 5, 6}])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_ids_are_distinct_and_the_same_whatever_the_pages_and_wherever_slices_end(size: int, ends: set[int]) -> None:
    found = imported(size, ends).contacts()

    assert [contact.full_name for contact in found] == SAID
    assert len({contact.id for contact in found}) == len(SAID)
    assert [contact.id for contact in found] == [contact.id for contact in imported(7, set()).contacts()]


def test_lines_of_the_ledger_name_the_ids_that_are_told() -> None:
    told = Entry("contact 3", Fate.ACCEPTED, (Reason.TEXT_CUT,), "a" * 24)
    world = imported(7, set(), [told])

    (line,) = [entry for entry in world.ledger() if entry.reasons]
    assert line.contact_id == world.contacts()[2].id
    assert line.contact_id != told.contact_id
