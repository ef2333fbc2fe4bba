"""Addresses and numbers with control characters inside."""

from time import process_time

import pytest

from rubrica.formats import reach

BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("text", ["ada@example.com", "Ada <ada@example.com>", "ä@example.com", "a b", "", "a@b@c"])
def test_an_address_without_control_characters_is_kept_as_it_is(text: str) -> None:
    assert reach.address(text) == text
    assert reach.address(f"  {text} ") == text


@pytest.mark.parametrize("break_", [*BREAKS, "\t"])
@pytest.mark.parametrize("whole", ["ada@example.com", "mailto:ada@example.com", "Ada E. <ada@example.com>"])
def test_an_address_ends_at_the_first_control_character(whole: str, break_: str) -> None:
    assert reach.address(f"{whole}{break_}Bcc: bo@example.com") == whole
    assert reach.address(f"{whole} {break_}{break_}") == whole


@pytest.mark.parametrize("break_", [*BREAKS, "\t"])
@pytest.mark.parametrize("text", ["a{}b@example.com", "ada@{}example.com", "ada{}@example.com", "Ada{}<a@example.com>"])
def test_an_address_that_is_not_whole_before_it_is_left_out(text: str, break_: str) -> None:
    assert reach.address(text.format(break_)) == ""


@pytest.mark.parametrize("break_", BREAKS)
def test_control_characters_at_the_ends_say_nothing(break_: str) -> None:
    assert reach.address(f"{break_} ada@example.com {break_}") == "ada@example.com"
    assert reach.number(f"{break_}112{break_}") == "112"


@pytest.mark.parametrize("text", ["\u202a+1 555 0100\u202c", "+1\u00a0555\u00a00100", "a\u200db@example.com"])
def test_characters_that_are_not_shown_and_control_nothing_are_kept(text: str) -> None:
    assert reach.number(text) == text
    assert reach.address(text) == text


@pytest.mark.parametrize("break_", BREAKS)
@pytest.mark.parametrize("whole", ["+1 (555) 010-0123", "tel:+15550100123", "0555/0100", "(0555) 0100"])
def test_a_number_ends_at_the_first_control_character(whole: str, break_: str) -> None:
    assert reach.number(f"{whole}{break_}+1 555 0100") == whole


@pytest.mark.parametrize("text", ["+1 555\r\n0100", "home\n+1 555 0100", "+\n1", "112\n113", "1" * 16 + "\n1"])
def test_a_number_that_is_not_whole_before_it_is_left_out(text: str) -> None:
    assert reach.number(text) == ""


def test_a_tab_in_a_number_is_a_blank() -> None:
    assert reach.number("+1\t555\t0100") == "+1 555 0100"


@pytest.mark.parametrize("part", ["1", "<", "@", " ", "a", "(", "a<", "1 ", "-"])
def test_long_texts_take_no_long_time(part: str) -> None:
    text = part * 400_000 + "\nx"
    began = process_time()
    reach.address(text)
    reach.number(text)
    assert process_time() - began < 1
