"""What a person's browser gets who follows the link to a consent."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from entrances import Answered, Entrances, event
from travels import COOKIE, STATE, Trip, opened, redirected, started

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.imports import ImportId, State
from rubrica.errors import LinkExpired, LinkUnknown, LinkWornOut, PageUnavailable, StorageUnavailable
from tests.fakes import CANARY_EMAIL, HOME

LINK = "0000136HXYB8SE2GQFB"


def assert_page(answered: Answered, error: Any = None) -> None:
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answered.headers["content-security-policy"]
    assert answered.cookies == ()
    if error:
        assert answered.status == error.status
        assert error.title in answered.text


def asking_for(path: str) -> dict[str, Any]:
    made = event("pages/first_opening")
    made["rawPath"] = made["requestContext"]["http"]["path"] = path
    return made


def test_the_events_fit_the_installation_that_they_are_tried_on(entrances: Entrances) -> None:
    body = started(entrances)

    assert (body["id"], body["consent_url"]) == (1126, f"{HOME}/n/{LINK}")
    assert event("pages/first_opening")["rawPath"] == f"/n/{LINK}"
    assert event("pages/reopened")["cookies"] == [f"__Host-rubrica={COOKIE}"]
    assert dict(parse_qsl(event("oauth_callback/given")["rawQueryString"]))["state"] == STATE


def test_an_import_that_waits_for_its_consent_says_so_and_where(entrances: Entrances) -> None:
    body = started(entrances)
    read = entrances.read_import({**event("read_import/status"), "rawPath": "/v1/imports/1126"})

    assert (body["state"], body["waiting_for"]) == ("awaiting_consent", "consent")
    assert read.status == 200
    # A caller that reached us by another name gets the link under that name.
    assert read.body["consent_url"] == f"https://api.example.com/n/{LINK}"
    entrances.address = "https://import.example.com/"
    assert entrances.read_import(event("read_import/status")).body["consent_url"] == (
        f"https://import.example.com/n/{LINK}"
    )
    for answered in (json.dumps(body), read.text):
        assert CANARY_EMAIL not in answered
        assert "client_id" not in answered


def test_the_link_binds_the_browser_and_leads_to_the_provider(entrances: Entrances) -> None:
    started(entrances)

    answered = entrances.pages(event("pages/first_opening"))

    place = urlsplit(redirected(answered))
    asked = dict(parse_qsl(place.query, strict_parsing=True))
    assert f"{place.scheme}://{place.netloc}{place.path}" == "https://accounts.example.com/o/oauth2/v2/auth"
    assert (asked["state"], asked["code_challenge_method"], asked["login_hint"]) == (STATE, "S256", CANARY_EMAIL)
    assert asked["redirect_uri"] == f"{HOME}/oauth/google/callback"
    assert answered.cookies[0].partition(";")[0] == f"__Host-rubrica={COOKIE}"


def test_over_tls_the_cookie_belongs_to_this_host_alone(entrances: Entrances) -> None:
    started(entrances)

    (cookie,) = entrances.pages(event("pages/first_opening")).cookies

    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-rubrica=")
    assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=1200"}


def test_on_one_machine_the_cookie_does_without_tls(entrances: Entrances) -> None:
    started(entrances)
    entrances.address = "http://127.0.0.1:8080"

    (cookie,) = entrances.pages(event("pages/first_opening")).cookies

    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name == f"rubrica={COOKIE}"
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=1200"}
    trip = Trip.given().event()
    trip["cookies"] = [f"rubrica={COOKIE}"]
    redirected(entrances.oauth_callback(trip))
    assert entrances.world.imp().state is State.IMPORTING


def test_a_browser_that_comes_again_keeps_its_cookie_and_gets_another_state(entrances: Entrances) -> None:
    opened(entrances)

    again = entrances.pages(event("pages/reopened"))

    assert again.cookies[0].startswith(f"__Host-rubrica={COOKIE};")
    assert STATE not in redirected(again)


@pytest.mark.parametrize(
    "cookies",
    [
        [f"rubrica={COOKIE}"],
        [f"__host-rubrica={COOKIE}"],
        [f"__Host-rubrica-2={COOKIE}"],
        [f"__Host-rubrica={COOKIE}", f"__Host-rubrica={COOKIE}"],
        ["__Host-rubrica="],
        [f" __Host-rubrica={COOKIE}"],
        ["__Host-rubrica=<script>"],
    ],
)
def test_a_cookie_of_another_name_or_more_than_one_is_none(entrances: Entrances, cookies: list[str]) -> None:
    started(entrances)
    asked = event("pages/reopened")
    asked["cookies"] = cookies
    entrances.pages(event("pages/first_opening"))

    (cookie,) = entrances.pages(asked).cookies

    assert not cookie.startswith(f"__Host-rubrica={COOKIE};")


def test_a_program_that_looks_ahead_opens_nothing(entrances: Entrances) -> None:
    started(entrances)

    answered = entrances.pages(event("pages/prefetch"))

    assert (answered.status, answered.text, answered.cookies) == (503, "", ())
    assert answered.headers["cache-control"] == "no-store"
    consent = entrances.world.imp().consent
    assert consent is not None
    assert consent.openings == {}


# --- Pages ---

NO_LINKS = [
    "/n/x",
    f"/n/{LINK}0",
    f"/n/{LINK[:-1]}",
    f"/n/{LINK.lower()}",
    f"/n/{LINK}\n",
    f"/n/{LINK}/",
    f"/n/{LINK}%00",
    "/n/<script>alert(1)</script>",
    "/n/..",
    "/n/",
    "/n",
    "/",
    "/n/" + "9" * 5_000,
    "/n/\ud800",
    "/v1/imports",
]


@pytest.mark.parametrize("path", NO_LINKS)
def test_what_is_no_link_leads_to_a_page_that_says_so(entrances: Entrances, path: str) -> None:
    started(entrances)

    answered = entrances.pages(asking_for(path))

    assert_page(answered, LinkUnknown)
    assert answered.text == entrances.pages(event("pages/unknown_link")).text
    assert "script" not in answered.text.lower()


def test_a_link_that_expired_or_is_worn_out_says_so(entrances: Entrances) -> None:
    started(entrances)
    for _ in range(10):
        redirected(entrances.pages(event("pages/first_opening")))
    assert_page(entrances.pages(event("pages/first_opening")), LinkWornOut)

    entrances.world.clock.later(600)
    assert_page(entrances.pages(event("pages/first_opening")), LinkExpired)


def test_a_settled_link_shows_the_import_to_its_browser_alone(entrances: Entrances) -> None:
    opened(entrances)
    entrances.oauth_callback(event("oauth_callback/given"))

    mine, theirs = entrances.pages(event("pages/reopened")), entrances.pages(event("pages/first_opening"))

    assert_page(mine)
    assert mine.status == 200
    assert "being imported" in mine.text
    assert_page(theirs, LinkUnknown)


@pytest.mark.parametrize("error", [StorageUnavailable("ThrottlingException"), RuntimeError("zz-canary")])
def test_trouble_of_our_own_is_a_page_that_may_be_loaded_again(
    entrances: Entrances, log: Any, error: Exception
) -> None:
    class Broken(MemoryImports):
        def get(self, import_id: ImportId) -> None:
            raise error

    entrances.world.imports = Broken()

    for answered in (
        entrances.pages(event("pages/first_opening")),
        entrances.oauth_callback(event("oauth_callback/given")),
    ):
        assert_page(answered, PageUnavailable)
        assert "canary" not in answered.text
    assert "canary" not in json.dumps(log())


def test_nothing_of_a_link_or_a_cookie_is_logged(entrances: Entrances, log: Any) -> None:
    opened(entrances)
    entrances.pages(event("pages/reopened"))
    entrances.pages(event("pages/unknown_link"))
    entrances.pages(event("pages/prefetch"))

    lines = log()

    assert [line["status"] for line in lines if line.get("message") == "request"] == [202, 302, 302, 404, 503]
    assert {line["route"] for line in lines if line.get("message") == "request"} == {
        "POST /v1/imports",
        "GET /n/{code}",
    }
    written = json.dumps(lines)
    for secret in (LINK, COOKIE, "token-of-chance", CANARY_EMAIL, "accounts.example.com", "app.example.com"):
        assert secret not in written
