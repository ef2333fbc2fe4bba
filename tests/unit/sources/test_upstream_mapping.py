"""What becomes of a contact of the CloudSponge API."""

from typing import Any

import pytest
from scripted_api import contacts, entries
from upstream_account import person, read, service

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.ledger import Reason
from rubrica.formats import limits


def imported(*people: Any) -> list[Contact]:
    return contacts(read(service(list(people))))


def only(**fields: Any) -> Contact:
    """The one contact of these fields, read whole."""
    batches = read(service([{"first_name": "Ann", **fields}]))
    assert entries(batches) == []
    return contacts(batches)[0]


def flawed(**fields: Any) -> tuple[Contact, tuple[Reason, ...]]:
    """The one contact of these fields, and what was left out of it."""
    batches = read(service([{"first_name": "Ann", **fields}]))
    (entry,) = entries(batches)
    return contacts(batches)[0], entry.reasons


def test_everything_that_the_api_has_a_field_for_is_read() -> None:
    contact = only(
        last_name="Example",
        title="Mr.",
        phone=[{"number": "555-0100", "type": "Work Mobile"}, {"number": "555-0101", "type": None, "primary": True}],
        email=[{"address": "ann@example.com", "type": "Home", "primary": True}, {"address": "a@example.org"}],
        address=[
            {
                "type": "Home",
                "street": "1 Main St\nFlat 2",
                "city": "Springfield",
                "region": "IL",
                "postal_code": "62701",
                "country": "US",
                "formatted": "1 Main St, Springfield",
            }
        ],
        groups=["Friends", "Chess"],
        dob="1980-05-17",
        birthday="05-17",
        companies=["Example Ltd", "Other Inc"],
        job_title="Engineer",
        photos=[],
        locations=[],
    )

    assert contact._replace(id="", place="") == Contact(
        full_name="Ann Example",
        first_name="Ann",
        last_name="Example",
        prefix="Mr.",
        emails=(Email("ann@example.com", "Home", True), Email("a@example.org")),
        phones=(Phone("555-0100", "Work Mobile"), Phone("555-0101", "", True)),
        addresses=(Address("Home", "1 Main St\nFlat 2", "Springfield", "IL", "62701", "US", "1 Main St, Springfield"),),
        organizations=(Organization("Example Ltd", title="Engineer"), Organization("Other Inc")),
        birthday=Birthday(1980, 5, 17),
        groups=("Friends", "Chess"),
    )


def test_entries_without_an_address_say_nothing_even_if_they_are_the_primary_ones() -> None:
    contact = only(
        email=[
            {"address": None, "type": "personal", "primary": True},
            None,
            {"address": ""},
            {"address": "a@example.com"},
        ],
        phone=[None, {"number": None}],
        address=[None, {}, {"type": "Home", "street": None}],
    )

    assert contact.emails == (Email("a@example.com"),)
    assert (contact.phones, contact.addresses) == ((), ())


@pytest.mark.parametrize(
    "name", ["phone", "email", "address", "groups", "companies", "photos", "locations", "dob", "title"]
)
def test_a_field_may_be_null_or_missing(name: str) -> None:
    assert only(**{name: None}) == only()


def test_companies_of_null_are_none() -> None:
    assert only(companies=[None], job_title="").organizations == ()
    assert only(companies=[None], job_title="Engineer").organizations == (Organization(title="Engineer"),)


def test_one_of_several_primary_values_is_primary() -> None:
    emails = [{"address": f"{name}@example.com", "primary": True} for name in "ab"]

    assert [email.primary for email in only(email=emails).emails] == [True, False]


@pytest.mark.parametrize(
    ("dob", "day", "found"),
    [
        ("1980-05-17", None, Birthday(1980, 5, 17)),
        (None, "05-17", Birthday(None, 5, 17)),
        (None, "02-29", Birthday(None, 2, 29)),
        ("1604-05-17", None, Birthday(None, 5, 17)),
        ("1980-02-30", "02-28", Birthday(None, 2, 28)),
        ("", "", None),
    ],
)
def test_a_birthday_is_whole_or_only_a_day(dob: str | None, day: str | None, found: Birthday | None) -> None:
    assert only(dob=dob, birthday=day).birthday == found


@pytest.mark.parametrize("dob", ["17 May", "1980-13-01", "1980-05-17T00:00:00Z", "１９８０-05-17", "0000-00-00"])
def test_a_date_that_is_none_is_told_of(dob: str) -> None:
    contact, reasons = flawed(dob=dob)

    assert (contact.birthday, reasons) == (None, (Reason.DATE_UNREADABLE,))


@pytest.mark.parametrize(
    "fields",
    [
        {"last_name": 7},
        {"email": "a@example.com"},
        {"email": [{"address": ["a@example.com"]}]},
        {"email": ["a@example.com"]},
        {"phone": {"number": "555-0100"}},
        {"groups": [7]},
        {"companies": [{"name": "Example"}]},
        {"dob": 19800517},
        {"address": [[]]},
    ],
)
def test_values_of_another_kind_are_left_out_and_told_of(fields: dict[str, Any]) -> None:
    contact, reasons = flawed(**fields)

    assert contact.first_name == "Ann"
    assert reasons == (Reason.LINES_LEFT_OUT,)


def test_what_is_too_much_is_cut_and_told_of() -> None:
    contact, reasons = flawed(
        last_name="x" * 5_000,
        email=[{"address": f"{number}@example.com"} for number in range(300)],
    )

    assert len(contact.last_name) == limits.TEXT
    assert len(contact.emails) == limits.VALUES
    assert set(reasons) == {Reason.TEXT_CUT, Reason.VALUES_CAPPED}


def test_unknown_fields_are_passed_over() -> None:
    assert only(nickname="Annie", selected=True, extra={"deep": [1]}) == only()


def test_a_record_that_says_the_same_has_the_same_id_wherever_it_stands() -> None:
    first, second = imported(person(1), person(2)), imported(person(3), person(2), person(1))

    assert first[0].id == second[2].id
    assert first[1].id == second[1].id
    assert first[0].id != first[1].id


def test_two_that_say_the_same_are_two_to_be_told_apart() -> None:
    (batch,) = read(service([person(1), person(1)]))

    assert batch.nameless
    assert len(batch.contacts) == 2
    assert len({contact.id for contact in batch.contacts}) == 1


def test_the_services_own_name_of_a_contact_is_its_identity() -> None:
    (first,), (second,) = imported(person(1, external_id="c1")), imported(person(2, external_id="c1"))

    assert first.id == second.id
    assert first.uid == "c1"
