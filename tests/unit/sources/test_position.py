"""The cursor of a CardDAV import, and the ids it keeps."""

import json

import pytest

from rubrica.domain.identity import contact_id
from rubrica.errors import WorkerFailed
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.places import given
from rubrica.sources.carddav.position import Position

POSITION = Position(given("dav.example.com"), (Book(given("https://dav.example.com/b/"), "4.0"),), 7, 0, "/b/3.vcf", 99)


def test_a_cursor_survives_json() -> None:
    assert Position.from_cursor(json.loads(json.dumps(POSITION.to_cursor()))) == POSITION


@pytest.mark.parametrize(
    "change", [{"books": None}, {"more": 1}, {"trusted": 3}, {"books": [["x"]]}, {"trusted": "http://x.example"}]
)
def test_a_cursor_of_another_making_is_our_own_fault(change: dict[str, object]) -> None:
    with pytest.raises(WorkerFailed):
        Position.from_cursor({**POSITION.to_cursor(), **change})


def test_the_next_book_begins_at_its_beginning() -> None:
    after = POSITION.next_book()

    assert (after.book, after.after, after.announced) == (1, "", 7)


def test_ids_are_stable_and_tell_parts_apart() -> None:
    assert contact_id("carddav", "/b", "/b/1.vcf") == contact_id("carddav", "/b", "/b/1.vcf")
    assert contact_id("a", "bc") != contact_id("ab", "c")
    assert contact_id("\ud800").isalnum()
    assert len(contact_id("a")) == 24
