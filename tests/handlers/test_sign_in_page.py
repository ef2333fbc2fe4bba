"""A person at the page for user name and password: what she gets, and what is stored of it."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cloudsponge_dialect import Dialect
from entrances import Answered, Entrances, asking, event
from travels import redirected

from rubrica.domain.credential import Credential
from rubrica.domain.imports import State
from rubrica.errors import (
    KeyUnavailable,
    LinkExpired,
    LinkUnknown,
    PageUnavailable,
    RubricaError,
    ServerMissing,
    ServerRefused,
    SignInIncomplete,
    SignInMalformed,
    StorageUnavailable,
)
from tests.fakes import CANARY_EMAIL, CANARY_PASSWORD, REDIRECT_URL, Broken, NumberedChance
from tests.unit.services.worlds import World

FORM = "application/x-www-form-urlencoded"
ALICE = {"username": CANARY_EMAIL, "password": CANARY_PASSWORD}


@pytest.fixture
def entrances(entrances: Entrances) -> Entrances:
    entrances.world = World(chance=NumberedChance([1126]))
    return entrances


def wanted(dialect: Dialect, **fields: str) -> str:
    """The path of the page of an import that was begun by user_consent."""
    given = dialect.begin({"service": "icloud", **fields}, "user_consent")
    assert given.status == 200, given.body
    assert given.json["import_type"] == "OAUTH"
    assert "/sign-in/" in given.json["url"]
    return "/sign-in/" + str(given.json["url"]).rpartition("/")[2]


def opened(entrances: Entrances, path: str) -> Answered:
    return entrances.pages(asking("pages/sign_in_wanted", path=path))


def sent(entrances: Entrances, path: str, body: str | None = None, **headers: str) -> Answered:
    return entrances.receive_answer(asking("receive_answer/sign_in", path=path, body=body, **headers))


def assert_form(answered: Answered, error: type[RubricaError] | None = None, status: int = 200) -> None:
    assert answered.status == status
    assert answered.headers["cache-control"] == "no-store"
    assert '<form method="post">' in answered.text
    assert "form-action 'self'" in answered.headers["content-security-policy"]
    assert answered.cookies == ()
    assert CANARY_PASSWORD not in answered.text
    assert not error or error.title in answered.text


def test_user_consent_for_a_password_source_leads_to_a_page_that_asks_for_it(
    dialect: Dialect, entrances: Entrances
) -> None:
    path = wanted(dialect, redirect_url=REDIRECT_URL)

    page = opened(entrances, path)

    assert_form(page)
    assert "Sign in to Apple iCloud" in page.text
    assert page.headers["content-security-policy"].endswith("form-action 'self' https://app.example.com")
    assert path == event("pages/sign_in_wanted")["rawPath"] == event("receive_answer/sign_in")["rawPath"]
    assert entrances.world.imp().state is State.AWAITING_CONSENT
    assert entrances.world.kept() is None


def test_a_sign_in_begins_the_import_and_both_pages_say_so_from_then_on(dialect: Dialect, entrances: Entrances) -> None:
    path = wanted(dialect)

    answers = [sent(entrances, path, urlencode(ALICE)), sent(entrances, path, urlencode({**ALICE, "username": "bob"}))]
    answers.append(opened(entrances, path))

    for answered in answers:
        assert answered.status == 200
        assert "Your contacts are being imported." in answered.text
        assert "<form" not in answered.text
        assert "form-action 'none'" in answered.headers["content-security-policy"]
    assert entrances.world.kept() == Credential("", CANARY_EMAIL, CANARY_PASSWORD)
    assert entrances.world.workflow.started == [(1126, 1)]


def test_the_browser_goes_back_to_where_the_application_wants_it(dialect: Dialect, entrances: Entrances) -> None:
    path = wanted(dialect, redirect_url=REDIRECT_URL)

    answered = sent(entrances, path, urlencode(ALICE))

    assert redirected(answered) == f"{REDIRECT_URL}?import_id=1126&state=importing"


REFUSED: list[tuple[str, dict[str, str], type[RubricaError], int]] = [
    ("icloud", {}, SignInIncomplete, 400),
    ("icloud", {**ALICE, "username": ""}, SignInIncomplete, 400),
    ("icloud", {**ALICE, "password": ""}, SignInIncomplete, 400),
    ("icloud", {**ALICE, "username": "a:b"}, SignInMalformed, 400),
    ("icloud", {**ALICE, "username": "a\r\nX: y"}, SignInMalformed, 400),
    ("icloud", {**ALICE, "password": CANARY_PASSWORD + "\x00"}, SignInMalformed, 400),
    ("icloud", {**ALICE, "password": CANARY_PASSWORD * 100}, SignInMalformed, 400),
    ("carddav", {**ALICE, "username": "alice"}, ServerMissing, 400),
    ("carddav", {**ALICE, "server": "https://private.example.com"}, ServerRefused, 422),
]


@pytest.mark.parametrize(("service", "values", "error", "status"), REFUSED)
def test_what_cannot_be_a_sign_in_is_refused_above_the_form_and_the_next_one_is_taken(
    dialect: Dialect,
    entrances: Entrances,
    log: Any,
    service: str,
    values: dict[str, str],
    error: type[RubricaError],
    status: int,
) -> None:
    path = wanted(dialect, service=service)
    heading = opened(entrances, path).text.partition("<h1>")[2].partition("</h1>")[0]

    page = sent(entrances, path, urlencode(values))

    assert_form(page, error, status)
    assert f"<title>Problem: {heading}</title>" in page.text
    assert f"<h1>{heading}</h1>" in page.text

    assert entrances.world.kept() is None
    assert entrances.world.imp().state is State.AWAITING_CONSENT
    assert [line["code"] for line in log() if line.get("message") == "consent_refused"] == [error.code]
    assert sent(entrances, path, urlencode(ALICE)).status == 200
    assert entrances.world.imp().state is State.IMPORTING


def test_a_user_name_that_was_entered_stays_in_the_form(dialect: Dialect, entrances: Entrances) -> None:
    page = sent(entrances, wanted(dialect), urlencode({"username": '"><script>', "password": ""}))

    assert_form(page, SignInIncomplete, 400)
    assert 'value="&quot;&gt;&lt;script&gt;"' in page.text


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/form-data; boundary=b"])
def test_what_is_no_form_is_refused(dialect: Dialect, entrances: Entrances, content_type: str) -> None:
    path = wanted(dialect)

    assert_form(sent(entrances, path, urlencode(ALICE), content_type=content_type), SignInMalformed, 400)


@pytest.mark.parametrize("tail", ["x", "0", "..", "9" * 5_000, ""])
def test_what_is_no_link_takes_no_password(dialect: Dialect, entrances: Entrances, tail: str) -> None:
    wanted(dialect)

    for answered in (opened(entrances, f"/sign-in/{tail}"), sent(entrances, f"/sign-in/{tail}", urlencode(ALICE))):
        assert answered.status == LinkUnknown.status
        assert "<form" not in answered.text


def test_the_links_of_sign_ins_files_and_providers_are_not_each_others(dialect: Dialect, entrances: Entrances) -> None:
    code = wanted(dialect).rpartition("/")[2]

    assert opened(entrances, f"/csv/{code}").status == LinkUnknown.status
    assert opened(entrances, f"/n/{code}").status == LinkUnknown.status
    assert sent(entrances, f"/csv/{code}", urlencode(ALICE)).status == LinkUnknown.status
    assert entrances.world.imp().state is State.AWAITING_CONSENT


def test_a_link_works_for_ten_minutes(dialect: Dialect, entrances: Entrances) -> None:
    path = wanted(dialect)
    entrances.world.clock.later(599)
    assert_form(opened(entrances, path))

    entrances.world.clock.later(1)
    for answered in (opened(entrances, path), sent(entrances, path, urlencode(ALICE))):
        assert answered.status == LinkExpired.status
    assert entrances.world.kept() is None
    last = dialect.ask("/events/1126").json["events"]
    assert [(it["event_type"], it["status"], it["value"]) for it in last] == [
        ("INITIALIZING", "ERROR", 517),
        ("COMPLETE", "ERROR", 517),
    ]
    assert "user name and password" in last[-1]["description"]


def test_events_wait_for_the_user_and_go_on_as_those_of_a_password(dialect: Dialect, entrances: Entrances) -> None:
    path = wanted(dialect)
    before = dialect.ask("/events/1126").json["events"]
    assert [(it["event_type"], it["status"]) for it in before] == [("INITIALIZING", "INPROGRESS")]

    sent(entrances, path, urlencode(ALICE))
    after = dialect.ask("/events/1126").json["events"]

    assert [(it["event_type"], it["status"]) for it in after] == [
        ("INITIALIZING", "COMPLETED"),
        ("GATHERING", "INPROGRESS"),
    ]


@pytest.mark.parametrize(
    ("part", "error"),
    [("imports", StorageUnavailable("ThrottlingException")), ("vault", KeyUnavailable("DisabledException"))],
)
def test_trouble_of_our_own_stores_nothing_and_may_be_tried_again(
    dialect: Dialect, entrances: Entrances, log: Any, part: str, error: Exception
) -> None:
    path = wanted(dialect)
    whole = getattr(entrances.world, part)
    setattr(entrances.world, part, Broken(error))

    answered = sent(entrances, path, urlencode(ALICE))

    assert answered.status == PageUnavailable.status
    assert "canary" not in json.dumps(log()) + answered.text
    setattr(entrances.world, part, whole)
    assert sent(entrances, path, urlencode(ALICE)).status == 200


def test_nothing_of_a_sign_in_is_logged(dialect: Dialect, entrances: Entrances, log: Any) -> None:
    path = wanted(dialect)
    answers = [
        sent(entrances, path, urlencode({**ALICE, "username": f"{CANARY_EMAIL}:"})),
        sent(entrances, path, f"{urlencode(ALICE)}&password=%ff"),
        sent(entrances, path, urlencode(ALICE)),
        sent(entrances, path, urlencode(ALICE)),
    ]

    lines, told = log(), entrances.world.telemetry.events

    assert ("sign_in_received", {"import_id": 1126, "source": "icloud"}) in told
    assert "POST /sign-in/{code}" in {line["route"] for line in lines if line.get("message") == "request"}
    for secret in (CANARY_PASSWORD, CANARY_EMAIL, path.rpartition("/")[2]):
        assert secret not in json.dumps([lines, told])
    assert not any(CANARY_PASSWORD in answered.text + json.dumps(dict(answered.headers)) for answered in answers)
