"""Large address books through one call of the CloudSponge dialect, and in parts."""

from collections.abc import Iterator
from typing import Any

import pytest
from cloudsponge_wire import ALICE, BASIC, Wire

from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.consent.person import Person
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.providers import Books

MANY = 45_000
SOME = 2_340
GZIP = {**BASIC, "Accept-Encoding": "gzip, deflate"}


@pytest.fixture(scope="module")
def books() -> Books:
    return Books(sample_book(SOME), google_book(MANY, 0), microsoft_book(1))


@pytest.fixture(scope="module")
def wire(books: Books) -> Iterator[Wire]:
    with running_machine(None, books, wait_scale=0.2) as (stack, _):
        yield Wire(stack.base_url)


@pytest.fixture(scope="module")
def many(wire: Wire) -> int:
    """A complete import of 45,000 contacts, but for the empty ones among them."""
    begun = wire.post("/begin_import/user_consent", {"service": "gmail"})
    Person().consent(begun.json["url"])
    assert wire.over(begun.import_id, 240)["status"] == "COMPLETED"
    return begun.import_id


def names(contacts: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(it["first_name"], it["last_name"], str(it["email"])) for it in contacts]


def test_2340_contacts_come_in_one_answer_and_the_same_in_parts(wire: Wire, books: Books) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id
    wire.over(import_id)

    whole = wire.get(f"/contacts/{import_id}", GZIP)
    parts = [wire.get(f"/contacts/{import_id}?start={start}&count=500", GZIP).json for start in range(0, SOME, 500)]

    assert whole.headers["content-encoding"] == "gzip"
    assert whole.json["count"] == whole.json["total"] == len(books.carddav.people) == SOME
    assert [it for part in parts for it in part["contacts"]] == whole.json["contacts"]


def test_45000_contacts_come_in_one_answer(wire: Wire, books: Books, many: int) -> None:
    whole = wire.get(f"/contacts/{many}", GZIP).json

    assert whole["count"] == whole["total"] == len(whole["contacts"]) == len(books.google.truths)
    assert whole["total"] == wire.events(many)[1]["value"]
    assert whole["total"] > 0.99 * MANY


def test_45000_contacts_come_in_one_answer_of_xml(wire: Wire, books: Books, many: int) -> None:
    whole = wire.get(f"/contacts/{many}.xml", GZIP).xml

    assert len(whole.findall("contacts/contact")) == len(books.google.truths)
    assert whole.findtext("total") == str(len(books.google.truths))


def test_45000_contacts_come_in_parts_without_compression(wire: Wire, many: int) -> None:
    whole = wire.get(f"/contacts/{many}", GZIP).json["contacts"]

    parts = [wire.get(f"/contacts/{many}?start={start}&count=9000").json for start in range(0, len(whole), 9_000)]

    assert names([it for part in parts for it in part["contacts"]]) == names(whole)


def test_what_is_more_than_an_answer_can_hold_is_refused_with_the_way_out(wire: Wire, many: int) -> None:
    refused = wire.get(f"/contacts/{many}")

    assert refused.status == 400
    assert "start" in refused.json["error"]["message"]
    assert "count" in refused.json["error"]["message"]
