"""Contacts in CloudSponge's shape, as JSON."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from lxml import etree

from rubrica.dialects.cloudsponge.answers import contacts
from rubrica.dialects.cloudsponge.records import record
from rubrica.dialects.cloudsponge.requests import Form
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization
from rubrica.domain.imports import Progress, State
from rubrica.domain.views import ContactsSpan
from tests.fakes import any_import, people
from tests.unit.dialects.cloudsponge.spans import ANN, NOBODY, OWNER, WITH_ADDRESS, span, written


def pairs(contact: Contact, **more: Any) -> Any:
    """The record of the one contact, with its keys in their order."""
    body = json.loads(written(Form.JSON, contact, **more), object_pairs_hook=list)
    return body[0][1][0]


# --- The record in JSON -----------------------------------------------------------------------------------------------


def test_a_full_contact_is_key_for_key_as_recorded() -> None:
    assert pairs(ANN, parts=WITH_ADDRESS) == [
        ("first_name", "Ann"),
        ("last_name", "Example"),
        (
            "phone",
            [
                [("number", "555-0100"), ("type", "mobile"), ("primary", True)],
                [("number", "555-0101"), ("type", None)],
            ],
        ),
        (
            "email",
            [
                [("address", "ann@example.com"), ("type", "home"), ("primary", True)],
                [("address", "ann@example.org"), ("type", "work")],
            ],
        ),
        (
            "address",
            [
                [
                    ("type", "home"),
                    ("street", "1 Main St"),
                    ("city", "Town"),
                    ("region", "Region"),
                    ("postal_code", "12345"),
                    ("country", "Country"),
                    ("formatted", "1 Main St\nTown"),
                ]
            ],
        ),
        ("groups", ["friends", "chess"]),
        ("dob", "1980-02-03"),
        ("birthday", "02-03"),
        ("companies", ["Example Ltd"]),
        ("title", "Dr."),
        ("job_title", "Engineer"),
        ("photos", []),
        ("locations", []),
    ]


def test_an_empty_contact_has_every_key_but_those_that_are_left_out() -> None:
    assert pairs(NOBODY) == [
        ("first_name", ""),
        ("last_name", ""),
        ("phone", []),
        ("email", []),
        ("address", []),
        ("groups", []),
        ("companies", []),
        ("photos", []),
        ("locations", []),
    ]


def test_postal_addresses_are_handed_over_only_when_they_were_asked_for() -> None:
    assert dict(pairs(ANN))["address"] == []
    assert b"Main St" not in written(Form.JSON, ANN, owner=ANN)
    assert b"Main St" not in written(Form.XML, ANN, owner=ANN)


def test_what_the_api_does_not_know_is_not_handed_over() -> None:
    for form in Form:
        body = written(form, ANN, owner=NOBODY, parts=WITH_ADDRESS)
        assert not any(word in body for word in (b"secret", b"/book/1.vcf", b"u1", b"Sales"))


def test_a_day_of_birth_without_a_year_is_no_date() -> None:
    record = dict(pairs(Contact(birthday=Birthday(None, 2, 29))))

    assert record["birthday"] == "02-29"
    assert "dob" not in record


def test_a_year_has_four_digits() -> None:
    assert dict(pairs(Contact(birthday=Birthday(80, 1, 2))))["dob"] == "0080-01-02"


def test_a_contact_that_has_only_a_full_name_is_called_by_it() -> None:
    record = dict(pairs(Contact(full_name="Example Society")))

    assert (record["first_name"], record["last_name"]) == ("Example Society", "")


def test_a_full_name_does_not_stand_in_for_half_of_one() -> None:
    record = dict(pairs(Contact(full_name="Ann Example", last_name="Example")))

    assert (record["first_name"], record["last_name"]) == ("", "Example")


def test_only_the_first_entry_is_ever_marked_primary() -> None:
    both = Contact(emails=(Email("a@example.com"), Email("b@example.com", "", primary=True), Email("c@example.com")))
    told = json.loads(written(Form.JSON, both))["contacts"][0]["email"]

    assert [entry["address"] for entry in told] == ["b@example.com", "a@example.com", "c@example.com"]
    assert [entry.get("primary") for entry in told] == [True, None, None]


def test_oddities_of_the_source_stay_as_they_are() -> None:
    odd = Contact(emails=(Email("ann@example.com\t", "Email 1"),), organizations=(Organization("A\\, B"),))
    told = json.loads(written(Form.JSON, odd))["contacts"][0]

    assert told["email"][0] == {"address": "ann@example.com\t", "type": "Email 1"}
    assert told["companies"] == ["A\\, B"]


# --- The envelope in JSON ---------------------------------------------------------------------------------------------


def test_the_envelope_is_key_for_key_as_recorded() -> None:
    body = json.loads(written(Form.JSON, *people(11, 12), start=10, total=90, user="u-7"), object_pairs_hook=list)

    assert [name for name, _ in body[:2]] == ["contacts", "contacts_owner"]
    assert body[2:] == [
        ("start", 10),
        ("count", 2),
        ("total", 90),
        ("import_id", 1126),
        ("user_id", "u-7"),
        ("id", 1126),
        ("echo", None),
    ]


def test_an_empty_page_is_whole() -> None:
    body = json.loads(written(Form.JSON, start=99, total=90, echo="e"))

    assert (body["contacts"], body["start"], body["count"], body["total"]) == ([], 99, 0, 90)
    assert (body["echo"], body["user_id"]) == ("e", None)


def test_the_owner_is_a_contact_that_says_so() -> None:
    owner = json.loads(written(Form.JSON, owner=OWNER))["contacts_owner"]

    assert list(owner)[:3] == ["owner", "first_name", "last_name"]
    assert owner["owner"] is True
    assert owner["first_name"] == "Me"
    assert owner["email"] == [{"address": "me@example.com", "type": None}]
    assert owner["external_id"] == "me-1"


def test_an_owner_who_is_not_known_is_there_and_empty() -> None:
    owner = json.loads(written(Form.JSON))["contacts_owner"]

    assert owner == {
        "owner": True,
        "first_name": "",
        "last_name": "",
        **{name: [] for name in ("phone", "email", "address", "groups", "companies", "photos", "locations")},
    }


@pytest.mark.parametrize("form", Form)
def test_contacts_are_written_as_they_come(form: Form) -> None:
    drawn = []

    def source() -> Iterable[Contact]:
        for contact in people(1, 2340):
            drawn.append(contact)
            yield contact

    imp = any_import(state=State.COMPLETE, progress=Progress(contacts=2340))
    pieces = contacts(ContactsSpan(imp, None, 0, 2340, iter(source())), "", form)
    next(pieces)
    next(pieces)

    assert 0 < len(drawn) <= 1000
    assert sum(piece.count(b"@example.com") for piece in pieces) > 0
    assert len(drawn) == 2340


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1000, 2340])
def test_books_of_every_size_come_whole(count: int) -> None:
    found = people(1, count)
    expected = [contact.emails[0].address for contact in found]

    read = json.loads(written(Form.JSON, *found))["contacts"]
    root = etree.fromstring(written(Form.XML, *found))

    assert [contact["email"][0]["address"] for contact in read] == expected
    assert root.xpath("contacts/contact/email/email/address/text()") == expected


def test_half_a_surrogate_pair_becomes_a_question_mark_in_json() -> None:
    assert json.loads(written(Form.JSON, Contact(first_name="a\ud800b")))["contacts"][0]["first_name"] == "a?b"


# --- Speed ------------------------------------------------------------------------------------------------------------


@pytest.mark.bounded
@pytest.mark.parametrize("form", Form)
def test_45_000_contacts_are_written_in_a_few_seconds(form: Form) -> None:
    found = [ANN] * 45_000
    begun = time.process_time()

    size = sum(map(len, contacts(span(found, parts=WITH_ADDRESS), "", form)))

    assert size > 20_000_000
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("address", "formatted"),
    [
        (
            Address(street="1 Main St", city="Town", region="NY", postal_code="12345", country="Country"),
            "1 Main St\nTown, NY 12345\nCountry",
        ),
        (Address(street="1 Main St\nFlat 2", postal_code="12345"), "1 Main St\nFlat 2\n12345"),
        (Address(city="Town", formatted="as the source has it"), "as the source has it"),
    ],
)
def test_an_address_that_the_source_did_not_format_is_put_together(address: Address, formatted: str) -> None:
    (told,) = record(Contact(addresses=(address,)), with_address=True)["address"]  # type: ignore[misc]

    assert told["formatted"] == formatted
