"""What our writer writes, our reader reads, as far as Google's layout can say it."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from local.sandbox.people import card, people
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.formats import csv_writer
from rubrica.formats.csv import read
from rubrica.formats.vcard import read_file
from tests.unit.contact_strategies import contacts

PLAIN = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


def read_back(found: list[Contact]) -> list[Contact]:
    return [record.value for record in read(csv_writer.write(found)) if isinstance(record.value, Contact)]


def test_a_contact_with_everything_survives_a_round_trip() -> None:
    contact = Contact(
        place="row 2",
        full_name="Example, Zoë",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="=Example; Sample",
        suffix="Ph.D.",
        nickname="Zo",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org", "Boat, blue"), Email("a@example.net")),
        phones=(Phone("+49 30 1", "work fax"), Phone("+49 30 2", "mobile", True), Phone("112", "Emergency")),
        addresses=(
            Address("home", "1 Main St\n2nd floor", "Springfield", "S", "12345", "Nowhere", "all of it"),
            Address("Cabin", city="X"),
        ),
        organizations=(Organization("Example; Ltd", "Bread, fresh", "Baker"), Organization("Other Ltd", "", "Owner")),
        birthday=Birthday(None, 2, 29),
        groups=("Friends; old", "Choir, the"),
        note='hello,\n"world" ' + "ä😀" * 80,
        urls=("https://example.com/?a=1,2;3",),
    )

    assert read_back([contact]) == [contact]


def test_invented_people_survive_a_round_trip() -> None:
    cards = [card(person).encode() for person in people(300, seed=7)]
    found = [record.value for record in read_file(cards) if isinstance(record.value, Contact)]

    for one, other in zip(read_back(found), found, strict=True):
        assert (one.first_name, one.last_name, one.note) == (other.first_name, other.last_name, other.note)
        assert [it.address for it in one.emails] == [it.address for it in other.emails]
        assert [it.number for it in one.phones] == [it.number for it in other.phones]
        assert (one.organizations, one.birthday, one.groups) == (other.organizations, other.birthday, other.groups)


@settings(max_examples=60)
@given(st.lists(contacts(), max_size=4))
def test_any_contact_that_is_written_is_read_as_one_row(found: list[Contact]) -> None:
    records = list(read(csv_writer.write(found)))

    assert len(records) == len(found)


@given(PLAIN, PLAIN, st.lists(PLAIN.map(lambda name: f"{name}@example.com"), max_size=6), PLAIN)
def test_plain_values_are_read_as_they_were_written(first: str, last: str, emails: list[str], note: str) -> None:
    contact = Contact(
        place="row 2", first_name=first, last_name=last, emails=tuple(map(Email, emails)), note=f"{note}\n{first}"
    )

    assert read_back([contact]) == [contact]


def test_what_keeps_a_spreadsheet_from_reckoning_is_taken_away_again() -> None:
    contact = Contact(place="row 2", first_name="@home", last_name="-x", note="=1+1")

    written = csv_writer.write([contact]).decode()

    assert re.search("'@home.*'-x.*'=1", written)
    assert read_back([contact]) == [contact]
