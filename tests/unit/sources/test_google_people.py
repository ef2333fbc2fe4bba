"""What becomes of a person of the People API."""

import json
from typing import Any

import msgspec
import pytest
from scripted_api import JSON, Canned, ScriptedApi, contacts, entries, said

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.formats import limits
from rubrica.ports import Cursor
from rubrica.sources.google.people import Person
from rubrica.sources.google.position import Position
from rubrica.sources.google.sign_in import GOOGLE
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.bookmark import Bookmark
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.reading import record_of
from tests.corpus import ABSENT, CORPUS

FOLDER = CORPUS / "files" / "google-people-json"
NAME = "people/c1"


def imported(*people: object) -> tuple[list[Contact], list[Entry]]:
    return answered(json.dumps({"connections": people}).encode())


def answered(body: bytes) -> tuple[list[Contact], list[Entry]]:
    return read(body, None)


def read(body: bytes, cursor: Cursor | None) -> tuple[list[Contact], list[Entry]]:
    api = ScriptedApi({"/v1/people/me/connections": Canned(200, body, JSON), "/v1/contactGroups": said({})})
    batches = list(GooglePeople(api).read(Token("token", GOOGLE.scopes), cursor, lambda: False))
    return contacts(batches), entries(batches)


def only(**fields: Any) -> Contact:
    """The one contact of these fields, read whole."""
    found, told = imported({"resourceName": NAME, **fields})
    assert told == []
    return found[0]


def flawed(**fields: Any) -> tuple[Contact, tuple[Reason, ...]]:
    """The one contact of these fields, and what was left out of it."""
    found, told = imported({"resourceName": NAME, **fields})
    assert [(it.place, it.fate, it.contact_id) for it in told] == [(NAME, Fate.ACCEPTED, found[0].id)]
    return found[0], told[0].reasons


PRIMARY = {"metadata": {"primary": True}}
NAMES = [{"displayName": "Ada Example"}]


def test_a_name_is_read_in_one_and_in_parts() -> None:
    contact = only(
        names=[
            {
                "displayName": "Dr. Ada B. Example Jr.",
                "givenName": "Ada",
                "middleName": "B.",
                "familyName": "Example",
                "honorificPrefix": "Dr.",
                "honorificSuffix": "Jr.",
            }
        ],
        nicknames=[{"value": "Countess"}],
    )

    assert contact[1:10] == (
        NAME, NAME, "Dr. Ada B. Example Jr.", "Ada", "B.", "Example", "Dr.", "Jr.", "Countess",
    )  # fmt: skip


def test_the_primary_one_of_several_names_counts() -> None:
    assert only(names=[{"displayName": "First"}, {"displayName": "Second", **PRIMARY}]).full_name == "Second"
    assert only(names=[{"displayName": "First"}, {"displayName": "Second"}]).full_name == "First"


def test_the_same_person_has_the_same_id_in_every_import() -> None:
    assert only(names=NAMES).id == only(names=[{"displayName": "Renamed"}]).id


def test_the_metadata_says_which_value_is_preferred_and_not_the_order() -> None:
    contact = only(
        emailAddresses=[
            {"value": "one@example.com", "type": "home", "metadata": {"sourcePrimary": True}},
            {"value": "two@example.com", "type": "work", **PRIMARY},
            {"value": "three@example.com", **PRIMARY},
        ],
        phoneNumbers=[{"value": "555-0100"}, {"value": "555-0101"}],
    )

    assert contact.emails == (
        Email("one@example.com", "home"),
        Email("two@example.com", "work", True),
        Email("three@example.com"),
    )
    assert contact.phones == (Phone("555-0100"), Phone("555-0101"))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("mobile", "mobile"),
        ("homeFax", "home fax"),
        ("workFax", "work fax"),
        ("otherFax", "other fax"),
        ("workPager", "work pager"),
        ("workMobile", "work mobile"),
        ("googleVoice", "google voice"),
        ("Boat House", "Boat House"),
        (None, ""),
    ],
)
def test_a_type_of_googles_own_is_in_plain_words_and_the_users_as_it_is(told: str | None, kept: str) -> None:
    number = only(phoneNumbers=[{"value": "(212) 555-0100", "canonicalForm": "+12125550100", "type": told}]).phones[0]

    assert number == Phone("(212) 555-0100", kept)


def test_an_address_has_its_street_in_lines() -> None:
    contact = only(
        addresses=[
            {
                "type": "home",
                "formattedValue": "1 Example Road\nUnit 2\nSpringfield",
                "streetAddress": "1 Example Road",
                "extendedAddress": "Unit 2",
                "poBox": "PO Box 3",
                "city": "Springfield",
                "region": "Region",
                "postalCode": "12345",
                "countryCode": "US",
            },
            {"type": "work", "country": "Utopia", "countryCode": "UT"},
            {"type": "other"},
        ]
    )

    assert contact.addresses == (
        Address(
            "home", "1 Example Road\nUnit 2\nPO Box 3", "Springfield", "Region", "12345", "US",
            "1 Example Road\nUnit 2\nSpringfield",
        ),
        Address("work", country="Utopia"),
    )  # fmt: skip


def test_work_note_and_addresses_on_the_web_are_read() -> None:
    contact = only(
        organizations=[{"name": "Example Ltd", "department": "Sales", "title": "Head"}, {"current": True}],
        biographies=[{"value": "One\r\ntwo\u0007", "contentType": "TEXT_PLAIN"}],
        urls=[{"value": "https://example.com/"}, {"value": " "}],
    )

    assert contact.organizations == (Organization("Example Ltd", "Sales", "Head"),)
    assert contact.note == "One\ntwo"
    assert contact.urls == ("https://example.com/",)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"date": {"year": 1990, "month": 5, "day": 17}}, Birthday(1990, 5, 17)),
        ({"date": {"year": 0, "month": 5, "day": 17}}, Birthday(None, 5, 17)),
        ({"date": {"month": 2, "day": 29}}, Birthday(None, 2, 29)),
        ({"date": {"year": 1604, "month": 2, "day": 29}}, Birthday(None, 2, 29)),
        ({"text": "1990-05-17"}, Birthday(1990, 5, 17)),
        ({"text": "--05-17"}, Birthday(None, 5, 17)),
    ],
)
def test_a_birthday_may_lack_its_year(told: dict[str, Any], kept: Birthday) -> None:
    assert only(names=NAMES, birthdays=[told]).birthday == kept


@pytest.mark.parametrize(
    "told",
    [
        {"date": {"year": 1990, "month": 5, "day": 0}},
        {"date": {"year": 1990, "month": 0, "day": 5}},
        {"date": {"year": 1990}},
        {"date": {"year": 2023, "month": 2, "day": 29}},
        {"date": {"year": -5, "month": 2, "day": 2}},
        {"date": {"year": 10**30, "month": 2, "day": 2}},
        {"text": "5/17"},
        {"text": "in May"},
        {},
    ],
)
def test_a_birthday_that_is_no_day_is_said_so(told: dict[str, Any]) -> None:
    contact, reasons = flawed(names=NAMES, birthdays=[told])

    assert contact.birthday is None
    assert Reason.DATE_UNREADABLE in reasons


def test_the_first_birthday_that_tells_a_day_counts() -> None:
    dates = [{"text": "May"}, {"date": {"month": 5, "day": 17}}, {"date": {"month": 6, "day": 1}, **PRIMARY}]

    assert only(names=NAMES, birthdays=dates).birthday == Birthday(None, 6, 1)
    assert only(names=NAMES, birthdays=dates[:2]).birthday == Birthday(None, 5, 17)


def test_a_deleted_person_is_nobody() -> None:
    assert imported({"resourceName": NAME, "metadata": {"deleted": True}}) == ([], [])


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"emailAddresses": [{"type": "home"}], "names": [{}], "photos": [{"url": "https://example.com/p"}]},
        {"memberships": [{"contactGroupMembership": {"contactGroupResourceName": "contactGroups/myContacts"}}]},
    ],
)
def test_a_person_with_nothing_but_an_id_is_rejected(person: dict[str, Any]) -> None:
    assert imported({"resourceName": NAME, **person}) == ([], [Entry(NAME, Fate.REJECTED, (Reason.CARD_EMPTY,))])


@pytest.mark.parametrize("person", [None, 7, "text", [], [{"resourceName": NAME}]])
def test_what_is_no_person_is_rejected_by_its_place(person: object) -> None:
    found, told = imported({"resourceName": NAME, "names": NAMES}, person)

    assert len(found) == 1
    assert told == [Entry("connections page 1 #2", Fate.REJECTED, (Reason.CARD_MALFORMED,))]


def test_a_person_without_a_name_of_its_own_has_its_place() -> None:
    found, _ = imported({"names": NAMES}, {"names": NAMES})

    assert [contact.place for contact in found] == ["connections page 1 #1", "connections page 1 #2"]
    assert [contact.uid for contact in found] == ["", ""]
    assert found[0].id != found[1].id


# --- Odd answers ------------------------------------------------------------------------------------------------------


def test_nulls_and_what_is_not_there_are_nothing() -> None:
    fields = "names nicknames emailAddresses addresses organizations birthdays memberships biographies urls metadata"

    assert only(**dict.fromkeys(fields.split()), phoneNumbers=[{"value": "555-0100", "type": None}]).phones
    assert only(names=[None, {"displayName": "Ada", "metadata": None}]).full_name == "Ada"


def test_what_is_unknown_is_passed_over() -> None:
    contact = only(
        names=[{"displayName": "Ada", "metadata": {"source": {"type": "NEW_SOURCE"}}, "novel": {"a": [1]}}],
        novelties=[{"value": 7}],
    )

    assert contact.full_name == "Ada"


@pytest.mark.parametrize(
    "odd",
    [
        {"emailAddresses": "ada@example.com"},
        {"emailAddresses": ["ada@example.com"]},
        {"emailAddresses": [{"value": 7}]},
        {"emailAddresses": {"value": "ada@example.com"}},
        {"birthdays": [{"date": "1990-05-17", "text": "1990-05-17"}]},
        {"metadata": "x"},
        {"names": [{"displayName": ["Bo"]}, {"displayName": "Ada", "metadata": 1}]},
        {"memberships": [{"contactGroupMembership": "contactGroups/a"}]},
    ],
)
def test_values_of_another_kind_are_left_out_and_the_rest_is_kept(odd: dict[str, Any]) -> None:
    contact, reasons = flawed(**{"phoneNumbers": [{"value": "555-0100"}], **odd})

    assert contact.phones[0].number == "555-0100"
    assert Reason.LINES_LEFT_OUT in reasons


def test_numbers_and_flags_are_kept_where_something_else_is_odd() -> None:
    contact, _ = flawed(
        names=[7], birthdays=[{"date": {"month": 5, "day": 17}}], emailAddresses=[{"value": "a@example.com", **PRIMARY}]
    )

    assert contact.birthday == Birthday(None, 5, 17)
    assert contact.emails[0].primary


def test_a_record_that_is_no_json_is_none() -> None:
    assert record_of(Person, msgspec.Raw(b"{")) == (None, set())


def test_half_a_character_is_replaced_in_the_one_person_who_has_it() -> None:
    found, told = answered(
        b'{"connections":[{"resourceName":"people/c1","names":[{"displayName":"Ada \\ud83d"}]},'
        b'{"resourceName":"people/c2","names":[{"displayName":"Bo \\ud83d\\ude00"}]}]}'
    )

    assert [contact.full_name for contact in found] == ["Ada \ufffd", "Bo \U0001f600"]
    assert [(it.place, it.reasons) for it in told] == [("people/c1", (Reason.TEXT_REPLACED,))]


def test_bytes_that_are_no_utf8_are_replaced_in_the_one_person_who_has_them() -> None:
    told_before = Position(bookmark=Bookmark(doubts=Limits().patience)).to_cursor()
    found, told = read(
        b'{"connections":[{"resourceName":"people/c1","names":[{"displayName":"J\xfcrgen"}]},'
        b'{"resourceName":"people/c2","names":[{"displayName":"Bo"}]}]}',
        told_before,
    )

    assert [contact.full_name for contact in found] == ["J\ufffdrgen", "Bo"]
    assert [(it.place, it.reasons) for it in told] == [("people/c1", (Reason.TEXT_REPLACED,))]


@pytest.mark.parametrize(
    "odd",
    [
        b'{"names":[{"displayName":"Ada\x01"}]}',
        b'{"names":[{"displayName":"Ada"}],"novel":' + b"9" * 5_000 + b"}",
        b'{"names":[{"displayName":"Ada"}],"novel":NaN}',
    ],
)
def test_json_that_is_not_quite_so_is_read(odd: bytes) -> None:
    assert [contact.full_name for contact in answered(b'\xef\xbb\xbf{"connections":[' + odd + b"]}")[0]] == ["Ada"]


def test_too_much_of_anything_is_capped_and_said_so() -> None:
    contact, reasons = flawed(
        emailAddresses=[{"value": f"a{number}@example.com"} for number in range(500)],
        phoneNumbers=[{"value": "5" * 600}, {"value": "555-0100"}],
        biographies=[{"value": "n" * 2_000_000}],
        names=[{"displayName": "N" * 5_000}],
    )

    assert len(contact.emails) == limits.VALUES
    assert [phone.number for phone in contact.phones] == ["555-0100"]
    assert len(contact.note) == limits.NOTE
    assert len(contact.full_name) == limits.TEXT
    assert reasons == (Reason.TEXT_CUT, Reason.VALUES_CAPPED)


def test_a_contact_fits_a_page_of_the_store() -> None:
    text = "x" * limits.TEXT
    address = {"streetAddress": text, "city": text, "region": text, "postalCode": text, "country": text}
    contact, reasons = flawed(names=NAMES, addresses=[address] * limits.VALUES, urls=[{"value": text}] * limits.VALUES)

    assert len(str(contact)) < 1.2 * limits.KEPT_TEXT
    assert reasons == (Reason.VALUES_CAPPED,)


# --- The corpus -------------------------------------------------------------------------------------------------------


def _files() -> list[str]:
    return sorted(path.name for path in FOLDER.glob("*.json")) if FOLDER.exists() else []


@pytest.mark.skipif(not FOLDER.exists(), reason=ABSENT)
@pytest.mark.parametrize("name", _files())
def test_real_answers_are_read_as_they_are_meant(name: str) -> None:
    told = json.loads((FOLDER / name).read_text("utf-8"))
    if "entry" in told:
        pytest.skip("an answer of the API before this one")
    expected = json.loads((CORPUS / "expected" / "google-people-json" / f"{name}.json").read_text("utf-8"))
    found, _ = imported(*told.get("connections", [told]))

    for contact, meant in zip(found, expected["contacts"], strict=True):
        assert contact.full_name == meant["full_name"]
        assert (contact.first_name, contact.last_name) == (meant["first_name"], meant["last_name"])
        assert [email.address for email in contact.emails] == meant["emails"]
        assert sorted(phone.number for phone in contact.phones) == sorted(meant["phones"] + meant["fax_pager"])
        assert contact.organizations[0].name == meant["company"]
        assert contact.organizations[0].title == meant["title"]
        assert len(contact.addresses) == meant["addresses"]
        assert contact.note == (meant["notes"] or "")
        born = contact.birthday
        assert (f"{born.year}-{born.month:02}-{born.day:02}" if born else None) == meant["birthday"]
        assert contact.uid == meant["resourceName"]
