import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.formats.csv_writer import guard, write
from tests.unit.contact_strategies import contacts

GOOGLE_2024 = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
    "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
    "Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,E-mail 3 - Label,E-mail 3 - Value,"
    "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 3 - Label,Phone 3 - Value,"
    "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,"
    "Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,"
    "Address 2 - Label,Address 2 - Formatted,Address 2 - Street,Address 2 - City,Address 2 - PO Box,"
    "Address 2 - Region,Address 2 - Postal Code,Address 2 - Country,Address 2 - Extended Address,"
    "Website 1 - Label,Website 1 - Value"
)


def rows(found: list[Contact]) -> list[dict[str, str]]:
    text = write(found).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def row(contact: Contact) -> dict[str, str]:
    return rows([contact])[0]


def said(cells: dict[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell}


def test_the_header_is_the_one_google_writes() -> None:
    assert write([]).decode() == GOOGLE_2024 + "\r\n"


def test_a_whole_contact_becomes_a_row() -> None:
    contact = Contact(
        id="c1",
        full_name="Zoë Maria Example",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example",
        suffix="Ph.D.",
        nickname="Zo",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org", "mum's")),
        phones=(Phone("+49 30 1", "work fax"),),
        addresses=(Address("home", "1 Main St\n2nd floor", "Springfield", "S", "12345", "Nowhere", "all of it"),),
        organizations=(Organization("Example Ltd", "Bread", "Baker"), Organization("Other Ltd")),
        birthday=Birthday(None, 2, 29),
        groups=("Friends", "Choir"),
        note='says "hi",\r\nthen leaves',
        urls=("https://example.com/",),
    )

    assert said(row(contact)) == {
        "First Name": "Zoë",
        "Middle Name": "Maria",
        "Last Name": "Example",
        "Name Prefix": "Dr.",
        "Name Suffix": "Ph.D.",
        "Nickname": "Zo",
        "Organization Name": "Example Ltd ::: Other Ltd",
        "Organization Title": "Baker ::: ",
        "Organization Department": "Bread ::: ",
        "Birthday": "--02-29",
        "Notes": 'says "hi",\r\nthen leaves',
        "Labels": "Friends ::: Choir",
        "E-mail 1 - Label": "* Work",
        "E-mail 1 - Value": "zoe@example.com",
        "E-mail 2 - Label": "Mum's",
        "E-mail 2 - Value": "z@example.org",
        "Phone 1 - Label": "Work Fax",
        "Phone 1 - Value": "+49 30 1",
        "Address 1 - Label": "Home",
        "Address 1 - Formatted": "all of it",
        "Address 1 - Street": "1 Main St\n2nd floor",
        "Address 1 - City": "Springfield",
        "Address 1 - Region": "S",
        "Address 1 - Postal Code": "12345",
        "Address 1 - Country": "Nowhere",
        "Website 1 - Value": "https://example.com/",
    }


@pytest.mark.parametrize(
    ("contact", "first_name", "file_as"),
    [
        (Contact(full_name="Zoë Example"), "Zoë Example", ""),
        (Contact(full_name="Example Ltd", organizations=(Organization("Example Ltd"),)), "", ""),
        (Contact(full_name="Example, Zoë", first_name="Zoë", last_name="Example"), "Zoë", "Example, Zoë"),
        (Contact(full_name="王小明", first_name="小明", last_name="王"), "小明", "王小明"),
        (Contact(first_name="Zoë"), "Zoë", ""),
    ],
)
def test_a_full_name_is_never_lost(contact: Contact, first_name: str, file_as: str) -> None:
    cells = row(contact)

    assert (cells["First Name"], cells["File As"]) == (first_name, file_as)


def test_a_birthday_with_a_year_is_an_iso_date() -> None:
    assert row(Contact(birthday=Birthday(987, 1, 2)))["Birthday"] == "0987-01-02"


def test_a_page_has_as_many_columns_as_it_needs() -> None:
    found = [Contact(emails=tuple(Email(f"{n}@example.com") for n in range(1, 6))), Contact()]

    first, second = rows(found)

    assert first["E-mail 5 - Value"] == "5@example.com"
    assert second["E-mail 5 - Value"] == ""


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://example.com")',
        "+1+cmd|' /C calc'!A0",
        "-1+1=2 x",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1",
        "\0=1",
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert guard(cell) == "'" + cell.replace("\0", "")


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "+49 30 1234",
        "+1 (555) 123-4567",
        "(030) 1234",
        "+49 (0)30/1234.5",
        "-5",
        "--02-29",
        "+49 30 1 ext 5",
        "1=1",
        "a@example.com",
    ],
)
def test_a_telephone_number_stays_as_it_is(cell: str) -> None:
    assert guard(cell) == cell


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts(), max_size=4))
def test_every_file_is_read_back_row_by_row(found: list[Contact]) -> None:
    read = rows(found)

    assert len(read) == len(found)
    for cells, contact in zip(read, found, strict=True):
        assert None not in cells, "a row is longer than the header"
        emails = [cells[f"E-mail {number} - Value"] for number in range(1, len(contact.emails) + 1)]
        assert emails == [guard(whole(email.address)) for email in contact.emails]
        assert cells["Notes"] == guard(whole(contact.note))
        assert not any(re.match(r"[=@\t\r]", cell) for cell in cells.values())


def whole(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "?", text)
