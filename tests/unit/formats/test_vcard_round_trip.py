"""What our reader reads, our writer writes so that our reader reads it again, and independent readers agree."""

from collections.abc import Iterable

import pytest

from local.sandbox.people import card, people
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.formats import vcard_writer
from rubrica.formats.vcard import read_file
from tests.corpus import ABSENT, CORPUS

FILES = sorted(CORPUS.glob("files/**/*.vcf"))
LARGEST = 3_000_000


def read(data: bytes) -> list[Contact]:
    return [record.value for record in read_file([data]) if isinstance(record.value, Contact)]


def stripped(contacts: Iterable[Contact]) -> list[Contact]:
    """Without what a file cannot say, and with the name that the writer gives to a contact that has none."""
    return [it._replace(id="", place="", full_name=it.full_name or vcard_writer._shown(it)) for it in contacts]


def test_invented_people_survive_a_round_trip() -> None:
    found = read("".join(card(person) for person in people(300, seed=7)).encode())

    assert len(found) == 300
    assert stripped(read(vcard_writer.write(found))) == stripped(found)


def test_a_contact_with_everything_survives_a_round_trip() -> None:
    contact = Contact(
        uid="uid-1",
        full_name="Zoë, the; one\\two",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example; Sample",
        suffix="Ph.D.",
        nickname="Zo",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org", "Boat, blue"), Email("a@example.net")),
        phones=(Phone("+49 30 1", "work fax"), Phone("+49 30 2", "mobile", True), Phone("112", "Emergency")),
        addresses=(
            Address("home", "1 Main St\n2nd floor", "Springfield", "S", "12345", "Nowhere"),
            Address("Cabin", city="X"),
        ),
        organizations=(Organization("Example; Ltd", "Bread, fresh", "Baker"), Organization("Other Ltd", "", "Owner")),
        birthday=Birthday(None, 2, 29),
        groups=("Friends", "Choir, the"),
        note="hello,\nworld " + "ä😀" * 80,
        urls=("https://example.com/?a=1,2;3",),
    )

    assert stripped(read(vcard_writer.write([contact]))) == [contact]


@pytest.mark.skipif(not FILES, reason=ABSENT)
def test_real_files_survive_a_round_trip() -> None:
    for file in FILES:
        if file.stat().st_size < LARGEST:
            found = read(file.read_bytes())
            assert stripped(read(vcard_writer.write(found))) == stripped(found), file.name
