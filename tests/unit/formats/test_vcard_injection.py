"""Addresses and numbers with more behind them: nobody who mails or calls them does anything else by it."""

from dataclasses import dataclass

import pytest

from rubrica.domain.contacts import Contact
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.vcard import read_card

BREAKS = {
    "an escape": "\\n",
    "an escaped capital": "\\N",
    "a vertical tab": "\x0b",
    "a form feed": "\x0c",
    "a null": "\0",
    "a tab": "\t",
    "a delete": "\x7f",
    "a next line": "\x85",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
}
HEADS = {"": "3.0", ";TYPE=INTERNET,HOME": "3.0", ';X="a:b"': "4.0", ";PREF=1": "4.0"}


@dataclass(frozen=True)
class Found:
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    reasons: tuple[Reason, ...]


def _read(*lines: str, version: str = "3.0") -> Found:
    text = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", "FN:Vera Example", *lines, "END:VCARD", ""])
    (only,) = read_card(text, "here")
    assert isinstance(only.value, Contact)
    emails = tuple(email.address for email in only.value.emails)
    return Found(emails, tuple(phone.number for phone in only.value.phones), only.reasons)


@pytest.mark.parametrize("break_", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("head", HEADS)
def test_what_follows_a_control_character_in_an_address_is_left_out_and_said(break_: str, head: str) -> None:
    found = _read(f"EMAIL{head}:v@example.com{break_}Bcc: x@example.org", version=HEADS[head])

    assert found == Found(("v@example.com",), (), (Reason.LINES_LEFT_OUT,))


@pytest.mark.parametrize("break_", [broken for name, broken in BREAKS.items() if name != "a tab"])
def test_what_follows_a_control_character_in_a_number_is_left_out_and_said(break_: str) -> None:
    assert _read(f"TEL:+1 555 0100 200{break_}x") == Found((), ("+1 555 0100 200",), (Reason.LINES_LEFT_OUT,))


@pytest.mark.parametrize("value", ["v\\n@example.com", "v\x0b@example.com", "Vera\\nBcc: x@example.org"])
def test_an_address_that_a_control_character_breaks_is_left_out_and_said(value: str) -> None:
    assert _read(f"EMAIL:{value}", "EMAIL:w@example.com").emails == ("w@example.com",)
    assert _read(f"EMAIL:{value}").reasons == (Reason.LINES_LEFT_OUT,)


def test_a_number_that_a_control_character_breaks_is_left_out_and_said() -> None:
    assert _read("TEL:+1\\n555") == Found((), (), (Reason.LINES_LEFT_OUT,))


@pytest.mark.parametrize(
    "line",
    [
        "EMAIL;ENCODING=QUOTED-PRINTABLE:v@example.com=0D=0ABcc: x@example.org",
        "EMAIL;ENCODING=BASE64:dkBleGFtcGxlLmNvbQ0KQmNjOiB4QGV4YW1wbGUub3Jn",
        "EMAIL;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:v@example.com=0ABcc: x@example.org",
        "EMAIL;INTERNET:v@example.com\\nBcc: x@example.org",
    ],
)
def test_an_encoding_hides_no_control_character(line: str) -> None:
    assert _read(line, version="2.1") == Found(("v@example.com",), (), (Reason.LINES_LEFT_OUT,))


def test_json_hides_no_control_character() -> None:
    value = '"v@example.com\\r\\nBcc: x@example.org"'
    (only,) = read_card(f'["vcard", [["fn", {{}}, "text", "V"], ["email", {{}}, "text", {value}]]]', "here")

    assert isinstance(only.value, Contact)
    assert [email.address for email in only.value.emails] == ["v@example.com"]


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("mailto:v@example.com\\nBcc: x@example.org", "v@example.com"),
        ("Vera <v@example.com>\\nBcc: x@example.org", "v@example.com"),
        ("mailto:v@example.com%0ABcc: x@example.org", "v@example.com%0ABcc: x@example.org"),
    ],
)
def test_an_address_in_other_words_is_cut_before_it_is_taken_out(value: str, address: str) -> None:
    assert _read(f"EMAIL:{value}").emails == (address,)


@pytest.mark.parametrize("around", [*BREAKS.values(), "\ufffe", "\uffff"])
def test_what_nobody_sees_at_the_ends_is_taken_off_without_a_word(around: str) -> None:
    found = _read(f"EMAIL:{around}v@example.com{around}", f"TEL:{around}+1 555 0100{around}")

    assert found == Found(("v@example.com",), ("+1 555 0100",), ())


def test_a_tab_in_a_number_is_a_blank() -> None:
    assert _read("TEL:+1\t555\t0100") == Found((), ("+1 555 0100",), ())


@pytest.mark.parametrize(
    "value", ["a@b@c", '"a b"@x', "ü@bücher.example", "a@EXAMPLE.COM", "a@example.com.", "ada", "ADA AT HOME"]
)
def test_odd_addresses_without_control_characters_are_kept_as_they_are(value: str) -> None:
    assert _read(f"EMAIL:{value}") == Found((value,), (), ())


def test_an_endless_address_is_left_out_and_said() -> None:
    assert _read(f"EMAIL:{'a' * 1_000_000}@example.com") == Found((), (), (Reason.TEXT_CUT,))
    assert _read(f"EMAIL:{'a' * limits.EXACT}\\n@example.com").emails == ()
