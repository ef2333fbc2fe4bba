"""Errors of the People API, and answers that nobody foresaw."""

import json

import pytest
from google_account import SAVED, account, page, person, read, reason
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import JSON, Canned, Step, contacts, entries, error, said

from rubrica.domain.ledger import Fate
from rubrica.errors import (
    AccessForbidden,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    AnswerUnreadable,
    ApiNotEnabled,
    ConsentNeedsAdmin,
    ConsentUnticked,
    ImportFailure,
    ProviderThrottled,
    ProviderUnavailable,
    ServerNotFound,
    ServerSilent,
    ServerUnreachable,
    TokenRefused,
)

# --- Errors -----------------------------------------------------------------------------------------------------------


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
