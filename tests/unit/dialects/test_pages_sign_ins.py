"""User name and password in a form: what is taken, and what is refused without being repeated."""

from urllib.parse import urlencode

import pytest

from rubrica.dialects.pages.sign_ins import Entered, credential, entered
from rubrica.domain.credential import Credential
from rubrica.errors import RubricaError, SignInIncomplete, SignInMalformed

FORM = "application/x-www-form-urlencoded"
ANN = {"username": "ann@example.com", "password": "app-word"}


def sent(**values: str) -> Entered:
    return entered(FORM, urlencode(values).encode())


def test_what_is_in_the_form_is_taken() -> None:
    found = sent(**ANN, server="https://dav.example.com")

    assert credential(found, needs_server=True) == Credential("https://dav.example.com", "ann@example.com", "app-word")
    assert credential(found, needs_server=False) == Credential("", "ann@example.com", "app-word")
    assert "app-word" not in repr(found)


def test_blanks_are_no_part_of_a_name_and_may_be_one_of_a_password() -> None:
    found = sent(username=" ann ", password=" a b+c&d=é ", server=" dav.example.com ")

    assert (found.username, found.password, found.server) == ("ann", " a b+c&d=é ", "dav.example.com")


@pytest.mark.parametrize(
    "values", [{}, {"username": "ann"}, {"password": "word"}, {"username": " ", "password": "word"}]
)
def test_both_are_needed(values: dict[str, str]) -> None:
    with pytest.raises(SignInIncomplete):
        credential(sent(**values), needs_server=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "a:b"},
        {"username": "a\r\nX: y"},
        {"username": "a\u2028b"},
        {"username": "x" * 321},
        {"password": "a\x00b"},
        {"password": "x" * 1_025},
        {"password": "é" * 1_024, "username": "é" * 320, "server": "ö" * 2_000},
        {"server": "https://x\n.example.com"},
        {"server": "x" * 2_001},
    ],
)
def test_what_cannot_be_sent_to_any_server_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(SignInMalformed) as found:
        credential(sent(**{**ANN, **changes}), needs_server=True)

    assert not any(value in str(found.value) for value in changes.values())


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b"username=ann&password=word"),
        ("multipart/form-data; boundary=b", b"--b--"),
        ("application/json", b"{}"),
        (FORM, b"username=ann&password=word&password=other"),
        (FORM, b"username=%ff&password=word"),
        (FORM, b"username=\xff&password=word"),
        (FORM, b"&".join(b"x%d=1" % number for number in range(17))),
        (FORM, b"x" * 65_537),
    ],
)
def test_what_is_no_form_of_ours_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(RubricaError) as found:
        entered(content_type, body)

    assert isinstance(found.value, SignInMalformed)


def test_a_form_may_name_its_charset() -> None:
    assert entered(f"{FORM}; charset=UTF-8", b"username=ann&password=%C3%A9").password == "é"
