"""What callers of the CloudSponge dialect may begin an import with, and what begins none."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import pytest
from cloudsponge_dialect import (
    EVERY_SWITCH,
    FORM,
    LOGIN,
    OTHER_KEY,
    OTHER_PASSWORD,
    Dialect,
    assert_refused,
    basic,
)
from entrances import Entrances

from tests.fakes import (
    CANARY_PASSWORD,
    REDIRECT_URL,
    REGISTERED,
)
from tests.unit.services.worlds import World

# --- Beginning --------------------------------------------------------------------------------------------------------

HOST = "app.example.com"
NOT_REGISTERED = [
    f"https://evil.com\\@{HOST}/imported",
    "https:/evil.com",
    "https:evil.com",
    "//evil.com/x",
    "https://",
]
NOT_REGISTERED += [
    f"https://{HOST}.evil.com/imported",
    f"https://{HOST}%2eevil.com/",
    f"https://{HOST}%E3%80%82evil.com/",
]
NOT_REGISTERED += [
    "https://evil。com/",
    "https://ⓔⓥⓘⓛ.com/",
    f"{REDIRECT_URL}?x=1\r\nSet-Cookie:a=b",
    f"{REDIRECT_URL}\n",
]
NOT_REGISTERED += [f"http://{HOST}/imported", f"https://{HOST}:8443/imported", f"https://{HOST}:443/imported"]
NOT_REGISTERED += [f"https://{HOST}./imported", f"https://{HOST}/cb/../imported", f"https://{HOST}/cb%2f..%2fimported"]
NOT_REGISTERED += [f"{REDIRECT_URL}#@evil.com", f"{REDIRECT_URL}/", f"{REDIRECT_URL}?", f"{REDIRECT_URL}?import_id=9"]
NOT_REGISTERED += [f" {REDIRECT_URL}", f"{REDIRECT_URL} ", f"{REDIRECT_URL}\x00", f"{REDIRECT_URL}\u00ad", "null"]
NOT_REGISTERED += [REDIRECT_URL.upper(), f"https://user@{HOST}/imported", f"https://{HOST}@evil.com/imported"]
NOT_REGISTERED += [
    "javascript:alert(1)",
    "data:text/html,x",
    quote(REDIRECT_URL, safe=""),
    REDIRECT_URL.replace("i", "%69"),
]
NOT_REGISTERED += [f"{REDIRECT_URL},{REDIRECT_URL}", REDIRECT_URL + "x" * 9_000]


@pytest.mark.parametrize("url", NOT_REGISTERED)
@pytest.mark.parametrize("service", ["gmail", "csv"])
def test_a_redirect_url_that_is_not_registered_letter_for_letter_starts_nothing(
    dialect: Dialect, url: str, service: str
) -> None:
    assert_refused(dialect.begin({"service": service, "redirect_url": url}, "user_consent"), 400, 2)
    assert dialect.started == 0


def test_a_second_redirect_url_is_refused_though_the_first_is_registered(dialect: Dialect) -> None:
    asked = [("service", "gmail"), ("redirect_url", REDIRECT_URL)]

    assert_refused(dialect.begin([*asked, ("redirect_url", f"{REDIRECT_URL}/")], "user_consent"), 400, 2)
    assert dialect.begin(asked, "user_consent").status == 200


@pytest.mark.parametrize(
    ("service", "code"),
    [
        *(
            (it, 261)
            for it in ("gmail ", " gmail", "gmail\n", "gmail\x00", "../", "ＧＭＡＩＬ", "gmaıl", "İcloud", "x" * 65)
        ),
        *((it, 261) for it in ("gmail,yahoo", "['gmail']", "null", "0", "cloudsponge", "relay", "x" * 60_000)),
        ("", 260),
    ],
)
@pytest.mark.parametrize("action", ["user_consent", "import", "desktop_applet"])
def test_a_service_in_another_spelling_is_none(dialect: Dialect, action: str, service: str, code: int) -> None:
    assert_refused(dialect.begin({**LOGIN, "service": service}, action), 400, code)
    assert dialect.started == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "a\r\nX: y"}, 259),
        ({"username": "a:b"}, 259),
        ({"username": "a\x00"}, 259),
        ({"username": ""}, 259),
        ({"password": ""}, 259),
        ({"password": "a\nb"}, 259),
        ({"password": "x" * 5_000}, 259),
        ({"user_id": "a\r\nX: 1"}, 2),
        ({"user_id": "a\x00b"}, 2),
        ({"user_id": "a\u2028b"}, 2),
        ({"user_id": "x" * 5_000}, 2),
        ({"echo": "x" * 2_049}, 2),
        ({"echo": "\U0001f600" * 513}, 2),
        ({"echo": "x" * 70_000}, 400),
    ],
)
def test_values_that_cannot_be_kept_start_nothing(dialect: Dialect, changes: Mapping[str, str], code: int) -> None:
    given = dialect.begin({**LOGIN, **changes})

    assert given.status == 400
    assert given.json["error"]["code"] in (code, 2)
    assert CANARY_PASSWORD not in given.body.decode()
    assert dialect.started == 0


def test_what_only_the_service_may_set_is_passed_over(dialect: Dialect) -> None:
    asked = {
        "state": "COMPLETE",
        "tenant": "tenant-b",
        "ttl": "9999999999",
        "import_id": "7",
        "id": "7",
        "begun_at": "1",
    }

    given = dialect.begin({**LOGIN, **asked})

    assert given.status == 200
    imp = dialect.world.imp(given.json["id"])
    assert (imp.tenant, str(imp.state)) == (REGISTERED.id, "created")
    assert imp.id != 7


@pytest.mark.parametrize(
    "echo", ["\U0001f600" * 512, "a\r\nX: 1", "]]></script>\u2028", "\x00\x0b\ufffe", "%00", "null"]
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_echo_comes_back_as_data_whatever_it_holds(dialect: Dialect, echo: str, form: str) -> None:
    given = dialect.begin({**LOGIN, "echo": echo}, f"import.{form}")

    assert given.status == 200
    told = given.json["echo"] if form == "json" else given.xml.findtext("echo")
    assert told == (echo if form == "json" else echo.translate(dict.fromkeys((0, 11, 0xFFFE))))
    assert not [value for value in given.headers.values() if echo in value]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps(LOGIN).encode()),
        ("text/plain", urlencode(LOGIN).encode()),
        ("", urlencode(LOGIN).encode()),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("multipart/form-data", b"--x--\r\n"),
        (FORM, urlencode(LOGIN).encode() + b"&z=" + b"a" * 66_000),
        (FORM, urlencode(LOGIN).encode() + b"&a=" * 200),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 200 + b"--x--\r\n",
        ),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="service"\r\n\r\nicloud'),
        ("\ud800", b"\xff"),
    ],
)
def test_a_body_that_is_no_form_of_ours_starts_nothing(dialect: Dialect, content_type: str, body: bytes) -> None:
    given = dialect.ask("/begin_import/import", method="POST", body=body, content_type=content_type)

    assert given.status == 400
    assert given.json["status"] == "error"
    assert dialect.started == 0


# --- Too many starts --------------------------------------------------------------------------------------------------


def test_too_many_starts_are_refused_in_every_form_with_the_seconds_to_wait(entrances: Entrances) -> None:
    entrances.world = World(starts_per_minute=2)
    dialect = Dialect(entrances, EVERY_SWITCH)
    for _ in range(2):
        assert dialect.begin(LOGIN).status == 200

    in_json, in_xml = dialect.begin(LOGIN), dialect.begin(LOGIN, "import.xml")
    script = dialect.ask("/begin_import/user_consent", "service=gmail&callback=f")

    assert_refused(in_json, 429, 429)
    assert (in_xml.status, in_xml.xml.findtext("error/code")) == (429, "429")
    assert (script.status, script.body[:6]) == (200, b"/**/f(")
    assert {given.headers["retry-after"] for given in (in_json, in_xml, script)} == {in_json.headers["retry-after"]}
    assert dialect.started == 2
    assert dialect.begin(LOGIN, authorization=basic(OTHER_KEY, OTHER_PASSWORD)).status == 200
