"""What may be believed of a provider's answer, and what it comes to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import errors
from rubrica.domain import consent, granting
from rubrica.domain.consent import LINK_LIFE, RETURN_LIFE, Consent, Opening, Return
from tests.fakes import CODE, NOW, OTHERS, READING, SERVERS

GOOGLE, MICROSOFT = SERVERS["google"], SERVERS["microsoft"]
COOKIE = "cookie-of-the-browser-that-went-aaaaaaaaaaaaaaa"
OTHER_COOKIE = "cookie-of-a-browser-that-stayed-bbbbbbbbbbbbbb"
STATE = "_csAuth=1&import_id=1126.state-of-one-opening-x"
OTHER_STATE = "_csAuth=1&import_id=1126.state-of-another-one-x"
DIRECTORY = "00000000-0000-4000-8000-00000000000a"
UNTIL = NOW + RETURN_LIFE
AWAITED = Consent(
    link="0000136HXYB8SE2GQFB",
    address="https://accounts.example.com/auth?x=1",
    redirect_uri="https://rubrica.example.com/oauth/google/callback",
    openings={
        consent.digest(STATE): Opening(consent.digest(COOKIE), UNTIL),
        consent.digest(OTHER_STATE): Opening(consent.digest(OTHER_COOKIE), UNTIL),
    },
)
GIVEN = Return(STATE, CODE, issuer=GOOGLE.issuer, source="google")


def check(answer: Return = GIVEN, cookie: str = COOKIE, awaited: Consent = AWAITED, seconds: float = 0) -> None:
    consent.check_return("google", awaited, GOOGLE, answer, cookie, NOW + timedelta(seconds=seconds))


def answered(answer: Return = GIVEN) -> Consent:
    return replace(AWAITED, answered=consent.fingerprint(answer))


# --- Whose answer it is ---


@pytest.mark.parametrize(
    "answer",
    [
        GIVEN,
        replace(GIVEN, source=""),
        replace(GIVEN, code="", error="access_denied"),
        replace(GIVEN, scope=READING),
    ],
)
def test_the_answer_of_the_browser_that_went_is_taken(answer: Return) -> None:
    check(answer)


@pytest.mark.parametrize("cookie", ["", OTHER_COOKIE, COOKIE[:-1], COOKIE + "x", COOKIE.upper(), "\ud800", "é"])
def test_another_browsers_answer_is_refused(cookie: str) -> None:
    with pytest.raises(errors.ReturnRefused):
        check(cookie=cookie)


@pytest.mark.parametrize(
    ("why", "answer", "cookie", "awaited"),
    [
        ("state", replace(GIVEN, state="_csAuth=1&import_id=1126.unknown"), COOKIE, AWAITED),
        ("cookie", GIVEN, OTHER_COOKIE, AWAITED),
        ("path", replace(GIVEN, source="microsoft"), COOKIE, AWAITED),
        ("issuer", replace(GIVEN, issuer="https://evil.example.com"), COOKIE, AWAITED),
        ("shape", replace(GIVEN, error="access_denied"), COOKIE, AWAITED),
    ],
)
def test_the_log_hears_why_an_answer_was_refused_and_the_browser_does_not(
    why: str, answer: Return, cookie: str, awaited: Consent
) -> None:
    with pytest.raises(errors.ReturnRefused) as caught:
        check(answer, cookie, awaited)

    assert caught.value.why == why
    assert str(caught.value) == str(errors.ReturnRefused())


def test_each_state_belongs_to_the_browser_that_opened_the_link_under_it() -> None:
    check(replace(GIVEN, state=OTHER_STATE), OTHER_COOKIE)
    for state, cookie in ((STATE, OTHER_COOKIE), (OTHER_STATE, COOKIE)):
        with pytest.raises(errors.ReturnRefused):
            check(replace(GIVEN, state=state), cookie)


@pytest.mark.parametrize("state", ["", "1126", STATE[:-1], STATE + "x", consent.digest(STATE), "\ud800"])
def test_an_unknown_state_is_refused(state: str) -> None:
    with pytest.raises(errors.ReturnRefused):
        check(replace(GIVEN, state=state))


@pytest.mark.parametrize("source", ["microsoft", "Google", "google ", "g", "../google"])
def test_an_answer_on_another_sources_path_is_refused(source: str) -> None:
    with pytest.raises(errors.ReturnRefused):
        check(replace(GIVEN, source=source))


@pytest.mark.parametrize(
    "issuer",
    ["", "https://accounts.example.org", "https://accounts.example.com/", "https://ACCOUNTS.example.com", "x"],
)
def test_an_answer_that_names_another_issuer_or_none_is_refused(issuer: str) -> None:
    with pytest.raises(errors.ReturnRefused):
        check(replace(GIVEN, issuer=issuer))


def test_a_page_that_hands_an_answer_on_may_drop_the_issuer_and_not_change_it() -> None:
    check(replace(GIVEN, source="", issuer=""))
    with pytest.raises(errors.ReturnRefused):
        check(replace(GIVEN, source="", issuer="https://accounts.example.org"))


@pytest.mark.parametrize(("code", "error"), [("", ""), (CODE, "access_denied")])
def test_an_answer_with_both_code_and_error_or_neither_is_refused(code: str, error: str) -> None:
    with pytest.raises(errors.ReturnRefused):
        check(replace(GIVEN, code=code, error=error))


# --- In time, and once ---


def test_an_answer_may_come_within_ten_minutes() -> None:
    check(seconds=RETURN_LIFE.total_seconds() - 1)
    for late in (0, 1, 60):
        with pytest.raises(errors.ReturnExpired):
            check(seconds=RETURN_LIFE.total_seconds() + late)


def test_a_late_answer_of_another_browser_is_refused_like_an_early_one() -> None:
    with pytest.raises(errors.ReturnRefused):
        check(cookie=OTHER_COOKIE, seconds=3_600)


def test_the_link_lives_no_longer_than_the_ten_minutes_of_the_answer() -> None:
    assert LINK_LIFE == RETURN_LIFE == timedelta(minutes=10)


@pytest.mark.parametrize("seconds", [0, 599, 600, 86_400])
def test_the_answer_that_settled_it_may_be_repeated_at_any_time(seconds: float) -> None:
    check(awaited=answered(), seconds=seconds)
    with pytest.raises(errors.ReturnRefused):
        check(cookie=OTHER_COOKIE, awaited=answered(), seconds=seconds)


@pytest.mark.parametrize(
    "other",
    [
        replace(GIVEN, code=CODE + "x"),
        replace(GIVEN, code="", error="access_denied"),
        replace(GIVEN, scope=OTHERS),
    ],
)
def test_another_answer_after_it_is_refused(other: Return) -> None:
    with pytest.raises(errors.ReturnAnswered):
        check(other, awaited=answered())
    with pytest.raises(errors.ReturnRefused):
        check(other, OTHER_COOKIE, answered())


def test_another_openings_answer_after_it_is_refused() -> None:
    with pytest.raises(errors.ReturnAnswered):
        check(replace(GIVEN, state=OTHER_STATE), OTHER_COOKIE, answered())


# --- Issuers (RFC 9207) ---


@pytest.mark.parametrize(
    ("named", "believed"),
    [
        ("", True),
        (f"https://login.example.org/{DIRECTORY}/v2.0", True),
        ("https://login.example.org/{tenantid}/v2.0", False),
        ("https://login.example.org/common/v2.0", False),
        (f"https://login.example.org/{DIRECTORY}/v2.0/", False),
        (f"https://login.example.org/{DIRECTORY}x/v2.0", False),
        (f"https://login.example.org/{DIRECTORY}\n/v2.0", False),
        (f"https://login.example.org.evil.example/{DIRECTORY}/v2.0", False),
        (f"https://login.example.org/{DIRECTORY}", False),
        (DIRECTORY, False),
        ("https://login.example.org//v2.0", False),
        (f"https://login.example.org/{DIRECTORY.replace('a', 'Ａ')}/v2.0", False),
    ],
)
def test_an_issuer_with_a_directory_in_it_stands_for_every_directory(named: str, believed: bool) -> None:
    assert MICROSOFT.is_issuer(named) is believed


@pytest.mark.parametrize(("announces", "believed"), [(True, False), (False, True)])
def test_an_answer_without_issuer_is_believed_of_a_server_that_announces_none(announces: bool, believed: bool) -> None:
    server = replace(GOOGLE, announces_issuer=announces)

    assert server.is_issuer("") is believed
    assert server.is_issuer(GOOGLE.issuer)
    assert not server.is_issuer(GOOGLE.issuer + ".evil.example")


@given(st.text(max_size=60))
def test_no_other_text_is_an_issuer(named: str) -> None:
    assert not GOOGLE.is_issuer(named)
    assert MICROSOFT.is_issuer(named) is (named == "")


# --- What was granted ---


@pytest.mark.parametrize(
    ("scope", "failure"),
    [
        ("", None),
        (READING, None),
        (f"openid {READING} {OTHERS}", None),
        (OTHERS, errors.ConsentUnticked),
        ("openid email", errors.ConsentUnticked),
        (" ", errors.ConsentUnticked),
    ],
)
def test_a_box_that_was_not_ticked_is_seen_in_the_answer(scope: str, failure: object) -> None:
    assert granting.refusal(GOOGLE, replace(GIVEN, scope=scope)) is failure


def test_an_error_counts_before_what_was_granted() -> None:
    answer = replace(GIVEN, code="", error="access_denied", scope=READING)

    assert granting.refusal(GOOGLE, answer) is errors.ConsentDenied


@pytest.mark.parametrize(
    ("asked", "granted", "all_of_it"),
    [
        (["https://graph.example.org/Contacts.Read"], ["Contacts.Read"], True),
        (["https://graph.example.org/Contacts.Read"], ["contacts.read", "profile"], True),
        (["https://graph.example.org/Contacts.Read"], ["https://graph.example.org/contacts.read"], True),
        (["https://graph.example.org/Contacts.Read"], ["Contacts.ReadWrite"], False),
        (["https://graph.example.org/Contacts.Read"], ["User.Read"], False),
        (["a", "b"], ["a"], False),
        (["a", "b"], ["b", "a", "c"], True),
        (["a"], [], False),
        ([], [], True),
    ],
)
def test_all_that_was_asked_has_to_be_granted(asked: list[str], granted: list[str], all_of_it: bool) -> None:
    assert granting.allowed(asked, granted) is all_of_it


# --- Errors of a server ---

WORDS = {
    "access_denied": errors.ConsentDenied,
    "consent_required": errors.ConsentNeedsAdmin,
    "interaction_required": errors.ConsentNeedsAdmin,
    "admin_policy_enforced": errors.ConsentNeedsAdmin,
    "org_internal": errors.AppUnverified,
    "invalid_client": errors.AppMisconfigured,
    "redirect_uri_mismatch": errors.AppMisconfigured,
    "invalid_scope": errors.AppMisconfigured,
    "server_error": errors.ProviderUnavailable,
    "temporarily_unavailable": errors.ProviderUnavailable,
    "login_required": errors.ConsentFailed,
    "<script>": errors.ConsentFailed,
    "ACCESS_DENIED": errors.ConsentFailed,
    "x" * 10_000: errors.ConsentFailed,
}


@pytest.mark.parametrize(("word", "failure"), WORDS.items(), ids=[word[:20] for word in WORDS])
def test_each_error_word_comes_to_a_failure_with_its_own_advice(word: str, failure: type[errors.ImportFailure]) -> None:
    assert granting.failure_of(word) is failure
    assert failure.advice


# --- The way back to the application ---

OURS = {"import_id": "1126", "state": "failed", "failure": "consent_denied"}


@pytest.mark.parametrize(
    ("registered", "address"),
    [
        ("https://app.example.com/cb", "https://app.example.com/cb?import_id=1126"),
        ("https://app.example.com", "https://app.example.com?import_id=1126"),
        ("https://app.example.com/cb?", "https://app.example.com/cb?import_id=1126"),
        ("https://app.example.com/cb?a=1", "https://app.example.com/cb?a=1&import_id=1126"),
        ("https://app.example.com/cb?a=1&a=2&b=", "https://app.example.com/cb?a=1&a=2&b=&import_id=1126"),
        ("https://app.example.com/cb#frag", "https://app.example.com/cb?import_id=1126#frag"),
        ("https://app.example.com/cb?a=1#f?x#y", "https://app.example.com/cb?a=1&import_id=1126#f?x#y"),
        ("https://app.example.com/cb?import_id=9", "https://app.example.com/cb?import_id=1126"),
        ("https://app.example.com/cb?import_id=9&a=1&import_id=8", "https://app.example.com/cb?a=1&import_id=1126"),
        ("https://app.example.com/cb?import%5Fid=9", "https://app.example.com/cb?import_id=1126"),
        ("https://app.example.com/cb?next=a%26import_id%3D9", None),
        (
            "https://app.example.com/cb?import_id=9&state=zz&a=b&failure=f",
            "https://app.example.com/cb?a=b&import_id=1126",
        ),
        ("https://app.example.com/cb?failure=f&failure=&state", "https://app.example.com/cb?import_id=1126"),
        ("https://app.example.com/cb?fail%75re=f#failure=f", "https://app.example.com/cb?import_id=1126#failure=f"),
        ("https://app.example.com/cb?Failure=f&my_state=x", None),
        ("com.example.app:/done", "com.example.app:/done?import_id=1126"),
    ],
)
def test_our_data_is_in_the_address_once_whatever_it_said_before(registered: str, address: str | None) -> None:
    made = consent.return_address(registered, {"import_id": "1126"})

    assert made == (address or f"{registered}&import_id=1126")


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=4))
def test_our_data_is_encoded_and_theirs_is_kept(theirs: Mapping[str, str]) -> None:
    plain = {name.encode("utf-8", "ignore").decode() or "x": "1" for name in theirs if name not in OURS}
    registered = consent.return_address("https://app.example.com/cb", plain)
    made = urlsplit(consent.return_address(registered, {**OURS, "note": "a&b=c #d\r\nX: y"}))

    assert parse_qsl(made.query, keep_blank_values=True)[-4:] == [*OURS.items(), ("note", "a&b=c #d\r\nX: y")]
    assert dict(parse_qsl(made.query, keep_blank_values=True)).keys() >= plain.keys() - {"note"}
    assert (made.scheme, made.netloc, made.path, made.fragment) == ("https", "app.example.com", "/cb", "")
