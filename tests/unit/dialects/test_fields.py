"""What every dialect refuses in a field, however the field is spelled there."""

import pytest

from rubrica.dialects.fields import LARGEST_CREDENTIAL, credential, one_line
from rubrica.domain.credential import Credential
from rubrica.errors import FieldInvalid


@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_a_field_is_one_line_of_characters(character: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        one_line("username", f"a{character}b")

    assert caught.value.field == "username"


@pytest.mark.parametrize("text", ["", "Zoë \U0001f600", "a\u00a0b", "\ufffd"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert one_line("username", text) == text


def test_a_user_name_has_no_colon_and_a_password_may() -> None:
    assert credential("", "alice", "a:b") == Credential("", "alice", "a:b")

    with pytest.raises(FieldInvalid) as caught:
        credential("", "a:b", "secret")
    assert caught.value.field == "username"


def test_a_credential_is_measured_as_it_is_kept() -> None:
    room = LARGEST_CREDENTIAL - len(credential("", "alice", "").pack())

    assert len(credential("", "alice", "x" * room).pack()) == LARGEST_CREDENTIAL
    for longer in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(FieldInvalid) as caught:
            credential("", "alice", longer)
        assert caught.value.field == "password"
