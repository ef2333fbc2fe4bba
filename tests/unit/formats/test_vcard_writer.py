import re

import pytest
import vobject  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.formats import vcard_writer
from rubrica.formats.vcard_writer import fold, write
from tests.unit.contact_strategies import contacts


def lines(*found: Contact) -> list[str]:
    """The content lines, unfolded."""
    return write(found).decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def inner(contact: Contact) -> list[str]:
    """The lines of one card but for the frame and the name that every card has."""
    return [line for line in lines(contact)[2:-1] if not line.startswith(("FN:", "UID"))]


def test_a_whole_contact_becomes_a_card() -> None:
    contact = Contact(
        id="c1",
        uid="urn:uuid:1",
        full_name="Zoë Example",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example",
        suffix="Ph.D.",
        nickname="Zo",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org")),
        phones=(Phone("+49 30 1", "work fax"), Phone("+49 30 2", "mobile", True)),
        addresses=(
            Address("home", "1 Main St\n2nd floor", "Springfield", "S", "12345", "Nowhere", 'the "old"\nhouse'),
        ),
        organizations=(Organization("Example; Ltd", "Bread, fresh", "Baker"),),
        birthday=Birthday(1985, 4, 12),
        groups=("Friends", "Choir, the"),
        note="hello,\nworld",
        urls=("https://example.com/?a=1,2;3",),
    )

    assert lines(contact) == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "UID;VALUE=text:urn:uuid:1",
        "FN:Zoë Example",
        "N:Example;Zoë;Maria;Dr.;Ph.D.",
        "NICKNAME:Zo",
        "BDAY:19850412",
        "EMAIL;TYPE=work;PREF=1:zoe@example.com",
        "EMAIL:z@example.org",
        "TEL;TYPE=work,fax:+49 30 1",
        "TEL;TYPE=cell;PREF=1:+49 30 2",
        "ADR;TYPE=home;LABEL=\"the ^'old^'^nhouse\":;;1 Main St\\n2nd floor;Springfield;S;12345;Nowhere",
        "ORG:Example\\; Ltd;Bread\\, fresh",
        "TITLE:Baker",
        "CATEGORIES:Friends,Choir\\, the",
        "NOTE:hello\\,\\nworld",
        "URL:https://example.com/?a=1,2;3",
        "END:VCARD",
    ]


def test_a_custom_label_stands_beside_its_value() -> None:
    contact = Contact(emails=(Email("a@example.com", "Boat; blue", True),), addresses=(Address("Cabin", city="X"),))

    assert inner(contact) == [
        "item1.EMAIL;PREF=1:a@example.com",
        "item1.X-ABLabel:Boat\\; blue",
        "item2.ADR:;;;X;;;",
        "item2.X-ABLabel:Cabin",
    ]


def test_a_type_that_only_telephones_know_is_a_label_of_an_email() -> None:
    contact = Contact(emails=(Email("a@example.com", "mobile"),), phones=(Phone("1", "mobile"),))

    assert inner(contact) == ["item1.EMAIL:a@example.com", "item1.X-ABLabel:mobile", "TEL;TYPE=cell:1"]


def test_a_title_stays_with_its_organization() -> None:
    contact = Contact(organizations=(Organization("One", "", "Baker"), Organization("", "Bread"), Organization("Two")))

    assert inner(contact) == ["org1.ORG:One", "org1.TITLE:Baker", "org2.ORG:;Bread", "org3.ORG:Two"]


def test_a_birthday_without_year_keeps_its_day() -> None:
    assert inner(Contact(birthday=Birthday(None, 2, 29))) == ["BDAY:--0229"]


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        (Contact(first_name="Zoë", last_name="Example", prefix="Dr."), "Dr. Zoë Example"),
        (Contact(nickname="Zo", emails=(Email("a@example.com"),)), "Zo"),
        (Contact(organizations=(Organization("Example Ltd"),)), "Example Ltd"),
        (Contact(emails=(Email("a@example.com"),)), "a@example.com"),
        (Contact(phones=(Phone("123"),)), "123"),
        (Contact(), ""),
    ],
)
def test_every_card_has_the_best_name_there_is(contact: Contact, shown: str) -> None:
    assert f"FN:{shown}" in lines(contact)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_no_value_ends_its_line(end: str) -> None:
    poison = f"x{end}END:VCARD{end}BEGIN:VCARD"
    contact = Contact(
        uid=poison,
        full_name=poison,
        first_name=poison,
        nickname=poison,
        emails=(Email(poison, poison),),
        phones=(Phone(poison, "work"),),
        addresses=(Address(poison, *[poison] * 6),),
        organizations=(Organization(poison, poison, poison),),
        groups=(poison,),
        note=poison,
        urls=(poison,),
    )

    text = write([contact]).decode()

    assert [line for line in text.splitlines() if line.startswith("END:")] == ["END:VCARD"]
    assert len(text.splitlines()) == text.count("\r\n")


def test_lines_are_folded_at_75_octets_and_never_inside_a_character() -> None:
    line = "NOTE:" + "ä王😀x" * 100
    folded = fold(line)

    assert folded.replace("\r\n ", "") == line + "\r\n"
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
    assert max(len(piece.encode()) for piece in folded.split("\r\n")) > 70


@given(st.text(max_size=400))
def test_folding_loses_nothing(text: str) -> None:
    line = "NOTE:" + re.sub(r"[\r\n]", "", text)

    assert fold(line).replace("\r\n ", "") == line + "\r\n"
    assert all(len(piece) <= 75 for piece in fold(line).encode().split(b"\r\n"))


def readable(text: str) -> str:
    """`text` as it can stand in a card: one kind of line break, no control characters, whole characters."""
    return re.sub("[\ud800-\udfff]", "?", vcard_writer._clean(text))


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts(), max_size=3))
def test_an_independent_reader_reads_every_card(found: list[Contact]) -> None:
    cards = list(vobject.readComponents(write(found).decode()))

    assert len(cards) == len(found)
    for card, contact in zip(cards, found, strict=True):
        assert [it.value for it in card.contents.get("email", [])] == [readable(it.address) for it in contact.emails]
        assert [it.value for it in card.contents.get("tel", [])] == [readable(it.number) for it in contact.phones]
        assert [it.value for it in card.contents.get("note", [])] == ([readable(contact.note)] if contact.note else [])
