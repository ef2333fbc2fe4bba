"""The sandbox's authorization server: its consent page, its control endpoint, its process, and its person."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from consent_flow import (
    CALLBACK,
    CONTACTS,
    SCOPES,
    allowed,
    authorize,
    both_roles,
    introspect,
    redeem,
    revoke,
    token,
    within_seconds,
)

from local.processes import NotStarted, answers, end, free_port
from local.sandbox.consent import authorization_server
from local.sandbox.consent.authorization_server import (
    CLIENTS,
    FOLDER,
    STARTING_SECONDS,
    AuthorizationServer,
    Client,
    Role,
    node,
    running_authorization_server,
    write_settings,
)
from local.sandbox.consent.person import NotConsented, Person


@both_roles
def test_a_token_lives_as_long_as_it_was_told_to(server: AuthorizationServer, role: Role) -> None:
    server.control(role, access_token_seconds=2)
    body = redeem(server, role, allowed(server, role)["code"]).json()

    assert body["expires_in"] == 2
    assert within_seconds(5, lambda: introspect(server, role, body["access_token"]) == {"active": False})


@both_roles
def test_all_tokens_of_a_role_can_be_ended_at_once(server: AuthorizationServer, role: Role) -> None:
    other: Role = "google" if role == "microsoft" else "microsoft"
    mine, theirs = token(server, role), token(server, other)

    server.control(role, revoke_all=True)

    assert introspect(server, role, mine) == {"active": False}
    assert introspect(server, other, theirs)["active"]


@both_roles
def test_scripted_answers_of_the_token_endpoint_come_in_their_order(server: AuthorizationServer, role: Role) -> None:
    code = allowed(server, role)["code"]
    refused = {"error": "invalid_grant"}
    server.control(
        role,
        token_answers=[
            {"status": 429, "headers": {"Retry-After": "3"}, "body": refused},
            {"status": 200, "body": "not json"},
            {"drop": True},
            {"delay_seconds": 0.3},
        ],
    )

    limited, unreadable = redeem(server, role, code), redeem(server, role, code)
    with pytest.raises(requests.ConnectionError):
        redeem(server, role, code)
    began = time.monotonic()
    slow = redeem(server, role, code)

    assert (limited.status_code, limited.headers["retry-after"], limited.json()) == (429, "3", refused)
    assert unreadable.text == "not json"
    assert (slow.status_code, time.monotonic() - began >= 0.3) == (200, True)
    assert server.counts(role)["token_statuses"] == [429, 200, 0, 200]


def test_an_answer_can_be_lost_after_the_code_was_used(server: AuthorizationServer) -> None:
    code = allowed(server, "google")["code"]
    server.control("google", token_answers=[{"lose": True}])

    with pytest.raises(requests.ConnectionError):
        redeem(server, "google", code)

    assert redeem(server, "google", code).json()["error"] == "invalid_grant"


def test_scripted_answers_of_the_revocation_endpoint_leave_the_token_alive(server: AuthorizationServer) -> None:
    value = token(server, "google")
    server.control("google", revoke_answers=[{"status": 503}])

    assert revoke(server, value).status_code == 503
    assert introspect(server, "google", value)["active"]
    assert revoke(server, value).status_code == 200


@both_roles
def test_the_next_authorization_request_can_be_sent_back_with_an_error(server: AuthorizationServer, role: Role) -> None:
    server.control(role, authorize_error={"error": "consent_required", "error_description": "AADSTS90094"})

    refused, then = allowed(server, role), allowed(server, role)

    assert (refused["error"], refused["error_description"]) == ("consent_required", "AADSTS90094")
    assert refused["iss"] == f"{server.url}/{role}"
    assert "code" in then


@both_roles
def test_requests_are_counted_and_reset_forgets_counts_and_settings(server: AuthorizationServer, role: Role) -> None:
    server.control(role, access_token_seconds=7, token_answers=[{"status": 500}])
    code = allowed(server, role)["code"]
    redeem(server, role, code)
    counted = server.counts(role)

    server.reset()

    assert counted == {"authorize": 1, "token": 1, "revoke": 0, "token_statuses": [500], "revoke_statuses": []}
    assert server.counts(role) == {"authorize": 0, "token": 0, "revoke": 0, "token_statuses": [], "revoke_statuses": []}
    assert redeem(server, role, code).json()["expires_in"] == 3600


def test_control_refuses_what_it_does_not_know_and_what_a_form_could_send(server: AuthorizationServer) -> None:
    wrong: list[dict[str, Any]] = [
        {"acess_token_seconds": 1},
        {"access_token_seconds": 0},
        {"token_answers": [{"code": 1}]},
        {"authorize_error": 5},
    ]
    for settings in wrong:
        with pytest.raises(ValueError, match=r"\w"):
            server.control("google", **settings)
    answer = requests.post(
        server.url + "/control", data='{"reset":true}', headers={"Content-Type": "text/plain"}, timeout=10
    )

    assert answer.status_code == 400
    assert requests.get(server.url + "/control/nobody", timeout=10).status_code == 404


@both_roles
def test_the_consent_page_is_a_plain_form_with_a_labelled_box_for_each_scope(
    server: AuthorizationServer, role: Role
) -> None:
    answer = requests.get(authorize(server, role), timeout=10)
    page = answer.text

    assert answer.status_code == 200
    assert f"<title>Sandbox {role.capitalize()}: Rubrica " in page
    assert (
        re.findall(r'<label><input type="checkbox" name="scope" value="([^"]+)" checked>', page) == SCOPES[role].split()
    )
    assert re.findall(r'<button name="decision" value="(\w+)">', page) == ["deny", "allow"]
    assert "alice@example.com" in page
    assert "This is a sandbox" in page
    assert not re.search(r"<script|<link rel=\"stylesheet|src=|@import|url\(", page)
    assert '<link rel="icon" href="data:,">' in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_form_works_with_nothing_but_html_and_only_in_the_browser_that_opened_it(
    server: AuthorizationServer,
) -> None:
    browser, stranger = requests.Session(), requests.Session()
    page = browser.get(authorize(server, "google"), timeout=10)
    form = {"scope": CONTACTS, "decision": "allow"}

    foreign = stranger.post(page.url, data=form, timeout=10)
    own = browser.post(page.url, data=form, allow_redirects=False, timeout=10)
    again = browser.get(page.url, timeout=10)

    assert (foreign.status_code, own.status_code) == (400, 303)
    assert (
        browser.get(own.headers["location"], allow_redirects=False, timeout=10).headers["location"].startswith(CALLBACK)
    )
    assert again.status_code in (200, 400)


def test_secrets_are_in_no_representation(server: AuthorizationServer) -> None:
    shown = repr((server, CLIENTS, server.introspection("google"), Client("a", "hidden")))

    assert "secret" not in shown.replace("client_secret", "")
    assert "hidden" not in shown


def test_the_server_ends_when_nobody_holds_its_standard_input(server: AuthorizationServer, tmp_path: Path) -> None:
    port = free_port()
    settings = write_settings(tmp_path, {"google": [CALLBACK]}, port)
    process = subprocess.Popen([node(), FOLDER / "server.mjs", settings], stdin=subprocess.PIPE)
    assert process.stdin
    try:
        assert within_seconds(STARTING_SECONDS, lambda: answers(port))
        process.stdin.close()

        assert process.wait(10) == -signal.SIGKILL
    finally:
        end(process)


def test_what_is_not_installed_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The folder is where the lock file is; there is no other way to take its modules away for one test.
    monkeypatch.setattr(authorization_server, "FOLDER", tmp_path)

    with pytest.raises(NotStarted, match="Run: make setup"), running_authorization_server(tmp_path, {}):
        pass


def test_the_lock_names_no_address_to_fetch_from() -> None:
    text = (FOLDER / "package-lock.json").read_text("utf-8")

    assert '"resolved"' not in text
    assert set(re.findall(r'"(\w+)": "\w+://', text)) <= {"url"}


class _Application(BaseHTTPRequestHandler):
    """Sets a cookie that is for secure connections, shows what comes back, and sends people away."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/away" else 404 if self.path == "/?error=x" else 200)
        if self.path == "/away":
            self.send_header("Location", "https://app.example.com/")
        self.send_header("Set-Cookie", "browser=1; Secure; HttpOnly; Path=/")
        self.end_headers()
        self.wfile.write((self.headers["Cookie"] or "").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Application) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_a_person_keeps_cookies_as_a_browser_on_loopback_and_never_leaves_the_machine(application: str) -> None:
    person = Person()

    assert person.open(application).text == ""
    assert person.open(application).text == "browser=1"
    assert person.open(f"{application}/away").is_redirect


def test_a_person_who_ends_at_an_error_page_has_not_consented(application: str) -> None:
    for page in (application, f"{application}/?error=x"):
        with pytest.raises(NotConsented):
            Person().consent(page)
