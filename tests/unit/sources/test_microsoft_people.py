"""What becomes of a contact of Graph's."""

import json
from typing import Any

import pytest
from scripted_api import ScriptedApi, contacts, entries, said

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.formats import limits
from rubrica.sources.microsoft.sign_in import MICROSOFT
from rubrica.sources.microsoft.source import MicrosoftGraph
from tests.corpus import ABSENT, CORPUS

FOLDER = CORPUS / "files" / "graph-json"


def imported(*people: object) -> tuple[list[Contact], list[Entry]]:
    api = ScriptedApi(
        {"/v1.0/me/contacts": said({"value": list(people)}), "/v1.0/me/contactFolders": said({"value": []})}
    )
    batches = list(MicrosoftGraph(api).read(Token("token", MICROSOFT.scopes), None, lambda: False))
    return contacts(batches), entries(batches)


def only(**fields: Any) -> Contact:
    """The one contact of these fields, read whole."""
    found, told = imported({"id": "AAMk1", **fields})
    assert told == []
    return found[0]


def flawed(**fields: Any) -> tuple[Contact, tuple[Reason, ...]]:
    """The one contact of these fields, and what was left out of it."""
    found, told = imported({"id": "AAMk1", **fields})
    assert [(it.place, it.fate, it.contact_id) for it in told] == [("AAMk1", Fate.ACCEPTED, found[0].id)]
    return found[0], told[0].reasons


def test_a_name_is_read_in_one_and_in_parts() -> None:
    contact = only(
        displayName="Dr. Ada B. Example Jr.",
        givenName="Ada",
        middleName="B.",
        surname="Example",
        title="Dr.",
        generation="Jr.",
        nickName="Countess",
    )

    assert contact[1:10] == (
        "AAMk1", "AAMk1", "Dr. Ada B. Example Jr.", "Ada", "B.", "Example", "Dr.", "Jr.", "Countess",
    )  # fmt: skip


def test_numbers_and_addresses_have_the_kind_of_their_field() -> None:
    contact = only(
        mobilePhone="555-0100",
        homePhones=["555-0101", ""],
        businessPhones=["555-0102", "555-0103"],
        homeAddress={"street": "1 Example Road\r\nUnit 2", "city": "Springfield", "state": "R", "postalCode": "1"},
        businessAddress={"countryOrRegion": "Utopia"},
        otherAddress={},
    )

    assert contact.phones == (
        Phone("555-0100", "mobile"),
        Phone("555-0101", "home"),
        Phone("555-0102", "work"),
        Phone("555-0103", "work"),
    )
    assert contact.addresses == (
        Address("home", "1 Example Road\nUnit 2", "Springfield", "R", "1"),
        Address("work", country="Utopia"),
    )


def test_work_note_page_and_categories_are_read() -> None:
    contact = only(
        companyName="Example Ltd",
        department="Sales",
        jobTitle="Head",
        personalNotes="One\r\ntwo",
        businessHomePage="https://example.com/",
        categories=["Friends", "Friends", "Blue category"],
    )

    assert contact.organizations == (Organization("Example Ltd", "Sales", "Head"),)
    assert contact.note == "One\ntwo"
    assert contact.urls == ("https://example.com/",)
    assert contact.groups == ("Friends", "Blue category")


def test_no_address_is_preferred_where_nobody_says_so() -> None:
    contact = only(emailAddresses=[{"name": "Ada", "address": "ada@example.com"}, {"address": "a@example.org"}])

    assert contact.emails == (Email("ada@example.com"), Email("a@example.org"))


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "Bo", "address": ""},
        {"name": "Bo", "address": None},
        {"name": "Bo"},
        {"name": "Bo", "address": "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=bo"},
        {"name": "Bo", "address": "EX:/o=First/cn=bo"},
        "bo@example.com",
    ],
)
def test_an_address_that_nobody_can_write_to_is_left_out(odd: object) -> None:
    contact, reasons = flawed(emailAddresses=[odd, {"address": "ada@example.com"}])

    assert contact.emails == (Email("ada@example.com"),)
    assert reasons == (Reason.LINES_LEFT_OUT,)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("1990-05-17T00:00:00Z", Birthday(1990, 5, 17)),
        ("1990-05-17T11:59:00Z", Birthday(1990, 5, 17)),
        ("1604-02-29T11:59:00Z", Birthday(None, 2, 29)),
        ("1990-05-17", Birthday(1990, 5, 17)),
        (None, None),
    ],
)
def test_the_date_of_a_birthday_counts_and_not_its_hour(told: str | None, kept: Birthday | None) -> None:
    assert only(displayName="Ada", birthday=told).birthday == kept


@pytest.mark.parametrize("told", ["1990-13-01T00:00:00Z", "soon", "05-17", 7])
def test_a_birthday_that_is_no_day_is_said_so(told: object) -> None:
    contact, reasons = flawed(displayName="Ada", birthday=told)

    assert contact.birthday is None
    assert reasons in ((Reason.DATE_UNREADABLE,), (Reason.LINES_LEFT_OUT,))


@pytest.mark.parametrize(
    "fields", [{}, {"emailAddresses": [], "homeAddress": {}, "personalNotes": ""}, {"categories": ["Red"]}]
)
def test_a_contact_with_nothing_but_an_id_is_rejected(fields: dict[str, Any]) -> None:
    assert imported({"id": "AAMk1", **fields}) == ([], [Entry("AAMk1", Fate.REJECTED, (Reason.CARD_EMPTY,))])


@pytest.mark.parametrize("odd", [None, 7, "text", [], {"id": 7}])
def test_what_is_no_contact_is_rejected_by_its_place(odd: object) -> None:
    found, told = imported({"id": "AAMk1", "displayName": "Ada"}, odd)

    assert len(found) == 1
    assert [(it.place, it.fate) for it in told] == [("contacts page 1 #2", Fate.REJECTED)]


def test_too_much_of_anything_is_capped_and_said_so() -> None:
    contact, reasons = flawed(
        displayName="N" * 5_000, homePhones=["555-0100"] * 500, personalNotes="n" * 2_000_000, categories=["c" * 2_000]
    )

    assert len(contact.phones) == limits.VALUES
    assert len(contact.note) == limits.NOTE
    assert len(contact.full_name) == len(contact.groups[0]) == limits.TEXT
    assert reasons == (Reason.TEXT_CUT, Reason.VALUES_CAPPED)


@pytest.mark.skipif(not FOLDER.exists(), reason=ABSENT)
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.json")) if FOLDER.exists() else [])
def test_real_answers_are_read_as_they_are_meant(name: str) -> None:
    told = json.loads((FOLDER / name).read_text("utf-8"))
    expected = json.loads((CORPUS / "expected" / "graph-json" / f"{name}.json").read_text("utf-8"))
    found, reasons = imported(*told.get("value", [told]))

    assert reasons == []
    for contact, meant in zip(found, expected["contacts"], strict=True):
        assert contact.full_name == meant["full_name"]
        assert (contact.first_name, contact.last_name) == (meant["first_name"], meant["last_name"])
        assert [email.address for email in contact.emails] == meant["emails"]
        assert sorted(phone.number for phone in contact.phones) == sorted(meant["phones"])
        assert [it.name for it in contact.organizations] == ([meant["company"]] if meant["company"] else [])
        assert len(contact.addresses) == meant["addresses"]
