"""How far an import at another service has come, and what its end means."""

import json
from typing import Any

import pytest
from scripted_api import Canned, ScriptedApi, said
from upstream_account import ACCOUNTS, EVENTS, RELAY, event, read

from rubrica.adapters.memory import MemoryUpstreamAccounts
from rubrica.dialects.cloudsponge.codes import code_of
from rubrica.domain.credential import Credential
from rubrica.errors import (
    AnswerUnreadable,
    CredentialLost,
    ImportFailure,
    ProviderThrottled,
    ProviderUnavailable,
    ServerSilent,
    ServerUnreachable,
    UpstreamFault,
    UpstreamGone,
    UpstreamKeyRefused,
    UpstreamRequestRefused,
)
from rubrica.ports import NotYet
from rubrica.sources.cloudsponge.source import CloudSponge

BEGAN = "2026-01-02T15:22:20.000-07:00"
LATER = "Fri, 02 Jan 2026 22:22:50 GMT"


def waiting(*events: dict[str, Any], date: str = "") -> NotYet:
    """What comes of an import that has come so far."""
    headers = {"Date": date} if date else {}
    with pytest.raises(NotYet) as pause:
        read(ScriptedApi({EVENTS: said({"events": events}, **headers)}))
    return pause.value


def failing(*answers: Canned | ImportFailure) -> ImportFailure:
    """What an import ends with whose events are asked for."""
    with pytest.raises(ImportFailure) as failure:
        read(ScriptedApi({EVENTS: answers}))
    return failure.value


def test_nothing_has_begun_until_the_user_has_consented() -> None:
    assert waiting(event("INITIALIZING", "INPROGRESS")).begun is False
    assert waiting().begun is False


@pytest.mark.parametrize(
    "events",
    [
        [event("INITIALIZING", "COMPLETED")],
        [event("INITIALIZING", "COMPLETED"), event("GATHERING", "INPROGRESS", 120)],
        [event("GATHERING", "INPROGRESS")],
        [event("GATHERING", "COMPLETED", 2)],
        [event("GATHERING", "COMPLETED", 2), event("COMPLETE", "INPROGRESS")],
    ],
)
def test_it_has_begun_once_contacts_are_gathered(events: list[dict[str, Any]]) -> None:
    assert waiting(*events).begun is True


def test_it_is_asked_once_in_a_slice_and_with_the_keys_in_a_header_only() -> None:
    api = ScriptedApi({EVENTS: said({"events": [event("INITIALIZING", "INPROGRESS")]})})
    with pytest.raises(NotYet):
        read(api)

    (request,) = api.asked
    assert request.url == "https://upstream.example.net/api" + EVENTS.removeprefix("/api")
    assert request.headers["Authorization"] == "Basic b3VyLWtleTpvdXItcGFzc3dvcmQ="
    assert request.body == b""


@pytest.mark.parametrize(
    ("passed", "seconds"), [("22:22:21", 1), ("22:22:50", 3), ("22:24:00", 10), ("23:22:20", 30), ("22:00:00", 1)]
)
def test_a_tenth_of_what_has_passed_is_waited_for(passed: str, seconds: int) -> None:
    told = {**event("INITIALIZING", "INPROGRESS"), "created_at": BEGAN}

    assert waiting(told, date=f"Fri, 02 Jan 2026 {passed} GMT").seconds == seconds


@pytest.mark.parametrize(("began", "date"), [("yesterday", LATER), (BEGAN, "noon"), (BEGAN, ""), (None, LATER)])
def test_a_moment_that_cannot_be_read_is_waited_for_as_usual(began: str | None, date: str) -> None:
    assert waiting({**event("INITIALIZING", "INPROGRESS"), "created_at": began}, date=date).seconds == 2


CODES = (
    1, 2, *range(256, 268), *range(512, 515), *range(516, 519), 528, *range(768, 776), 1025, 1026,
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("event_type", ["INITIALIZING", "GATHERING", "COMPLETE"])
def test_the_code_of_an_error_is_kept(event_type: str, code: int) -> None:
    failure = failing(said({"events": [event(event_type, "ERROR", code)]}))

    assert {code_of(type(failure), method) for method in ("consent", "password")} == {code}


def test_there_are_31_codes() -> None:
    assert len(CODES) == 31


@pytest.mark.parametrize(("code", "family"), [(515, 512), (268, 256), (776, 768), (1027, 1026), (0, 256), (-1, 256)])
def test_a_code_that_nobody_knows_is_of_its_family(code: int, family: int) -> None:
    assert code_of(type(failing(said({"events": [event("GATHERING", "ERROR", code)]}))), "password") == family


@pytest.mark.parametrize("value", [None, "263", [263], 1e300, 10**30, True])
def test_an_error_whose_code_is_no_number_is_an_error_all_the_same(value: object) -> None:
    assert isinstance(failing(said({"events": [event("COMPLETE", "ERROR", value)]})), UpstreamFault)


def test_an_error_counts_whatever_else_is_said() -> None:
    events = [event("INITIALIZING", "ERROR", 514), event("GATHERING", "COMPLETED", 3), event("COMPLETE", "COMPLETED")]

    assert code_of(type(failing(said({"events": events}))), "password") == 514


def test_an_event_that_is_none_costs_no_other() -> None:
    odd: list[Any] = [None, 7, "COMPLETE", {"event_type": 5}, event("GATHERING", "INPROGRESS")]

    assert waiting(*odd).begun is True


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (said({}, 401), UpstreamKeyRefused),
        (said({}, 404), UpstreamGone),
        (said({}, 410), UpstreamGone),
        (said({}, 400), UpstreamRequestRefused),
        (said({"error": {"message": "?", "code": 999}}, 400), UpstreamRequestRefused),
        (said({"error": "no"}, 403), UpstreamRequestRefused),
        (said({}, 500), ProviderUnavailable),
        (said({}, 408), ProviderUnavailable),
        (said({}, 302, Location="https://elsewhere.example.net/"), AnswerUnreadable),
        (said({}, 501), AnswerUnreadable),
        (said({}), AnswerUnreadable),
        (said([]), AnswerUnreadable),
        (said({"events": {}}), AnswerUnreadable),
        (Canned(200, b"<html>"), AnswerUnreadable),
        (Canned(200, b'{"events":' + b"[" * 100_000), AnswerUnreadable),
        (Canned(200, b""), AnswerUnreadable),
        (ServerSilent(), ServerSilent),
        (ServerUnreachable(), ServerUnreachable),
    ],
)
def test_an_answer_that_tells_no_events_has_a_meaning(
    answer: Canned | ImportFailure, failure: type[ImportFailure]
) -> None:
    assert type(failing(answer)) is failure


def test_a_refusal_with_a_known_code_is_what_the_code_says() -> None:
    assert code_of(type(failing(said({"error": {"message": "?", "code": 513}}, 403))), "password") == 513


def test_a_service_that_asks_to_wait_is_waited_for() -> None:
    failure = failing(said({}, 429, **{"Retry-After": "17"}))

    assert isinstance(failure, ProviderThrottled)
    assert failure.retry_after == 17


def test_without_an_upstream_the_import_ends() -> None:
    with pytest.raises(UpstreamKeyRefused):
        list(CloudSponge(ScriptedApi({}), MemoryUpstreamAccounts()).read(RELAY, None, lambda: False))


def test_only_a_relayed_import_can_be_read() -> None:
    with pytest.raises(CredentialLost):
        list(CloudSponge(ScriptedApi({}), ACCOUNTS).read(Credential("", "ann", "secret"), None, lambda: False))


def test_nothing_of_an_answer_is_in_what_is_raised() -> None:
    body = json.dumps({"error": {"message": "canary", "code": 513}}).encode()

    assert "canary" not in str(failing(Canned(400, body)))
