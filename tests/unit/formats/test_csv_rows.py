"""Where a row begins and ends, and what becomes of one that is broken."""

import pytest
from csv_contacts import contact, contacts, records, row

from rubrica.domain.contacts import Contact, Email
from rubrica.domain.ledger import Reason
from rubrica.formats.csv import read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_content(delimiter: str) -> None:
    assert row({"First Name": "A, B; C", "Email": "a@example.com"}, delimiter).first_name == "A, B; C"


def test_the_line_that_names_the_delimiter_for_excel_is_no_row() -> None:
    (one,) = records("sep=;", "First Name;Last Name", "A;B")

    assert one.place == "row 2"
    assert contacts("sep=\t\nFirst Name\tLast Name\nA\tB")[0].last_name == "B"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found_by_content(encoding: str) -> None:
    mark = b""
    assert contacts(mark + "Name;Straße\nZoë Müller;Größe 1\n".encode(encoding))[0].full_name == "Zoë Müller"


def test_damaged_utf8_stays_utf8_and_is_said_to_be_damaged() -> None:
    (one, two) = read("Name,Notes\nZoë Müller,ÄÖÜ\nÄda,".encode() + b"\xff")

    assert isinstance(one.value, Contact)
    assert one.value.full_name == "Zoë Müller"
    assert (one.reasons, two.reasons) == ((), (Reason.TEXT_REPLACED,))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like_and_notes_have_lines_of_their_own(end: str) -> None:
    (one, two) = contacts(end.join(["Name,Notes", 'A,"x', 'y, ""z"""', "B,"]) + end)

    assert one.note == 'x\ny, "z"'
    assert (two.full_name, two.place) == ("B", "row 3")


def test_ragged_rows_are_kept_and_surplus_cells_are_reported() -> None:
    short, long, padded = records("First Name,Last Name,Email", "A", "B,C,b@example.com,surplus", "D,,,,,")

    assert short.value == Contact(place="row 2", first_name="A")
    assert short.reasons == padded.reasons == ()
    assert isinstance(long.value, Contact)
    assert long.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_row_of_empty_cells_is_rejected_and_a_blank_line_is_none() -> None:
    found = records("First Name,Last Name", "A,B", "", " ,", "C,D", "")

    assert [(it.place, it.reasons) for it in found] == [
        ("row 2", ()),
        ("row 4", (Reason.CARD_EMPTY,)),
        ("row 5", ()),
    ]


def test_a_header_alone_is_a_file_without_contacts() -> None:
    assert records("First Name,Last Name,E-mail Address", "") == []


@pytest.mark.parametrize(
    "broken",
    ['A,"a@example.com', 'A,"a@example.com\nB,b@example.com', 'A,"a@example.com\nB,"b@example.com"'],
)
def test_a_quote_that_is_never_closed_swallows_no_other_row(broken: str) -> None:
    found = records("Name,Email", broken, "C,c@example.com", 'D,"d@example.com"')

    last = found[-2:]
    assert found[0].reasons == (Reason.CARD_UNFINISHED,)
    assert [it.value.full_name for it in last if isinstance(it.value, Contact)] == ["C", "D"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("blank", [" ", "   "])
def test_blanks_before_a_quote_are_no_part_of_the_cell(delimiter: str, blank: str) -> None:
    gap = delimiter + blank
    (one,) = records(f"Name{gap}Email{gap}Notes", f'"Doe{gap}Ann"{gap}"a@example.com"{gap}"x\ny"')

    assert isinstance(one.value, Contact)
    assert (one.value.full_name, one.value.emails) == (f"Doe{gap}Ann", (Email("a@example.com"),))
    assert (one.value.note, one.reasons) == ("x\ny", ())


def test_a_name_in_quotes_after_a_blank_may_have_a_comma_in_it() -> None:
    (one, two) = records('"Email", "Name"', 'a@example.com, "Doe, Ann"', ' "b@example.com" , "Doe, Bob" ')

    assert isinstance(one.value, Contact)
    assert isinstance(two.value, Contact)
    assert (one.value.full_name, two.value.full_name) == ("Doe, Ann", "Doe, Bob")
    assert two.value.emails == (Email("b@example.com"),)
    assert (one.reasons, two.reasons) == ((), ())


def test_a_blank_may_lie_between_the_cells() -> None:
    assert contacts("sep= \nName Email\nA a@example.com")[0].emails == (Email("a@example.com"),)


def test_rows_after_many_broken_ones_are_still_read() -> None:
    broken = [f'A,,"open\nB{at},b@example.com,' for at in range(1_500)]
    *first, last = records("Name,Email,Notes", *broken, 'C,,"d', 'e"')

    assert [it.reasons for it in first] == [(Reason.CARD_UNFINISHED,), ()] * len(broken)
    assert isinstance(last.value, Contact)
    assert (last.value.full_name, last.value.note, last.reasons) == ("C", "d\ne", ())


def test_after_too_many_quotes_that_are_never_closed_every_line_is_a_row() -> None:
    broken = ['x",,"'] * 2_000  # each line closes the last one's quote and opens one
    tail = ['C,c@example.com,"d, e"', "", "F", 'G,,"open', 'H,"the" h,', "I,,"]
    found = records("Name,Email,Notes", *broken, *tail)

    last, short, open_, inside, plain = found[-5:]
    assert {it.reasons for it in found[:2_000]} == {(Reason.CARD_UNFINISHED,)}
    assert isinstance(last.value, Contact)
    assert (last.value.full_name, last.value.note, last.reasons) == ("C", "d, e", ())
    assert (short.place, plain.place, plain.reasons) == ("row 2004", "row 2007", ())
    assert short.reasons == open_.reasons == (Reason.CARD_UNFINISHED,)
    assert Reason.CARD_UNFINISHED in inside.reasons


def test_quotes_inside_of_a_cell_need_not_be_doubled() -> None:
    (one, two) = contacts('Name,Notes\n"A "the" B","so\nsaid "he" twice"\nC,"d"\n')

    assert one.full_name == 'A the" B"'
    assert two.full_name == "C"


def test_a_thousand_columns_are_read() -> None:
    heading = ["Name", *[f"Custom {number}" for number in range(998)], "Email"]
    found = contact(",".join(heading), ",".join(["A", *["x"] * 998, "a@example.com"]))

    assert found.emails == (Email("a@example.com"),)
