"""The way to a provider: the link, the state, the authorization request and its PKCE challenge."""

import base64
import hashlib
import re
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain import consent
from rubrica.domain.consent import App, AuthorizationServer, Consent, Opening, Return
from tests.fakes import APP, CODE, HOME, NOW, OTHERS, READING, SERVERS

IDS = st.integers(1, 2**31 - 1)
CHANCES = st.text(st.sampled_from("ABCxyz019_-"), min_size=22, max_size=43)
GOOGLE, MICROSOFT = SERVERS["google"], SERVERS["microsoft"]
REDIRECT_URI = f"{HOME}/oauth/google/callback"


def asked(server: AuthorizationServer = GOOGLE, app: App = APP, **changes: object) -> list[tuple[str, str]]:
    """The parameters of an authorization request, in order."""
    given = {"redirect_uri": REDIRECT_URI, "include": (), "login_hint": "", **changes}
    address = consent.authorization_address(server, app, **given)  # type: ignore[arg-type]
    return parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)


# --- The link ---


@given(IDS, CHANCES)
def test_a_link_leads_to_its_import_and_can_be_read_aloud(import_id: int, chance: str) -> None:
    code = consent.link_code(import_id, chance)

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{19}", code)
    assert consent.import_of_link(code) == import_id


def test_links_of_one_import_differ_in_sixty_bits() -> None:
    codes = {consent.link_code(1126, f"chance-{number}") for number in range(500)}

    assert len(codes) == 500
    assert {code[:7] for code in codes} == {"0000136"}
    assert all(len({code[place] for code in codes}) > 16 for place in range(7, 19))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "0",
        "x" * 19,
        "0000136hxyb8se2gqfb",
        "0000136HXYB8SE2GQF",
        "0000136HXYB8SE2GQFBB",
        "０000136HXYB8SE2GQFB",
        "0000136HXYB8SE2GQF\n",
        "0000136HXYB8SE2GQFB\n",
        "0000136IXYB8SE2GQFB",
        "../../../../etc/hos",
        "9" * 5000,
    ],
)
def test_what_is_no_code_of_a_link_leads_nowhere(code: str) -> None:
    assert consent.import_of_link(code) is None


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_none(code: str) -> None:
    number = consent.import_of_link(code)

    assert number is None or 0 <= number < 2**35


@given(st.text(), st.text())
def test_texts_are_the_same_when_they_are_equal(one: str, other: str) -> None:
    assert consent.same(one, one)
    assert consent.same(one, other) is (one == other)


# --- The state ---


@given(IDS, CHANCES)
def test_a_state_leads_to_its_import(import_id: int, chance: str) -> None:
    state = consent.state_of(import_id, chance)

    assert consent.import_of_state(state) == import_id
    assert state == f"_csAuth=1&import_id={import_id}.{chance}"


@pytest.mark.parametrize(
    "state",
    [
        "",
        "1126",
        "1126.",
        "1126.short",
        "01126." + "x" * 22,
        "-1." + "x" * 22,
        "0." + "x" * 22,
        "１." + "x" * 22,
        "1126." + "x" * 65,
        "1126." + "x" * 21 + "\n",
        "1126." + "x" * 22 + "\n",
        "1126." + "é" * 22,
        "9" * 5000 + "." + "x" * 22,
        "99999999999." + "x" * 22,
        "1e3." + "x" * 22,
        "import_id=1126",
        "�",
    ],
)
def test_what_is_no_state_of_ours_leads_nowhere(state: str) -> None:
    for mark in (f"{consent.STATE_MARK}&import_id=", f"{consent.STATE_MARK}&", "import_id=", ""):
        assert consent.import_of_state(mark + state) is None


def test_of_a_secret_only_a_digest_is_kept_and_half_a_surrogate_pair_breaks_nothing() -> None:
    assert consent.digest("secret") == hashlib.sha256(b"secret").hexdigest()
    assert re.fullmatch(r"[0-9a-f]{64}", consent.digest("\ud800"))


# --- PKCE (RFC 7636) ---


@given(CHANCES, CHANCES)
def test_a_verifier_is_one_that_the_standard_allows_and_always_the_same(cookie: str, chance: str) -> None:
    state = consent.state_of(1126, chance)
    verifier = consent.verifier(cookie, state)

    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    assert verifier == consent.verifier(cookie, state)


def test_verifiers_of_other_browsers_and_other_states_differ() -> None:
    pairs = [("cookie-a", "1.a"), ("cookie-a", "1.b"), ("cookie-b", "1.a"), ("cookie-b", "1.b")]

    assert len({consent.verifier(cookie, state) for cookie, state in pairs}) == 4


@given(CHANCES, CHANCES)
def test_the_challenge_is_the_verifiers_and_tells_nothing_of_it(cookie: str, chance: str) -> None:
    state = consent.state_of(1126, chance)
    address = consent.departure("https://accounts.example.com/auth?client_id=a", state, cookie)
    query = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
    verifier = consent.verifier(cookie, state)

    assert (query["client_id"], query["state"], query["code_challenge_method"]) == ("a", state, "S256")
    # RFC 7636 section 4.6: how a server checks it.
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).decode().rstrip("=")
    assert query["code_challenge"] == hashed
    assert verifier not in address
    assert cookie not in address.replace(quote(state, safe=""), "")


def test_the_standards_own_example_has_the_challenge_that_it_says() -> None:
    verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B

    assert consent._url_safe(hashlib.sha256(verifier).digest()) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


# --- The authorization request (RFC 6749 section 4.1.1) ---


def test_a_request_asks_for_exactly_what_is_needed_and_no_refresh_token() -> None:
    assert asked() == [
        ("response_type", "code"),
        ("client_id", "client-of-example"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", READING),
        ("access_type", "online"),
        ("prompt", "select_account"),
    ]
    assert "offline" not in consent.authorization_address(MICROSOFT, APP, REDIRECT_URI, (), "")


def test_a_request_has_every_parameter_once() -> None:
    names = [name for name, _ in asked(login_hint="a@example.com", include=("other_contacts",))]

    assert len(set(names)) == len(names)


def test_what_is_included_is_asked_beyond_the_sources_own() -> None:
    assert dict(asked(include=("other_contacts",)))["scope"] == f"{READING} {OTHERS}"


def test_who_is_named_is_not_asked_which_account_it_shall_be() -> None:
    named = dict(asked(login_hint="zoë+a&b=c#d@example.com"))

    assert named["login_hint"] == "zoë+a&b=c#d@example.com"
    assert "prompt" not in named


def test_an_app_may_name_the_directory_whose_accounts_may_sign_in() -> None:
    common = consent.authorization_address(MICROSOFT, APP, REDIRECT_URI, (), "")
    own = consent.authorization_address(MICROSOFT, replace(APP, directory="example.org"), REDIRECT_URI, (), "")

    assert common.startswith("https://login.example.org/common/oauth2/v2.0/authorize?")
    assert own.startswith("https://login.example.org/example.org/oauth2/v2.0/authorize?")


@given(st.text(max_size=50), st.text(max_size=50))
def test_no_text_of_a_caller_or_operator_adds_a_parameter(login_hint: str, client_id: str) -> None:
    plain = login_hint.encode("utf-8", "ignore").decode()
    query = asked(app=App(client_id.encode("utf-8", "ignore").decode(), "x"), login_hint=plain)

    assert len(query) == 6
    assert dict(query).get("login_hint", "") == plain


def test_the_client_secret_is_no_part_of_the_way_there() -> None:
    address = consent.authorization_address(GOOGLE, APP, REDIRECT_URI, ("other_contacts",), "a@example.com")

    assert APP.client_secret not in address


# --- What is shown of it ---


@pytest.mark.parametrize(
    "value",
    [
        APP,
        Consent("canary-link", "https://accounts.example.com/?login_hint=canary", REDIRECT_URI),
        Return("canary-state", "canary-code"),
        Opening("0" * 64, NOW),
    ],
)
def test_no_secret_is_in_what_repr_shows(value: object) -> None:
    assert "canary" not in repr(value) + str(value)
    assert CODE not in repr(value)
