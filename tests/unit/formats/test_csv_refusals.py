"""Files that are refused whole, and files made to hurt: refused or read within the time and memory of any other."""

import gzip
import io
import time
import tracemalloc
import zipfile

import pytest

from rubrica.domain.contacts import Contact, Record
from rubrica.domain.ledger import Reason
from rubrica.errors import AddressBookTooLarge, FileNotContacts, FileUnreadable
from rubrica.formats import limits as every
from rubrica.formats.csv import limits, read

HEADER = b"Name,Email,Notes\n"
LAST = b"Z,z@example.com,\n"


def archive() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as packed:
        packed.writestr(zipfile.ZipInfo("xl/workbook.xml"), "<workbook/>")
    return raw.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf",
        b" \r\n\r\n",
        archive(),
        gzip.compress(HEADER + LAST, mtime=0),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF-1.7",
        b"<!doctype html><p>Name,Email",
        b'<?xml version="1.0"?><a/>',
        b'{"people": []}',
        b'[{"name": "A"}]',
        HEADER + b"A\0,a@example.com\n",
        bytes(range(1, 256)),
        "<html>".encode("utf-16"),
    ],
)
def test_what_is_no_text_is_refused_by_its_content(data: bytes) -> None:
    with pytest.raises(FileNotContacts):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"Colour,Size\nred,1\n",
        b"Phone: 555\nHello, world\n",
        b"I write mail every day, as you know\nand that is all, for now\n",
        b"Well, my first dog\nwas brown, and big\n",
        b"TEL;CELL:5550100\nN:Doe;Jane\n",
        b"Name:\tJane\nPhone:\t1\n",
        b"X-A:1\nBEGIN:VCARD\nVERSION:3.0\nFN:A\nTEL;TYPE=CELL:1\nEMAIL:a@example.com\nEND:VCARD\n",
        b"sep=;\n",
        b",,,,\n",
    ],
)
def test_columns_that_tell_and_reach_nobody_are_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read(data)


LDIF = b"""dn: cn=Jane Doe,ou=x
objectclass: top
cn: Jane Doe
mail: jane@example.com
telephonenumber: 5550100

dn: cn=B
cn: B
mail: b@example.com
jpegphoto:< file:///etc/passwd
"""


@pytest.mark.parametrize(
    "data",
    [
        LDIF,
        b"\xef\xbb\xbfversion: 1\r\n# of mine\r\n\r\n" + LDIF.replace(b"\n", b"\r\n"),
        b"dn:: Y249SmFuZQ==\nchangetype: delete\n",
        LDIF.partition(b"\n")[2],
        b"telephonenumber: 5550100\n" * 3,
        b"Name: Jane Doe\nEmail: jane@example.com\n\nName: B\nEmail: b@example.com\n",
        b"Contact me by mail\nHello world\nfoo bar\n",
        b"Contact me by mail\nHello world or jane@example.com soon\n",
        b"Phone: 555\nHello world\n",
        b"Telephone\nnone of 2024\n",
        b"My first dog\nwas brown\n",
        b"Customer email\n",
        b"just a line",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:A\nEND:VCARD\n",
        b"Notes:\nnothing\n",
        b'"',
    ],
)
def test_text_without_columns_is_no_table(data: bytes) -> None:
    with pytest.raises(FileNotContacts):
        read(data)


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"Email\na@example.com\n", 1),
        (b"Email\n", 0),
        (b"Customer email\n\nnone\nmailto:a@example.com\n", 1),
        (b"Name\nAnna\n", 1),
        (b"Telephone\n+41 44 555 01 00\n", 1),
        (b"Contact: Name,Contact: Email\nAnna,\n", 1),
        (b"Contact: E-mail\na@example.com\n", 1),
        (b"Customer email,Customer no\n" + b",1\n" * 90 + b"Anna <a@example.com>,2\n", 1),
        (b"Guest first name,Guest last name\nAnna,Example\n", 1),
    ],
)
def test_a_lone_column_is_believed_when_its_values_bear_it_out(data: bytes, kept: int) -> None:
    assert sum(isinstance(record.value, Contact) for record in read(data)) == kept


@pytest.mark.parametrize("data", [bytes(limits.FILE + 1), HEADER + b"A\n" * (limits.LINES + 1)], ids=["bytes", "lines"])
def test_a_file_beyond_the_limits_is_refused(data: bytes) -> None:
    with pytest.raises(AddressBookTooLarge):
        read(data)


def test_memory_stays_in_proportion() -> None:
    data = filled(HEADER + b'A,a@example.com,"', b"x\n", b'"\n' + LAST, size=300_000)
    tracemalloc.start(1)
    list(read(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20 * len(data)


def lasting(data: bytes) -> list[Record]:
    """The records of a hostile file, read or refused within 2 s of processor time."""
    start = time.process_time()
    try:
        return list(read(data))
    except (FileNotContacts, FileUnreadable, AddressBookTooLarge):
        return []
    finally:
        assert time.process_time() - start < 2


def filled(begin: bytes, fill: bytes, end: bytes = b"", size: int = 4 * 2**20) -> bytes:
    return begin + fill * (size // len(fill)) + end


def wide(heading: bytes, row: bytes, size: int = 4_000_000) -> bytes:
    """A file with a header of 4,000 columns and as many rows as there is room for."""
    columns = [heading % number if b"%" in heading else heading for number in range(4_000)]
    return filled(b"First Name," + b",".join(columns) + b"\n", row, size=size)


@pytest.mark.bounded
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (filled(HEADER + b'A,a@example.com,"', b"x", b'"\n' + LAST), Reason.CARD_TOO_LARGE),
        (filled(HEADER + b'A,a@example.com,"', b"x\n", b'"\n' + LAST, 300_000), Reason.CARD_TOO_LARGE),
        (filled(HEADER + b"A,a@example.com,", b",", b"\n" + LAST), Reason.CARD_TOO_LARGE),
        (filled(HEADER + b"A,a@example.com,", b"x", b"\n" + LAST, 200_000), Reason.CARD_TOO_LARGE),
        (filled(HEADER + b"A,a@example.com,", b"x", b"\n" + LAST, 100_000), Reason.TEXT_CUT),
        (filled(HEADER + b'A,"', b"a@example.com;", b'",\n' + LAST, 100_000), Reason.VALUES_CAPPED),
        (filled(HEADER + b'A,"', b"a@example.com:::", b'",\n' + LAST, 100_000), Reason.VALUES_CAPPED),
        (HEADER + b"A," + b"a" * 100_000 + b"@example.com,\n" + LAST, Reason.TEXT_CUT),
        (HEADER + b"A," + b"<" * 100_000 + b"@,\n" + LAST, Reason.TEXT_CUT),
    ],
)
def test_a_row_beyond_all_measure_costs_no_other_row(data: bytes, reason: Reason) -> None:
    first, *_, last = lasting(data)

    assert first.reasons == (reason,)
    assert isinstance(last.value, Contact)
    assert last.value.full_name == "Z"


@pytest.mark.bounded
@pytest.mark.parametrize(
    "data",
    [
        filled(b"Email" + b",Email" * 20_000 + b"\n", b"a@example.com,"),
        filled(HEADER, b'"'),
        filled(HEADER, b'",\n', size=300_000),
        filled(HEADER, b'"\n', size=200_000),
        filled(HEADER, b'A,"x\ny" z\n', size=500_000),
        filled(b"Name,Email\n", b'x","\n', size=50_000),  # each line opens a quote that is open to the file's end
        filled(HEADER, b",,\n", size=300_000),
        filled(HEADER, b"A\n"),
        filled(HEADER, b"\n"),
        filled(HEADER, b"\r"),
        filled(b"Name;Email\n", "🎉".encode()),
        filled(b"", b"Email address of somebody ") + b",Email\n",
        filled(b"Email", b",e-mail e-mail e-mail e-mail e-mail e-mail") + b"\na\n",
        wide(b"E-mail %d - Value", b"x,a@example.com\n", 600_000),  # short rows below a wide header
        wide(b"Address %d - Street", b"x,a street\n", 500_000),
        wide(b"Birthday", b"x,1/13/1980\n", 400_000),
        wide(b"Birthday", b"x\n", 120_000),
        wide(b"Phone %d - Value", b"1," * 4_000 + b"\n"),
        wide(b"Address %d - Street", b"a," * 4_000 + b"\n"),
        wide(b"Organization %d - Name", b"a," * 4_000 + b"\n"),
        filled(b"Name,Email\n", b'x","\n', size=300_000),
    ],
)
def test_a_file_made_to_hurt_is_read_like_any_other(data: bytes) -> None:
    for record in lasting(data):
        assert record.value is not None or record.reasons
        assert record.value is None or len(str(record.value)) < 2 * every.KEPT_TEXT
