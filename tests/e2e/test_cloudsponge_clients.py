"""What real clients of the CloudSponge API send, byte for byte, and what each of them depends on.

Row by row the table "What real clients depend on" of the specification. Not in it: phone types that one library cannot
read (the original service sends them as well), and a library that waits for a list of events nobody sends any more.
"""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from cloudsponge_wire import ALICE, BASIC, FORM, IN_QUERY, KEY, PASSWORD, Wire, multipart, shows_header, stages
from consenting import Application

from local.sandbox.consent.person import Person
from local.tenant import REDIRECT_URL

CREDENTIALS = {"domain_key": KEY, "domain_password": PASSWORD}
EVENT_TYPES = {"INITIALIZING", "GATHERING", "COMPLETE"}
STATUSES = {"INPROGRESS", "COMPLETED", "ERROR"}


@pytest.fixture(scope="module")
def wire(application: Application) -> Wire:
    return Wire(application.stack.base_url)


@pytest.fixture(scope="module")
def finished(wire: Wire) -> int:
    """An import that is complete."""
    import_id = wire.post("/begin_import/import", {**ALICE, "user_id": "user-17"}).import_id
    assert wire.over(import_id)["status"] == "COMPLETED"
    return import_id


@pytest.fixture(scope="module")
def failed(wire: Wire) -> int:
    """An import whose user mistyped the password."""
    import_id = wire.post("/begin_import/import", {**ALICE, "password": "mistyped"}).import_id
    assert wire.over(import_id)["status"] == "ERROR"
    return import_id


@pytest.fixture
def awaited(wire: Wire) -> int:
    """An import whose user has not consented yet."""
    return wire.post("/begin_import/user_consent", {"service": "GMAIL"}).import_id


def test_01_php_and_coldfusion_read_the_number_under_id(wire: Wire) -> None:
    for action, fields in (
        ("import", ALICE),
        ("user_consent", {"service": "gmail"}),
        ("desktop_applet", {"service": "outlook"}),
    ):
        begun = wire.post(f"/begin_import/{action}/", fields).json
        assert begun["id"] == begun["import_id"]


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("path", ["/{what}.{form}/{id}", "/{what}/{id}.{form}"])
def test_02_both_positions_of_the_format_lead_to_the_same(wire: Wire, finished: int, form: str, path: str) -> None:
    for what in ("events", "contacts"):
        reply = wire.get(path.format(what=what, form=form, id=finished))
        assert reply.status == 200
        assert reply.headers["content-type"].startswith(f"application/{form}")
        assert reply.import_id == finished


@pytest.mark.parametrize("path", ["/begin_import/import/", "/begin_import/import.json/", "/begin_import/import.xml/"])
def test_03_ruby_and_php_end_the_path_of_a_begin_with_a_slash(wire: Wire, path: str) -> None:
    assert wire.post(path, ALICE).import_id


def test_04_net_and_python_begin_with_get(wire: Wire) -> None:
    assert wire.get(f"/begin_import/user_consent.xml?{urlencode({'service': 'GMAIL'})}").import_id
    assert wire.get(f"/begin_import/import.json?{urlencode(ALICE)}&{IN_QUERY}", {}).import_id


def test_05_php_sends_a_multipart_form_with_empty_parts(wire: Wire) -> None:
    boundary = "------------------------d74496d66958873e"
    fields = [*CREDENTIALS.items(), ("service", "GMAIL"), ("redirect_url", ""), ("echo", ""), ("user_id", "")]
    headers = {"Accept": "*/*", "Content-Type": f"multipart/form-data; boundary={boundary}"}

    reply = wire.send("POST", "/begin_import/user_consent/", headers, multipart(fields, boundary))

    assert reply.import_id
    assert reply.json["user_id"] is None
    assert reply.json["echo"] is None


def test_06_node_and_coldfusion_post_everything_in_the_query(wire: Wire) -> None:
    query = f"{urlencode(ALICE)}&{IN_QUERY}&include=name,email,mailing_address"

    assert wire.send("POST", f"/begin_import/import.json?{query}").import_id
    assert wire.send("POST", f"/begin_import/import.json?{query}", FORM).import_id


def test_07_java_sends_no_credentials_until_it_is_challenged(wire: Wire, finished: int) -> None:
    agent = {"User-Agent": "Java/1.6.0_26", "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}

    challenge = wire.get(f"/events.xml/{finished}", agent)

    assert challenge.status == 401
    assert re.fullmatch(r'Basic realm="[^"]+"(, charset="UTF-8")?', challenge.headers["www-authenticate"])
    assert wire.get(f"/events.xml/{finished}", {**agent, **BASIC}).status == 200


def test_08_ruby_and_net_send_basic_unasked(wire: Wire, finished: int) -> None:
    assert wire.get(f"/contacts/{finished}", {**BASIC, "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6"}).status == 200


def test_09_php_python_node_and_jquery_send_credentials_in_the_query(wire: Wire, finished: int) -> None:
    assert wire.get(f"/events/{finished}?{IN_QUERY}", {}).status == 200
    assert wire.get(f"/contacts.json/{finished}?{IN_QUERY}&echo=", {}).status == 200


def test_10_no_format_means_json(wire: Wire, finished: int) -> None:
    for path in (f"/events/{finished}", f"/contacts/{finished}"):
        reply = wire.get(path, {**BASIC, "Accept": "application/xml"})
        assert reply.headers["content-type"] == "application/json; charset=utf-8"
        assert reply.json["import_id"] == finished


def test_11_types_and_statuses_are_the_known_words(wire: Wire, finished: int, failed: int, awaited: int) -> None:
    for import_id in (finished, failed, awaited):
        for event in wire.events(import_id):
            assert event["event_type"] in EVENT_TYPES
            assert event["status"] in STATUSES


def test_12_a_complete_event_carries_nought_on_success(wire: Wire, finished: int) -> None:
    assert wire.events(finished)[-1]["value"] == 0


def test_13_a_failed_import_has_a_complete_event_too(wire: Wire, failed: int) -> None:
    events = wire.events(failed)

    assert stages(events)[-1] == ("COMPLETE", "ERROR")
    assert events[-1]["value"] == 263
    assert [event["value"] for event in events if event["status"] == "ERROR"] == [263, 263]


def test_14_an_error_event_has_a_text_for_the_user(wire: Wire, failed: int) -> None:
    assert all(event["description"] for event in wire.events(failed) if event["status"] == "ERROR")


def test_15_an_error_ends_the_wait_and_nothing_follows_it(wire: Wire, failed: int) -> None:
    assert stages(wire.events(failed)) == [("INITIALIZING", "COMPLETED"), ("GATHERING", "ERROR"), ("COMPLETE", "ERROR")]


def test_16_jquery_fetches_contacts_after_any_complete_event(wire: Wire, failed: int) -> None:
    reply = wire.get(f"/contacts.json/{failed}?callback=jQuery1113_1&{IN_QUERY}", {})

    assert reply.status == 200
    assert json.loads(_argument(reply.body))["error"]["code"] == 263


def test_17_contacts_that_are_not_ready_are_an_error_in_json(wire: Wire, awaited: int) -> None:
    reply = wire.get(f"/contacts/{awaited}?{IN_QUERY}", {})

    assert reply.status == 404
    assert reply.json["error"]["message"]


def test_18_every_element_that_clients_dereference_is_there(wire: Wire, finished: int, failed: int) -> None:
    begun = wire.post("/begin_import/user_consent.xml", {"service": "gmail"}).xml
    assert begun.tag == "result"
    assert {"status", "url", "import-id", "user-id", "echo"} <= {it.tag for it in begun}
    for import_id in (finished, failed):
        polled = wire.get(f"/events.xml/{import_id}").xml
        assert polled.tag == "eventsResponse"
        assert {"events", "import-id", "user-id", "echo"} <= {it.tag for it in polled}
        for event in polled.findall("events/event"):
            assert {"event-type", "status", "value", "description"} <= {it.tag for it in event}
    downloaded = wire.get(f"/contacts.xml/{finished}").xml
    assert downloaded.tag == "contactsResponse"
    assert {"contacts", "contacts-owner", "import-id", "user-id", "echo"} <= {it.tag for it in downloaded}
    owner = downloaded.find("contacts-owner")
    assert owner is not None
    assert {"first-name", "last-name", "email"} <= {it.tag for it in owner}
    for contact in downloaded.findall("contacts/contact"):
        assert {"first-name", "last-name", "email", "phone", "address"} <= {it.tag for it in contact}
        assert all(
            it.find("type") is not None for it in [*contact.findall("email/email"), *contact.findall("phone/phone")]
        )


def test_20_contacts_and_their_addresses_are_always_arrays(wire: Wire, finished: int) -> None:
    contacts = wire.get(f"/contacts/{finished}").json["contacts"]

    assert contacts
    assert all(isinstance(it[name], list) for it in contacts for name in ("email", "phone", "address", "groups"))


def test_21_ids_fit_32_bits(wire: Wire, finished: int) -> None:
    assert 0 < finished < 2**31


def test_22_auth_answers_302_with_a_capital_location_over_http_1_1(wire: Wire) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": "gmail", "redirect_url": REDIRECT_URL}).json
    callback = Person().consent(begun["url"], follow_callback=False)
    handed_on = callback.partition("?")[2]

    reply = wire.send("POST", "/auth", {**FORM, "Accept": "*/*"}, handed_on.encode())

    assert reply.head.startswith("HTTP/1.1 302 ")
    assert shows_header(reply, rf"Location: {re.escape(wire.base_url)}/auth\?\S+")


def test_22_a_relay_that_posts_in_parts_gets_the_same_answer(wire: Wire) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": "gmail"}).json
    person = Person()
    query = person.consent(begun["url"], follow_callback=False).partition("?")[2]
    boundary = "------------------------d74496d66958873e"
    headers = {"Accept": "*/*", "Content-Type": f"multipart/form-data; boundary={boundary}"}

    reply = wire.send("POST", f"/auth?{query}", headers, multipart([("appctx", "")], boundary))

    assert reply.status == 302
    assert person.open(reply.headers["location"]).status_code == 200
    assert wire.over(begun["id"])["status"] == "COMPLETED"


def test_22_a_proxy_page_finds_the_import_in_the_state(wire: Wire) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": "windowslive"}).json
    callback = Person().consent(begun["url"], follow_callback=False)

    assert f"state={quote('_csAuth=1&import_id=', safe='')}{begun['id']}" in callback


@pytest.mark.parametrize("service", ["gmail", "windowslive"])
def test_22_a_static_proxy_page_hands_on_four_parameters_only(wire: Wire, service: str) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": service}).json
    person = Person()
    given = dict(parse_qsl(person.consent(begun["url"], follow_callback=False).partition("?")[2]))
    handed_on = {name: given[name] for name in ("code", "state", "error", "error_code", "forward") if name in given}

    landed = person.open(f"{wire.base_url}/auth?{urlencode(handed_on, quote_via=quote)}")

    assert landed.status_code == 200
    assert wire.over(begun["id"])["status"] == "COMPLETED"


def test_22_the_self_test_of_a_proxy_page_is_confirmed(wire: Wire) -> None:
    for query in ("state=_csAuth=1&import_id=proxy-test", f"state={quote('_csAuth=1&import_id=proxy-test', safe='')}"):
        reply = wire.get(f"/auth?{query}", {})
        assert reply.status == 200
        assert b"The proxy page works." in reply.body


def test_23_unknown_parameters_are_ignored(wire: Wire, finished: int) -> None:
    for query in (
        "_=1452123&",
        "unix_second_resolution_timestramp=1452123",
        f"import_id={finished}&import_id={finished}",
        "service=GMAIL&user_id=user-17&referrer=x&csv=true",
    ):
        assert wire.get(f"/events/{finished}?{IN_QUERY}&{query}", {}).status == 200


def test_23_bytes_that_are_not_utf_8_are_read_as_latin_1(wire: Wire) -> None:
    body = urlencode({**ALICE, **CREDENTIALS}).encode() + b"&echo=caf%E9&user_id=" + "é".encode("latin-1")

    reply = wire.send("POST", "/begin_import/import.xml", {**FORM, "Accept-Charset": "ISO-8859-1"}, body)

    assert reply.xml.findtext("echo") == "café"
    assert reply.xml.findtext("user-id") == "é"


def test_24_polling_without_a_pause_is_answered_every_time(wire: Wire, finished: int, awaited: int) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(10) as callers:
        targets = [f"/events/{import_id}" for import_id in (finished, awaited)] * 25
        replies = list(callers.map(wire.get, targets))

    assert [reply.status for reply in replies] == [200] * 50
    assert time.monotonic() - began < 20


def test_25_jquery_begins_polls_and_downloads_by_script(wire: Wire, finished: int) -> None:
    query = f"callback=jQuery1113_145&{IN_QUERY}&_=1452123"
    for target in (
        f"/begin_import/user_consent.json?{query}&service=gmail&include=",
        f"/events.json/{finished}?{query}",
        f"/contacts.json/{finished}?{query}",
    ):
        reply = wire.get(target, {"Accept": "*/*", "Referer": "http://127.0.0.1:3000/"})
        assert reply.status == 200
        assert reply.headers["content-type"].startswith("application/javascript")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert json.loads(_argument(reply.body))["import_id"]


def test_25_a_script_with_wrong_keys_learns_of_it(wire: Wire, finished: int) -> None:
    keys = urlencode({"domain_key": KEY, "domain_password": "mistyped"})
    for target in ("/begin_import/user_consent.json?service=gmail", f"/events.json/{finished}?_=1452123"):
        reply = wire.get(f"{target}&callback=jQuery1113_145&{keys}", {"Accept": "*/*"})
        assert reply.status == 200
        assert "www-authenticate" not in reply.headers
        assert json.loads(_argument(reply.body))["error"]["code"] == 1


def test_26_an_applet_is_a_page_that_takes_a_file(wire: Wire) -> None:
    for service in ("outlook", "addressbook"):
        begun = wire.post("/begin_import/desktop_applet", {"service": service}).json
        assert begun["status"] == "success"
        assert begun["id"]
        page = wire.get("/" + begun["url"].split("/", 3)[3], {})
        assert page.status == 200
        assert b'type="file"' in page.body


def _argument(body: bytes) -> bytes:
    found = re.fullmatch(rb"/\*\*/\s*[\w$.]+\((.*)\);?\s*", body, re.DOTALL)
    assert found, body[:80]
    return found[1]
