"""Contacts as CSV (RFC 4180) with the columns that Google Contacts writes since 2024, so that they import there.

A page has as many numbered columns as its contacts need, and at least LEAST of each kind: readers find a column by its
name. The source's uid has no column in this layout.

Cells that a spreadsheet would take for a formula get an apostrophe in front (OWASP, CSV injection): those that
begin with = + - @, a tabulator or a carriage return. Numbers are left alone, so that +49 30 1234 stays a telephone
number; the apostrophe costs a name that begins with one of those signs its exact spelling.
"""

import csv
import io
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rubrica.domain.contacts import Address, Birthday, Contact

LEAST: Final[Mapping[str, int]] = {"E-mail": 3, "Phone": 3, "Address": 2, "Website": 1}
"""The fewest columns of each kind: most pages then have the same header."""

SEVERAL: Final = " ::: "
"""What Google puts between several values in one cell."""

_NAMES: Final = (
    *("First Name", "Middle Name", "Last Name"),
    *("Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name"),
    *("Name Prefix", "Name Suffix", "Nickname", "File As"),
    *("Organization Name", "Organization Title", "Organization Department"),
    *("Birthday", "Notes", "Photo", "Labels"),
)
_PARTS: Final[Mapping[str, Sequence[str]]] = {
    "E-mail": ("Label", "Value"),
    "Phone": ("Label", "Value"),
    "Address": (
        *("Label", "Formatted", "Street", "City", "PO Box", "Region", "Postal Code", "Country"),
        "Extended Address",
    ),
    "Website": ("Label", "Value"),
}
_FORMULA: Final = re.compile(r"[=+\-@\t\r＝＋－＠]")
# Without a letter but for an extension there is no function to call, so that these are harmless as formulas, too.
_NUMBER: Final = re.compile(r"[+-]{0,2} ?\(?[0-9][0-9 ()./*#,;-]*(?:(?:ext\.?|x) ?[0-9]+)?", re.ASCII | re.IGNORECASE)

Rows = Mapping[str, Sequence[Sequence[str]]]


def write(contacts: Iterable[Contact]) -> bytes:
    """A header and one row a contact, in UTF-8; half a surrogate pair becomes a question mark."""
    read = [(_single(contact), _numbered(contact)) for contact in contacts]
    counts = {kind: max([least, *(len(rows[kind]) for _, rows in read)]) for kind, least in LEAST.items()}
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_header(counts))
    for single, rows in read:
        writer.writerow([guard(cell) for cell in (*single, *_cells(rows, counts))])
    return text.getvalue().encode("utf-8", "replace")


def guard(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    cell = cell.replace("\0", "")
    return "'" + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _header(counts: Mapping[str, int]) -> list[str]:
    numbered = [
        f"{kind} {number} - {part}"
        for kind, count in counts.items()
        for number in range(1, count + 1)
        for part in _PARTS[kind]
    ]
    return [*_NAMES, *numbered]


def _cells(rows: Rows, counts: Mapping[str, int]) -> Iterator[str]:
    for kind, count in counts.items():
        for row in rows[kind]:
            yield from row
        yield from [""] * (len(_PARTS[kind]) * (count - len(rows[kind])))


def _single(contact: Contact) -> list[str]:
    organizations = contact.organizations
    first_name, file_as = _shown(contact)
    return [
        *(first_name, contact.middle_name, contact.last_name),
        *("", "", ""),
        *(contact.prefix, contact.suffix, contact.nickname, file_as),
        _joined([it.name for it in organizations]),
        _joined([it.title for it in organizations]),
        _joined([it.department for it in organizations]),
        *(_birthday(contact.birthday), contact.note, "", _joined(contact.groups)),
    ]


def _joined(values: Sequence[str]) -> str:
    return SEVERAL.join(values) if any(values) else ""


def _shown(contact: Contact) -> tuple[str, str]:
    """First name and "File As": the layout has no column for a full name that is not made of the parts."""
    parts = [contact.prefix, contact.first_name, contact.middle_name, contact.last_name, contact.suffix]
    companies = [it.name for it in contact.organizations]
    if not any(parts) and contact.full_name not in companies:
        return contact.full_name, ""
    usual = {"", " ".join(filter(None, parts)), " ".join(filter(None, parts[1:4])), *companies[:1]}
    return contact.first_name, "" if contact.full_name in usual else contact.full_name


def _numbered(contact: Contact) -> Rows:
    return {
        "E-mail": [(_label(it.type, it.primary), it.address) for it in contact.emails],
        "Phone": [(_label(it.type, it.primary), it.number) for it in contact.phones],
        "Address": [_address(it) for it in contact.addresses],
        "Website": [("", url) for url in contact.urls],
    }


def _label(kind: str, primary: bool = False) -> str:
    """As Google spells it: "Work Fax"; "* " in front marks the one to use first. A custom label stays as it is."""
    label = string.capwords(kind) if kind.islower() else kind
    return f"* {label}" if primary else label


def _address(address: Address) -> Sequence[str]:
    return (
        *(_label(address.type), address.formatted, address.street, address.city, ""),
        *(address.region, address.postal_code, address.country, ""),
    )


def _birthday(birthday: Birthday | None) -> str:
    """ISO 8601; Google writes two dashes for a year that is not known."""
    if birthday is None:
        return ""
    year = "-" if birthday.year is None else f"{birthday.year:04}"
    return f"{year}-{birthday.month:02}-{birthday.day:02}"
