"""What callers of the CloudSponge dialect read, in every form: spans, hostile names, scripts, compression."""

import json
import time
from urllib.parse import urlencode

import pytest
from cloudsponge_dialect import (
    EVERY_SWITCH,
    KEY,
    PASSWORD,
    Dialect,
    Given,
    assert_refused,
)
from entrances import Entrances

from rubrica.entrypoints.compression import reads_gzip

# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("start=-1", 0),
        ("start=10&count=-5", 0),
        ("start=0&count=1000000000", 3),
        ("start=1&count=" + "9" * 4_000, 2),
        ("start=3", 0),
        ("start=" + "9" * 4_000, 0),
        ("count=x", 3),
        ("start=&count=1", 3),
    ],
)
def test_a_span_past_the_book_is_empty_and_its_total_is_right(dialect: Dialect, query: str, count: int) -> None:
    dialect.imported("Ann", "Ben", "Cid")

    body = dialect.ask("/contacts/1126", query).json

    assert (len(body["contacts"]), body["count"], body["total"]) == (count, count, 3)


@pytest.mark.parametrize(
    "query", ["start=x", "start=1e3", "start=%EF%BC%91", "start=+1", "start=0&count=1.0", "start=0x1"]
)
def test_a_span_in_another_spelling_is_refused(dialect: Dialect, query: str) -> None:
    dialect.imported("Ann")

    assert_refused(dialect.ask("/contacts/1126", query), 400, 2)


HOSTILE = [
    "\x00\x0b\x1f",
    "]]><![CDATA[",
    "\ufffe\uffff",
    "a\ud800b",
    "</script><script>",
    "\u2028\u2029",
    "&#0;&x;",
    "\x7f\x85",
]
HOSTILE += [
    "\U0001fffe\U0010ffff",
    "\ufeff",
    "\u202e",
    "a\rb\r\nc",
    "\"\\'",
    "%00%0d",
    "\udc00\ud800",
    "<!DOCTYPE x>",
    "--><!--",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_comes_out_as_data_in_every_form(open_dialect: Dialect, name: str) -> None:
    open_dialect.imported(name, "Ben")

    in_json = open_dialect.ask("/contacts/1126").json
    in_xml = open_dialect.ask("/contacts.xml/1126", accept_encoding="gzip").xml
    script = open_dialect.ask("/contacts/1126", "callback=app.f")

    valid = name.encode("utf-8", "replace").decode()
    assert in_json["contacts"][0]["first_name"] == valid
    readable = "".join(it for it in valid if it in "\t\n\r" or (it >= " " and it not in "\ufffe\uffff"))
    assert in_xml.findtext("contacts/contact/first-name") == readable
    assert json.loads(script.body.removeprefix(b"/**/app.f(").removesuffix(b")")) == in_json
    assert not {"\u2028", "\u2029"} & set(script.body.decode())


NO_FUNCTIONS = [
    "alert(1)//",
    "a.b[0];x",
    "x" * 65,
    "<script>",
    "ＦＦ",
    "",
    "f.",
    "1a",
    "f..g",
    "f/**/",
    "f;",
    "é",
    "f ",
    "f\u2028",
]
NO_FUNCTIONS += ["f\n", "f\x00", ".f", "f()", "a.b.c.d.e.f", "f\\u0028", "а"]


@pytest.mark.parametrize("name", NO_FUNCTIONS)
def test_a_callback_that_is_no_name_is_refused_as_json(open_dialect: Dialect, name: str) -> None:
    open_dialect.imported("Ann")

    given = open_dialect.ask("/contacts/1126", urlencode({"callback": name}))

    assert_refused(given, 400, 2)
    assert given.headers["content-type"].startswith("application/json")
    assert b"Ann" not in given.body


def test_a_callback_is_passed_over_while_the_switch_is_off_and_outside_of_json_by_get(
    dialect: Dialect, entrances: Entrances
) -> None:
    dialect.imported("Ann")
    off = dialect.ask("/contacts/1126", "callback=f")
    on = Dialect(entrances, EVERY_SWITCH)

    for given in (off, on.ask("/contacts/1126.xml", "callback=f"), on.ask("/events/1126", "callback=f", method="POST")):
        assert given.status == 200
        assert not given.body.startswith(b"/**/")
        assert "javascript" not in given.headers["content-type"]


def test_a_script_is_a_script_to_every_browser_and_a_file_to_nobody(open_dialect: Dialect) -> None:
    open_dialect.imported("Ann")

    for path in ("/contacts/1126", "/events/1126", "/events/7", "/begin_import/import"):
        given = open_dialect.ask(path, f"callback=$.f&domain_key={KEY}&domain_password={PASSWORD}", authorization="")
        assert (given.status, given.body[:8]) == (200, b"/**/$.f(")
        assert given.headers["content-type"] == "application/javascript; charset=utf-8"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["content-disposition"] == "attachment; filename=f.txt"
        assert "no-store" in given.headers["cache-control"]


@pytest.mark.parametrize("path", ["/contacts/1126", "/begin_import/import", "/events.json/1126"])
def test_a_stranger_with_a_callback_learns_that_the_keys_are_wrong_and_no_more(dialect: Dialect, path: str) -> None:
    dialect.imported("Ann")

    given = dialect.ask(path, "callback=f&domain_key=x&domain_password=y", authorization="")

    assert (given.status, given.body[:6]) == (200, b"/**/f(")
    assert b'"code":1}' in given.body
    assert b"Ann" not in given.body
    for query in ("callback=alert(1)", "callback=", "callback=f&callback=g"):
        assert_plain(dialect.ask(path, query, authorization=""))
    for changes in ({"method": "POST"}, {"path": path.replace(".json", "") + ".xml"}):
        assert_plain(dialect.ask(**{"path": path, "query": "callback=f", "authorization": "", **changes}))


def assert_plain(given: Given) -> None:
    assert given.status in (400, 401)
    assert not given.body.startswith(b"/**/")
    assert "javascript" not in given.headers["content-type"]


def test_a_tenant_whose_scripts_are_off_gets_none_for_its_keys_in_an_address_either(entrances: Entrances) -> None:
    dialect = Dialect(entrances)

    given = dialect.ask("/events/1126", f"callback=f&domain_key={KEY}&domain_password={PASSWORD}", authorization="")

    assert_refused(given, 401, 1)
    assert given.headers["www-authenticate"].startswith("Basic realm=")


# --- Compression ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZIP, br", True),
        ("x-gzip", True),
        (" gzip ; q=0.5 ", True),
        ("br;q=1.0, *;q=0.5", True),
        ("*;q=0, gzip;q=1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity;q=0", False),
        ("br", False),
        ("deflate, br", False),
        ("gzip;q=2", False),
        ("gzipped", False),
        ("", False),
    ],
)
def test_contacts_are_packed_for_those_only_who_can_read_it(dialect: Dialect, accepted: str, packed: bool) -> None:
    dialect.imported("Ann")

    given = dialect.ask("/contacts/1126", accept_encoding=accepted)

    assert (given.headers.get("content-encoding") == "gzip") is packed
    assert given.headers["vary"] == "Accept-Encoding"
    assert given.json["total"] == 1


@pytest.mark.parametrize(
    "header", ["gzip" + " " * 10_000 + "x", " " * 10_000, "gzip;" * 2_000, "," * 10_000, "a" * 10_000]
)
def test_a_long_header_costs_no_time(header: str) -> None:
    began = time.process_time()

    assert not reads_gzip(header)

    assert time.process_time() - began < 0.05
