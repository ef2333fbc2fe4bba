"""Whom the stand-ins let in, how one starts by itself, and how an import of its account is checked."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
import requests
from consent_flow import within_seconds
from stand_ins import GOOGLE, GOOGLE_BOOK, Client

from local.processes import end
from local.sandbox.google_people import google_book, running_people
from local.sandbox.stand_in.truth import Truth

CONNECTIONS = "/v1/people/me/connections"


class Issuer(BaseHTTPRequestHandler):
    """An introspection endpoint (RFC 7662) that knows what it is told."""

    living: ClassVar[dict[str, str]] = {}
    clients: ClassVar[set[str]] = set()
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        token = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["token"][0]
        self.clients.add(self.headers["Authorization"])
        known = {"active": True, "scope": self.living[token]} if token in self.living else {"active": False}
        body = json.dumps(known).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_authorization_server_is_asked_about_every_token_of_every_request(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/introspect"
    Issuer.living["ticket"] = f"openid {GOOGLE}/contacts.readonly"
    with running_people(tmp_path, google_book(5, 2), introspection=(url, "id", "secret")) as stand_in:
        with Client(stand_in, "ticket") as client:
            assert len(client.get(CONNECTIONS, personFields="names")["connections"]) == 5
            assert client.error("/v1/otherContacts", readMask="names")[0] == 403
            del Issuer.living["ticket"]
            assert client.error(CONNECTIONS, personFields="names")[0] == 401
            server.shutdown()
            server.server_close()
        with Client(stand_in, "ticket") as client:
            assert client.error(CONNECTIONS, personFields="names")[0] == 503
    assert Issuer.clients == {"Basic aWQ6c2VjcmV0"}


def test_a_stand_in_starts_by_itself_with_a_sample_and_a_token(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.sandbox.microsoft_graph", "--port", "0"]
    told = [*command, "--data", str(tmp_path / "data"), "--token", "open-sesame=Contacts.Read"]
    output = tmp_path / "output"
    with output.open("wb") as sink:
        process = subprocess.Popen(told, stdout=sink)
    try:
        assert within_seconds(30, lambda: output.read_text("utf-8").endswith("\n"))
        url = output.read_text("utf-8").rpartition(" ")[2].strip()
        headers = {"Authorization": "Bearer open-sesame"}
        assert len(requests.get(f"{url}/v1.0/me/contacts", headers=headers, timeout=5).json()["value"]) == 10
        assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["contacts.jsonl", "folders.jsonl"]
    finally:
        end(process)


def arrived(uid: str, truth: Truth) -> dict[str, Any]:
    """A contact as the native API returns it, that is as it should be."""
    full, first, last = truth.names or ("", "", "")
    year_month_day = truth.birthday or None
    return {
        "id": f"id of {uid}",
        "uid": uid,
        "place": uid,
        "full_name": full,
        "first_name": first,
        "last_name": last,
        "emails": [{"address": one, "type": "", "primary": one == truth.primary_email} for one in truth.emails],
        "phones": [{"number": number} for number in truth.phones],
        "birthday": dict(zip(("year", "month", "day"), year_month_day, strict=True)) if year_month_day else None,
        "groups": [*sorted(truth.groups), "myContacts"],
        "note": truth.note,
    }


def test_an_import_of_everything_has_no_faults() -> None:
    contacts = [arrived(uid, truth) for uid, truth in GOOGLE_BOOK.truths.items()]
    ledger = [{"outcome": "rejected", "place": uid} for uid in GOOGLE_BOOK.bare]

    assert list(GOOGLE_BOOK.faults(contacts, ledger)) == []
    saved = [contact for contact in contacts if contact["uid"].startswith("people/")]
    assert list(GOOGLE_BOOK.faults(saved, ledger, other_contacts=False)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"last_name": "Other"}, "another name"),
        ({"emails": []}, "another e-mail address"),
        ({"phones": []}, "another phone number"),
        ({"birthday": {"year": 1, "month": 1, "day": 1}}, "another birthday"),
        ({"groups": ["Strangers"]}, "another group"),
        ({"note": "?"}, "another note"),
        ({"place": "elsewhere"}, "another place"),
    ],
)
def test_what_did_not_arrive_as_it_was_is_a_fault(change: dict[str, Any], fault: str) -> None:
    truth = Truth(("Ada Hale", "Ada", "Hale"), ("ada@example.com",), ("1",), (None, 2, 3), frozenset({"A"}), "n")
    book = replace(GOOGLE_BOOK, truths={"people/c1": truth}, bare=frozenset())
    whole = arrived("people/c1", truth)

    assert list(book.faults([whole], [])) == []
    assert list(book.faults([{**whole, **change}], [])) == [f"people/c1 arrived with {fault}"]


def test_who_is_missing_or_doubled_or_rejected_is_a_fault() -> None:
    truth = Truth(None)
    book = replace(GOOGLE_BOOK, truths={"people/c1": truth}, bare=frozenset({"people/c2"}))
    stranger = arrived("people/c3", truth)

    assert list(book.faults([], [{"outcome": "rejected", "place": "people/c1"}])) == [
        "people/c1 did not arrive",
        "people/c2 got lost",
        "people/c1 is rejected in the ledger",
    ]
    assert list(book.faults([arrived("people/c1", truth)] * 2 + [stranger, arrived("people/c2", truth)], [])) == [
        "a contact came twice",
        "people/c3 is nobody of the account",
    ]
