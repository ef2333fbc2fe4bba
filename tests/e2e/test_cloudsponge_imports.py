"""Whole imports through the CloudSponge dialect, and its scenes of failure, through the deployed template."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_client import operator
from cloudsponge_wire import ALICE, BASIC, IN_QUERY, Reply, Wire, basic, stages
from consenting import Application

from local.sandbox.consent.person import Person

SUCCESS = [("INITIALIZING", "COMPLETED"), ("GATHERING", "COMPLETED"), ("COMPLETE", "COMPLETED")]


@pytest.fixture(scope="module")
def wire(application: Application) -> Wire:
    return Wire(application.stack.base_url)


@pytest.fixture(scope="module")
def stranger(application: Application) -> dict[str, str]:
    """The headers of another tenant."""
    created = operator(application.stack, "tenants", "create", "stranger", "--cloudsponge")
    words = created.split()
    return basic(words[words.index("domain_key") + 1], words[words.index("domain_password") + 1])


def moved_in_time(application: Application, import_id: int, attribute: str, seconds: int) -> None:
    """Set a time of an import's row to `seconds` from now."""
    application.stack.client("dynamodb").update_item(
        TableName=application.stack.imports_table,
        Key={"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}},
        UpdateExpression="SET #attribute = :moment",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues={":moment": {"N": str(int(time.time()) + seconds)}},
    )


@pytest.mark.parametrize("path", ["/{action}.{form}/", "/{action}.{form}"])
@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("service", ["icloud", "gmail"])
def test_an_import_goes_from_begin_over_events_to_contacts(
    application: Application, wire: Wire, service: str, form: str, path: str
) -> None:
    fields, action = (ALICE, "import") if service == "icloud" else ({"service": service}, "user_consent")

    begun = wire.post("/begin_import" + path.format(action=action, form=form), {**fields, "echo": "hello"})
    if service == "gmail":
        url = begun.json["url"] if form == "json" else begun.xml.findtext("url")
        Person().consent(str(url))
    wire.over(begun.import_id)
    contacts = wire.get(f"/contacts.{form}/{begun.import_id}")

    assert stages(wire.events(begun.import_id)) == SUCCESS
    count = len(contacts.json["contacts"]) if form == "json" else len(contacts.xml.findall("contacts/contact"))
    found = wire.events(begun.import_id)[1]["value"]
    books = application.sandbox.books
    assert count == found == (len(books.carddav.people) if service == "icloud" else found)
    assert count > 0


def test_the_same_contacts_stand_in_both_forms(wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", {**ALICE, "include": "mailing_address"}).import_id
    wire.over(import_id)

    in_json = wire.get(f"/contacts/{import_id}").json["contacts"]
    in_xml = wire.get(f"/contacts/{import_id}.xml").xml.findall("contacts/contact")

    assert [_names(it) for it in in_json] == [
        (
            it.findtext("first-name"),
            it.findtext("last-name"),
            [e.findtext("address") for e in it.findall("email/email")],
        )
        for it in in_xml
    ]
    assert any(it["address"] for it in in_json)


def _names(contact: dict[str, Any]) -> tuple[str, str, list[str]]:
    return contact["first_name"], contact["last_name"], [it["address"] for it in contact["email"]]


def test_addresses_come_only_when_they_are_asked_for(wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id
    wire.over(import_id)

    assert all(it["address"] == [] for it in wire.get(f"/contacts/{import_id}").json["contacts"])


def test_other_contacts_come_only_when_they_are_asked_for(wire: Wire) -> None:
    totals = []
    for include in ("name,email", "name,email,other_contacts"):
        begun = wire.post("/begin_import/user_consent", {"service": "gmail", "include": include})
        Person().consent(str(begun.json["url"]))
        wire.over(begun.import_id)
        totals.append(wire.get(f"/contacts/{begun.import_id}").json["total"])

    assert 0 < totals[0] < totals[1]


def test_a_book_is_read_in_parts_that_make_up_the_whole(wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id
    wire.over(import_id)
    whole = wire.get(f"/contacts/{import_id}").json

    parts = [wire.get(f"/contacts/{import_id}?start={start}&count=7").json for start in range(0, whole["total"] + 7, 7)]

    assert [it for part in parts for it in part["contacts"]] == whole["contacts"]
    assert {part["total"] for part in parts} == {whole["total"]}
    assert [part["count"] for part in parts] == [len(part["contacts"]) for part in parts]
    assert parts[-1]["contacts"] == []


# --- Scenes of failure ------------------------------------------------------------------------------------------------


def refused(reply: Reply, status: int, code: int) -> None:
    assert reply.status == status, reply.body
    assert reply.json["error"]["code"] == code
    assert reply.json["error"]["message"]


def test_a_wrong_key_and_a_wrong_password_are_refused_alike(wire: Wire) -> None:
    replies = [
        wire.get("/events/1126", basic(key, word)) for key, word in (("localdev", "x"), ("x", "localdev-password"))
    ]

    for reply in replies:
        refused(reply, 401, 1)
        assert reply.headers["www-authenticate"].startswith("Basic realm=")
    assert replies[0].body == replies[1].body


@pytest.mark.parametrize(("service", "code"), [("no-such-service", 261), ("plaxo", 261), ("linkedin", 513), ("", 260)])
def test_a_service_that_cannot_be_read_has_its_code(wire: Wire, service: str, code: int) -> None:
    for action in ("user_consent", "import"):
        reply = wire.post(f"/begin_import/{action}", {**ALICE, "service": service})
        refused(reply, 400, code)
        assert reply.json["status"] == "error"


def test_a_missing_login_has_its_code(wire: Wire) -> None:
    refused(wire.post("/begin_import/import", {"service": "icloud", "username": "alice"}), 400, 259)


def test_a_denied_consent_ends_both_remaining_events_with_514(wire: Wire) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": "gmail"})

    Person().consent(begun.json["url"], allow=False)

    events = wire.events(begun.import_id)
    assert stages(events) == [("INITIALIZING", "ERROR"), ("COMPLETE", "ERROR")]
    assert [event["value"] for event in events] == [514, 514]
    refused(wire.get(f"/contacts/{begun.import_id}"), 404, 514)


def test_an_abandoned_consent_ends_with_517(application: Application, wire: Wire) -> None:
    begun = wire.post("/begin_import/user_consent", {"service": "gmail"})
    assert stages(wire.events(begun.import_id)) == [("INITIALIZING", "INPROGRESS")]

    moved_in_time(application, begun.import_id, "deadline", -1)

    assert [event["value"] for event in wire.events(begun.import_id)] == [517, 517]


def test_an_expired_import_is_gone_before_and_after_it_is_purged(application: Application, wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id
    wire.over(import_id)
    for attribute in ("expires_at", "due_at"):
        moved_in_time(application, import_id, attribute, -1)

    before = wire.get(f"/contacts/{import_id}")
    application.stack.invoke("SweepImportsFunction", {})
    after = wire.get(f"/contacts/{import_id}")

    assert (before.status, after.status) == (410, 410)
    assert before.json["error"]["message"] == after.json["error"]["message"]


def test_another_tenants_import_looks_like_none_at_all(wire: Wire, stranger: dict[str, str]) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id

    for what in ("events", "contacts"):
        foreign, unknown = wire.get(f"/{what}/{import_id}", stranger), wire.get(f"/{what}/2147483647", stranger)
        assert foreign.status == 404
        assert foreign.body == unknown.body


def test_keys_in_an_address_are_refused_for_a_tenant_that_has_not_switched_them_on(
    wire: Wire, stranger: dict[str, str]
) -> None:
    key, _, word = base64.b64decode(stranger["Authorization"].removeprefix("Basic ")).decode().partition(":")

    reply = wire.get(f"/events/1126?domain_key={key}&domain_password={word}&callback=f", {})

    refused(reply, 401, 1)


@pytest.mark.parametrize(
    "written",
    ["1", "-1", "0", str(2**63), "1e3", "1126abc", "%EF%BC%90%EF%BC%91", "1126%00", "9" * 4_000, "1126%0A", "%2e%2e"],
)
def test_what_cannot_be_an_id_is_not_found(wire: Wire, written: str) -> None:
    for what in ("events", "contacts.json"):
        assert wire.get(f"/{what}/{written}").status == 404


@pytest.mark.parametrize("path", ["/events", "/events/", "/contacts/", "/contacts.json/", "/contacts.plist/1126"])
def test_a_path_without_an_id_is_not_found_with_an_error(wire: Wire, path: str) -> None:
    refused(wire.get(path), 404, 404)


def test_fifty_polls_at_once_while_it_runs_never_go_back(wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id

    with ThreadPoolExecutor(8) as callers:
        polls = list(callers.map(lambda _: wire.get(f"/events/{import_id}?{IN_QUERY}", {}), range(50)))

    assert {reply.status for reply in polls} == {200}
    assert wire.over(import_id)["status"] == "COMPLETED"
    assert wire.get(f"/contacts/{import_id}", BASIC).json["total"] == wire.events(import_id)[1]["value"]
