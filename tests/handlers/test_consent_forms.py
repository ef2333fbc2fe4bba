"""Answers that come as a form or by way of somebody else, and the proxy page of CloudSponge clients."""

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from entrances import Answered, Entrances, event
from test_consent_link import assert_page
from travels import COOKIE, HERE, STATE, Trip, followed, opened, redirected

from rubrica.domain.imports import State
from rubrica.errors import ReturnRefused
from tests.fakes import CODE, OTHERS, READING, SERVERS

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


GIVEN = urlencode(Trip.given().query)


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


def test_an_applications_server_that_relays_the_redirect_sends_the_browser_to_us_and_not_to_itself(
    back: Entrances,
) -> None:
    back.address = "https://rubrica.example.com"

    location = redirected(back.oauth_callback(Trip.given(cookie="", path="/auth").event()))

    assert location.startswith("https://rubrica.example.com/auth?")


def multipart(boundary: str, fields: list[tuple[str, str]]) -> bytes:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{it}"\r\n\r\n{value}\r\n' for it, value in fields]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def relayed_by_php(trip: Trip, fields: list[tuple[str, str]]) -> dict[str, Any]:
    """PHP's library repeats the query as a query, and what was posted in parts."""
    asked = trip.event()
    asked["rawQueryString"] = urlencode(trip.query)
    asked["headers"] = {**asked["headers"], "content-type": "multipart/form-data; boundary=----d74496d6"}
    asked["body"] = b64encode(multipart("----d74496d6", fields)).decode()
    return asked


def test_a_relay_may_post_the_answer_in_the_address_with_a_form_of_other_parts(back: Entrances) -> None:
    asked = relayed_by_php(Trip.given(method="POST", cookie="", path="/auth"), [("appctx", "")])

    assert back.oauth_callback(followed(Trip(), redirected(back.oauth_callback(asked))).event()).status == 200


def test_a_relay_may_post_the_answer_in_parts(back: Entrances) -> None:
    fields = [*Trip.given().query, ("appctx", "a&b=c")]
    asked = relayed_by_php(Trip("/auth", "POST", cookie=""), fields)

    assert back.oauth_callback(followed(Trip(), redirected(back.oauth_callback(asked))).event()).status == 200


@pytest.mark.parametrize(
    "fields",
    [[("code", "another")], [("state", STATE)], [("x", "y")] * 60, [("x", "y" * 20_000)]],
    ids=["code", "state", "many", "long"],
)
def test_parts_are_read_as_strictly_as_a_query(back: Entrances, fields: list[tuple[str, str]]) -> None:
    asked = relayed_by_php(Trip.given(method="POST", path="/auth"), fields)

    assert_page(back.oauth_callback(asked), ReturnRefused)
    assert_untouched(back)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=other"])
def test_parts_that_cannot_be_told_apart_are_refused(back: Entrances, content_type: str) -> None:
    asked = relayed_by_php(Trip("/auth", "POST"), Trip.given().query)
    asked["headers"]["content-type"] = content_type

    assert_page(back.oauth_callback(asked), ReturnRefused)
    assert_untouched(back)


@pytest.mark.parametrize(("path", "method"), [("/auth", "GET"), ("/auth", "POST"), ("/oauth/google/callback", "POST")])
def test_a_browser_without_its_cookie_is_fetched_once_and_then_refused(back: Entrances, path: str, method: str) -> None:
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
        assert location.startswith(f"{HERE}/oauth/")
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

    assert location.startswith(f"{HERE}/auth?")


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
