"""What callers of /v1 get, from events as API Gateway sends them."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from entrances import KEY, OTHER_KEY, Answered, Entrances, asking, event

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.contacts import Group
from rubrica.domain.imports import ImportId
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    ImportNotFound,
    NotAuthenticated,
    PathUnknown,
    RequestMalformed,
    RequestTooLarge,
    ServiceUnavailable,
    SignInRefused,
    StorageUnavailable,
)
from tests.fakes import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PASSWORD,
    NOW,
    TENANT,
    NumberedChance,
    ScriptedSource,
    any_contact,
    any_import,
    batches,
    people,
)
from tests.unit.services.worlds import World


def imported(entrances: Entrances) -> Entrances:
    entries = [Entry("/book/bad.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,))]
    groups = [Group("g1", "Friends", ("uid-1",))]
    entrances.world = World(source=ScriptedSource(batches(people(1, 3), entries=entries, groups=groups)))
    entrances.world.imported()
    return entrances


def assert_problem(answered: Answered, error: type[Any]) -> None:
    assert answered.status == error.status
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["cache-control"] == "no-store"
    assert (answered.body["code"], answered.body["status"]) == (error.code, error.status)
    assert answered.body["type"] == f"urn:rubrica:error:{error.code}"


# --- start_import ---


def test_a_start_is_answered_at_once_with_the_import_and_where_it_is(entrances: Entrances) -> None:
    answered = entrances.start_import(event("start_import/password_import"))

    assert answered.status == 202
    assert answered.headers["content-type"] == "application/json"
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["location"] == f"/v1/imports/{answered.body['id']}"
    assert (answered.body["state"], answered.body["waiting_for"]) == ("created", "start")
    assert CANARY_PASSWORD not in answered.text
    assert CANARY_EMAIL not in answered.text
    assert entrances.world.workflow.started == [(answered.body["id"], 1)]


def test_a_repeated_start_is_answered_with_the_same_import(entrances: Entrances) -> None:
    first, second = (entrances.start_import(event("start_import/repeated")) for _ in range(2))

    assert (first.status, first.text) == (second.status, second.text)
    assert len(entrances.world.imports.rows) == 1


def test_a_body_may_come_in_base64(entrances: Entrances) -> None:
    asked = event("start_import/password_import")
    asked["body"], asked["isBase64Encoded"] = b64encode(asked["body"].encode()).decode(), True

    assert entrances.start_import(asked).status == 202


def test_a_body_with_a_key_twice_is_refused_and_nothing_stored(entrances: Entrances) -> None:
    answered = entrances.start_import(event("start_import/malformed"))

    assert_problem(answered, RequestMalformed)
    assert "canary" not in answered.text
    assert entrances.world.imports.rows == {}


FIELDS = '"source": "carddav", "username": "a@example.com", "password": "p"'
MALFORMED = {
    "deep": "[" * 100_000,
    "deep inside": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "infinite": f'{{{FIELDS}, "n": 1e400}}',
    "not a number": f'{{{FIELDS}, "n": NaN}}',
    "twice": f'{{{FIELDS}, "source": "icloud"}}',
    "half a pair": f'{{{FIELDS}, "user_id": "\\ud800"}}',
    "half a pair in the open": f'{{{FIELDS}, "user_id": "\ud800"}}',
    "byte order mark": f"\ufeff{{{FIELDS}}}",
    "empty": "",
    "no object": "[]",
    "text": '"x"',
    "cut": f"{{{FIELDS}",
    "long number": '{"n": ' + "9" * 5_000 + "}",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_json_that_two_readers_could_read_in_two_ways_is_refused(entrances: Entrances, body: str) -> None:
    answered = entrances.start_import(asking("start_import/password_import", body=body))

    assert answered.status in (400, 413)
    assert_problem(answered, RequestMalformed if answered.status == 400 else RequestTooLarge)
    assert entrances.world.imports.rows == {}


def test_a_body_that_is_no_utf_8_is_refused(entrances: Entrances) -> None:
    asked = event("start_import/password_import")
    asked["body"], asked["isBase64Encoded"] = b64encode(b'{"source": "\xff\xfe"}').decode(), True

    assert_problem(entrances.start_import(asked), RequestMalformed)


def test_a_body_without_end_is_refused(entrances: Entrances) -> None:
    body = json.dumps({"source": "x" * 70_000})

    assert_problem(entrances.start_import(asking("start_import/password_import", body=body)), RequestTooLarge)


def test_a_caller_cannot_set_what_is_not_his_to_set(entrances: Entrances) -> None:
    asked = event("start_import/password_import")
    more = {
        "state": "complete",
        "tenant": "tenant-b",
        "id": 7,
        "ttl": 9_999_999_999,
        "expires_at": "2999-01-01T00:00:00Z",
        "run": 9,
        "exhausted": True,
        "failure": "x",
        "credential": "x",
        "begun_at": "2999-01-01T00:00:00Z",
        "webhook": True,
        "parts": ["mailing_address"],
    }

    answered = entrances.start_import({**asked, "body": json.dumps({**json.loads(asked["body"]), **more})})

    imp = entrances.world.imports.rows[ImportId(answered.body["id"])].imp
    assert imp == any_import(id=ImportId(1001), begun_at=NOW)


def test_more_starts_than_allowed_are_refused_with_the_time_to_wait(entrances: Entrances) -> None:
    entrances.world.starts_per_minute = 2
    answers = [entrances.start_import(event("start_import/password_import")) for _ in range(3)]

    assert [answered.status for answered in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"] == str(answers[2].body["retry_after"])
    assert 1 <= answers[2].body["retry_after"] <= 60
    other = asking("start_import/password_import", authorization=f"Bearer {OTHER_KEY}")
    assert entrances.start_import(other).status == 202


# --- Who asks ---


def test_a_wrong_key_a_missing_one_and_a_disabled_tenants_are_answered_alike(entrances: Entrances) -> None:
    entrances.tenants.disable(TENANT.id)
    answers = [
        entrances.start_import(event("start_import/unauthenticated")),
        entrances.start_import(event("start_import/password_import")),
        *(
            entrances.start_import(asking("start_import/unauthenticated", authorization=sent))
            for sent in (
                "Bearer wrong",
                "Bearer ",
                "Bearer",
                f"Basic {KEY}",
                f"Bearer {OTHER_KEY},Bearer {OTHER_KEY}",
                f"Bearer {OTHER_KEY} x",
                "Bearer " + "x" * 9_000,
            )
        ),
    ]

    for answered in answers:
        assert_problem(answered, NotAuthenticated)
        assert (answered.text, answered.headers) == (answers[0].text, answers[0].headers)
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert entrances.world.imports.rows == {}


def test_every_route_wants_a_key(entrances: Entrances) -> None:
    imported(entrances)

    for name in ("status", "contacts", "ledger"):
        assert_problem(entrances.read_import(asking(f"read_import/{name}", authorization="")), NotAuthenticated)
    assert_problem(entrances.start_import(asking("start_import/sources", authorization="")), NotAuthenticated)
    assert_problem(entrances.delete_import(asking("delete_import/delete", authorization="")), NotAuthenticated)
    assert len(entrances.world.contacts()) == 3


# --- read_import ---


def test_status_contacts_and_ledger_are_answered_from_their_events(entrances: Entrances) -> None:
    imported(entrances)

    status, contacts, ledger = (
        entrances.read_import(event(f"read_import/{name}")) for name in ("status", "contacts", "ledger")
    )

    for answered in (status, contacts, ledger):
        assert answered.status == 200
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["content-type"] == "application/json"
    assert (status.body["state"], status.body["contacts"]["so_far"]) == ("complete", 3)
    assert [contact["full_name"] for contact in contacts.body["contacts"]] == ["Person 1", "Person 2", "Person 3"]
    assert contacts.body["contacts"][0]["groups"] == ["Friends"]
    assert [entry["place"] for entry in ledger.body["entries"]] == ["/book/bad.vcf"]


def test_a_spoilt_page_is_an_error_that_tells_not_to_ask_again(entrances: Entrances) -> None:
    imported(entrances)
    pages = entrances.world.imports.stored[ImportId(1126)]
    for place, (turn, page) in list(pages.items()):
        pages[place] = turn, replace(page, body=page.body[:-1] + b"?")

    answered = entrances.read_import(event("read_import/contacts"))

    assert (answered.status, answered.body["code"]) == (500, "contacts_unreadable")
    assert "retry-after" not in answered.headers


def test_contacts_are_followed_page_by_page(entrances: Entrances) -> None:
    imported(entrances)
    asked = event("read_import/contacts")
    asked["queryStringParameters"] = {"limit": "2"}
    first = entrances.read_import(asked)

    assert first.body["next"].startswith("/v1/imports/1126/contacts?")
    assert first.headers["link"] == f'<{first.body["next"]}>; rel="next"'
    cursor = dict(part.split("=") for part in first.body["next"].partition("?")[2].split("&"))["cursor"]
    asked["queryStringParameters"] = {"limit": "2", "cursor": cursor}
    second = entrances.read_import(asked)

    assert [len(page.body["contacts"]) for page in (first, second)] == [2, 1]
    assert second.body["next"] is None
    assert "link" not in second.headers


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/vcard", "text/vcard; charset=utf-8; version=4.0"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("application/jscontact+json", "application/jscontact+json; version=1.0"),
        ("*/*", "application/json"),
    ],
)
def test_contacts_come_in_the_format_asked_for(entrances: Entrances, accept: str, content_type: str) -> None:
    imported(entrances)
    asked = asking("read_import/contacts", accept=accept)
    asked["queryStringParameters"] = {"limit": "2"}

    answered = entrances.read_import(asked)

    assert answered.status == 200
    assert answered.headers["content-type"] == content_type
    assert answered.headers["cache-control"] == "no-store"
    assert "Person 2" in answered.text
    assert "Person 3" not in answered.text
    if accept != "*/*":
        assert answered.headers["link"].startswith("</v1/imports/1126/contacts?cursor=")
        asked["queryStringParameters"] = {"limit": "3"}
        assert "link" not in entrances.read_import(asked).headers


def test_a_format_that_is_not_written_is_refused(entrances: Entrances) -> None:
    answered = imported(entrances).read_import(asking("read_import/contacts", accept="application/pdf"))

    assert answered.status == 406


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"limit": "0"}, 422, "field_invalid"),
        ({"limit": "-1"}, 422, "field_invalid"),
        ({"limit": "1e3"}, 422, "field_invalid"),
        ({"limit": "1001"}, 422, "field_invalid"),
        ({"limit": "1,2"}, 422, "field_invalid"),
        ({"limit": "２"}, 422, "field_invalid"),
        ({"cursor": "0-0-0"}, 400, "cursor_invalid"),
        ({"cursor": "2-0-0"}, 400, "cursor_invalid"),
        ({"cursor": "<script>"}, 400, "cursor_invalid"),
        ({"cursor": "1-0-0,1-0-0"}, 400, "cursor_invalid"),
    ],
)
def test_a_bad_limit_or_cursor_is_refused(entrances: Entrances, query: dict[str, str], status: int, code: str) -> None:
    imported(entrances)
    for name in ("contacts", "ledger"):
        asked = event(f"read_import/{name}")
        asked["queryStringParameters"] = query
        answered = entrances.read_import(asked)
        assert (answered.status, answered.body["code"]) == (status, code)


def test_an_import_that_runs_or_failed_shows_no_contacts(entrances: Entrances) -> None:
    entrances.world.add()
    running = entrances.read_import(event("read_import/contacts"))
    entrances.world.finish(SignInRefused)
    failed = entrances.read_import(event("read_import/contacts"))

    assert (running.status, running.body["code"], running.headers["retry-after"]) == (409, "import_not_finished", "1")
    assert (failed.status, failed.body["code"]) == (409, "import_not_complete")
    assert failed.body["failure"]["code"] == "sign_in_refused"


# --- A1, A2: other people's ids and what is none ---


def test_a_foreign_import_is_answered_exactly_like_an_unknown_one(entrances: Entrances) -> None:
    imported(entrances)
    for name in ("status", "contacts", "ledger"):
        asked = asking(f"read_import/{name}", authorization=f"Bearer {OTHER_KEY}")
        foreign = entrances.read_import(asked)
        path = asked["rawPath"].replace("1126", "4711")
        unknown = entrances.read_import(asking(f"read_import/{name}", path=path))
        assert_problem(foreign, ImportNotFound)
        assert (foreign.text, foreign.headers) == (unknown.text, unknown.headers)

    assert_problem(entrances.read_import(event("read_import/foreign")), ImportNotFound)
    deleting = entrances.delete_import(asking("delete_import/delete", authorization=f"Bearer {OTHER_KEY}"))
    assert_problem(deleting, ImportNotFound)
    assert len(entrances.world.contacts()) == 3


@pytest.mark.parametrize("path", ["/", "/v1/contacts", "/v1/imports/", "/robots.txt", "/v2/\n"])
def test_what_no_route_leads_to_is_told_as_a_path_that_is_none(entrances: Entrances, path: str) -> None:
    assert_problem(entrances.read_import(asking("read_import/no_route", path=path)), PathUnknown)


NO_IDS = [
    "-1",
    "0",
    "01126",
    "2147483648",
    "9223372036854775808",
    "1e3",
    "1126abc",
    "０１１２６",
    "1126\x00",
    "1126%00",
    "1126 ",
    "+1126",
    "1126\n",
    "1126/",
    "..",
    "1126.0",
    "0x466",
    "١١٢٦",
    "9" * 4_000,
    "9" * 5_000,
    "<script>",
    "ſ",
]


class Untouchable(MemoryImports):
    """A store that nobody may ask."""

    def get(self, import_id: ImportId) -> None:
        raise AssertionError


@pytest.mark.parametrize("text", NO_IDS)
def test_what_is_no_id_is_refused_without_asking_any_store(entrances: Entrances, text: str) -> None:
    entrances.world.imports = Untouchable()
    path = f"/v1/imports/{text}"

    answers = [
        entrances.read_import(asking("read_import/status", path=path)),
        entrances.read_import(asking("read_import/contacts", path=f"{path}/contacts")),
        entrances.read_import(asking("read_import/ledger", path=f"{path}/ledger")),
        entrances.delete_import(asking("delete_import/delete", path=path)),
    ]

    for answered in answers:
        assert_problem(answered, ImportNotFound)
        assert answered.text == answers[0].text


# --- delete_import ---


def test_a_deleted_import_is_gone_for_everybody(entrances: Entrances) -> None:
    imported(entrances)

    answered = entrances.delete_import(event("delete_import/delete"))

    assert (answered.status, answered.text) == (204, "")
    assert answered.headers["cache-control"] == "no-store"
    for again in (
        entrances.delete_import(event("delete_import/delete")),
        entrances.read_import(event("read_import/status")),
        entrances.read_import(event("read_import/contacts")),
    ):
        assert_problem(again, ImportNotFound)


# --- Trouble of our own, and what is said about it ---


def broken(error: Exception) -> MemoryImports:
    class Broken(MemoryImports):
        def get(self, import_id: ImportId) -> None:
            raise error

        def add(self, *_: Any) -> Any:
            raise error

        def shred(self, *_: Any) -> Any:
            raise error

    return Broken()


ERRORS = [
    RuntimeError(f"{CANARY_NAME} {CANARY_PASSWORD}"),
    UnicodeEncodeError("utf-8", CANARY_PASSWORD, 0, 1, CANARY_NAME),
    KeyError(CANARY_EMAIL),
    StorageUnavailable("ThrottlingException"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_nobody_foresaw_is_a_503_whose_text_and_log_tell_nothing_of_it(
    entrances: Entrances, log: Any, error: Exception
) -> None:
    entrances.world.imports = broken(error)

    answers = [
        entrances.start_import(event("start_import/password_import")),
        entrances.read_import(event("read_import/status")),
        entrances.read_import(event("read_import/contacts")),
        entrances.read_import(event("read_import/ledger")),
        entrances.delete_import(event("delete_import/delete")),
    ]

    for answered in answers:
        assert_problem(answered, ServiceUnavailable)
        assert answered.text == answers[0].text
        assert answered.headers["retry-after"] == "5"
    lines = log()
    assert "canary" not in json.dumps([*lines, *[answered.text for answered in answers]]).lower()
    told = [line for line in lines if line.get("level") == "ERROR"]
    assert [line["error"] for line in told] == [type(error).__name__] * 5
    assert all(any("entrances.py" not in place for place in line["at"]) for line in told)


def test_a_request_is_logged_by_route_status_and_time_alone(entrances: Entrances, log: Any) -> None:
    entrances.start_import(event("start_import/password_import"))
    entrances.start_import(event("start_import/malformed"))
    entrances.start_import(event("start_import/unauthenticated"))

    lines = log()

    requests = [line for line in lines if line.get("message") == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("POST /v1/imports", 202),
        ("POST /v1/imports", 400),
        ("POST /v1/imports", 401),
    ]
    written = json.dumps(lines)
    for secret in (CANARY_PASSWORD, CANARY_EMAIL, KEY, "user-7", "dav.example.com", "192.0.2.10"):
        assert secret not in written


def test_contacts_that_are_read_enter_no_log(entrances: Entrances, log: Any) -> None:
    made = [any_contact(1, full_name=CANARY_NAME, note=CANARY_EMAIL)]
    entrances.world = World(source=ScriptedSource(batches(made)))
    entrances.world.imported()

    for accept in ("application/json", "text/vcard", "text/csv", "application/jscontact+json"):
        assert CANARY_NAME.split()[1] in entrances.read_import(asking("read_import/contacts", accept=accept)).text

    assert "canary" not in json.dumps(log()).lower()


def test_ids_that_are_all_in_use_are_a_503(entrances: Entrances) -> None:
    entrances.world.chance = NumberedChance([7] * 99)
    entrances.start_import(event("start_import/password_import"))

    asked = event("start_import/password_import")
    body = {**json.loads(asked["body"]), "password": "another"}
    assert_problem(entrances.start_import({**asked, "body": json.dumps(body)}), ServiceUnavailable)
