"""What a browser gets that comes back from a provider."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from entrances import Answered, Entrances, event
from test_consent_link import assert_page
from travels import COOKIE, STATE, Trip, followed, opened, redirected

from rubrica.adapters.memory import MemoryUpstreams
from rubrica.domain.consent import verifier
from rubrica.domain.credential import Code
from rubrica.domain.imports import State
from rubrica.domain.views import StartImport
from rubrica.errors import ConsentDenied, LinkUnknown, ReturnAnswered, ReturnExpired, ReturnRefused
from rubrica.ports import Begun
from tests.fakes import (
    CANARY_EMAIL,
    CODE,
    HOME,
    ORIGIN,
    OTHERS,
    READING,
    REDIRECT_URL,
    REGISTERED,
    NumberedChance,
)
from tests.unit.services.worlds import World

SHARED = {"path": "/auth"}


@pytest.fixture
def back(entrances: Entrances) -> Entrances:
    """An installation with a browser at the provider, in a popup."""
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
    "an unknown state": Trip.given().with_query(state="_csAuth=1&import_id=1126.state-that-nobody-has"),
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
def test_an_answer_that_does_not_belong_here_is_refused_with_one_text(back: Entrances, trip: Trip, method: str) -> None:
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
def test_parameters_that_come_twice_or_are_none_are_refused(back: Entrances, raw: str, method: str, path: str) -> None:
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


def test_an_error_that_is_no_word_is_shown_and_logged_by_nobody(entrances: Entrances, log: Any) -> None:
    opened(entrances, redirect_url=None)
    trip = Trip.given().with_query(code="", error='<script>alert("zz-canary")</script>')

    answered = entrances.oauth_callback(trip.event())

    assert "canary" not in answered.text
    assert entrances.world.imp().failure == "consent_failed"
    assert "canary" not in json.dumps([*log(), entrances.world.telemetry.events])


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


def test_a_second_tab_hears_that_the_consent_is_answered_and_another_browser_does_not(entrances: Entrances) -> None:
    opened(entrances)
    assert redirected(entrances.oauth_callback(event("oauth_callback/given")))
    before = entrances.world.imp()

    answered = entrances.oauth_callback(event("oauth_callback/denied"))
    foreign = entrances.oauth_callback(Trip.given(cookie="x" * 48).event())

    assert_page(answered, ReturnAnswered)
    assert "1126" not in answered.text
    assert ReturnRefused.title not in answered.text
    assert_page(foreign, ReturnRefused)
    assert entrances.world.imp() == before
    assert entrances.world.workflow.started == [(1126, 1)]


@pytest.mark.parametrize("way", ["upload", "cloudsponge", "icloud"])
def test_who_guesses_a_state_does_not_learn_which_imports_there_are(entrances: Entrances, log: Any, way: str) -> None:
    upstreams = MemoryUpstreams({"plaxo": Begun(90_001, "https://elsewhere.example.com/n/AB12CD3")})
    entrances.world = World(chance=NumberedChance([1126]), upstreams=upstreams)
    entrances.world.start(REGISTERED, StartImport(way, service="plaxo" * (way == "cloudsponge"), by_page=True), HOME)
    log()

    answers = []
    for number in (1126, 7):
        guess = {"state": f"_csAuth=1&import_id={number}.{'x' * 24}", "code": CODE}
        answers.append(entrances.oauth_callback(Trip(query=list(guess.items()), **SHARED).event()))

    assert_page(answers[0], ReturnRefused)
    assert answers[0] == answers[1]
    told = [{k: line[k] for k in ("code", "why")} for line in log() if line.get("message") == "consent_refused"]
    assert told == [{"code": "return_refused", "why": "state"}] * 2


# --- What is said about it ---


def test_nothing_secret_of_an_answer_is_logged(entrances: Entrances, log: Any) -> None:
    opened(entrances, redirect_url=None)
    entrances.oauth_callback(event("oauth_callback/shared_form"))
    entrances.oauth_callback(Trip.given(cookie="x" * 48).event())
    entrances.oauth_callback(Trip.given().with_query(code="zz-canary\x00").event())
    entrances.oauth_callback(event("oauth_callback/shared"))
    entrances.oauth_callback(event("oauth_callback/denied"))

    lines = log()

    assert [line["status"] for line in lines if line.get("message") == "request"][2:] == [302, 400, 400, 200, 409]
    refused = [line for line in lines if line.get("message") == "consent_refused"]
    assert [(line["code"], line["why"]) for line in refused] == [
        ("return_refused", "cookie"),
        ("return_refused", "shape"),
        ("return_answered", ""),
    ]
    assert [line["code"] for line in lines if "ConsentsRefused" in line] == [line["code"] for line in refused]
    written = json.dumps([*lines, entrances.world.telemetry.events, entrances.world.telemetry.counts])
    for secret in (CODE, STATE, COOKIE, "token-of-chance", "canary", CANARY_EMAIL, READING, verifier(COOKIE, STATE)):
        assert secret not in written
