"""Answers to begin calls, key for key and element for element."""

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from rubrica.dialects.cloudsponge.answers import begun, headers, script, script_headers
from rubrica.dialects.cloudsponge.requests import Action, Form
from rubrica.dialects.cloudsponge.writing import encode
from rubrica.dialects.cloudsponge.xml import document
from rubrica.domain.consent import Consent, Way
from rubrica.domain.imports import Import, State
from tests.fakes import any_import

CONSENT = Consent("AB12CD3", "https://accounts.example.com/", "https://rubrica.example.com/")
CONSENTED = any_import(state=State.AWAITING_CONSENT, consent=CONSENT, reference="")
FILE = replace(CONSENTED, consent=replace(CONSENT, way=Way.FILE))
SIGN_IN = replace(CONSENTED, consent=replace(CONSENT, way=Way.SIGN_IN))
RELAY = replace(CONSENTED, consent=replace(CONSENT, way=Way.RELAY))
PASSWORD = any_import(reference="")
URL = "https://rubrica.example.com/n/AB12CD3"
CSV = "https://rubrica.example.com/csv/AB12CD3"


def pairs(imp: Import, url: str, echo: str, action: Action) -> Any:
    return json.loads(begun(imp, url, echo, Form.JSON, action), object_pairs_hook=list)


@pytest.mark.parametrize("imp", [CONSENTED, RELAY, SIGN_IN])
def test_user_consent_answers_as_recorded(imp: Import) -> None:
    assert pairs(imp, URL, "", "user_consent") == [
        ("status", "success"),
        ("url", URL),
        ("echo", None),
        ("import_type", "OAUTH"),
        ("import_id", 1126),
        ("user_id", None),
        ("id", 1126),
    ]


def test_user_consent_for_a_file_answers_as_documented() -> None:
    assert pairs(FILE, CSV, "", "user_consent") == [
        ("echo", None),
        ("id", 1126),
        ("import_id", 1126),
        ("import_type", "CSV"),
        ("status", "success"),
        ("url", CSV),
        ("user_id", None),
    ]


def test_import_answers_as_recorded() -> None:
    assert pairs(PASSWORD, "", "", "import") == [
        ("status", "success"),
        ("echo", None),
        ("import_id", 1126),
        ("user_id", None),
        ("id", 1126),
    ]


@pytest.mark.parametrize(("imp", "url"), [(CONSENTED, URL), (FILE, CSV)])
@pytest.mark.parametrize("action", ["import", "desktop_applet"])
def test_import_and_the_applet_answer_with_a_url_where_the_user_has_to_open_one(
    imp: Import, url: str, action: Action
) -> None:
    assert pairs(imp, url, "e", action) == [
        ("status", "success"),
        ("url", url),
        ("echo", "e"),
        ("import_id", 1126),
        ("user_id", None),
        ("id", 1126),
    ]


def test_a_password_import_says_nothing_of_a_consent_whatever_the_action() -> None:
    assert "import_type" not in json.loads(begun(PASSWORD, "", "", Form.JSON))


def test_echo_and_user_id_come_back_as_they_are() -> None:
    echo = "😀" * 512
    body = json.loads(begun(any_import(reference="u-é"), "", echo, Form.JSON))

    assert (body["echo"], body["user_id"]) == (echo, "u-é")


@pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring])
@pytest.mark.parametrize(("imp", "url"), [(CONSENTED, URL), (FILE, CSV), (RELAY, URL)])
def test_a_beginning_in_xml_has_every_element_that_clients_look_for(read: Any, imp: Import, url: str) -> None:
    root = read(begun(imp, url, "a&b<c>", Form.XML))

    assert root.tag == "result"
    assert root.findtext("status") == "success"
    assert root.findtext("url") == url
    assert root.findtext("import-id") == root.findtext("id") == "1126"
    assert root.find("import-id").attrib == {"type": "integer"}
    assert root.find("user-id").attrib == {"nil": "true"}
    assert root.findtext("user-id") == ""
    assert root.findtext("echo") == "a&b<c>"


@pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring])
def test_an_import_in_xml_has_no_url(read: Any) -> None:
    root = read(begun(PASSWORD, "", "", Form.XML, "import"))

    assert root.find("url") is None
    assert root.find("echo").attrib == {"nil": "true"}


# --- Headers and scripts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "content_type"),
    [(Form.JSON, "application/json; charset=utf-8"), (Form.XML, "application/xml; charset=utf-8")],
)
def test_answers_are_kept_by_nobody_and_taken_for_what_they_are(form: Form, content_type: str) -> None:
    assert headers(form) == {
        "Content-Type": content_type,
        "Cache-Control": "no-cache, private, no-store, max-age=0, must-revalidate",
        "Pragma": "no-cache",
        "Expires": "Mon, 01 Jan 1990 00:00:00 GMT",
        "X-Content-Type-Options": "nosniff",
    }


def test_a_script_calls_the_function_with_the_answer() -> None:
    body = begun(PASSWORD, "", "a\u2028b\u2029c", Form.JSON)
    written = script("jQuery.f", body)

    assert written.startswith(b"/**/jQuery.f({")
    assert written.endswith(b"})")
    assert "\u2028".encode() not in written
    assert "\u2029".encode() not in written
    assert json.loads(written[len(b"/**/jQuery.f(") : -1]) == json.loads(body)


def test_a_script_is_run_only_where_a_page_asks_for_it() -> None:
    found = script_headers()

    assert found["Content-Type"] == "application/javascript; charset=utf-8"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Content-Disposition"] == "attachment; filename=f.txt"
    assert "no-store" in found["Cache-Control"]


def test_what_no_form_can_carry_is_a_fault_of_ours_and_no_empty_answer() -> None:
    with pytest.raises(TypeError):
        encode({"value": object()})
    with pytest.raises(TypeError):
        document("result", {"value": object()})
