"""A person at the page for a file: what she gets, and what is stored of it."""

import json
from base64 import b64encode
from typing import Any

import pytest
from cloudsponge_dialect import Dialect
from entrances import Answered, Entrances, event
from travels import redirected, started

from rubrica.domain.imports import State
from rubrica.errors import (
    FileIncomplete,
    FileMissing,
    FileNotContacts,
    FileTooLarge,
    FileUnreadable,
    KeyUnavailable,
    LinkExpired,
    LinkUnknown,
    PageUnavailable,
    RubricaError,
    StorageUnavailable,
    WorkflowUnavailable,
)
from tests.fakes import CANARY_EMAIL, CANARY_NAME, HOME, ORIGIN, REDIRECT_URL, Broken
from tests.unit.services.worlds import World

LINK = "0000136HXYB8SE2GQFB"
UPLOAD: dict[str, Any] = {"source": "upload", "include": [], "login_hint": None, "redirect_url": None, "origin": None}


def wanted(entrances: Entrances, **changes: Any) -> dict[str, Any]:
    return started(entrances, **{**UPLOAD, **changes})


def sending(content: bytes, filename: str = "contacts.vcf") -> dict[str, Any]:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--b--\r\n"
    made = event("receive_answer/vcard")
    made["headers"] |= {"content-type": "multipart/form-data; boundary=b", "content-length": str(len(body))}
    made["body"], made["isBase64Encoded"] = b64encode(body).decode(), True
    return made


def assert_form(answered: Answered, error: type[RubricaError] | None = None, status: int = 200) -> None:
    assert answered.status == status
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    assert "<form method" in answered.text
    assert "form-action 'self'" in answered.headers["content-security-policy"]
    assert answered.cookies == ()
    assert not error or error.title in answered.text


def test_the_application_gets_a_link_to_the_page_for_a_file(entrances: Entrances) -> None:
    body = wanted(entrances)

    assert (body["state"], body["waiting_for"]) == ("awaiting_consent", "consent")
    assert body["consent_url"] == f"{HOME}/csv/{LINK}"
    assert event("pages/file_wanted")["rawPath"] == event("receive_answer/csv")["rawPath"] == f"/csv/{LINK}"
    assert_form(entrances.pages(event("pages/file_wanted")))
    assert entrances.world.imp().state is State.AWAITING_CONSENT


@pytest.mark.parametrize("name", ["vcard", "csv"])
def test_a_file_begins_the_import_and_both_pages_say_so_from_then_on(entrances: Entrances, name: str) -> None:
    wanted(entrances)

    answers = [entrances.receive_answer(event(f"receive_answer/{name}")) for _ in range(2)]
    answers.append(entrances.pages(event("pages/file_wanted")))

    for answered in answers:
        assert answered.status == 200
        assert "Your contacts are being imported." in answered.text
        assert "<form" not in answered.text
        assert "form-action 'none'" in answered.headers["content-security-policy"]
    assert entrances.world.imp().state is State.IMPORTING
    assert entrances.world.workflow.started == [(1126, 1)]


def test_the_window_that_opened_the_page_is_told(entrances: Entrances) -> None:
    wanted(entrances, origin=ORIGIN)
    assert entrances.pages(event("pages/file_wanted")).headers["cross-origin-opener-policy"] == "unsafe-none"

    answered = entrances.receive_answer(event("receive_answer/vcard"))

    assert f'data-origin="{ORIGIN}" data-import="1126" data-state="importing"' in answered.text


def test_the_browser_goes_back_to_where_the_application_wants_it(entrances: Entrances) -> None:
    wanted(entrances, redirect_url=REDIRECT_URL)
    policy = entrances.pages(event("pages/file_wanted")).headers["content-security-policy"]

    answered = entrances.receive_answer(event("receive_answer/vcard"))

    assert redirected(answered) == f"{REDIRECT_URL}?import_id=1126&state=importing"
    assert policy.endswith("form-action 'self' https://app.example.com")


REFUSED: list[tuple[dict[str, Any], type[RubricaError], int]] = [
    (event("receive_answer/no_file"), FileMissing, 400),
    (event("receive_answer/no_contacts"), FileNotContacts, 422),
    (sending(b"PK\x03\x04", "contacts.csv"), FileNotContacts, 422),
    (sending(b"\x1f\x8b\x08", "contacts.vcf"), FileNotContacts, 422),
    (sending(b"<html>", "contacts.vcf"), FileNotContacts, 422),
    (sending(b"1,2\r\n3,4\r\n", "contacts.csv"), FileUnreadable, 422),
    (sending(b"x" * (4 * 1024 * 1024 + 1)), FileTooLarge, 413),
    ({**event("receive_answer/vcard"), "body": None}, FileIncomplete, 400),
    ({**event("receive_answer/vcard"), "body": event("receive_answer/vcard")["body"][:80]}, FileIncomplete, 400),
]


@pytest.mark.parametrize(("asked", "error", "status"), REFUSED)
def test_a_file_of_no_use_is_refused_above_the_form_and_the_next_one_is_taken(
    entrances: Entrances, log: Any, asked: dict[str, Any], error: type[RubricaError], status: int
) -> None:
    wanted(entrances)

    assert_form(entrances.receive_answer(asked), error, status)

    assert entrances.world.files.kept == {}
    assert entrances.world.imp().state is State.AWAITING_CONSENT
    assert [line["code"] for line in log() if line.get("message") == "consent_refused"] == [error.code]
    assert entrances.receive_answer(event("receive_answer/vcard")).status == 200
    assert entrances.world.imp().state is State.IMPORTING


GIVEN_UP: list[tuple[bytes, str, int]] = [
    (b"\x89PNG\r\n\x1a\n", "file_not_contacts", 1025),
    (b"<html></html>", "file_not_contacts", 1025),
    (b"1,2\r\n3,4\r\n", "file_unreadable", 1026),
]


@pytest.mark.parametrize(("content", "failure", "code"), GIVEN_UP)
def test_who_gives_up_after_a_file_of_no_use_leaves_its_failure_to_the_application_of_either_dialect(
    dialect: Dialect, content: bytes, failure: str, code: int
) -> None:
    entrances = dialect.entrances
    wanted(entrances)
    asked = {**event("read_import/status"), "rawPath": "/v1/imports/1126"}
    before = entrances.read_import(asked).text, dialect.ask("/events/1126").json

    assert entrances.receive_answer(sending(content)).status == 422
    assert (entrances.read_import(asked).text, dialect.ask("/events/1126").json) == before

    entrances.world.clock.later(600)
    for _ in range(2):
        status = entrances.read_import(asked).body
        assert (status["state"], status["failure"]["code"]) == ("failed", failure)
        events = dialect.ask("/events/1126").json["events"]
        assert [(it["event_type"], it["status"], it["value"]) for it in events] == [
            ("INITIALIZING", "ERROR", code),
            ("COMPLETE", "ERROR", code),
        ]
        entrances.sweep_imports()
    assert entrances.world.imp().failure == failure
    assert entrances.receive_answer(event("receive_answer/vcard")).status in (LinkExpired.status, LinkUnknown.status)


@pytest.mark.parametrize("tail", ["x", f"{LINK}0", LINK[:-1], LINK.lower(), f"{LINK}\n", "..", "9" * 5_000, ""])
def test_what_is_no_link_takes_no_file(entrances: Entrances, tail: str) -> None:
    wanted(entrances)
    for name, function in (("pages/file_wanted", entrances.pages), ("receive_answer/vcard", entrances.receive_answer)):
        asked = event(name)
        asked["rawPath"] = asked["requestContext"]["http"]["path"] = f"/csv/{tail}"

        answered = function(asked)

        assert answered.status == LinkUnknown.status
        assert LinkUnknown.title in answered.text
        assert "<form" not in answered.text
    assert entrances.world.files.kept == {}


def test_the_links_of_files_and_of_providers_are_not_each_others(entrances: Entrances) -> None:
    wanted(entrances)
    assert entrances.pages(event("pages/first_opening")).status == LinkUnknown.status

    started(entrances)
    assert entrances.pages(event("pages/file_wanted")).status == LinkUnknown.status
    assert entrances.receive_answer(event("receive_answer/vcard")).status == LinkUnknown.status


def test_a_link_works_for_ten_minutes(entrances: Entrances) -> None:
    wanted(entrances)
    entrances.world.clock.later(599)
    assert_form(entrances.pages(event("pages/file_wanted")))

    entrances.world.clock.later(1)
    for answered in (
        entrances.pages(event("pages/file_wanted")),
        entrances.receive_answer(event("receive_answer/vcard")),
    ):
        assert answered.status == LinkExpired.status
        assert LinkExpired.title in answered.text
    assert entrances.world.files.kept == {}
    status = entrances.read_import({**event("read_import/status"), "rawPath": "/v1/imports/1126"})
    assert (status.body["state"], status.body["failure"]["code"]) == ("abandoned", "file_not_sent")


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("imports", StorageUnavailable("ThrottlingException")),
        ("files", StorageUnavailable("ThrottlingException")),
        ("vault", KeyUnavailable("DisabledException")),
        ("files", RuntimeError("zz-canary")),
    ],
)
def test_trouble_of_our_own_stores_nothing_and_may_be_tried_again(
    entrances: Entrances, log: Any, part: str, error: Exception
) -> None:
    wanted(entrances)
    whole = getattr(entrances.world, part)
    setattr(entrances.world, part, Broken(error))

    answered = entrances.receive_answer(event("receive_answer/vcard"))

    assert answered.status == PageUnavailable.status
    assert PageUnavailable.title in answered.text
    assert "canary" not in json.dumps(log()) + answered.text
    setattr(entrances.world, part, whole)
    assert entrances.world.imp().state is State.AWAITING_CONSENT
    assert entrances.receive_answer(event("receive_answer/vcard")).status == 200


def test_a_workflow_that_cannot_start_now_is_started_by_the_sweeper(entrances: Entrances) -> None:
    wanted(entrances)
    entrances.world.workflow = Broken(WorkflowUnavailable())  # type: ignore[assignment]

    assert entrances.receive_answer(event("receive_answer/vcard")).status == 200
    assert entrances.world.imp().state is State.IMPORTING


def test_nothing_of_a_file_is_logged(entrances: Entrances, log: Any) -> None:
    wanted(entrances)
    card = f"BEGIN:VCARD\r\nFN:{CANARY_NAME}\r\nEMAIL:{CANARY_EMAIL}\r\nEND:VCARD\r\n".encode()
    entrances.receive_answer(sending(b"PK\x03\x04 zz-canary", "zz-canary.xlsx"))
    entrances.receive_answer(sending(card, "zz-canary.vcf"))
    entrances.poll_status({"import_id": 1126, "run": 1, "polls": 0, "retry": 0})

    lines = log()

    told = entrances.world.telemetry.events
    assert ("file_received", {"import_id": 1126, "source": "upload", "bytes": len(card)}) in told
    assert {line["route"] for line in lines if line.get("message") == "request"} == {
        "POST /v1/imports",
        "POST /csv/{code}",
    }
    for secret in ("canary", "Canary", LINK):
        assert secret not in json.dumps([lines, told])


def test_a_file_without_readable_contacts_that_came_all_the_same_fails_the_import(entrances: Entrances) -> None:
    wanted(entrances)
    entrances.receive_answer(event("receive_answer/vcard"))
    world: World = entrances.world
    world.files.kept = dict.fromkeys(world.files.kept, b"BEGIN:VCARD\r\nEND:VCARD\r\n")

    with pytest.raises(FileNotContacts):
        entrances.poll_status({"import_id": 1126, "run": 1, "polls": 0, "retry": 0})
