"""Which contacts are asked for, and by which script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.cloudsponge.requests import callback, parameters, span
from rubrica.domain.imports import LARGEST_ID
from rubrica.errors import FieldInvalid
from tests.unit.dialects.cloudsponge.forms import asked

BEHIND_THE_LAST = (LARGEST_ID, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (0, 0)),
        ({"start": "0"}, (0, 0)),
        ({"start": "10"}, (10, 0)),
        ({"start": "10", "count": "5"}, (10, 5)),
        ({"start": "0", "count": "0"}, (0, 0)),
        ({"start": "007", "count": "00"}, (7, 0)),
        ({"start": "", "count": "5"}, (0, 0)),
        ({"start": "0", "count": "1000000000"}, (0, 10**9)),
        ({"start": "1" + "0" * 3999, "count": "9" * 4000}, (LARGEST_ID, LARGEST_ID)),
        ({"start": "-0", "count": "-0"}, (0, 0)),
    ],
)
def test_start_and_count_are_read(values: dict[str, str], expected: tuple[int, int]) -> None:
    assert span(asked(**values)) == expected


@pytest.mark.parametrize("count", ["5", "-5", "1e9", "x"])
def test_count_without_start_is_passed_over(count: str) -> None:
    assert span(asked(count=count)) == (0, 0)


@pytest.mark.parametrize("values", [{"start": "-1"}, {"start": "10", "count": "-5"}, {"start": "-" + "9" * 4000}])
def test_negative_numbers_are_a_place_behind_the_last_contact(values: dict[str, str]) -> None:
    assert span(asked(**values)) == BEHIND_THE_LAST


@pytest.mark.parametrize(
    "text", ["1e9", "1.0", "x", "+1", " 1", "1\n", "0x10", "１２", "--1", "-", "1_000", "1" * 4001]
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    for values, field in (({"start": text}, "start"), ({"start": "0", "count": text}, "count")):
        with pytest.raises(FieldInvalid) as refused:
            span(asked(**values))
        assert refused.value.field == field


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_numbers_break_the_reader(start: str, count: str) -> None:
    try:
        found = span(asked(start=start, count=count))
    except FieldInvalid:
        return
    assert all(0 <= number <= LARGEST_ID for number in found)


@pytest.mark.parametrize("name", ["f", "_", "$", "jQuery1110_123", "a.b.c.d.e", "x" * 64, "$._"])
def test_a_plain_name_may_be_called(name: str) -> None:
    assert callback(asked(callback=name)) == name


def test_no_callback_is_no_script() -> None:
    assert callback(asked(service="gmail")) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "alert(1)//",
        "a.b[0];x",
        "x" * 65,
        "x" * 200,
        "<script>",
        "ＦＦ",
        "é",
        "1a",
        "a.1b",
        "a..b",
        ".a",
        "a.",
        "a.b.c.d.e.f",
        "a\n",
        "a b",
        "a-b",
        "a/**/b",
    ],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        callback(asked(callback=name))

    assert refused.value.field == "callback"


def test_a_callback_without_a_value_is_refused() -> None:
    with pytest.raises(FieldInvalid):
        callback(parameters("callback&service=gmail", "", b""))
