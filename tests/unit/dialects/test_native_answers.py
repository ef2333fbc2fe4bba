import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from rubrica.dialects.native import answers, requests
from rubrica.domain.consent import Consent
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.views import ContactsPage, LedgerPage, LedgerQuery, SourceView
from rubrica.errors import (
    FieldInvalid,
    ImportNotComplete,
    ImportNotFinished,
    ImportNotFound,
    NotAuthenticated,
    TooManyStarts,
)

HOME = "https://rubrica.example.com"
NOW = datetime(2026, 11, 21, 12, 0, 0, 999_999, tzinfo=UTC)
IMPORT = Import(
    id=ImportId(1126),
    tenant=TenantId("t1"),
    source="carddav",
    state=State.IMPORTING,
    created_at=NOW,
    deadline=NOW + timedelta(minutes=30),
    expires_at=NOW + timedelta(days=1),
    reference="user-17",
    progress=Progress(2, 700, 3, 1, 2, 1000, {Reason.TEXT_CUT: 5, Reason.CARD_EMPTY: 1}),
)


def test_a_running_import_says_what_it_has_come_to() -> None:
    assert answers.import_body(IMPORT, NOW, HOME) == {
        "id": 1126,
        "state": "importing",
        "source": "carddav",
        "user_id": "user-17",
        "created_at": "2026-11-21T12:00:00Z",
        "deadline": "2026-11-21T12:30:00Z",
        "closed_at": None,
        "expires_at": "2026-11-22T12:00:00Z",
        "waiting_for": None,
        "consent_url": None,
        "resume_at": None,
        "trouble": None,
        "contacts": {"so_far": 700, "announced": 1000, "rejected": 3, "merged": 1, "groups": 2},
        "reasons": {"card_empty": 1, "text_cut": 5},
        "empty": False,
        "failure": None,
        "links": {
            "self": "/v1/imports/1126",
            "contacts": "/v1/imports/1126/contacts",
            "ledger": "/v1/imports/1126/ledger",
        },
    }


def test_the_tenant_is_not_told() -> None:
    assert "t1" not in answers.encode(answers.import_body(IMPORT, NOW, HOME)).decode()


def test_times_are_told_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))

    assert answers.import_body(replace(IMPORT, created_at=east), NOW, HOME)["created_at"] == "2026-11-21T12:00:00Z"


@pytest.mark.parametrize(
    ("state", "waiting_for"),
    [
        (State.CREATED, "start"),
        (State.AWAITING_CONSENT, "consent"),
        (State.IMPORTING, None),
        (State.COMPLETE, None),
        (State.FAILED, None),
        (State.ABANDONED, None),
    ],
)
def test_an_import_says_what_it_waits_for(state: State, waiting_for: str | None) -> None:
    assert answers.import_body(replace(IMPORT, state=state), NOW, HOME)["waiting_for"] == waiting_for


def test_an_import_that_waits_for_the_provider_says_why_and_until_when() -> None:
    resume_at = NOW + timedelta(seconds=120)
    body = answers.import_body(
        replace(IMPORT, resume_at=resume_at, trouble="provider_throttled", troubles=1), NOW, HOME
    )

    assert body["waiting_for"] == "provider"
    assert body["resume_at"] == "2026-11-21T12:02:00Z"
    assert body["trouble"] == "provider_throttled"


AWAITED = Consent("0000136HXYB8SE2GQFB", "https://accounts.example.com/auth?login_hint=canary", "https://x.example/")


def test_an_import_that_waits_for_a_consent_has_a_link_for_its_user() -> None:
    waiting = replace(IMPORT, state=State.AWAITING_CONSENT, consent=AWAITED)
    body = answers.import_body(waiting, NOW, HOME)

    assert body["consent_url"] == "https://rubrica.example.com/n/0000136HXYB8SE2GQFB"
    assert "canary" not in answers.encode(body).decode()


def test_a_link_that_can_no_longer_be_opened_is_not_shown() -> None:
    awaiting = replace(IMPORT, state=State.AWAITING_CONSENT, consent=AWAITED)
    later = IMPORT.created_at + timedelta(minutes=10)

    assert answers.import_body(awaiting, later, HOME)["consent_url"] is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.AWAITING_CONSENT])
def test_a_link_that_leads_nowhere_any_more_is_not_told(state: State) -> None:
    assert answers.import_body(replace(IMPORT, state=state, consent=AWAITED), NOW, HOME)["consent_url"] is None


@pytest.mark.parametrize(
    ("code", "retryable", "operator"),
    [
        ("consent_denied", True, True),
        ("consent_unticked", True, True),
        ("consent_needs_admin", False, True),
        ("app_unverified", False, True),
        ("api_not_enabled", False, True),
        ("sign_in_refused", True, False),
        ("storage_unavailable", True, False),
    ],
)
def test_a_failure_says_whether_to_start_again_and_what_the_operator_can_do(
    code: str, retryable: bool, operator: bool
) -> None:
    failure = answers.failure(code)

    assert failure is not None
    assert failure["retryable"] is retryable
    assert bool(failure["operator"]) is operator


def test_a_wait_that_is_over_is_not_told_any_more() -> None:
    body = answers.import_body(replace(IMPORT, resume_at=NOW, trouble="provider_throttled", troubles=1), NOW, HOME)

    assert (body["waiting_for"], body["resume_at"], body["trouble"]) == (None, None, None)


def test_a_failed_import_says_what_happened_and_what_to_do() -> None:
    body = answers.import_body(replace(IMPORT, state=State.FAILED, failure="sign_in_refused", closed_at=NOW), NOW, HOME)
    failure = body["failure"]

    assert isinstance(failure, dict)
    assert failure["code"] == "sign_in_refused"
    assert failure["title"] == "The address book refused the user name or password."
    assert "app password" in failure["advice"]
    assert body["closed_at"] == "2026-11-21T12:00:00Z"


def test_a_failure_of_another_version_keeps_its_code() -> None:
    failure = answers.failure("moon_in_the_way")

    assert failure is not None
    assert failure["code"] == "moon_in_the_way"
    assert failure["advice"]


def test_only_a_complete_import_is_called_empty() -> None:
    nothing = replace(IMPORT, progress=Progress())

    assert answers.import_body(replace(nothing, state=State.COMPLETE), NOW, HOME)["empty"] is True
    assert (
        answers.import_body(replace(nothing, state=State.FAILED, failure="server_silent"), NOW, HOME)["empty"] is False
    )
    assert answers.import_body(nothing, NOW, HOME)["empty"] is False


def test_a_contact_is_told_with_all_its_fields() -> None:
    contact = Contact(
        id="c1",
        uid="urn:uuid:1",
        place="/alice/book/1.vcf",
        full_name="Zoë Example",
        first_name="Zoë",
        last_name="Example",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org")),
        phones=(Phone("+49 30 1234", "mobile", True),),
        addresses=(Address("home", "1 Main St\n2nd floor", "Springfield", "", "12345", "Nowhere", ""),),
        organizations=(Organization("Example Ltd", "", "Baker"),),
        birthday=Birthday(None, 2, 29),
        groups=("Friends",),
        note="hello",
        urls=("https://example.com/",),
    )

    body = json.loads(answers.encode(answers.contact_body(contact)))

    assert list(body) == [*list(Contact._fields)[:14], "birthday", "groups", "note", "urls"]
    assert body["emails"][0] == {"address": "zoe@example.com", "type": "work", "primary": True}
    assert body["phones"] == [{"number": "+49 30 1234", "type": "mobile", "primary": True}]
    assert body["addresses"][0]["street"] == "1 Main St\n2nd floor"
    assert body["organizations"] == [{"name": "Example Ltd", "department": "", "title": "Baker"}]
    assert body["birthday"] == {"year": None, "month": 2, "day": 29}
    assert (body["groups"], body["note"], body["urls"]) == (["Friends"], "hello", ["https://example.com/"])


def test_a_body_is_compact_and_never_broken_by_half_a_character() -> None:
    assert answers.encode({"a": ["é", "\ud800"]}) == '{"a":["é","?"]}'.encode()


def test_the_next_page_is_a_link_that_a_query_can_be_read_from() -> None:
    body = answers.contacts_body(ImportId(7), ContactsPage([Contact("c1")], 900, "2-0-500"), 250)
    link = urlsplit(str(body["next"]))

    assert link.path == "/v1/imports/7/contacts"
    params = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert requests.contacts_query(params) == ("2-0-500", 250)
    assert body["total"] == 900


def test_the_last_page_has_no_next() -> None:
    page = ContactsPage([], 0, "")

    assert answers.contacts_body(ImportId(7), page)["next"] is None
    assert answers.next_contacts(ImportId(7), page) is None


def test_a_link_header_names_the_next_page() -> None:
    assert answers.next_link("/v1/x?cursor=1") == {"Link": '</v1/x?cursor=1>; rel="next"'}
    assert answers.next_link(None) == {}


def test_the_ledger_says_what_became_of_each_record() -> None:
    entries = [
        Entry("card 1", Fate.ACCEPTED, (), "c1"),
        Entry("card 2", Fate.REJECTED, (Reason.CARD_UNFINISHED, Reason.TEXT_CUT)),
    ]
    body = answers.ledger_body(ImportId(7), LedgerPage(entries, ""), LedgerQuery(frozenset(), "", 10))

    assert body == {
        "entries": [
            {"place": "card 1", "outcome": "accepted", "reasons": [], "contact_id": "c1"},
            {
                "place": "card 2",
                "outcome": "rejected",
                "reasons": ["card_unfinished", "text_cut"],
                "contact_id": None,
            },
        ],
        "next": None,
    }


def test_the_next_page_of_the_ledger_keeps_the_filter() -> None:
    query = LedgerQuery(frozenset({Fate.REJECTED, Fate.MERGED}), "", 10)
    body = answers.ledger_body(ImportId(7), LedgerPage([], "3-0-0"), query)

    params = {name: values[0] for name, values in parse_qs(urlsplit(str(body["next"])).query).items()}
    assert requests.ledger_query(params) == replace(query, cursor="3-0-0")


def test_sources_are_listed_as_they_may_be_offered() -> None:
    view = SourceView("icloud", "iCloud", "password", False, "Make an app password.")

    assert answers.sources_body([view]) == {
        "sources": [
            {
                "name": "icloud",
                "title": "iCloud",
                "method": "password",
                "needs_server": False,
                "hint": "Make an app password.",
                "include": (),
                "configured": True,
            }
        ]
    }


def test_a_problem_has_a_code_and_says_what_to_do() -> None:
    assert answers.problem(ImportNotFound()) == {
        "type": "urn:rubrica:error:import_not_found",
        "title": "There is no such import.",
        "status": 404,
        "detail": "It may have expired or been deleted. Start a new import.",
        "code": "import_not_found",
    }


def test_a_problem_with_a_field_names_field_and_rule() -> None:
    problem = answers.problem(FieldInvalid("limit", "has to be a number"))

    assert (problem["field"], problem["rule"]) == ("limit", "has to be a number")


def test_a_problem_of_a_failed_import_tells_the_failure() -> None:
    assert answers.problem(ImportNotComplete("server_silent"))["failure"] == answers.failure("server_silent")


def test_a_problem_that_passes_says_when_to_ask_again() -> None:
    assert answers.problem(TooManyStarts(17))["retry_after"] == 17
    assert answers.problem_headers(TooManyStarts(17))["Retry-After"] == "17"
    assert answers.problem_headers(ImportNotFinished())["Retry-After"] == "1"


def test_a_problem_is_never_stored_and_challenges_who_is_not_known() -> None:
    assert answers.problem_headers(ImportNotFound()) == {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
    }
    assert answers.problem_headers(NotAuthenticated())["WWW-Authenticate"].startswith("Bearer")
