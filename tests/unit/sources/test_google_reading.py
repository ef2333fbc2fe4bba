"""How a Google account is read, page by page, whatever the API answers."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import JSON, Canned, ScriptedApi, Step, contacts, entries, error, said

from rubrica.domain.credential import Credential, Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    AnswerUnreadable,
    ApiNotEnabled,
    ConsentNeedsAdmin,
    ConsentUnticked,
    CredentialLost,
    ImportFailure,
    PagesRepeat,
    ProviderThrottled,
    ProviderUnavailable,
    ServerNotFound,
    ServerSilent,
    ServerUnreachable,
    TokenRefused,
    WorkerFailed,
)
from rubrica.ports import Batch, Cursor
from rubrica.sources.google.sign_in import GOOGLE, OTHER_CONTACTS, OTHER_CONTACTS_SCOPE
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.limits import Limits

SAVED, OTHERS, LABELS = "/v1/people/me/connections", "/v1/otherContacts", "/v1/contactGroups"
TOKEN = Token("the-token", GOOGLE.scopes)
WITH_OTHERS = Token("the-token", (*GOOGLE.scopes, OTHER_CONTACTS_SCOPE), (OTHER_CONTACTS,))
NO_LABELS = said({"contactGroups": [{"resourceName": "contactGroups/myContacts", "groupType": "SYSTEM_CONTACT_GROUP"}]})


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"resourceName": f"people/c{number}", "names": [{"displayName": f"Ada Example {number}"}], **more}


def page(*people: object, token: str = "", **more: Any) -> Canned:
    return said({"connections": list(people), **({"nextPageToken": token} if token else {}), **more})


def account(*steps: Step, labels: Step | Sequence[Step] = NO_LABELS, **more: Any) -> ScriptedApi:
    return ScriptedApi({SAVED: steps, LABELS: labels, **more})


def read(
    api: ScriptedApi, cursor: Cursor | None = None, token: Token = TOKEN, limits: Limits | None = None
) -> tuple[list[Batch], ImportFailure | None]:
    """The batches of a slice, and what ended it early."""
    batches = []
    try:
        for batch in GooglePeople(api, limits=limits or Limits()).read(token, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


# --- Requests ---------------------------------------------------------------------------------------------------------


def test_all_parameters_but_the_token_are_the_same_on_every_page() -> None:
    api = account(page(person(1), token="t2"), page(person(2), token="t3"), page(person(3)))

    read(api)
    first, second, third = api.queries(SAVED)

    assert second.pop("pageToken") == ["t2"]
    assert third.pop("pageToken") == ["t3"]
    assert first == second == third
    assert first["pageSize"] == ["1000"]
    assert first["sources"] == ["READ_SOURCE_TYPE_CONTACT"]
    assert {"metadata", "memberships", "birthdays"} <= set(first["personFields"][0].split(","))


def test_the_token_is_sent_in_the_header_and_nowhere_else() -> None:
    api = account(page(person(1)))

    read(api)

    assert all(request.headers["Authorization"] == "Bearer the-token" for request in api.asked)
    assert all("the-token" not in request.url for request in api.asked)
    assert {urlsplit(request.url).netloc for request in api.asked} == {"people.googleapis.com"}


def test_a_password_opens_no_google_account() -> None:
    with pytest.raises(CredentialLost):
        next(GooglePeople(account()).read(Credential("", "ada", "secret"), None, lambda: False))


def test_whether_the_time_is_over_is_asked_while_an_answer_is_awaited() -> None:
    api = account(page(person(1)))
    list(GooglePeople(api).read(TOKEN, None, lambda: True))

    assert all(request.stopped() for request in api.asked)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_a_slice_goes_on_from_the_token_and_never_from_the_first_page() -> None:
    before, _ = read(account(page(person(1), token="t2"), ServerSilent()))
    api = account(page(person(2)))
    after, _ = read(api, before[-1].cursor)

    assert [it.full_name for it in contacts([*before, *after])] == ["Ada Example 1", "Ada Example 2"]
    assert [query.get("pageToken") for query in api.queries(SAVED)] == [["t2"]]


def test_a_cursor_is_small_and_json() -> None:
    batches, _ = read(account(page(*map(person, range(500)), token="t2"), ServerSilent()))

    assert len(json.dumps(batches[0].cursor)) < 200


def test_after_the_end_nothing_is_asked_any_more() -> None:
    batches, _ = read(account(page(person(1))))
    api = account()

    assert read(api, batches[-1].cursor) == ([], None)
    assert api.asked == []


def test_a_cursor_of_another_make_is_a_fault_of_ours() -> None:
    assert isinstance(read(account(), {"at": 7})[1], WorkerFailed)


def test_what_is_announced_grows_by_the_other_contacts() -> None:
    others = said(
        {"otherContacts": [{"resourceName": "otherContacts/c9", "names": [{"displayName": "Bo"}]}], "totalSize": 1}
    )
    batches, _ = read(account(page(person(1), totalItems=1), **{OTHERS: others}), token=WITH_OTHERS)

    assert [batch.announced for batch in batches] == [1, 2]


@pytest.mark.parametrize("total", [None, "3", -3, 2.5, True])
def test_a_total_that_is_none_announces_nothing(total: object) -> None:
    batches, failure = read(account(page(person(1), totalItems=total)))

    assert failure is None
    assert batches[0].announced is None
    assert len(contacts(batches)) == 1


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    batches, failure = read(account(page(token="t2"), page(token="t3"), page(person(1))))

    assert failure is None
    assert len(contacts(batches)) == 1


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a", "b", "a"], [*"abcdefg", *"cdefgcdefgcdefg"]])
def test_tokens_that_come_back_end_the_import(tokens: list[str]) -> None:
    steps = [page(person(number), token=token) for number, token in enumerate(tokens)]

    assert isinstance(read(account(*steps))[1], PagesRepeat)


def test_tokens_that_come_back_are_noticed_however_many_slices_it_takes() -> None:
    cursor, asked, failure = None, 0, None
    while failure is None and asked < 100:
        token = "abcde"[asked % 5]
        batches, trouble = read(account(page(person(asked), token=token), ServerSilent()), cursor)
        failure = trouble if not isinstance(trouble, ServerSilent) else None
        cursor = batches[-1].cursor if batches else cursor
        asked += 1

    assert isinstance(failure, PagesRepeat)


def test_pages_without_end_end_the_import() -> None:
    numbers = iter(range(10_000))

    def endless(_: object) -> Canned:
        return page(token=f"t{next(numbers)}")

    api = account(endless)

    assert isinstance(read(api, limits=Limits(pages=20))[1], PagesRepeat)
    assert api.paths().count(SAVED) == 20


def test_more_contacts_than_are_imported_end_the_import() -> None:
    limits = Limits(records=2)

    assert isinstance(read(account(page(person(1), totalItems=3)), limits=limits)[1], AddressBookTooLarge)
    assert isinstance(read(account(page(*map(person, range(3)))), limits=limits)[1], AddressBookTooLarge)


def test_a_token_longer_than_a_cursor_keeps_is_no_token() -> None:
    assert isinstance(read(account(page(person(1), token="t" * 20_000)))[1], AnswerUnreadable)


def test_a_contact_that_comes_twice_is_imported_once() -> None:
    batches, _ = read(account(page(person(1), person(2), person(1), token="t2"), page(person(2))))

    assert len(contacts(batches)) == 2
    assert [(it.place, it.fate, it.reasons) for it in entries(batches)] == [
        ("people/c1", Fate.MERGED, (Reason.SAME_RECORD,)),
        ("people/c2", Fate.MERGED, (Reason.SAME_RECORD,)),
    ]


# --- Beginning anew ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost",
    [
        said(error(400, status="INVALID_ARGUMENT"), 400),
        said(error(400, status="FAILED_PRECONDITION", details=[{"reason": "EXPIRED_SYNC_TOKEN"}]), 400),
        said(error(410), 410),
        said(error(400, details=[{"reason": "EXPIRED_PAGE_TOKEN"}])),
    ],
)
def test_an_expired_token_begins_the_list_anew_once(lost: Canned) -> None:
    api = account(page(person(1), token="t2"), lost, page(person(1), token="t3"), page(person(2)))
    batches, failure = read(api)

    assert failure is None
    assert [batch.again for batch in batches] == [False, True, True, True]
    assert entries(batches) == []
    assert [query.get("pageToken") for query in api.queries(SAVED)] == [None, ["t2"], None, ["t3"]]


def test_the_second_time_a_token_expires_the_answer_is_unreadable() -> None:
    lost = Canned(410)
    _, failure = read(account(page(person(1), token="t2"), lost, page(person(1), token="t3"), lost))

    assert isinstance(failure, AnswerUnreadable)


def test_it_is_the_second_time_in_a_later_slice_too() -> None:
    lost = Canned(410)
    before, _ = read(account(page(person(1), token="t2"), lost, page(person(1), token="t3"), ServerSilent()))

    assert before[-1].cursor["again"] is True
    assert isinstance(read(account(lost), before[-1].cursor)[1], AnswerUnreadable)


def test_a_bad_request_without_a_token_is_no_expired_token() -> None:
    api = account(said(error(400, status="INVALID_ARGUMENT"), 400))

    assert isinstance(read(api)[1], AnswerUnreadable)
    assert api.paths().count(SAVED) == 1


# --- Nothing ----------------------------------------------------------------------------------------------------------


def labels(*groups: dict[str, Any]) -> Canned:
    return said({"contactGroups": list(groups)})


OF_THE_SYSTEM = {"resourceName": "contactGroups/myContacts", "groupType": "SYSTEM_CONTACT_GROUP", "name": "myContacts"}


def test_an_empty_account_is_believed_when_its_labels_are_empty_too() -> None:
    batches, failure = read(account(said({}), labels=labels(OF_THE_SYSTEM)))

    assert failure is None
    assert contacts(batches) == []


@pytest.mark.parametrize("first", [said({}), page(token="t2")])
def test_an_empty_account_with_labels_that_have_members_is_asked_again(first: Canned) -> None:
    api = account(first, said({}), labels=labels(OF_THE_SYSTEM | {"memberCount": 12}))

    assert isinstance(read(api)[1], ProviderUnavailable)


def test_an_empty_account_that_announces_contacts_is_asked_again() -> None:
    assert isinstance(read(account(said({"totalItems": 7})))[1], ProviderUnavailable)


# --- Labels -----------------------------------------------------------------------------------------------------------


def member_of(*names: str) -> dict[str, Any]:
    return {"memberships": [{"contactGroupMembership": {"contactGroupResourceName": name}} for name in names]}


def test_labels_of_several_pages_become_groups() -> None:
    first = said(
        {
            "contactGroups": [{"resourceName": "contactGroups/a", "groupType": "USER_CONTACT_GROUP", "name": "Choir"}],
            "nextPageToken": "g2",
        }
    )
    second = labels(
        {"resourceName": "contactGroups/b", "groupType": "USER_CONTACT_GROUP", "name": "Neighbours"},
        {"resourceName": "contactGroups/family", "groupType": "SYSTEM_CONTACT_GROUP", "formattedName": "Family"},
        OF_THE_SYSTEM,
    )
    names = [f"contactGroups/{it}" for it in ("a", "myContacts", "starred", "b", "a", "family")]
    batches, _ = read(account(page(person(1, **member_of(*names))), labels=[first, second]))

    assert contacts(batches)[0].groups == ("Choir", "Neighbours", "Family")
    assert entries(batches) == []


def test_a_label_that_is_not_known_is_left_out_and_said_so() -> None:
    batches, _ = read(account(page(person(1, **member_of("contactGroups/gone")))))

    assert contacts(batches)[0].groups == ()
    assert entries(batches)[0].reasons == (Reason.LINES_LEFT_OUT,)


def test_labels_that_cannot_be_read_end_the_slice_before_it_hands_out_contacts_without_them() -> None:
    assert read(account(page(person(1)), labels=Canned(500)))[0] == []
    assert isinstance(read(account(page(person(1)), labels=Canned(410)))[1], AnswerUnreadable)


# --- Other contacts ---------------------------------------------------------------------------------------------------


def test_other_contacts_that_were_not_allowed_are_told_and_not_asked_for() -> None:
    token = Token("the-token", GOOGLE.scopes, (OTHER_CONTACTS,))
    api = account(page(person(1), totalItems=1))
    batches, failure = read(api, token=token)

    assert failure is None
    assert entries(batches) == [Entry("otherContacts", Fate.REJECTED, (Reason.SCOPE_UNTICKED,))]
    assert batches[-1].announced == 2
    assert OTHERS not in api.paths()


def test_other_contacts_that_the_api_refuses_after_all_are_told_the_same() -> None:
    refused = said(error(403, **reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")), 403)
    batches, failure = read(account(page(person(1)), **{OTHERS: refused}), token=WITH_OTHERS)

    assert failure is None
    assert entries(batches) == [Entry("otherContacts", Fate.REJECTED, (Reason.SCOPE_UNTICKED,))]


def test_a_label_that_is_no_label_is_passed_over() -> None:
    batches, failure = read(account(page(person(1)), labels=said({"contactGroups": [7, OF_THE_SYSTEM]})))

    assert failure is None
    assert len(contacts(batches)) == 1


def test_other_contacts_are_asked_for_what_they_have() -> None:
    api = account(page(person(1)), **{OTHERS: said({})})

    read(api, token=WITH_OTHERS)

    assert api.queries(OTHERS)[0]["readMask"] == ["emailAddresses,metadata,names,phoneNumbers"]


# --- Errors -----------------------------------------------------------------------------------------------------------


def reason(name: str) -> dict[str, Any]:
    return {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name}]}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (said(error(403, **reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")), 403), ConsentUnticked),
        (said(error(403, errors=[{"reason": "insufficientPermissions"}]), 403), ConsentUnticked),
        (said(error(403, message="Request had insufficient authentication scopes."), 403), ConsentUnticked),
        (said(error(403, errors=[{"reason": "rateLimitExceeded"}]), 403), ProviderThrottled),
        (said(error(403, errors=[{"reason": "userRateLimitExceeded"}]), 403), ProviderThrottled),
        (said(error(403, **reason("RATE_LIMIT_EXCEEDED")), 403), ProviderThrottled),
        (said(error(429, status="RESOURCE_EXHAUSTED"), 429), ProviderThrottled),
        (said(error(403, **reason("SERVICE_DISABLED")), 403), ApiNotEnabled),
        (said(error(403, errors=[{"reason": "accessNotConfigured"}]), 403), ApiNotEnabled),
        (
            said(error(403, message="People API has not been used in project 7 before or it is disabled."), 403),
            ApiNotEnabled,
        ),
        (said(error(403, errors=[{"reason": "domainPolicy"}]), 403), ConsentNeedsAdmin),
        (said(error(403, status="PERMISSION_DENIED"), 403), AccessForbidden),
        (Canned(403, b"<html>no</html>"), AccessForbidden),
        (said(error(401, status="UNAUTHENTICATED"), 401), TokenRefused),
        (said(error(500), 500), ProviderUnavailable),
        (Canned(502, b"<html>bad gateway</html>"), ProviderUnavailable),
        (Canned(503, b"", JSON, AnswerTruncated()), ProviderUnavailable),
        (said(error(404), 404), AnswerUnreadable),
        (said(error(418), 418), AnswerUnreadable),
        (Canned(302, b"", {"Location": "https://example.com/"}), AnswerUnreadable),
        (Canned(204, b""), AnswerUnreadable),
        (said(error(503)), ProviderUnavailable),
        (said(error(401)), TokenRefused),
        (said({"error": "invalid_token"}), TokenRefused),
        (said({"error": {}}), AnswerUnreadable),
        (said({"error": ["odd"]}), AnswerUnreadable),
        (said([]), AnswerUnreadable),
        (said("text"), AnswerUnreadable),
        (said({"connections": {"a": 1}}), AnswerUnreadable),
        (said({"connections": "x"}), AnswerUnreadable),
        (said({"nextPageToken": 7}), AnswerUnreadable),
        (Canned(200, b""), AnswerUnreadable),
        (Canned(200, b"<!doctype html>", {"Content-Type": "text/html"}), AnswerUnreadable),
        (Canned(200, b'{"connections":[{"resourceName"'), AnswerUnreadable),
        (Canned(200, '{"connections":[]}'.encode("utf-16"), {"Content-Type": "application/json"}), AnswerUnreadable),
        (Canned(200, b"{}", {"Content-Type": "application/json; charset=ISO-8859-1"}), AnswerUnreadable),
        (Canned(200, b'{"connections":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), AnswerUnreadable),
        (Canned(200, b'{"connections":[' + b"{}," * 20_000 + b"{}]}"), AnswerUnreadable),
        (Canned(200, b'{"connections":[' + b"{}," * 300_000 + b"{}]}"), AnswerTooLarge),
        (Canned(200, b'{"error":[' + b"1," * 2_000_000 + b"1]}"), AnswerTooLarge),
        (Canned(403, b'{"error":[' + b"[]," * 300_000 + b"[]]}"), AccessForbidden),
        (Canned(200, b"{}", JSON, AnswerTruncated()), AnswerTruncated),
        (Canned(200, b"{}", JSON, AnswerTooLarge()), AnswerTooLarge),
        (AnswerMalformed(), AnswerUnreadable),
        (ServerNotFound(), ServerUnreachable),
        (ServerSilent(), ServerSilent),
    ],
)
def test_every_fault_has_its_own_answer(answer: Step, failure: type[ImportFailure]) -> None:
    assert type(read(account(answer))[1]) is failure


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": "Sat, 14 Mar 2026 09:00:10 GMT", "Date": "Sat, 14 Mar 2026 09:00:00 GMT"}, 10),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_handed_on_and_not_waited(
    status: int, headers: dict[str, str], seconds: int | None
) -> None:
    _, failure = read(account(Canned(status, b"{}", headers)))

    assert isinstance(failure, ProviderThrottled | ProviderUnavailable)
    assert failure.retry_after == seconds


def test_a_401_is_repeated_once_at_once() -> None:
    api = account(Canned(401), page(person(1)))

    assert read(api)[1] is None
    assert api.asked[1].url == api.asked[2].url

    api = account(Canned(401))

    assert isinstance(read(api)[1], TokenRefused)
    assert api.paths().count(SAVED) == 2


def test_no_failure_tells_what_was_said() -> None:
    _, failure = read(account(said(error(403, message="the user ada@example.com is odd"), 403)))

    assert failure is not None
    assert "ada@example.com" not in str(failure)
    assert failure.__cause__ is None


# --- Any answer -------------------------------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    *("resourceName", "metadata", "names", "nicknames", "emailAddresses", "phoneNumbers", "addresses"),
    *("organizations", "birthdays", "memberships", "biographies", "urls"),
]
PARTS = [
    *("metadata", "value", "type", "displayName", "date", "text", "year", "month", "day", "contactGroupMembership"),
    *("name", "primary", "deleted"),
]
PEOPLE = st.lists(
    ANY_JSON
    | st.dictionaries(
        st.sampled_from(FIELDS),
        ANY_JSON | st.lists(ANY_JSON | st.dictionaries(st.sampled_from(PARTS), ANY_JSON, max_size=3), max_size=3),
        max_size=5,
    ),
    max_size=6,
)


@given(PEOPLE)
def test_every_record_of_any_page_is_accounted_for(people: list[object]) -> None:
    batches, failure = read(account(said({"connections": people})))

    assert failure is None
    told = [entry for entry in entries(batches) if entry.fate is not Fate.ACCEPTED]
    deleted = [it for it in people if isinstance(it, dict) and isinstance(it.get("metadata"), dict)]
    assert len(people) - len(deleted) <= len(contacts(batches)) + len(told) <= len(people)


@given(ANY_JSON | st.binary(max_size=60))
def test_any_answer_is_read_or_refused(answer: object) -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    read(account(Canned(200, body), labels=Canned(200, body)))


def test_what_a_later_slice_reads_may_be_stored_already_for_a_list_may_shift_meanwhile() -> None:
    first = read(account(page(person(1), token="t"), Canned(503)))[0]
    later, failure = read(account(page(person(1), person(2))), first[-1].cursor)

    assert failure is None
    assert ([batch.again for batch in first], {batch.again for batch in later}) == ([False], {True})
