import time
import tracemalloc
from collections import deque
from collections.abc import Iterator

import pytest

from rubrica.domain.contacts import Contact, Group, Record
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.vcard import read_card, read_file
from rubrica.formats.vcard.limits import MEMBERS

GOOD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Good\r\nEND:VCARD\r\n"
START = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n"
OLD_START = "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ada\r\n"
END = "END:VCARD\r\n"


def read(text: str) -> list[Record]:
    return list(read_file([text.encode()]))


def test_poison_between_good_cards_is_rejected_and_its_neighbours_kept() -> None:
    records = read(GOOD + "BEGIN:VCARD\r\nVERSION:3.0\r\nFN;=;:\r\nthis is junk\r\nEND:VCARD\r\n" + GOOD)

    assert [one.reasons for one in records] == [(), (Reason.CARD_MALFORMED,), ()]
    assert [one.place for one in records] == ["card 1", "card 2", "card 3"]


def test_lines_that_are_no_properties_are_left_out_and_said() -> None:
    (only,) = read("BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nthis is junk\nsee: that\nEND:VCARD\n")

    assert only.value == Contact(place="card 1", full_name="Ada")
    assert only.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_card_without_end_is_kept_and_said_and_the_next_one_is_read() -> None:
    records = read("BEGIN:VCARD\nVERSION:3.0\nFN:Cut\n" + GOOD + "BEGIN:VCARD\nFN:Last")

    assert [one.value.full_name for one in records if isinstance(one.value, Contact)] == ["Cut", "Good", "Last"]
    assert [one.reasons for one in records] == [(Reason.CARD_UNFINISHED,), (), (Reason.CARD_UNFINISHED,)]


def test_a_card_without_begin_is_rejected() -> None:
    assert [one.reasons for one in read("VERSION:3.0\nFN:Lost\nEND:VCARD\n" + GOOD)] == [(Reason.CARD_MALFORMED,), ()]


def test_text_around_cards_is_no_record() -> None:
    assert [one.reasons for one in read("Dear all,\n\n" + GOOD + "\n-- \nbye\n")] == [()]


def test_cards_on_one_line_with_the_end_of_another_are_told_apart() -> None:
    assert len(read((GOOD + GOOD).replace("END:VCARD\r\nBEGIN", "END:VCARDBEGIN"))) == 2


@pytest.mark.parametrize("lines", ["", "UID:only\n", "FN: \nN:;;;;\nEMAIL:\n", "CATEGORIES:a\nREV:2020\n"])
def test_a_card_that_tells_of_nobody_is_rejected(lines: str) -> None:
    (only,) = read(f"BEGIN:VCARD\nVERSION:3.0\n{lines}END:VCARD\n")

    assert only == Record("card 1", None, (Reason.CARD_EMPTY,))


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Sign in</body></html>",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "PK\x03\x04\x00\x00",
        '["vevent", []]',
        "[1, 2",
        "[" * 100_000,
        "[]",
        "no",
    ],
)
def test_what_is_no_card_is_said_to_be_none(text: str) -> None:
    records = read_card(text, "/book/a.vcf")

    assert len(records) == 1
    assert records[0].value is None
    assert records[0].place == "/book/a.vcf"
    assert set(records[0].reasons) <= {Reason.NOT_A_CARD, Reason.CARD_MALFORMED}


@pytest.mark.parametrize("text", ["", " \r\n", "\ufeff", "\x1a"])
def test_nothing_is_an_empty_card(text: str) -> None:
    assert read_card(text, "/a") == [Record("/a", None, (Reason.CARD_EMPTY,))]
    assert read(text) == [Record("card 1", None, (Reason.CARD_EMPTY,))]


def test_several_cards_of_one_object_have_places_of_their_own() -> None:
    assert [one.place for one in read_card(GOOD * 3, "/a")] == ["/a", "/a#2", "/a#3"]


def test_values_past_the_cap_are_left_out_and_said() -> None:
    lines = "".join(f"EMAIL:a{number}@example.com\n" for number in range(limits.VALUES + 1))
    (only,) = read(f"BEGIN:VCARD\n{lines}END:VCARD\n")

    assert isinstance(only.value, Contact)
    assert len(only.value.emails) == limits.VALUES
    assert only.reasons == (Reason.VALUES_CAPPED,)


def test_long_texts_are_cut_and_long_addresses_left_out() -> None:
    (only,) = read(f"{START}NOTE:{'x' * 100_000}\nEMAIL:{'a' * 2_000}@example.com\nTEL:{'1' * 2_000}\n{END}")

    assert isinstance(only.value, Contact)
    assert len(only.value.note) == limits.NOTE
    assert (only.value.emails, only.value.phones) == ((), ())
    assert only.reasons == (Reason.TEXT_CUT,)


def test_a_contact_fits_a_page_of_the_store() -> None:
    address = ";".join(["x" * 900] * 7)
    (only,) = read(START + f"ADR:{address}\r\n" * 200 + END)

    assert isinstance(only.value, Contact)
    assert sum(len(part) for one in only.value.addresses for part in one) <= limits.KEPT_TEXT
    assert only.reasons == (Reason.VALUES_CAPPED,)


HOSTILE = {
    "many e-mails": START + "".join(f"EMAIL:a{n}@example.com\r\n" for n in range(200_000)) + END,
    "a long note": f"{START}NOTE:{'x' * 20_000_000}\r\n{END}",
    "a note of emoji": f"{START}NOTE:{'🎉' * 3_000_000}\r\n{END}",
    "a folded note": START + "NOTE:" + "\r\n ".join(["x" * 74] * 200_000) + "\r\n" + END,
    "a name of semicolons": f"{START}N:{';' * 500_000}\r\n{END}",
    "many parameters": f"{START}EMAIL{';TYPE=A' * 50_000}:a@example.com\r\n{END}",
    "only semicolons before a colon": f"{START}TEL{';' * 4_000_000}:1\r\n{END}",
    "only semicolons and quotes": f'{START}TEL;X="{";" * 2_000_000}"{";" * 2_000_000}:1\r\n{END}',
    "one name before a colon": f"{START}{'x' * 4_000_000}:1\r\n{END}",
    "one quoted name before a colon": f'{START}"{"x;" * 2_000_000}":1\r\n{END}',
    "colons in quotes": START + "TEL" + ';X=":"' * 600_000 + ":1\r\n" + END,
    "one long list of types": f"{START}TEL;TYPE=a{',b' * 2_000_000}:1\r\n{END}",
    "many agents in a row": f"{OLD_START}AGENT{';x' * 2_000_000}:BEGIN:VCARD\r\n{END}",
    "agents that are none": OLD_START + "AGENT;x\r\n" * 400_000 + END,
    "many quotes": START + "EMAIL;X=" + '"' * 1_000_001 + ":a@example.com\r\n" + END,
    "an unclosed quote": START + 'EMAIL;X="' + "q;:" * 350_000 + "\r\n" + END,
    "soft breaks without end": OLD_START + "NOTE;ENCODING=QUOTED-PRINTABLE:" + "abc=\r\n" * 100_000,
    "nested cards": "BEGIN:VCARD\r\n" * 20_000 + END * 20_000,
    "nested agents": "BEGIN:VCARD\r\nFN:x\r\nAGENT:\r\n" * 20_000 + END * 20_000,
    "one line": "x" * 20_000_000,
    "one line of a card": START + "x" * 20_000_000,
    "carriage returns": "\r" * 10_000_000,
    "line feeds": START + "\n" * 10_000_000,
    "brackets": f"{START}EMAIL:{'<a@' * 300_000}\r\n{END}",
    "at signs": START + f"EMAIL:<{'@' * 400}\r\n" * 10_000 + END,
    "unknown charsets": START + "".join(f"NOTE;CHARSET=x{n}:=E9\r\n" for n in range(100_000)) + END,
    "tiny cards": "BEGIN:VCARD\nEND:VCARD\n" * 100_000,
}


@pytest.mark.bounded
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_in_little_time_and_memory(name: str) -> None:
    raw = (HOSTILE[name] + "\r\n" + GOOD).encode()
    pieces: Iterator[bytes] = (raw[at : at + 65_536] for at in range(0, len(raw), 65_536))

    start = time.process_time()
    last = deque(read_file(pieces), maxlen=1)[0]

    assert time.process_time() - start < 2
    assert isinstance(last.value, Contact), "the good card at the end is kept"


@pytest.mark.bounded
@pytest.mark.parametrize(
    "parameters",
    [
        ";" * 4_000_000,
        ";TYPE=HOME" + ",X" * 2_000_000,
        ';X="' + ";" * 4_000_000 + '"',
        ';X="' + "x" * 4_000_000 + ':"',
        ";TYPE=HOME" * 400_000,
        ';X=":"' * 600_000,
    ],
)
def test_parameters_past_the_cap_are_left_out_and_said(parameters: str) -> None:
    text = f"{START}TEL;TYPE=WORK{parameters}:+1 555 0100\r\n{END}"

    start = time.process_time()
    (only,) = read_card(text, "here")

    assert time.process_time() - start < 1
    assert isinstance(only.value, Contact)
    assert [phone.number for phone in only.value.phones] == ["+1 555 0100"]
    assert "work" in only.value.phones[0].type
    assert only.reasons == (Reason.VALUES_CAPPED,)


def test_many_cards_need_no_more_memory_than_one() -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(2_000):
            yield GOOD.encode() * 10

    tracemalloc.start()
    count = sum(isinstance(one.value, Contact) for one in read_file(pieces()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 20_000
    assert peak < 2_000_000


def test_a_group_keeps_its_members_up_to_a_cap() -> None:
    members = "".join(f"MEMBER:urn:uuid:{n}\r\n" for n in range(MEMBERS + 1))
    (only,) = read(f"{START}KIND:group\r\n{members}{END}")

    assert isinstance(only.value, Group)
    assert len(only.value.members) == MEMBERS
    assert only.reasons == (Reason.VALUES_CAPPED,)
