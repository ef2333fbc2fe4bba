"""What a browser gets that comes back from a provider."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from entrances import Answered, Entrances, event
from test_consent_link import assert_page
from travels import COOKIE, STATE, Trip, followed, opened, redirected

from rubrica.domain.consent import verifier
from rubrica.domain.credential import Code
from rubrica.domain.imports import State
from rubrica.errors import ConsentDenied, LinkUnknown, ReturnExpired, ReturnRefused
from tests.fakes import CANARY_EMAIL, CODE, HOME, ORIGIN, OTHERS, READING, REDIRECT_URL, SERVERS

SHARED = {"path": "/auth"}


@pytest.fixture
def back(entrances: Entrances) -> Entrances:
    """An installation with a browser at the provider, for the same window without a way back."""
    opened(entrances, redirect_url=None)
    return entrances


def assert_untouched(entrances: Entrances) -> None:
    assert entrances.world.imp().state is State.AWAITING_CONSENT
    assert entrances.world.kept() is None
    assert entrances.world.workflow.started == []


def query_of(answered: Answered) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(redirected(answered)).query, strict_parsing=True))


# --- Given and not given ---


def test_a_consent_that_was_given_starts_the_import_and_shows_so(back: Entrances) -> None:
    answered = back.oauth_callback(event("oauth_callback/given"))

    assert_page(answered)
    assert answered.status == 200
    assert "Your contacts are being imported." in answered.text
    assert back.world.workflow.started == [(1126, 1)]
    assert back.world.kept() == Code(
        CODE, verifier(COOKIE, STATE), f"{HOME}/oauth/google/callback", ("other_contacts",)
    )


def test_a_consent_that_was_denied_says_how_to_do_better(back: Entrances) -> None:
    answered = back.oauth_callback(event("oauth_callback/denied"))

    assert_page(answered)
    assert ConsentDenied.title in answered.text
    assert back.world.imp().failure == "consent_denied"
    assert "The user said no." not in answered.text


def test_a_box_that_was_not_ticked_says_which(back: Entrances) -> None:
    answered = back.oauth_callback(Trip.given().with_query(scope=OTHERS).event())

    assert "The box for contacts was not ticked" in answered.text
    assert back.world.imp().failure == "consent_unticked"


def test_the_window_that_opened_it_is_told_at_its_own_origin(back: Entrances) -> None:
    answered = back.oauth_callback(event("oauth_callback/given"))

    assert ORIGIN in answered.text
    assert answered.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert "'unsafe-inline'" not in answered.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["given", "denied"])
def test_the_same_answer_again_shows_the_same_page(back: Entrances, name: str) -> None:
    answers = [back.oauth_callback(event(f"oauth_callback/{name}")) for _ in range(3)]

    assert {(answered.status, answered.text) for answered in answers} == {(200, answers[0].text)}
    assert len(back.world.workflow.started) == (1 if name == "given" else 0)


# --- Back to the application ---


def test_in_the_same_window_the_browser_goes_back_to_the_application(entrances: Entrances) -> None:
    opened(entrances)

    answered = entrances.oauth_callback(event("oauth_callback/given"))

    assert redirected(answered) == f"{REDIRECT_URL}?import_id=1126&state=importing"
    assert answered.cookies == ()
    again = entrances.oauth_callback(event("oauth_callback/given"))
    assert redirected(again) == redirected(answered)


def test_a_denial_is_told_to_the_application_by_its_code(entrances: Entrances) -> None:
    opened(entrances)

    told = query_of(entrances.oauth_callback(event("oauth_callback/denied")))

    assert told == {"import_id": "1126", "state": "failed", "failure": "consent_denied"}


def test_what_is_refused_never_leads_to_the_application(entrances: Entrances) -> None:
    opened(entrances)

    for trip in (Trip.given(cookie=""), Trip.given(cookie="x" * 48), Trip.given().with_query(iss="x")):
        assert_page(entrances.oauth_callback(trip.event()), ReturnRefused)


# --- Whose answer it is ---

FOREIGN = {
    "another browser's cookie": Trip.given(cookie="x" * 48),
    "no cookie": Trip.given(cookie=""),
    "another source's path": Trip.given(path="/oauth/microsoft/callback"),
    "a path of no source": Trip.given(path="/oauth/nobody/callback"),
    "another issuer": Trip.given().with_query(iss="https://accounts.example.org"),
    "no issuer": Trip.given().with_query(iss=""),
    "no state": Trip.given().with_query(state=""),
    "an unknown state": Trip.given().with_query(state="1126.state-that-nobody-has"),
    "another import's state": Trip.given().with_query(state="7.0004-token-of-chance-xyz"),
    "neither code nor error": Trip.given().with_query(code=""),
    "both": Trip.given().with_query(error="access_denied"),
    "a code of 8 KB": Trip.given().with_query(code="x" * 8_192),
    "a code with a zero byte": Trip.given().with_query(code="x\x00y"),
    "a code with a line break": Trip.given().with_query(code="x\r\nSet-Cookie: a=b"),
    "a code that is no ASCII": Trip.given().with_query(code="é"),
    "a state of 8 KB": Trip.given().with_query(state=STATE + "x" * 8_192),
    "a scope of 8 KB": Trip.given().with_query(scope="x" * 8_192),
    "an error of 8 KB": Trip.given().with_query(code="", error="x" * 8_192),
}


@pytest.mark.parametrize("trip", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_does_not_belong_here_is_refused_with_one_text(
    back: Entrances, trip: Trip, method: str
) -> None:
    asked = Trip(trip.path, method, trip.cookie, trip.query)
    answered = back.oauth_callback(asked.event())
    if method == "POST" and not trip.cookie:
        answered = back.oauth_callback(followed(asked, redirected(answered)).event())

    assert_page(answered, ReturnRefused)
    assert "1126" not in answered.text
    assert_untouched(back)


GIVEN = urlencode(Trip.given().query)
ODD_QUERIES = [
    "",
    "x",
    "%",
    "&" * 20,
    f"{GIVEN}&code=another",
    f"{GIVEN}&code=" + CODE,
    f"{GIVEN}&state={STATE}",
    f"{GIVEN}&iss=x",
    f"{GIVEN}&scope=a&scope=b",
    f"{GIVEN}&error=a&error=b",
    f"{GIVEN}&" + "&".join(f"p{number}=1" for number in range(60)),
    f"{GIVEN}&x=" + "y" * 20_000,
    GIVEN.replace("code=", "code=%ff%fe"),
    GIVEN.replace("code=", "code=%00"),
    GIVEN.replace("state=", "state=%ff"),
    GIVEN.replace("&", ";"),
]


@pytest.mark.parametrize("raw", ODD_QUERIES, ids=[str(number) for number in range(len(ODD_QUERIES))])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/oauth/google/callback", "/auth"])
def test_parameters_that_come_twice_or_are_none_are_refused(
    back: Entrances, raw: str, method: str, path: str
) -> None:
    assert_page(back.oauth_callback(Trip(path, method).event(raw)), ReturnRefused)

    assert_untouched(back)


def test_a_parameter_in_address_and_form_came_twice(back: Entrances) -> None:
    asked = Trip.given(method="POST").event()
    asked["rawQueryString"] = "code=another"

    assert_page(back.oauth_callback(asked), ReturnRefused)
    assert_untouched(back)


def test_texts_for_people_and_unknown_parameters_are_ignored(back: Entrances) -> None:
    trip = Trip.given().with_query(
        code="", error="access_denied", error_description="<script>" * 1_200, error_uri="javascript:alert(1)"
    )

    answered = back.oauth_callback(trip.event())

    assert ConsentDenied.title in answered.text
    assert "alert(1)" not in answered.text
    assert "<script><script>" not in answered.text


def test_an_error_that_is_no_word_is_shown_and_logged_by_nobody(back: Entrances, log: Any) -> None:
    trip = Trip.given().with_query(code="", error='<script>alert("zz-canary")</script>')

    answered = back.oauth_callback(trip.event())

    assert "canary" not in answered.text
    assert back.world.imp().failure == "consent_failed"
    assert "canary" not in json.dumps([*log(), back.world.telemetry.events])


def test_an_answer_that_comes_too_late_says_so(back: Entrances) -> None:
    back.world.clock.later(660)

    assert_page(back.oauth_callback(event("oauth_callback/given")), ReturnExpired)
    assert_untouched(back)


def test_an_answer_after_the_imports_life_says_so(back: Entrances) -> None:
    back.world.clock.moment = back.world.imp().expires_at

    assert_page(back.oauth_callback(event("oauth_callback/given")), ReturnExpired)


def test_an_unknown_path_leads_to_a_page(back: Entrances) -> None:
    for path in ("/oauth", "/oauth/google", "/oauth//callback", "/oauth/a/b/callback", "/auth/x", "/"):
        assert_page(back.oauth_callback(Trip.given(path=path).event()), LinkUnknown)
    assert_untouched(back)


# --- Forms, and answers that somebody else brings ---


@pytest.mark.parametrize("path", ["/oauth/google/callback", "/auth"])
def test_a_form_with_the_cookie_is_taken_as_it_is(back: Entrances, path: str) -> None:
    assert back.oauth_callback(Trip.given(method="POST", path=path).event()).status == 200

    assert back.world.workflow.started == [(1126, 1)]


def test_a_form_may_come_as_text(back: Entrances) -> None:
    asked = Trip.given(method="POST").event()
    asked["body"], asked["isBase64Encoded"] = GIVEN, False

    assert back.oauth_callback(asked).status == 200


@pytest.mark.parametrize("name", ["form", "shared_form"])
def test_a_form_of_another_site_comes_without_the_cookie_and_fetches_the_browser_itself(
    back: Entrances, name: str
) -> None:
    asked = event(f"oauth_callback/{name}")
    location = redirected(back.oauth_callback(asked))
    assert_untouched(back)

    trip = followed(Trip(cookie=COOKIE), location)
    assert trip.path == asked["rawPath"]
    assert dict(trip.query) == {
        "state": STATE,
        "code": CODE,
        "iss": SERVERS["google"].issuer,
        "scope": f"{READING} {OTHERS}",
        "hop": "1",
    }
    assert back.oauth_callback(trip.event()).status == 200
    assert back.world.workflow.started == [(1126, 1)]


def test_an_applications_server_that_hands_on_the_answer_fetches_the_browser(back: Entrances) -> None:
    location = redirected(back.oauth_callback(Trip.given(cookie="", path="/auth").event()))

    assert back.oauth_callback(followed(Trip(), location).event()).status == 200


@pytest.mark.parametrize(
    ("path", "method"), [("/auth", "GET"), ("/auth", "POST"), ("/oauth/google/callback", "POST")]
)
def test_a_browser_without_its_cookie_is_fetched_once_and_then_refused(
    back: Entrances, path: str, method: str
) -> None:
    asked = Trip.given(cookie="", path=path, method=method)
    location = redirected(back.oauth_callback(asked.event()))

    assert_page(back.oauth_callback(followed(asked, location).event()), ReturnRefused)
    assert_untouched(back)


@pytest.mark.parametrize("mark", ["hop=1", "hop=", "hop", "hop=2", "hop=1&hop=1"])
def test_what_says_that_it_was_fetched_is_not_fetched_again(back: Entrances, mark: str) -> None:
    asked = Trip("/auth", cookie="").event(f"{GIVEN}&{mark}")

    assert_page(back.oauth_callback(asked), ReturnRefused)


def test_a_get_on_a_sources_own_path_is_not_fetched(back: Entrances) -> None:
    assert_page(back.oauth_callback(Trip.given(cookie="").event()), ReturnRefused)


@pytest.mark.parametrize("source", ["google\n", "a\r\nX: y", "//evil.example", "é", "%0d%0aX", "<script>", "a b"])
def test_where_a_browser_is_fetched_to_is_on_this_host_whatever_the_path_says(back: Entrances, source: str) -> None:
    trip = Trip.given(cookie="", method="POST", path=f"/oauth/{source}/callback")

    answered = back.oauth_callback(trip.event())

    if answered.status == 302:
        location = redirected(answered)
        assert location.startswith("/oauth/")
        assert location.isascii()
    else:
        assert_page(answered)


def test_a_path_that_ends_in_a_line_break_puts_none_into_a_header(back: Entrances) -> None:
    trip = Trip.given(cookie="", method="POST", path="/oauth/google/callback\n")

    answered = back.oauth_callback(trip.event())

    assert "\n" not in answered.headers.get("location", "")


def test_no_text_of_an_answer_gets_into_a_header(back: Entrances) -> None:
    raw = urlencode({"state": "x\r\nSet-Cookie: a=b", "code": CODE, "scope": "a\r\nX: y"})

    location = redirected(back.oauth_callback(Trip("/auth", cookie="").event(raw)))

    assert location.startswith("/auth?")


@pytest.mark.parametrize("body", ["é=1", "\ud800", "code=\udcff"])
def test_a_form_that_is_no_form_is_refused(back: Entrances, body: str) -> None:
    asked = Trip.given(method="POST").event()
    asked["body"], asked["isBase64Encoded"] = body, False

    assert_page(back.oauth_callback(asked), ReturnRefused)


# --- CloudSponge's proxy page ---


@pytest.mark.parametrize("raw", ["import_id=proxy-test", "state=import_id%3Dproxy-test&code=x"])
def test_a_client_that_tests_its_proxy_page_is_told_that_it_works(back: Entrances, raw: str) -> None:
    for method in ("GET", "POST"):
        answered = back.oauth_callback(Trip("/auth", method, cookie="").event(raw))
        assert_page(answered)
        assert (answered.status, "The proxy page works." in answered.text) == (200, True)
    assert_untouched(back)


def test_the_proxy_test_is_for_the_shared_path_alone(back: Entrances) -> None:
    assert_page(back.oauth_callback(Trip().event("import_id=proxy-test")), ReturnRefused)
    assert back.oauth_callback(event("oauth_callback/proxy_test")).status == 200


# --- What is said about it ---


def test_nothing_secret_of_an_answer_is_logged(back: Entrances, log: Any) -> None:
    back.oauth_callback(event("oauth_callback/shared_form"))
    back.oauth_callback(Trip.given(cookie="x" * 48).event())
    back.oauth_callback(Trip.given().with_query(code="zz-canary\x00").event())
    back.oauth_callback(event("oauth_callback/shared"))
    back.oauth_callback(event("oauth_callback/denied"))

    lines = log()

    assert [line["status"] for line in lines if line.get("message") == "request"][2:] == [302, 400, 400, 200, 400]
    assert {line["code"] for line in lines if line.get("message") == "consent_refused"} == {"return_refused"}
    written = json.dumps([*lines, back.world.telemetry.events, back.world.telemetry.counts])
    for secret in (CODE, STATE, COOKIE, "token-of-chance", "canary", CANARY_EMAIL, READING, verifier(COOKIE, STATE)):
        assert secret not in written
