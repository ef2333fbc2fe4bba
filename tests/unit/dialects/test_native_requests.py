import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects import fields
from rubrica.dialects.native import requests
from rubrica.domain.credential import Credential
from rubrica.domain.ledger import Fate
from rubrica.domain.views import LedgerQuery, StartImport
from rubrica.errors import (
    CursorInvalid,
    FieldInvalid,
    ImportNotFound,
    NotAuthenticated,
    RequestError,
    RequestMalformed,
    RequestTooLarge,
)

NO_TEXT: list[object] = [17, True, [], {}, "a\r\nX: y", "a\x00b", "a\x7f", "a\x85", "\u2028"]
GOOD = {
    "source": "carddav",
    "server": "https://dav.example.com/",
    "username": "alice@example.com",
    "password": "pass word",
    "user_id": "user-17",
}


def body(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def body_without(name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


def test_a_whole_request_becomes_a_command() -> None:
    command = requests.start_import(body())

    assert (command.source, command.reference) == ("carddav", "user-17")
    assert command.credential == Credential("https://dav.example.com/", "alice@example.com", "pass word")


@pytest.mark.parametrize("name", ["server", "user_id"])
def test_an_optional_field_may_be_missing_or_null(name: str) -> None:
    command, same = requests.start_import(body_without(name)), requests.start_import(body(**{name: None}))

    assert command == same
    assert command.credential
    assert "" in (command.credential.server, command.reference)


def test_unknown_members_are_ignored() -> None:
    extra = {"state": "complete", "tenant": "other", "ttl": 9_999_999_999, "deadline": None}

    assert requests.start_import(body(**extra)) == requests.start_import(body())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, wrong) for name in GOOD for wrong in NO_TEXT],
        *[(name, "") for name in ("source", "username", "password")],
        ("source", None),
        ("source", "x" * 65),
        ("server", "x" * 2001),
        ("username", "x" * 321),
        ("username", "alice:secret"),
        ("password", "x" * 1025),
        ("user_id", "x" * 256),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(name: str, value: object) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(body(**{name: value}))

    assert caught.value.field == name
    assert caught.value.rule


CONSENT = {
    "source": "google",
    "include": ["other_contacts"],
    "login_hint": "alice@example.com",
    "redirect_url": "https://app.example.com/done",
    "origin": "https://app.example.com",
    "user_id": "user-17",
}


def consent_body(**changes: object) -> bytes:
    return json.dumps({**CONSENT, **changes}).encode()


def test_a_request_for_a_consent_needs_no_password() -> None:
    assert requests.start_import(consent_body()) == StartImport(
        "google",
        None,
        "user-17",
        ("other_contacts",),
        "alice@example.com",
        "https://app.example.com/done",
        "https://app.example.com",
    )


def test_of_a_consent_only_the_source_is_needed() -> None:
    nothing = {name: None for name in (*CONSENT, "server", "username", "password") if name != "source"}

    assert requests.start_import(b'{"source": "google"}') == StartImport("google")
    assert requests.start_import(consent_body(**nothing)) == StartImport("google")


@pytest.mark.parametrize("name", ["server", "username", "password"])
def test_what_is_there_of_a_sign_in_is_handed_on_for_the_source_decides_what_it_needs(name: str) -> None:
    command = requests.start_import(json.dumps({"source": "google", name: "x"}).encode())

    assert command.credential == Credential(**{"server": "", "username": "", "password": "", name: "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, wrong) for name in ("login_hint", "redirect_url", "origin") for wrong in NO_TEXT],
        ("login_hint", "x" * 321),
        ("redirect_url", "x" * 2001),
        ("origin", "x" * 2001),
        *[("include", wrong) for wrong in ("other_contacts", 17, True, {}, {"other_contacts": 1})],
        *[("include", [wrong]) for wrong in (*NO_TEXT, "", None, "x" * 65)],
        ("include", ["other_contacts"] * 17),
    ],
)
def test_a_field_of_a_consent_that_breaks_its_rule_is_named(name: str, value: object) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(consent_body(**{name: value}))

    assert caught.value.field == name


def test_a_word_that_is_included_twice_counts_once_in_the_callers_order() -> None:
    command = requests.start_import(consent_body(include=["b", "a", "b"]))

    assert command.include == ("b", "a")
    assert requests.start_import(consent_body(include=[])).include == ()


@pytest.mark.parametrize("name", ["login_hint", "redirect_url", "origin", "user_id"])
def test_what_a_caller_sent_for_a_consent_enters_no_error(name: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(consent_body(**{name: "zz-canary\r\nX: y"}))

    assert "zz-canary" not in f"{caught.value!s} {caught.value.rule} {caught.value!r}"


def test_no_hint_is_in_what_a_command_shows() -> None:
    assert "alice" not in repr(requests.start_import(consent_body()))


def test_a_source_that_is_missing_is_named() -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(body_without("source"))

    assert caught.value.field == "source"


@pytest.mark.parametrize("name", GOOD)
def test_what_a_caller_sent_enters_no_error(name: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(body(**{name: "zz-canary\x00"}))

    assert "zz-canary" not in f"{caught.value!s} {caught.value.rule} {caught.value!r}"
    assert caught.value.__cause__ is None


def test_fields_are_allowed_up_to_their_limits() -> None:
    command = requests.start_import(body(server="s" * 2000, username="u" * 320, password="p" * 1024, user_id="é" * 255))

    assert command.credential
    assert len(command.credential.password) == 1024


def test_a_credential_that_kms_cannot_encrypt_at_once_is_refused() -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.start_import(body(server="s" * 2000, password="\u20ac" * 1024))

    assert caught.value.field == "password"


@given(st.text(max_size=2000), st.text(min_size=1, max_size=320), st.text(min_size=1, max_size=1024))
def test_every_accepted_credential_fits_one_kms_call(server: str, username: str, password: str) -> None:
    try:
        credential = requests.start_import(body(server=server, username=username, password=password)).credential
    except FieldInvalid:
        return

    assert credential
    assert len(credential.pack()) <= 4096


def test_a_body_that_is_no_json_or_too_large_is_refused() -> None:
    with pytest.raises(RequestMalformed):
        requests.start_import(b"{")
    with pytest.raises(RequestTooLarge):
        requests.start_import(b" " * 70_000)


@pytest.mark.parametrize("text", ["1", "7", "1126", "2147483647"])
def test_an_import_id_is_a_number_below_2_to_the_31st(text: str) -> None:
    assert fields.import_id(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        *[
            "",
            "0",
            "-1",
            "+1",
            "01",
            "1e3",
            "1.0",
            "1_000",
            " 1",
            "1 ",
            "1\n",
            "0x1f",
            "1126abc",
            "1126%00",
            "1126\x00",
        ],
        *["2147483648", "9223372036854775808", "9" * 4000, "９", "０１１２６", "١١٢٦", "²", "../1", "null"],
    ],
)
def test_any_other_import_id_is_not_found(text: str) -> None:
    with pytest.raises(ImportNotFound):
        fields.import_id(text)


def test_a_query_without_parameters_asks_for_the_first_page() -> None:
    assert requests.contacts_query({}) == ("", 500)
    assert requests.ledger_query({}) == LedgerQuery(frozenset(), "", 500)


def test_a_query_takes_cursor_and_limit() -> None:
    assert requests.contacts_query({"cursor": "2-0-500", "limit": "1000"}) == ("2-0-500", 1000)


@pytest.mark.parametrize("limit", ["", "0", "-5", "1001", "1e9", "10,20", "10.0", " 10", "１０", "9" * 4000, "all"])
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    for query in (requests.contacts_query, requests.ledger_query):
        with pytest.raises(FieldInvalid) as caught:
            query({"limit": limit})
        assert caught.value.field == "limit"


@pytest.mark.parametrize("cursor", ["a,b", "a b", "a/b", "é", "\n", "<script>", "x" * 1025])
def test_a_cursor_of_other_letters_is_refused(cursor: str) -> None:
    for query in (requests.contacts_query, requests.ledger_query):
        with pytest.raises(CursorInvalid):
            query({"cursor": cursor})


def test_a_ledger_query_takes_several_outcomes() -> None:
    query = requests.ledger_query({"outcome": "merged,rejected"})

    assert query.fates == {Fate.MERGED, Fate.REJECTED}


@pytest.mark.parametrize("outcome", ["lost", "Rejected", "rejected,", "rejected merged", "rejected," * 5000])
def test_an_unknown_outcome_is_refused(outcome: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.ledger_query({"outcome": outcome})

    assert caught.value.field == "outcome"


def test_an_idempotency_key_is_read_without_regard_to_case_of_its_name() -> None:
    assert requests.idempotency_key({"IDEMPOTENCY-Key": "8e03978e-40d5"}) == "8e03978e-40d5"
    assert requests.idempotency_key({"accept": "*/*"}) == ""


@pytest.mark.parametrize("key", ["", " ", "a b", "a,a", "é", "a\n", "\x7f", "x" * 256])
def test_an_idempotency_key_of_other_letters_is_refused(key: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        requests.idempotency_key({"idempotency-key": key})

    assert caught.value.field == "Idempotency-Key"


def test_an_idempotency_key_sent_twice_is_refused() -> None:
    with pytest.raises(FieldInvalid):
        requests.idempotency_key({"idempotency-key": "a", "Idempotency-Key": "a"})


@pytest.mark.parametrize("value", ["Bearer localdev", "bearer localdev", "BEARER  localdev"])
def test_a_bearer_key_is_read(value: str) -> None:
    assert requests.bearer({"Authorization": value}) == "localdev"


@pytest.mark.parametrize(
    "value",
    [
        *[
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "localdev",
            "Basic bG9jYWw6ZGV2",
            "Bearer a b",
            " Bearer a",
            "Bearer a ",
        ],
        *[
            "Bearer a,Bearer b",
            "Bearer a, Bearer b",
            "Bearer é",
            "Bearer a\r\nX: y",
            "Bearer " + "x" * 600,
            "Bearer\ta",
        ],
    ],
)
def test_any_other_authorization_is_refused(value: str) -> None:
    with pytest.raises(NotAuthenticated):
        requests.bearer({"authorization": value})


def test_a_missing_or_repeated_authorization_is_refused() -> None:
    for headers in ({}, {"authorization": "Bearer a", "Authorization": "Bearer a"}):
        with pytest.raises(NotAuthenticated):
            requests.bearer(headers)


@given(st.text(), st.text(), st.text())
def test_no_text_in_a_query_raises_anything_but_request_errors(cursor: str, limit: str, outcome: str) -> None:
    params = {"cursor": cursor, "limit": limit, "outcome": outcome}
    for read in (requests.contacts_query, requests.ledger_query):
        with contextlib.suppress(RequestError):
            read(params)
