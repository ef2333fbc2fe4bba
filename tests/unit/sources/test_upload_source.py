"""The source of files that users give: every record once, from any point on, and nothing lost in silence."""

from collections.abc import Sequence
from typing import Any

import pytest

from rubrica.adapters.memory import MemoryFiles
from rubrica.domain.contacts import Contact, Group
from rubrica.domain.credential import File
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import CredentialLost, FileNotContacts, FileUnreadable, PageUnreadable, ServerSilent
from rubrica.formats import contact_file
from rubrica.ports import Batch, Cursor
from rubrica.sources.upload.source import Upload
from tests.fakes import CREDENTIAL, any_import

CSV = b"First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value\r\nAnna,Example,Home,anna@example.com\r\n"


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])


def person(number: int) -> str:
    return card(f"UID:uid-{number}", f"FN:Person {number}", f"EMAIL:person-{number}@example.com")


def batches(content: bytes | str, cursor: Cursor | None = None) -> list[Batch]:
    files = MemoryFiles()
    file = files.keep(any_import(), content.encode() if isinstance(content, str) else content)
    return list(Upload(files, contact_file.read).read(file, cursor, lambda: False))


def contacts(found: Sequence[Batch]) -> list[Contact]:
    return [contact for batch in found for contact in batch.contacts]


def entries(found: Sequence[Batch]) -> list[Entry]:
    return [entry for batch in found for entry in batch.entries]


def test_a_vcard_file_is_read_card_by_card_and_announces_them_at_its_end() -> None:
    found = batches("".join(map(person, range(1, 1_201))))

    assert [len(batch.contacts) for batch in found] == [500, 500, 200]
    assert [batch.announced for batch in found] == [None, None, 1_200]
    assert [batch.cursor for batch in found] == [{"records": 500}, {"records": 1_000}, {"records": 1_200}]
    assert contacts(found)[16].emails[0].address == "person-17@example.com"
    assert contacts(found)[16].place == "card 17"
    assert len({contact.id for contact in contacts(found)}) == 1_200


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_rest_of_a_file_is_the_same_from_every_cursor(at: int) -> None:
    copies = [person(number % 700) for number in range(1_400)]
    whole = batches("".join(copies))

    rest = batches("".join(copies), whole[at].cursor)

    assert contacts(rest)[: len(contacts(whole[at + 1 :]))] == contacts(whole[at + 1 :])
    assert entries(rest) == entries(whole[at + 1 :])
    assert rest[-1].cursor == whole[-1].cursor


def test_time_that_is_over_ends_a_batch_early_and_is_no_end_of_the_file() -> None:
    files = MemoryFiles()
    file = files.keep(any_import(), "".join(map(person, range(1, 601))).encode())
    upload = Upload(files, contact_file.read)

    first = next(upload.read(file, None, lambda: True))

    assert (len(first.contacts), first.cursor, first.announced) == (50, {"records": 50}, None)
    rest = list(upload.read(file, first.cursor, lambda: False))
    assert [len(batch.contacts) for batch in rest] == [450, 100]
    with pytest.raises(ServerSilent):
        next(upload.read(file, rest[0].cursor, lambda: True))


def test_a_csv_file_is_told_by_its_content_and_read_row_by_row() -> None:
    (batch,) = batches(CSV)

    (anna,) = batch.contacts
    assert (anna.first_name, anna.last_name, anna.emails[0].address) == ("Anna", "Example", "anna@example.com")
    assert (anna.place, batch.announced, len(anna.id)) == ("row 2", 1, 24)


def test_a_poisoned_card_is_reported_and_costs_no_other() -> None:
    poisoned = card("FN;=;:", "\x07junk")

    found = batches(person(1) + poisoned + person(3))

    assert [contact.full_name for contact in contacts(found)] == ["Person 1", "Person 3"]
    ((place, fate, reasons, _),) = entries(found)
    assert (place, fate) == ("card 2", Fate.REJECTED)
    assert reasons


def test_a_group_is_no_contact_and_says_who_is_in_it() -> None:
    members = [f"MEMBER:uid-{number}" for number in (1, 2)]
    group = "\r\n".join(["BEGIN:VCARD", "VERSION:4.0", "KIND:group", "UID:g", "FN:Friends", *members, "END:VCARD", ""])

    (batch,) = batches(person(1) + person(2) + group)

    assert batch.groups == [Group("g", "Friends", ("uid-1", "uid-2"))]
    assert len(batch.contacts) == 2
    assert batch.entries == [Entry("card 3", Fate.ACCEPTED, (Reason.GROUP,))]


@pytest.mark.parametrize("copy", [person(7), card("FN:Nobody in particular", "EMAIL:nobody@example.com")])
def test_ten_thousand_copies_are_one_contact_and_nine_thousand_lines_more(copy: str) -> None:
    found = batches(copy * 10_000)

    (one,) = contacts(found)
    assert len(entries(found)) == 9_999
    assert {(fate, reasons, identity) for _, fate, reasons, identity in entries(found)} == {
        (Fate.MERGED, (Reason.SAME_RECORD,), one.id)
    }
    assert [one] == contacts(batches(copy * 3))


def test_contacts_that_only_share_an_identifier_or_only_look_the_same_are_kept() -> None:
    found = batches(
        card("UID:a", "FN:One")
        + card("UID:a", "FN:Two")
        + card("UID:b", "FN:Two")
        + card("FN:Two")
        + card("UID:a", "FN:One")
    )

    assert [contact.full_name for contact in contacts(found)] == ["One", "Two", "Two", "Two"]
    assert len({contact.id for contact in contacts(found)}) == 4
    assert [(entry.place, entry.fate) for entry in entries(found)] == [("card 5", Fate.MERGED)]


def test_an_identity_outlives_a_change_of_the_contact_where_the_file_has_identifiers() -> None:
    before, after = batches(card("UID:a", "FN:Anna")), batches(card("UID:a", "FN:Anna Example"))

    assert contacts(before)[0].id == contacts(after)[0].id


NOTHING: list[Any] = [
    b"",
    b"  \r\n\t",
    b"\xef\xbb\xbf",
    b"PK\x03\x04\x14\x00\x06\x00 [Content_Types].xml",
    b"\x1f\x8b\x08\x00 zipped",
    b"<!doctype html><title>Sign in</title>",
    b'{"contacts": []}',
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
    b"BEGIN:VCARD\r\n",
    bytes(range(1, 256)) * 40,
]


@pytest.mark.parametrize("content", NOTHING)
def test_a_file_without_any_contact_is_no_success_without_contacts(content: bytes) -> None:
    with pytest.raises(FileNotContacts):
        batches(content)
    with pytest.raises(FileNotContacts):
        contact_file.check(content)


def test_rows_without_a_heading_that_tells_are_said_to_be_so() -> None:
    with pytest.raises(FileUnreadable):
        contact_file.check(b"1,2,3\r\n4,5,6\r\n")


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        person(1).encode(),
        b"\xef\xbb\xbf \r\n" + person(1).encode(),
        person(1).encode("utf-16"),
        b"X-WHATEVER:1\r\n" + person(1).encode(),
        b"begin:vcard\nfn:Anna\nend:vcard",
    ],
)
def test_what_a_file_is_is_told_by_what_it_begins_with(content: bytes) -> None:
    contact_file.check(content)

    assert len(contacts(batches(content))) == 1


def test_whoever_has_no_file_reads_nothing() -> None:
    with pytest.raises(CredentialLost):
        next(Upload(MemoryFiles(), contact_file.read).read(CREDENTIAL, None, lambda: False))
    with pytest.raises(PageUnreadable):
        next(Upload(MemoryFiles(), contact_file.read).read(File(1126, 1, "key"), None, lambda: False))
