"""What stands in a cell: types, dates, several values, and what no output could carry."""

import pytest
from csv_contacts import contacts, records, row

from rubrica.domain.contacts import Birthday, Contact, Phone
from rubrica.domain.ledger import Reason


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("mailto:a@example.com", ["a@example.com"]),
        ("Zoë Example <a@example.com>", ["a@example.com"]),
        ("a@example.com; b@example.com", ["a@example.com", "b@example.com"]),
        ("a@example.com ::: b@example.com", ["a@example.com", "b@example.com"]),
        ("'=a@example.com", ["=a@example.com"]),
        ('"a b"@example.com', ['"a b"@example.com']),
        ("a@b@example.com", ["a@b@example.com"]),
        ('"a@example.com"', ["a@example.com"]),
        (" a@example.com ", ["a@example.com"]),
        ("a" * 501 + "@example.com", []),
        ("/o=Example/ou=Exchange/cn=Recipients/cn=zoe", []),
    ],
)
def test_addresses_are_taken_out_of_what_surrounds_them(cell: str, addresses: list[str]) -> None:
    assert [it.address for it in row({"Name": "A", "Email": cell}).emails] == addresses


@pytest.mark.parametrize("cell", ["n/a", "-", "not an address", "mailto:zoe", '"', "a@example.com ::: none"])
def test_what_has_no_at_sign_is_no_address_and_the_row_says_that_it_was_left_out(cell: str) -> None:
    (one,) = records("Name,Email", 'A,"' + cell.replace('"', '""') + '"')

    assert isinstance(one.value, Contact)
    assert [it.address for it in one.value.emails] == (["a@example.com"] if "@" in cell else [])
    assert one.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_name_with_a_comma_and_without_quotes_makes_no_address_of_its_second_half() -> None:
    (one,) = records("Name,Email,City", "Doe, John,a@example.com")

    assert isinstance(one.value, Contact)
    assert one.value.emails == ()
    assert one.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_row_with_nothing_but_what_is_no_address_is_rejected() -> None:
    (one,) = records("Name,Email", ",n/a")

    assert (one.value, one.reasons) == (None, (Reason.CARD_MALFORMED,))


def test_a_field_that_is_empty_is_taken_from_the_next_column_of_its_name() -> None:
    one, two = contacts("Name,Notes,Comments,Memo\nA,,second,third\nB,first,second,\n")

    assert (one.note, two.note) == ("second", "first")


@pytest.mark.parametrize(
    ("cell", "number"), [("'+49 30 1", "+49 30 1"), ('="0049301"', "0049301"), ("tel:+49301", "+49301")]
)
def test_numbers_are_taken_out_of_what_surrounds_them(cell: str, number: str) -> None:
    assert row({"Name": "A", "Phone": cell}).phones == (Phone(number),)


@pytest.mark.parametrize(
    ("days", "birthdays"),
    [
        (["2/3/1980", "1/20/1981"], [Birthday(1980, 2, 3), Birthday(1981, 1, 20)]),
        (["2/3/1980", "20/1/1981"], [Birthday(1980, 3, 2), Birthday(1981, 1, 20)]),
        (["2.3.1980"], [Birthday(1980, 3, 2)]),
        (["2/2/1980"], [Birthday(1980, 2, 2)]),
        (["1980-03-02"], [Birthday(1980, 3, 2)]),
        (["--03-02"], [Birthday(None, 3, 2)]),
        (["0/0/00"], [None]),
        (["0.0.00"], [None]),
    ],
)
def test_which_number_is_the_day_the_files_other_dates_tell(days: list[str], birthdays: list[object]) -> None:
    found = records("Name,Birthday", *[f"A,{day}" for day in days])

    assert [it.value.birthday for it in found if isinstance(it.value, Contact)] == birthdays
    assert all(it.reasons == () for it in found)


UNTOLD = (Reason.DATE_UNREADABLE,)


@pytest.mark.parametrize(
    "days",
    [
        ["13/02/1980", "02/13/1980"],
        ["02/13/1980", "13/02/1980"],
        ["20.1.1981"],  # a date with dots begins with its day, whatever the others do
        ["40/1/1981", "0/13/1981"],
        ["13/02/1980", *[""] * 3_000, "02/13/1980"],
    ],
)
def test_dates_that_disagree_or_do_not_tell_leave_open_which_number_is_the_day(days: list[str]) -> None:
    first, *_ = records("Name,Birthday", "A,2/3/1980", *[f"A,{day}" for day in days])

    assert isinstance(first.value, Contact)
    assert (first.value.birthday, first.reasons) == (None, UNTOLD)


def test_dates_that_can_be_only_one_day_are_read_where_the_others_disagree() -> None:
    found = contacts("Name,Birthday\nA,13/02/1980\nA,02/13/1980\nA,3/3/1980\nA,1980-03-02\n")

    assert [(it.birthday.month, it.birthday.day) for it in found if it.birthday] == [(2, 13), (2, 13), (3, 3), (3, 2)]


def test_dates_in_a_second_column_of_birthdays_can_disagree_with_the_first() -> None:
    first, *_ = records("Name,Birthday,DOB", "A,2/3/1980,", "A,13/02/1980,02/13/1980")

    assert first.reasons == UNTOLD


@pytest.mark.parametrize("day", ["2/3/1980", "31/31/1980", "30.2.1980", "soon"])
def test_a_date_that_tells_no_day_is_left_out_and_said_so(day: str) -> None:
    (one,) = records("Name,Birthday", f"A,{day}")

    assert isinstance(one.value, Contact)
    assert one.value.birthday is None
    assert one.reasons == (Reason.DATE_UNREADABLE,)
