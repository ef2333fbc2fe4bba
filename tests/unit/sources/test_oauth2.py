"""How codes are redeemed and tokens revoked, whatever the authorization server answers."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import JSON, Canned, ScriptedApi, Step, said

from rubrica.domain.consent import App
from rubrica.domain.credential import Code, Token
from rubrica.domain.imports import TenantId
from rubrica.errors import (
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    AppMisconfigured,
    AppUnverified,
    CertificateRefused,
    ConsentFailed,
    ConsentNeedsAdmin,
    ConsentNotRedeemed,
    ConsentUnticked,
    ImportFailure,
    ProviderThrottled,
    ProviderTrouble,
    ProviderUnavailable,
    ServerNotFound,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
    WorkerFailed,
)
from rubrica.sources.google.sign_in import GOOGLE, OTHER_CONTACTS, OTHER_CONTACTS_SCOPE, google
from rubrica.sources.microsoft.sign_in import MICROSOFT, microsoft
from rubrica.sources.oauth2 import OAuth2
from tests.fakes import any_import

SCOPE = GOOGLE.scopes[0]
TOKEN_PATH, REVOKE_PATH = "/token", "/revoke"
IMPORT = any_import(source="google")
CODE = Code("the-code", "the-verifier", "https://app.example.com/oauth/google/callback", (OTHER_CONTACTS,))
GOOD = {"access_token": "the-token", "token_type": "Bearer", "expires_in": 3599, "scope": SCOPE}


class FakeApps:
    """Implements ports.Apps."""

    def __init__(self, app: App | None) -> None:
        self._app = app

    def app(self, tenant: TenantId, source: str) -> App | None:
        return self._app


APP = App("the-client", "the-secret", directory="organizations")


def tokens(
    *answers: Step, revoked: tuple[Step, ...] = (Canned(),), app: App | None = APP
) -> tuple[OAuth2, ScriptedApi]:
    api = ScriptedApi({TOKEN_PATH: answers or (Canned(500),), REVOKE_PATH: revoked})
    return OAuth2(api, FakeApps(app), {"google": GOOGLE, "microsoft": MICROSOFT}, lambda _: None), api


def redeemed(**answer: Any) -> Token:
    return tokens(said({name: value for name, value in (GOOD | answer).items() if value != "absent"}))[0].redeem(
        IMPORT, CODE
    )


# --- Redeeming --------------------------------------------------------------------------------------------------------


def test_a_code_is_redeemed_in_one_request_with_all_that_belongs_to_it() -> None:
    oauth2, api = tokens(said(GOOD))

    assert oauth2.redeem(IMPORT, CODE) == Token("the-token", (SCOPE,), (OTHER_CONTACTS,))
    (request,) = api.asked
    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/token")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {name: value for name, (value,) in parse_qs(request.body.decode()).items()} == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://app.example.com/oauth/google/callback",
        "code_verifier": "the-verifier",
        "client_id": "the-client",
        "client_secret": "the-secret",
    }


def test_microsofts_address_names_the_directory_of_the_app() -> None:
    api = ScriptedApi({"/organizations/oauth2/v2.0/token": said(GOOD | {"scope": "Contacts.Read openid"})})
    oauth2 = OAuth2(api, FakeApps(APP), {"microsoft": MICROSOFT})

    assert oauth2.redeem(replace(IMPORT, source="microsoft"), replace(CODE, include=())).scopes == (
        "Contacts.Read",
        "openid",
    )


def test_a_token_type_compares_without_regard_to_case() -> None:
    assert redeemed(token_type="bEARER").token == "the-token"


@pytest.mark.parametrize("scope", ["absent", None])
def test_a_server_that_names_no_scope_granted_what_was_asked(scope: object) -> None:
    assert redeemed(scope=scope).scopes == (SCOPE, OTHER_CONTACTS_SCOPE)


def test_an_optional_scope_may_be_left_unticked() -> None:
    assert redeemed(scope=SCOPE).scopes == (SCOPE,)
    assert redeemed(scope=f"{OTHER_CONTACTS_SCOPE} {SCOPE}").scopes == (OTHER_CONTACTS_SCOPE, SCOPE)


@pytest.mark.parametrize("scope", ["", OTHER_CONTACTS_SCOPE, "openid email"])
def test_a_token_without_the_scope_that_is_needed_is_ended_and_the_box_named(scope: str) -> None:
    oauth2, api = tokens(said(GOOD | {"scope": scope}))

    with pytest.raises(ConsentUnticked):
        oauth2.redeem(IMPORT, CODE)
    assert parse_qs(api.asked[-1].body.decode()) == {"token": ["the-token"]}


def test_a_refresh_token_that_nobody_asked_for_is_not_kept() -> None:
    token = redeemed(refresh_token="the-refresh-token", id_token="x.y.z")

    assert b"the-refresh-token" not in token.pack()


def test_a_tenant_without_an_app_learns_that() -> None:
    oauth2, api = tokens(said(GOOD), app=None)

    with pytest.raises(AppMisconfigured):
        oauth2.redeem(IMPORT, CODE)
    assert api.asked == []


def test_a_source_without_an_authorization_server_is_a_fault_of_ours() -> None:
    oauth2, _ = tokens(said(GOOD))

    with pytest.raises(WorkerFailed):
        oauth2.redeem(replace(IMPORT, source="carddav"), CODE)
    assert oauth2.revoke(replace(IMPORT, source="carddav"), Token("t")) is None


def refused(code: str, status: int = 400) -> Canned:
    return said({"error": code, "error_description": "AADSTS70000: the-code is odd"}, status)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refused("invalid_grant"), ConsentNotRedeemed),
        (refused("invalid_client", 401), AppMisconfigured),
        (refused("unauthorized_client"), AppMisconfigured),
        (refused("redirect_uri_mismatch"), AppMisconfigured),
        (refused("consent_required"), ConsentNeedsAdmin),
        (refused("interaction_required"), ConsentNeedsAdmin),
        (refused("org_internal", 403), AppUnverified),
        (refused("something_new"), ConsentFailed),
        (refused("server_error"), ConsentNotRedeemed),
        (refused("temporarily_unavailable"), ConsentNotRedeemed),
        (refused("invalid_grant", 200), ConsentNotRedeemed),
        (Canned(429, b"", {"Retry-After": "3"}), ProviderThrottled),
        (Canned(503, b"", {"Retry-After": "3"}), ProviderUnavailable),
        (Canned(500), ConsentNotRedeemed),
        (refused("server_error", 500), ConsentNotRedeemed),
        (Canned(502), ConsentNotRedeemed),
        (Canned(504), ConsentNotRedeemed),
        (Canned(404), ConsentNotRedeemed),
        (Canned(400, b"<html>"), ConsentNotRedeemed),
        (Canned(302, b"", {"Location": "https://evil.example/"}), ConsentNotRedeemed),
        (Canned(307, b"", {"Location": "https://evil.example/"}), ConsentNotRedeemed),
        (Canned(200, b""), ConsentNotRedeemed),
        (Canned(200, b"not JSON"), ConsentNotRedeemed),
        (Canned(200, b"[" * 50_000), ConsentNotRedeemed),
        (said([]), ConsentNotRedeemed),
        (Canned(200, b'{"access_token":', JSON, AnswerTruncated()), ConsentNotRedeemed),
        (Canned(200, b"{", JSON, AnswerTooLarge()), ConsentNotRedeemed),
        (ServerSilent(), ConsentNotRedeemed),
        (AnswerTruncated(), ConsentNotRedeemed),
        (AnswerMalformed(), ConsentNotRedeemed),
        (ServerUnreachable(), ServerUnreachable),
        (ServerNotFound(), ServerUnreachable),
        (ServerRefused(), ServerRefused),
        (CertificateRefused(), CertificateRefused),
    ],
)
def test_a_code_is_sent_once_and_every_refusal_has_its_own_answer(answer: Step, failure: type[ImportFailure]) -> None:
    oauth2, api = tokens(answer)

    with pytest.raises(ImportFailure) as caught:
        oauth2.redeem(IMPORT, CODE)

    assert type(caught.value) is failure
    assert len(api.asked) == 1
    assert "the-" not in str(caught.value)
    assert caught.value.__cause__ is None
    if isinstance(answer, Canned) and isinstance(caught.value, ProviderTrouble):
        assert caught.value.retry_after == 3


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": "absent"},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "with space"},
        {"access_token": "line\r\nbreak"},
        {"access_token": "über"},
        {"access_token": "t" * 16_385},
        {"token_type": "absent"},
        {"token_type": "mac"},
        {"token_type": None},
        {"scope": ["a"]},
    ],
)
def test_an_answer_that_is_not_what_the_standard_says_is_no_token(answer: dict[str, Any]) -> None:
    with pytest.raises(ConsentNotRedeemed):
        redeemed(**answer)


def test_a_token_of_16_kib_is_one() -> None:
    assert len(redeemed(access_token="t" * 16_384).token) == 16_384


@given(
    st.dictionaries(
        st.sampled_from(["access_token", "token_type", "scope", "error", "x"]),
        st.none() | st.integers() | st.text(max_size=9) | st.just("bearer") | st.just(SCOPE),
    ),
    st.sampled_from([200, 201, 301, 400, 401, 403, 429, 500, 503]),
)
def test_any_answer_is_a_token_or_a_failure_of_the_import(answer: dict[str, object], status: int) -> None:
    oauth2, _ = tokens(said(answer, status))

    try:
        token = oauth2.redeem(IMPORT, CODE)
    except ImportFailure:
        return
    assert token.token.isascii()


# --- Revoking ---------------------------------------------------------------------------------------------------------


def test_a_token_is_revoked_in_one_request() -> None:
    oauth2, api = tokens(revoked=(Canned(200),))

    assert oauth2.revoke(IMPORT, Token("the-token")) is True
    (request,) = api.asked
    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/revoke")
    assert request.body == b"token=the-token"
    assert request.silence <= 5


def test_where_a_provider_cannot_revoke_nothing_is_asked() -> None:
    oauth2, api = tokens()

    assert oauth2.revoke(replace(IMPORT, source="microsoft"), Token("the-token")) is None
    assert api.asked == []


def test_a_token_that_is_dead_already_is_revoked() -> None:
    oauth2, api = tokens(revoked=(refused("invalid_token"),))

    assert oauth2.revoke(IMPORT, Token("the-token")) is True
    assert len(api.asked) == 1


@pytest.mark.parametrize("answer", [refused("invalid_request"), Canned(404), Canned(302), refused("x", 403)])
def test_a_refusal_to_revoke_is_final(answer: Canned) -> None:
    oauth2, api = tokens(revoked=(answer,))

    assert oauth2.revoke(IMPORT, Token("the-token")) is False
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [Canned(503), Canned(500), Canned(429), ServerSilent(), ServerNotFound(), AnswerTruncated(), CertificateRefused()],
)
def test_trouble_while_revoking_is_tried_three_times_with_short_pauses(trouble: Step) -> None:
    pauses: list[float] = []
    api = ScriptedApi({REVOKE_PATH: trouble})
    oauth2 = OAuth2(api, FakeApps(APP), {"google": GOOGLE}, pauses.append)

    assert oauth2.revoke(IMPORT, Token("the-token")) is False
    assert len(api.asked) == 3
    assert len(pauses) == 2
    assert sum(pauses) < 1


def test_a_token_is_revoked_at_the_second_attempt() -> None:
    oauth2, api = tokens(revoked=(Canned(503), Canned(200)))

    assert oauth2.revoke(IMPORT, Token("the-token")) is True
    assert len(api.asked) == 2


# --- The servers ------------------------------------------------------------------------------------------------------


def test_the_sandbox_plays_both_parts_at_its_own_addresses() -> None:
    one, other = google("http://127.0.0.1:9000"), microsoft("http://127.0.0.1:9000")

    assert one.is_issuer("http://127.0.0.1:9000/google")
    assert not one.is_issuer("")
    assert one.revoke == "http://127.0.0.1:9000/google/revoke"
    assert other.is_issuer("http://127.0.0.1:9000/microsoft")
    assert other.token.format(directory="common") == "http://127.0.0.1:9000/microsoft/common/oauth2/v2.0/token"
    assert (one.scopes, other.scopes) == (GOOGLE.scopes, MICROSOFT.scopes)


def test_no_refresh_token_is_asked_for() -> None:
    assert GOOGLE.parameters == {"access_type": "online"}
    assert not [scope for scope in MICROSOFT.scopes if "offline_access" in scope]


def test_microsoft_signs_in_under_every_directory() -> None:
    assert MICROSOFT.is_issuer("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0")
    assert not MICROSOFT.is_issuer("https://login.microsoftonline.com/evil/v2.0")
