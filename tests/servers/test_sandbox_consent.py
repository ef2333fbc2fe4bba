"""The sandbox's authorization server in both roles, over HTTP, as an application sees it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from consent_flow import (
    AUTHORIZE,
    CALLBACK,
    CONTACTS,
    GRAPH,
    SCOPES,
    TOKEN,
    VERIFIER,
    allowed,
    authorize,
    back,
    both_roles,
    introspect,
    redeem,
    revoke,
    token,
)

from local.sandbox.consent.authorization_server import AuthorizationServer, Role
from local.sandbox.consent.person import NotConsented, Person, consent


@both_roles
def test_a_code_with_its_verifier_becomes_a_token_that_introspection_knows(
    server: AuthorizationServer, role: Role
) -> None:
    callback = allowed(server, role)
    answer = redeem(server, role, callback["code"])

    assert callback["state"] == "a-state"
    assert callback["iss"] == f"{server.url}/{role}"
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"access_token", "expires_in", "scope", "token_type"}
    assert (body["scope"], body["expires_in"], body["token_type"]) == (SCOPES[role], 3600, "Bearer")
    known = introspect(server, role, body["access_token"])
    assert (known["active"], known["scope"], known["sub"]) == (True, SCOPES[role], "alice@example.com")


@both_roles
def test_a_client_may_use_basic_too_and_no_wrong_secret(server: AuthorizationServer, role: Role) -> None:
    right, wrong = ({"redirect_uri": CALLBACK, "code_verifier": VERIFIER} for _ in range(2))
    url, client = server.url + TOKEN[role], server.clients[role]
    right |= {"grant_type": "authorization_code", "code": allowed(server, role)["code"]}
    wrong |= {"grant_type": "authorization_code", "code": allowed(server, role)["code"]}

    assert requests.post(url, data=right, auth=client, timeout=10).status_code == 200
    assert requests.post(url, data=wrong, auth=(client.client_id, "no"), timeout=10).status_code == 401
    assert redeem(server, role, wrong["code"], client_secret="no").json()["error"] == "invalid_client"


@both_roles
def test_a_code_is_refused_with_a_wrong_verifier_and_without_one(server: AuthorizationServer, role: Role) -> None:
    for verifier in ("another-verifier-that-is-long-enough-0123456789-0123", ""):
        answer = redeem(server, role, allowed(server, role)["code"], code_verifier=verifier)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@both_roles
def test_a_request_without_pkce_or_with_a_plain_challenge_is_sent_back(server: AuthorizationServer, role: Role) -> None:
    for change in ({"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}):
        assert allowed(server, role, **change)["error"] == "invalid_request"


@both_roles
def test_a_code_used_twice_is_refused_and_ends_the_token_of_the_first_use(
    server: AuthorizationServer, role: Role
) -> None:
    code = allowed(server, role)["code"]
    first = redeem(server, role, code).json()["access_token"]

    second = redeem(server, role, code)

    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert introspect(server, role, first) == {"active": False}


@both_roles
def test_fifty_uses_of_a_code_at_once_leave_no_token(server: AuthorizationServer, role: Role) -> None:
    code = allowed(server, role)["code"]

    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(lambda _: redeem(server, role, code), range(50)))

    tokens = [answer.json()["access_token"] for answer in answered if answer.ok]
    assert len(tokens) <= 1
    assert not any(introspect(server, role, value)["active"] for value in tokens)


def test_an_unticked_scope_is_missing_from_token_and_callback(server: AuthorizationServer) -> None:
    callback = allowed(server, "google", "contacts.other.readonly")
    body = redeem(server, "google", callback["code"]).json()

    assert callback["scope"] == body["scope"] == CONTACTS
    assert introspect(server, "google", body["access_token"])["scope"] == CONTACTS


def test_google_tells_the_granted_scopes_in_the_callback_and_microsoft_does_not(server: AuthorizationServer) -> None:
    assert allowed(server, "google")["scope"] == SCOPES["google"]
    assert "scope" not in allowed(server, "microsoft")


def test_signing_in_needs_no_tick_box_and_remains_when_all_boxes_are_unticked(server: AuthorizationServer) -> None:
    callback = allowed(server, "google", CONTACTS, scope=f"openid {CONTACTS}")
    body = redeem(server, "google", callback["code"]).json()

    assert callback["scope"] == body["scope"] == "openid"


@both_roles
def test_denying_and_unticking_everything_come_back_as_access_denied(server: AuthorizationServer, role: Role) -> None:
    denied = back(consent(authorize(server, role), allow=False, follow_callback=False))
    unticked = allowed(server, role, *SCOPES[role].split())

    for callback in (denied, unticked):
        assert (callback["error"], callback["state"]) == ("access_denied", "a-state")
        assert callback["iss"] == f"{server.url}/{role}"
        assert "code" not in callback


def test_revocation_needs_no_client_and_ends_the_grant(server: AuthorizationServer) -> None:
    in_form, in_query, other = (token(server, "google") for _ in range(3))

    assert revoke(server, in_form).status_code == 200
    assert requests.post(f"{server.url}/google/revoke?token={in_query}", timeout=10).status_code == 200

    assert introspect(server, "google", in_form) == introspect(server, "google", in_query) == {"active": False}
    assert introspect(server, "google", other)["active"]


def test_revoking_what_is_no_token_or_none_any_more_is_an_error(server: AuthorizationServer) -> None:
    value = token(server, "google")
    revoke(server, value)

    for answer in (revoke(server, value), revoke(server, "garbage")):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")
    assert server.counts("google")["revoke_statuses"] == [200, 400, 400]


def test_microsoft_has_no_revocation_endpoint(server: AuthorizationServer) -> None:
    for path in ("/microsoft/revoke", "/microsoft/common/oauth2/v2.0/revoke", "/microsoft/token/revocation"):
        assert requests.post(server.url + path, data={"token": "x"}, timeout=10).status_code == 404


@both_roles
def test_a_redirect_address_has_to_be_exact_and_errors_are_shown_not_redirected(
    server: AuthorizationServer, role: Role
) -> None:
    for address in (CALLBACK + "/", CALLBACK + "?a=1", CALLBACK.upper(), "http://localhost:9/oauth/callback", None):
        with pytest.raises(NotConsented, match="400"):
            consent(authorize(server, role, redirect_uri=address), follow_callback=False)
    with pytest.raises(NotConsented, match="400"):
        consent(authorize(server, role, client_id="nobody"), follow_callback=False)


@both_roles
def test_prompts_and_hints_of_the_real_ones_are_accepted(server: AuthorizationServer, role: Role) -> None:
    for prompt in ("select_account", "consent", "consent select_account", "login"):
        assert "code" in allowed(server, role, prompt=prompt, login_hint="bob@example.org", access_type="online")


@both_roles
def test_prompt_none_shows_no_page(server: AuthorizationServer, role: Role) -> None:
    person, silent = Person(), authorize(server, role, prompt="none")

    before = back(person.consent(silent, follow_callback=False))
    person.consent(authorize(server, role), follow_callback=False)
    after = back(person.consent(silent, follow_callback=False))

    assert before["error"] == "login_required"
    assert redeem(server, role, after["code"]).status_code == 200


@both_roles
def test_an_unknown_scope_is_sent_back(server: AuthorizationServer, role: Role) -> None:
    assert allowed(server, role, scope="https://example.com/everything")["error"] == "invalid_scope"


def test_a_refresh_token_is_only_for_who_asks_microsoft_for_one(server: AuthorizationServer) -> None:
    scope = f"{GRAPH} offline_access"
    code = allowed(server, "microsoft", scope=scope, prompt="consent")["code"]

    assert "refresh_token" in redeem(server, "microsoft", code).json()
    assert (
        "refresh_token" not in redeem(server, "google", allowed(server, "google", access_type="offline")["code"]).json()
    )


def test_microsoft_tells_errors_of_the_token_endpoint_in_its_own_form(server: AuthorizationServer) -> None:
    body = redeem(server, "microsoft", "garbage").json()

    assert body["error"] == "invalid_grant"
    assert body["error_description"].startswith("AADSTS")
    assert body.keys() >= {"error_codes", "timestamp", "trace_id", "correlation_id"}


def test_two_requests_of_one_browser_and_both_roles_do_not_disturb_each_other(server: AuthorizationServer) -> None:
    browser = requests.Session()
    roles: list[Role] = ["google", "microsoft", "google"]
    pages = [browser.get(authorize(server, role, state=str(n)), timeout=10) for n, role in enumerate(roles)]

    for number, page in reversed(list(enumerate(pages))):
        form = {"scope": SCOPES[roles[number]].split(), "decision": "allow"}
        resumed = browser.post(page.url, data=form, allow_redirects=False, timeout=10).headers["location"]
        callback = browser.get(resumed, allow_redirects=False, timeout=10).headers["location"]

        assert back(callback)["state"] == str(number)
        assert redeem(server, roles[number], back(callback)["code"]).status_code == 200


@both_roles
def test_only_the_resource_server_learns_about_tokens(server: AuthorizationServer, role: Role) -> None:
    url, value = server.introspection(role).url, token(server, role)

    assert requests.post(url, data={"token": value}, timeout=10).status_code in (400, 401)
    answer = requests.post(url, data={"token": value}, auth=server.clients[role], timeout=10)
    assert answer.json() == {"active": False}


@both_roles
def test_discovery_names_the_endpoints(server: AuthorizationServer, role: Role) -> None:
    document = requests.get(f"{server.url}/{role}/.well-known/openid-configuration", timeout=10).json()

    assert document["issuer"] == {"google": server.google_issuer, "microsoft": server.microsoft_issuer}[role]
    assert document["authorization_endpoint"] == server.url + AUTHORIZE[role]
    assert document["token_endpoint"] == server.url + TOKEN[role]
    assert document["authorization_response_iss_parameter_supported"]
    assert ("revocation_endpoint" in document) == (role == "google")
