"""The short way to a card that stands alone says the same as the long one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.sandbox.people import STYLES, broken_card, card, people
from rubrica.formats.vcard.framing import Frame, frames, plain_frame

PERSONS = list(people(300, 23))


def the_long_way(text: str) -> list[Frame]:
    return list(frames([text.encode("utf-8", "replace")]))


@pytest.mark.parametrize("style", STYLES)
def test_every_generated_card_is_framed_alike(style: str) -> None:
    for person in PERSONS:
        text = card(person, style)  # type: ignore[arg-type]
        assert [plain_frame(text)] == the_long_way(text)


@pytest.mark.parametrize(
    "text",
    [
        broken_card(),
        "BEGIN:VCARD\nEND:VCARD",
        "BEGIN:VCARD\n\nEND:VCARD\n\n",
        "\r\nBEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:B\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:B\r\nEND:VCARD\r\nFN:A\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\rFN:A\rEND:VCARD",
        "BEGIN:VCARD\r\nFN:\ud800\r\nEND:VCARD",
        "begin:vcard\nFN:A\nend:vcard",
        "BEGIN:VCARD",
        "",
    ],
)
def test_a_text_is_framed_alike_or_left_to_the_long_way(text: str) -> None:
    assert plain_frame(text) is None or [plain_frame(text)] == the_long_way(text)


@given(
    st.lists(
        st.sampled_from(["BEGIN:VCARD", "END:VCARD", "FN:Ann", "\r\n", "\n", "\r", " ", "x", "é", "\0"]), max_size=14
    )
)
def test_any_text_is_framed_alike_or_left_to_the_long_way(parts: list[str]) -> None:
    text = "".join(parts)

    assert plain_frame(text) is None or [plain_frame(text)] == the_long_way(text)
