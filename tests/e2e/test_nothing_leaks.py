"""Canaries go through every way an import can end; none of them may be found anywhere but in the contacts' answer."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from api_client import ApiClient
from written import everything_written

from local.stack import Stack
from tests.servers.scripted_server import Reaction, Seen, Trick, found, multistatus, serving

USERNAME = "zz-canary-user@example.org"
PASSWORD = "zz-canary-password"
NAME = "Zz-Canary Person"
EMAIL = "zz-canary-contact@example.com"
PATH = "/home/book/zz-canary-path.vcf"
CANARY = "canary"

CARD = (
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:zz-canary-uid\r\nFN:{NAME}\r\nN:Canary;Zz;;;\r\nEMAIL:{EMAIL}\r\nEND:VCARD\r\n"
)
BROKEN = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:zz-canary-broken\r\nEND:VCARD\r\n"
OWNER = (
    "<c:addressbook-home-set><d:href>/home/</d:href></c:addressbook-home-set><d:displayname>Zz-Canary Owner"
    '</d:displayname><k:calendar-user-address-set xmlns:k="urn:ietf:params:xml:ns:caldav">'
    "<d:href>mailto:zz-canary-owner@example.com</d:href></k:calendar-user-address-set>"
)
BOOKS = {"/home/book/": {PATH: CARD, "/home/book/zz-canary-broken.vcf": BROKEN}}


def refusing(status: int, **headers: str) -> Trick:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reaction(status, f"<p>{PASSWORD} {EMAIL}</p>", {"Content-Type": "text/html", **named})


def on_report(reaction: Reaction) -> Trick:
    return lambda seen: reaction if seen.method in ("REPORT", "GET") else None


def owned(seen: Seen) -> Reaction | None:
    return multistatus(found(seen.path, OWNER)) if seen.path == "/principal/" else None


def away(seen: Seen) -> Reaction | None:
    return Reaction(raw=b"") if seen.method in ("REPORT", "GET") else None


CUT = Reaction(
    raw=b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 9000\r\n\r\n<d:multistatus xmlns:d='DAV:'>" + CARD.encode()
)

ENDINGS: dict[str, tuple[Trick, str]] = {
    "wrong password": (refusing(401, WWW_Authenticate='Basic realm="zz-canary-realm"'), "sign_in_refused"),
    "401 without a challenge": (refusing(401), "sign_in_refused"),
    "forbidden": (refusing(403), "access_forbidden"),
    "a web page": (refusing(200), "not_an_address_book"),
    "redirect loop": (refusing(302, Location="/zz-canary-loop"), "redirect_loop"),
    "redirect elsewhere": (refusing(302, Location="https://zz-canary.example.net/"), "redirect_refused"),
    "throttled": (refusing(429, Retry_After="1"), "provider_throttled"),
    "broken server": (refusing(503, Retry_After="1"), "provider_unavailable"),
    "broken XML": (lambda _: Reaction(207, f"<d:multistatus><{EMAIL}"), "answer_malformed"),
    "a DOCTYPE": (lambda _: Reaction(207, f'<!DOCTYPE x [<!ENTITY a "{EMAIL}">]><x/>'), "answer_malformed"),
    "truncated": (on_report(CUT), "answer_truncated"),
    "gone in the middle": (away, ""),
    "compressed": (lambda _: Reaction(207, CARD, {"Content-Encoding": "gzip"}), "answer_encoded"),
}


@contextmanager
def closed_port() -> Iterator[str]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/zz-canary-path/"


def run(api: ApiClient, server: str) -> dict[str, object]:
    started = api.start("carddav", USERNAME, PASSWORD, server)
    return api.finished(started["id"], 180)


@pytest.fixture(scope="module")
def told(stack: Stack, api: ApiClient) -> dict[str, dict[str, object]]:
    """The status of an import for each ending, one after another."""
    statuses = {}
    for ending, (trick, _) in ENDINGS.items():
        with serving(BOOKS, trick) as server:
            statuses[ending] = run(api, server.url)
    with closed_port() as address:
        statuses["closed port"] = run(api, address)
    return statuses


@pytest.mark.parametrize("ending", [ending for ending, (_, code) in ENDINGS.items() if code])
def test_each_failure_has_its_own_code_and_advice(ending: str, told: dict[str, dict[str, object]]) -> None:
    status = told[ending]

    assert status["state"] == "failed"
    failure = status["failure"]
    assert isinstance(failure, dict)
    assert failure["code"] == ENDINGS[ending][1]
    assert failure["advice"]


def test_pages_of_a_failed_import_are_never_handed_out(api: ApiClient, told: dict[str, dict[str, object]]) -> None:
    for status in told.values():
        answer = api.call("GET", f"/v1/imports/{status['id']}/contacts")
        assert answer.status_code == 409
        assert answer.json()["code"] == "import_not_complete"


def test_no_canary_is_left_anywhere_after_success_and_every_failure(
    stack: Stack, api: ApiClient, told: dict[str, dict[str, object]]
) -> None:
    with serving(BOOKS, owned) as server:
        status = run(api, server.url)
    assert status["state"] == "complete"
    assert [it["full_name"] for it in api.contacts(int(str(status["id"])))] == [NAME]
    refuse_canaries(api)

    written = list(everything_written(stack))
    assert any(str(status["id"]) in text for where, text in written if where == "log of PollStatusFunction")
    assert any(str(status["id"]) in text for where, text in written if where == "execution")
    assert not [where for where, text in written if CANARY in text.lower()]
    assert CANARY not in json.dumps([*told.values(), status]).lower()


def refuse_canaries(api: ApiClient) -> None:
    """Requests that are refused, or fail, before they become an import."""
    bodies: list[str] = [
        f'{{"source": "carddav", "password": "{PASSWORD}", "password": "{PASSWORD}"}}',
        f'{{"source": "{PASSWORD}", "username": "{USERNAME}", "password": "{PASSWORD}"}}',
        f'{{"source": "carddav", "server": "https://u:{PASSWORD}@example.org/", "username": "a", "password": "b"}}',
        f'{{"source": "carddav", "server": "https://10.0.0.1/{PASSWORD}", "username": "a", "password": "{PASSWORD}"}}',
        f'["{PASSWORD}"',
    ]
    for body in bodies:
        answer = api.call("POST", "/v1/imports", data=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
        assert CANARY not in answer.text.lower()
    for path in (f"/v1/imports/{PASSWORD}", f"/v1/imports/1/contacts?cursor={PASSWORD}", f"/v1/{PASSWORD}"):
        assert CANARY not in api.call("GET", path).text.lower()
    stranger = ApiClient(api.base_url, PASSWORD)
    assert stranger.call("GET", "/v1/sources").status_code == 401


def test_a_server_that_goes_away_in_the_middle_and_returns_costs_nothing(api: ApiClient) -> None:
    cards = {f"/home/book/{number:04}.vcf": CARD.replace("zz-canary-uid", f"u{number}") for number in range(300)}
    broken_off = iter((True, True))

    def leave(seen: Seen) -> Reaction | None:
        return Reaction(503, "", {"Retry-After": "1"}) if seen.report and next(broken_off, False) else None

    with serving({"/home/book/": cards}, leave) as server:
        status = run(api, server.url)

    assert status["state"] == "complete"
    assert len(api.contacts(int(str(status["id"])))) == 300


def test_an_empty_address_book_is_said_to_be_empty_after_a_second_look(api: ApiClient) -> None:
    with serving({"/home/book/": {}}, lambda seen: multistatus() if seen.report else None) as server:
        status = run(api, server.url)

        assert status["state"] == "complete"
        assert status["empty"] is True
        assert server.asked("sync-collection")
