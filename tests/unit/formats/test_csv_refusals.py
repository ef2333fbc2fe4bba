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
from rubrica.formats.csv import limits, read
from rubrica.formats.vcard import limits as every

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
        b"just a line",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:A\nEND:VCARD\n",
        b"Notes:\nnothing\n",
        b"sep=;\n",
        b'"',
        b",,,,\n",
    ],
)
def test_columns_that_tell_and_reach_nobody_are_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read(data)


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
    except (FileUnreadable, AddressBookTooLarge):
        return []
    finally:
        assert time.process_time() - start < 2


def filled(begin: bytes, fill: bytes, end: bytes = b"", size: int = 4 * 2**20) -> bytes:
    return begin + fill * (size // len(fill)) + end


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
        filled(HEADER, b",,\n", size=300_000),
        filled(HEADER, b"A\n"),
        filled(HEADER, b"\n"),
        filled(HEADER, b"\r"),
        filled(b"Name;Email\n", "🎉".encode()),
        filled(b"", b"Email address of somebody ") + b",Email\n",
        filled(b"Email", b",e-mail e-mail e-mail e-mail e-mail e-mail") + b"\na\n",
    ],
)
def test_a_file_made_to_hurt_is_read_like_any_other(data: bytes) -> None:
    for record in lasting(data):
        assert record.value is not None or record.reasons
        assert record.value is None or len(str(record.value)) < 2 * every.KEPT_TEXT
