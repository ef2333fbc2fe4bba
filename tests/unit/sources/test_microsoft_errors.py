"""Errors of Graph, and answers that nobody foresaw."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from microsoft_mailbox import (
    FOLDERS,
    OWN,
    inside,
    mailbox,
    read,
    values,
)
from scripted_api import JSON, Canned, ScriptedApi, Step, contacts, entries, said

from rubrica.domain.ledger import Fate
from rubrica.errors import (
    AccessForbidden,
    AnswerTruncated,
    AnswerUnreadable,
    ImportFailure,
    NoMailbox,
    ProviderThrottled,
    ProviderUnavailable,
    TokenRefused,
)

# --- Errors -----------------------------------------------------------------------------------------------------------


def coded(code: str, status: int, **headers: str) -> Canned:
    return said({"error": {"code": code, "message": "odd", "innerError": {"request-id": "x"}}}, status, **headers)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (coded("ErrorAccessDenied", 403), AccessForbidden),
        (coded("MailboxNotEnabledForRESTAPI", 404), NoMailbox),
        (coded("MailboxNotHostedInExchangeOnline", 400), NoMailbox),
        (coded("ResourceNotFound", 404), NoMailbox),
        (coded("ErrorItemNotFound", 404), NoMailbox),
        (coded("InvalidAuthenticationToken", 401), TokenRefused),
        (coded("ApplicationThrottled", 429), ProviderThrottled),
        (coded("ServiceNotAvailable", 503), ProviderUnavailable),
        (coded("generalException", 500), ProviderUnavailable),
        (coded("UnknownError", 400), ProviderUnavailable),
        (coded("BadRequest", 400), AnswerUnreadable),
        (coded("NotImplemented", 501), AnswerUnreadable),
        (coded("MailboxNotEnabledForRESTAPI", 200), NoMailbox),
        (said({"error": {"code": "odd", "innerError": {"code": "ErrorAccessDenied"}}}, 400), AccessForbidden),
        (said({"value": None}), AnswerUnreadable),
        (said({"value": {}}), AnswerUnreadable),
        (Canned(200, b'{"value":[{"id"', JSON), AnswerUnreadable),
        (Canned(200, b"{}", JSON, AnswerTruncated()), AnswerTruncated),
    ],
)
def test_every_fault_has_its_own_answer(answer: Step, failure: type[ImportFailure]) -> None:
    assert type(read(mailbox(answer))[1]) is failure


def test_how_long_to_wait_is_handed_on_from_the_search_of_folders_too() -> None:
    api = mailbox(top=["a"])
    api.answers = {**api.answers, inside("a"): Canned(429, b"", {"Retry-After": "3"})}
    _, failure = read(api)

    assert isinstance(failure, ProviderThrottled)
    assert failure.retry_after == 3


# --- Any answer -------------------------------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    *("id", "displayName", "emailAddresses", "homePhones", "mobilePhone", "homeAddress", "companyName", "birthday"),
    *("personalNotes", "categories", "businessHomePage"),
]
PEOPLE = st.lists(
    ANY_JSON | st.dictionaries(st.sampled_from(FIELDS), ANY_JSON | st.lists(ANY_JSON, max_size=3), max_size=5),
    min_size=1,
    max_size=6,
)


@given(PEOPLE)
def test_every_record_of_any_page_is_accounted_for(people: list[object]) -> None:
    batches, failure = read(mailbox(values(*people)))

    assert failure is None
    told = [entry for entry in entries(batches) if entry.fate is not Fate.ACCEPTED]
    assert len(contacts(batches)) + len(told) == len(people) == batches[-1].announced


@given(ANY_JSON | st.binary(max_size=60))
def test_any_answer_is_read_or_refused(answer: object) -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    read(ScriptedApi({OWN: Canned(200, body), FOLDERS: Canned(200, body)}))
    read(ScriptedApi({OWN: values(), FOLDERS: Canned(200, body)}))
