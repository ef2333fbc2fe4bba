"""Who may call the CloudSponge dialect, by which paths and methods, and what is told of trouble."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from cloudsponge_dialect import (
    BASIC,
    FORM,
    KEY,
    LOGIN,
    OTHER_KEY,
    OTHER_PASSWORD,
    PASSWORD,
    Dialect,
    assert_refused,
    basic,
)

from rubrica.errors import StorageUnavailable
from tests.fakes import (
    CANARY_PASSWORD,
    any_import,
)

# --- Paths and methods ------------------------------------------------------------------------------------------------

NO_IMPORTS = ["1126abc", "-1", "0", "1e3", str(2**63), "9" * 4_000, "01126", "+1126", " 1126", "1126\x00", "1126%00"]
NO_IMPORTS += [
    "０１１２６",
    "\u0661",
    "1126\x85",
    "1126/x",
    "1126;x",
    "../1126",
    "/1126",
    "1126//",
    "1126.plist",
    "1126.",
]
NO_IMPORTS += [
    "1126\n",
    "1126\r\nSet-Cookie: a=b",
    "\n1126",
    "1126\n.js",
    "1126.xml\n",
    "%",
    "\ud800",
    "\ufffd",
    "1126.js",
]


@pytest.mark.parametrize("written", NO_IMPORTS)
@pytest.mark.parametrize("action", ["events", "contacts", "contacts.json"])
def test_what_cannot_be_an_id_is_told_as_no_import_without_a_look(dialect: Dialect, action: str, written: str) -> None:
    dialect.imported("Ann")
    dialect.world.imports.rows.clear()

    assert_refused(dialect.ask(f"/{action}/{written}"), 404, 404)


@pytest.mark.parametrize(
    "path",
    ["/events", "/events/", "/events.json/", "/contacts", "/contacts//", "/contacts.plist/1126"],
)
def test_a_path_without_an_id_is_told_as_no_import_too(dialect: Dialect, path: str) -> None:
    assert_refused(dialect.ask(path), 404, 404)


@pytest.mark.parametrize("path", ["/begin_import", "/begin_imports", "/begin_import.json"])
def test_a_beginning_without_an_action_is_told_which_there_are(dialect: Dialect, path: str) -> None:
    given = dialect.ask(path)

    assert_refused(given, 400, 2)
    assert "user_consent" in given.json["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/contacts.xml/", "/events.xml/1126\n", "/contacts/1\n.xml", "/begin_import/import\n.xml", "/events.xml/x"]
)
def test_an_error_in_xml_is_well_formed_and_kept_by_nobody(dialect: Dialect, path: str) -> None:
    given = dialect.ask(path)

    assert given.status in (400, 404)
    assert given.xml.findtext("error/message")
    assert given.headers["content-type"] == "application/xml; charset=utf-8"
    assert "no-store" in given.headers["cache-control"]


@pytest.mark.parametrize(
    "name", ["import\n", "import\x00", "IMPORT", "import.plist", "import.xml.json", "/import", "..", ""]
)
def test_a_begin_that_there_is_none_of_starts_nothing(dialect: Dialect, name: str) -> None:
    assert_refused(dialect.begin(LOGIN, name), 400, 2)
    assert dialect.started == 0


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/begin_import/import", "/events/1126", "/contacts/1126"])
def test_other_methods_than_get_and_post_are_refused(dialect: Dialect, method: str, path: str) -> None:
    dialect.imported("Ann")

    given = dialect.ask(path, urlencode(LOGIN), method=method)

    assert_refused(given, 400, 2)
    assert b"Ann" not in given.body
    assert dialect.started == 1


# --- Who calls --------------------------------------------------------------------------------------------------------

NO_CREDENTIALS = ["", "Basic", "Basic ", "Basic !!!!", "Basic Og==", basic("", ""), basic(KEY, ""), basic("", PASSWORD)]
NO_CREDENTIALS += [basic(KEY, PASSWORD + "\n"), basic(KEY, PASSWORD + ":x"), basic(KEY.lower(), PASSWORD), BASIC[:-1]]
NO_CREDENTIALS += [basic(KEY + "\x00", PASSWORD), basic("é", "ü"), basic("é", "ü", "latin-1"), basic("k" * 600, "p")]
NO_CREDENTIALS += [
    f"{BASIC},{BASIC}",
    f"Bearer {KEY}",
    "Basic " + "A" * 9_000,
    BASIC.replace("Basic", "Digest"),
    "\ud800",
]


@pytest.mark.parametrize("authorization", NO_CREDENTIALS)
def test_credentials_in_odd_forms_are_refused_like_wrong_ones_and_challenged(
    dialect: Dialect, authorization: str
) -> None:
    dialect.imported("Ann")

    given = dialect.ask("/contacts/1126", authorization=authorization)

    assert_refused(given, 401, 1)
    assert given.headers["www-authenticate"].startswith("Basic realm=")
    assert given.body == dialect.ask("/contacts/1126", authorization=basic(KEY, "wrong")).body


@pytest.mark.parametrize("authorization", [BASIC, BASIC.replace("Basic", "bAsIc"), BASIC.replace(" ", "   ") + "  "])
def test_a_scheme_has_no_case_and_blanks_around_it_do_not_count(dialect: Dialect, authorization: str) -> None:
    dialect.imported("Ann")

    assert dialect.ask("/events/1126", authorization=authorization).status == 200


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"domain_key={KEY}&domain_key={KEY}", f"domain_password={PASSWORD}"),
        (f"domain_key=&domain_key={KEY}", f"domain_password={PASSWORD}"),
        ("", f"domain_key={KEY}&domain%5Fkey={KEY}&domain_password={PASSWORD}"),
        ("domain_key=x", f"domain_key={KEY}&domain_password={PASSWORD}"),
        (f"domain_password=x&domain_key={KEY}", f"domain_password={PASSWORD}"),
        ("service=gmail", f"service=icloud&domain_key={KEY}&domain_password={PASSWORD}"),
    ],
)
def test_a_parameter_with_two_meanings_is_refused_and_none_is_guessed(
    open_dialect: Dialect, query: str, body: str
) -> None:
    given = open_dialect.ask(
        "/begin_import/import",
        query,
        method="POST",
        body=f"{body}&{urlencode({'username': 'a', 'password': 'b'})}".encode(),
        authorization="",
        content_type=FORM,
    )

    assert given.status == 400
    assert open_dialect.started == 0


def test_either_pair_of_keys_suffices_where_a_call_carries_two(dialect: Dialect) -> None:
    in_body = {**LOGIN, "domain_key": KEY, "domain_password": PASSWORD}

    assert dialect.begin(in_body, authorization=basic("x", "y")).status == 200
    assert dialect.begin({**in_body, "domain_password": "x"}).status == 200


@pytest.mark.parametrize("place", ["domain_key", "domain_password"])
def test_one_half_of_the_keys_in_an_address_is_as_bad_as_both(dialect: Dialect, place: str) -> None:
    keys = {"domain_key": KEY, "domain_password": PASSWORD}

    given = dialect.ask(
        "/begin_import/import",
        urlencode({place: keys.pop(place)}),
        method="POST",
        body=urlencode({**keys, **LOGIN}).encode(),
        authorization="",
        content_type=FORM,
    )

    assert_refused(given, 401, 1)
    assert "address" in given.json["error"]["message"]
    assert dialect.started == 0


@pytest.mark.parametrize("action", ["events", "contacts"])
def test_another_tenants_import_cannot_be_told_from_none(dialect: Dialect, action: str) -> None:
    dialect.imported("Ann")
    stranger = basic(OTHER_KEY, OTHER_PASSWORD)

    foreign = dialect.ask(f"/{action}/1126", authorization=stranger)

    assert_refused(foreign, 404, 404)
    assert foreign == dialect.ask(f"/{action}/2147483647", authorization=stranger)


def test_an_expired_import_that_is_still_stored_is_gone_for_its_tenant_and_none_for_others(dialect: Dialect) -> None:
    dialect.imported("Ann")
    dialect.world.clock.later(10**7)

    for action in ("events", "contacts"):
        given = dialect.ask(f"/{action}/1126")
        assert_refused(given, 410, 410)
        assert b"Ann" not in given.body
        assert dialect.ask(f"/{action}/1126", authorization=basic(OTHER_KEY, OTHER_PASSWORD)).status == 404


# --- Trouble ----------------------------------------------------------------------------------------------------------


class Broken:
    """A store of tenants that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def by_key(self, _: str) -> None:
        raise self.error


@pytest.mark.parametrize("error", [StorageUnavailable(), ValueError(CANARY_PASSWORD), RecursionError(CANARY_PASSWORD)])
@pytest.mark.parametrize("path", ["/begin_import/import", "/events/1126", "/contacts.xml/1126"])
def test_trouble_of_ours_is_told_in_the_dialects_form_without_its_text(
    dialect: Dialect, log: Callable[[], list[dict[str, Any]]], error: Exception, path: str
) -> None:
    dialect.entrances.tenants = Broken(error)  # type: ignore[assignment]

    given = dialect.ask(path, urlencode(LOGIN))

    assert given.status == 503
    assert "retry-after" in given.headers
    assert "no-store" in given.headers["cache-control"]
    assert (given.xml.findtext("status") == "error") if ".xml" in path else given.json["error"]["message"]
    assert CANARY_PASSWORD not in json.dumps(log()) + given.body.decode()


def test_no_value_of_any_call_reaches_the_log(open_dialect: Dialect, log: Callable[[], list[dict[str, Any]]]) -> None:
    canary = "zz-canary"
    keys = {"domain_key": canary, "domain_password": canary}
    fields = dict.fromkeys(
        ("username", "password", "user_id", "echo", "callback", "state", "server", "include"), canary
    )

    for service in ("icloud", "gmail", "csv", canary):
        for action in ("import", "user_consent", "desktop_applet", canary):
            open_dialect.begin({**fields, "service": service}, action)
            open_dialect.begin({**fields, **keys, "service": service}, action, authorization="")
    for path in ("/events/1126", f"/contacts/{canary}", f"/events/{canary}.xml", f"/contacts.{canary}/1"):
        open_dialect.ask(path, urlencode({**fields, **keys, "start": canary}), authorization=basic(canary, canary))
        open_dialect.ask(path, urlencode({**fields, "redirect_url": canary}))

    assert len(open_dialect.told) == 40
    assert canary not in json.dumps(log()).lower()
    refused = [given for given in open_dialect.told if given.status != 200]
    assert not [given for given in refused if canary.encode() in given.body or canary in str(given.headers)]


def test_every_answer_forbids_to_be_kept(open_dialect: Dialect) -> None:
    open_dialect.imported("Ann")

    for path in (
        "/contacts/1126",
        "/contacts.xml/1126",
        "/events/1126",
        "/events/7",
        "/begin_import/x",
        "/contacts/x\n",
    ):
        for query in ("", "callback=f", "callback=(", "start=x"):
            for authorization in (BASIC, ""):
                open_dialect.ask(path, query, authorization=authorization, accept_encoding="gzip")

    assert {given.headers["cache-control"] for given in open_dialect.told} == {
        "no-cache, private, no-store, max-age=0, must-revalidate"
    }
    assert {given.headers["x-content-type-options"] for given in open_dialect.told} == {"nosniff"}


def test_contacts_cannot_be_had_before_the_import_is_over(dialect: Dialect) -> None:
    dialect.world.add(any_import())

    assert_refused(dialect.ask("/contacts/1126"), 404, 404)
    assert dialect.ask("/events/1126").json["events"][-1]["event_type"] != "COMPLETE"
