"""Beginning an import at another service."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from scripted_api import Canned, ScriptedApi, said
from upstream_account import ACCOUNTS

from rubrica.adapters.memory import MemoryUpstreamAccounts
from rubrica.domain.credential import Credential
from rubrica.domain.imports import TenantId
from rubrica.domain.views import StartImport
from rubrica.errors import (
    AnswerTruncated,
    ImportFailure,
    SecretsUnavailable,
    ServerNotFound,
    ServerSilent,
    UpstreamNotConfigured,
    UpstreamRefused,
)
from rubrica.ports import Begun, Request, Upstream
from rubrica.sources.cloudsponge.failures import CODES, failure_of
from rubrica.sources.cloudsponge.upstreams import CloudSpongeUpstreams
from tests.fakes import TENANT, FixedClock, Recorder

CONSENT, PASSWORD = "/api/begin_import/user_consent.json", "/api/begin_import/import.json"
BY_CONSENT = StartImport("cloudsponge", reference="user-7", service="gmail")
WITH_PASSWORD = StartImport("cloudsponge", Credential("", "ann@example.com", "s3cret &é"), service="plaxo")
PAGE = "https://pages.example.net/n/AB12CD3"
BEGUN = {"status": "success", "url": PAGE, "echo": None, "import_type": "OAUTH", "import_id": 9001, "id": 9001}


def upstreams(api: ScriptedApi, told: Recorder | None = None, *, loopback: bool = False) -> CloudSpongeUpstreams:
    return CloudSpongeUpstreams(lambda: api, ACCOUNTS, FixedClock(), told or Recorder(), loopback)


def begun(answer: Canned, command: StartImport = BY_CONSENT, *, loopback: bool = False) -> Begun:
    api = ScriptedApi({CONSENT: answer, PASSWORD: answer})
    return upstreams(api, loopback=loopback).begin(TENANT.id, command)


def refused(answer: Canned | ImportFailure) -> tuple[UpstreamRefused, dict[str, Any]]:
    """How the import is refused, and what the log says of it."""
    told = Recorder()
    with pytest.raises(UpstreamRefused) as refusal:
        upstreams(ScriptedApi({CONSENT: answer}), told).begin(TENANT.id, BY_CONSENT)
    ((name, fields),) = told.events
    assert name == "upstream_refused"
    return refusal.value, fields


def form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def test_a_consent_has_a_number_and_a_page() -> None:
    assert begun(said(BEGUN)) == Begun(9001, PAGE)


def test_what_is_asked_for_is_in_the_body_and_the_keys_are_in_a_header() -> None:
    api = ScriptedApi({CONSENT: said(BEGUN)})
    upstreams(api).begin(TENANT.id, replace(BY_CONSENT, redirect_url="https://app.example.com/imported?a=b"))

    (request,) = api.asked
    assert (request.method, request.url) == ("POST", "https://upstream.example.net" + CONSENT)
    assert request.headers["Authorization"] == "Basic b3VyLWtleTpvdXItcGFzc3dvcmQ="
    assert form(request) == {
        "service": "gmail",
        "include": "mailing_address",
        "redirect_url": "https://app.example.com/imported?a=b",
    }


def test_a_password_goes_to_the_other_way_of_beginning() -> None:
    api = ScriptedApi({PASSWORD: said({"status": "success", "import_id": 9001, "id": 9001, "user_id": None})})

    assert upstreams(api).begin(TENANT.id, WITH_PASSWORD) == Begun(9001)
    assert form(api.asked[0]) == {
        "service": "plaxo",
        "include": "mailing_address",
        "username": "ann@example.com",
        "password": "s3cret &é",
    }


def test_the_callers_own_word_for_the_user_stays_here() -> None:
    api = ScriptedApi({CONSENT: said(BEGUN)})
    upstreams(api).begin(TENANT.id, BY_CONSENT)

    assert b"user-7" not in api.asked[0].body


def test_a_page_to_open_may_come_in_the_place_of_a_sign_in() -> None:
    assert begun(said(BEGUN), WITH_PASSWORD) == Begun(9001, PAGE)


def test_an_older_service_may_name_the_number_once() -> None:
    assert begun(said({"status": "success", "id": 7, "url": PAGE})) == Begun(7, PAGE)


@pytest.mark.parametrize("number", [0, -1, 2**31, 1.5, "9001", None, True, [9001]])
def test_a_number_that_is_none_is_refused(number: object) -> None:
    refusal, told = refused(said({**BEGUN, "import_id": number, "id": number}))

    assert (refusal.upstream_code, told["why"]) == (0, "answer")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "/n/AB12CD3",
        "//evil.example.net/",
        "http://pages.example.net/n/A",
        "http://127.0.0.1:8080/n/A",
        "javascript:alert(1)//https://x.example.net/",
        "data:text/html,x",
        "https:/pages.example.net/",
        "https://user:pw@pages.example.net/",
        "https://pages.example.net\\@evil.example.org/",
        "https://pages.example.net/\r\nSet-Cookie: a=b",
        "https://pages.example.net/ x",
        "https://pages.example.net/<script>",
        'https://pages.example.net/"x',
        "https://pages。example.net/",
        "https://pages.example.net/é",
        "https://localhost/",
        "https://pages.example.net:0/",
        "https://pages.example.net/" + "a" * 2_000,
        " https://pages.example.net/",
        "https://pages.example.net/\n",
    ],
)
def test_a_page_that_no_browser_may_be_sent_to_is_refused(url: str | None) -> None:
    _, told = refused(said({**BEGUN, "url": url}))

    assert told["why"] == "url"


@pytest.mark.parametrize(
    "url",
    [
        "https://pages.example.net",
        "https://pages.example.net?x=1",
        "https://pages.example.net:8443/n/A?x=1&y=%20#z",
        "https://accounts.example.com/o/oauth2/v2/auth?client_id=1.apps&scope=https%3A//x&redirect_uri=https://y/",
    ],
)
def test_a_page_of_any_host_is_passed_on(url: str) -> None:
    assert begun(said({**BEGUN, "url": url})).address == url


def test_a_page_on_this_machine_is_for_the_stack_on_one_machine() -> None:
    local = "http://127.0.0.1:8081/n/AB12CD3"

    assert begun(said({**BEGUN, "url": local}), loopback=True).address == local


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        (said({"status": "error", "error": {"message": "no", "code": 261}}, 400), 261, "400"),
        (said({"status": "error", "error": {"message": "no", "code": 1}}, 401), 1, "401"),
        (said({}, 401), 1, "401"),
        (said({"status": "error", "error": {"message": "no", "code": 513}}), 513, "answer"),
        (said({"status": "failure", "import_id": 5, "url": PAGE}), 0, "answer"),
        (said({}, 404), 0, "404"),
        (said({}, 302, Location="https://evil.example.net/"), 0, "302"),
        (Canned(500, b"<html>"), 0, "500"),
        (Canned(200, b"<html>"), 0, "answer"),
        (Canned(200, b'{"a":' * 50_000), 0, "answer"),
        (said({"error": {"code": "261"}}, 400), 0, "400"),
        (said({"error": {"message": "too many", "code": 429}}, 429), 0, "429"),
        (said({"error": {"message": "no", "code": 401}}, 401), 1, "401"),
        (said({"error": {"message": "no", "code": 999}}, 400), 999, "400"),
        (Canned(200, b"{", failure=AnswerTruncated()), 0, "answer_truncated"),
        (ServerSilent(), 0, "server_silent"),
        (ServerNotFound(), 0, "server_unreachable"),
    ],
)
def test_a_refusal_keeps_its_code_and_tells_the_operator(answer: Canned | ImportFailure, code: int, why: str) -> None:
    refusal, told = refused(answer)

    assert refusal.upstream_code == (0 if code == 1 else code)
    assert told == {"why": why, "code": code}


@pytest.mark.parametrize("body", [{}, {"status": "error", "error": {"message": "too many", "code": 429}}])
@pytest.mark.parametrize(("status", "header", "seconds"), [
    (429, {"Retry-After": "17"}, 17),
    (503, {"Retry-After": "0"}, 1),
    (429, {"Retry-After": "Fri, 02 Jan 2026 22:23:00 GMT", "Date": "Fri, 02 Jan 2026 22:22:00 GMT"}, 60),
    (429, {}, 30),
    (503, {"Retry-After": "soon"}, 30),
    (500, {}, None),
])  # fmt: skip
def test_a_service_that_asks_to_wait_is_repeated_later(
    body: object, status: int, header: dict[str, str], seconds: int | None
) -> None:
    refusal, _ = refused(said(body, status, **header))

    assert refusal.retry_after == seconds


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_refusal_says_what_its_code_means(code: int) -> None:
    refusal, _ = refused(said({"status": "error", "error": {"message": "canary", "code": code}}, 400))

    assert refusal.meaning is type(failure_of(code))
    assert "canary" not in str(refusal)


@pytest.mark.parametrize("code", [0, 3, 515, 999])
def test_a_code_that_nobody_knows_means_nothing(code: int) -> None:
    refusal, _ = refused(said({"status": "error", "error": {"message": "no", "code": code}}, 400))

    assert refusal.meaning is None


def test_it_waits_for_ten_seconds_at_most() -> None:
    clock = FixedClock()
    api = ScriptedApi({CONSENT: said(BEGUN)})
    CloudSpongeUpstreams(lambda: api, ACCOUNTS, clock, Recorder()).begin(TENANT.id, BY_CONSENT)
    request = api.asked[0]

    assert request.silence < 10
    assert not request.stopped()
    clock.later(10)
    assert request.stopped()


def test_without_an_upstream_nothing_is_begun_and_nothing_offered() -> None:
    nobody = CloudSpongeUpstreams(lambda: ScriptedApi({}), MemoryUpstreamAccounts(), FixedClock(), Recorder())

    assert nobody.services(TENANT.id) == ()
    with pytest.raises(UpstreamNotConfigured):
        nobody.begin(TENANT.id, BY_CONSENT)


def test_an_upstream_that_is_written_wrong_costs_no_other_source() -> None:
    class Malformed(MemoryUpstreamAccounts):
        def upstream(self, tenant: TenantId) -> Upstream | None:
            raise SecretsUnavailable(SecretsUnavailable.MALFORMED)

    told = Recorder()

    assert CloudSpongeUpstreams(lambda: ScriptedApi({}), Malformed(), FixedClock(), told).services(TENANT.id) == ()
    assert told.events == [("app_malformed", {"source": "cloudsponge"})]


def test_secrets_that_cannot_be_read_are_no_upstream_that_is_not_set_up() -> None:
    class Locked(MemoryUpstreamAccounts):
        def upstream(self, tenant: TenantId) -> Upstream | None:
            raise SecretsUnavailable("ThrottlingException")

    with pytest.raises(SecretsUnavailable):
        CloudSpongeUpstreams(lambda: ScriptedApi({}), Locked(), FixedClock(), Recorder()).services(TENANT.id)


def test_it_offers_what_its_account_says() -> None:
    assert upstreams(ScriptedApi({})).services(TENANT.id) == ("gmail", "plaxo")
