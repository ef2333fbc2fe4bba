"""Whose Google account it is: asked once, at the beginning, and never a reason for anything to go wrong."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from google_account import SAVED, account, page, person, read
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import JSON, Canned, Step, contacts, error, said

from rubrica.domain.contacts import Contact, Email
from rubrica.errors import (
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    ProviderUnavailable,
    ServerNotFound,
    ServerSilent,
    ServerUnreachable,
)

ME = "/v1/people/me"
NAME = {"displayName": "Ada B. Example", "givenName": "Ada", "middleName": "B.", "familyName": "Example"}


def owner_of(answer: Step) -> Contact | None:
    """The owner that this profile tells; the import is whole whatever it is."""
    api = account(page(person(1)), **{ME: answer})
    batches, failure = read(api)
    assert failure is None
    assert len(contacts(batches)) == 1
    assert api.paths().count(ME) == 1
    return batches[0].owner


def told(**profile: Any) -> Contact | None:
    return owner_of(said({"resourceName": "people/c7", **profile}))


def test_names_and_addresses_of_the_profile_are_the_owners() -> None:
    emails = [{"value": "ada@example.com", "type": "home"}, {"value": "a@example.org", "metadata": {"primary": True}}]

    owner = told(names=[NAME], emailAddresses=emails)

    assert owner is not None
    assert (owner.uid, owner.full_name, owner.first_name, owner.middle_name, owner.last_name) == (
        "people/c7",
        *NAME.values(),
    )
    assert owner.emails == (Email("ada@example.com", "home"), Email("a@example.org", primary=True))


def test_an_address_alone_is_enough() -> None:
    owner = told(emailAddresses=[{"value": "ada@example.com"}])

    assert owner is not None
    assert (owner.full_name, owner.emails) == ("", (Email("ada@example.com"),))


def test_nothing_is_taken_from_a_profile_that_was_not_asked_for() -> None:
    more = {"phoneNumbers": [{"value": "+1-201-555-0101"}], "biographies": [{"value": "a note"}]}

    owner = told(names=[NAME], **more)

    assert owner is not None
    assert (owner.phones, owner.note) == ((), "")
    assert told(**more) is None


def test_so_many_addresses_are_kept_as_an_imports_row_has_room_for() -> None:
    owner = told(emailAddresses=[{"value": f"ada-{number}@example.com"} for number in range(1_000)])

    assert owner is not None
    assert len(owner.emails) == 10


def test_what_is_asked_for_is_small_and_bounded() -> None:
    api = account(page(person(1), token="t2"), page(person(2)), **{ME: said({"names": [NAME]})})
    batches, _ = read(api)
    (asked,) = [request for request in api.asked if urlsplit(request.url).path == ME]

    assert parse_qs(urlsplit(asked.url).query) == {"personFields": ["names,emailAddresses"], "prettyPrint": ["false"]}
    assert (asked.silence, asked.largest) == (2.0, 64 * 1024)
    assert [batch.owner is not None for batch in batches] == [True, False]


@pytest.mark.parametrize(
    "answer",
    [
        *(Canned(status) for status in (204, 301, 400, 401, 403, 404, 410, 429, 500, 502, 503)),
        Canned(503, b"", {"Retry-After": "3600"}),
        said(error(403, status="PERMISSION_DENIED")),
        said({}),
        said({"resourceName": "people/me"}),
        said({"names": [], "emailAddresses": None}),
        said({"names": [None, {}], "emailAddresses": [{"value": ""}, {"value": None}]}),
        said({"emailAddresses": [{"value": "a" * 10_000}]}),
        Canned(200, b""),
        Canned(200, b"<!doctype html>"),
        Canned(200, b"[" * 60_000),
        Canned(200, '{"names":[{"displayName":"Ada"}]}'.encode("utf-16")),
        Canned(200, b"{}", {"Content-Type": "application/json; charset=ISO-8859-1"}),
        Canned(200, b'{"names":[{"displayName":', JSON, AnswerTruncated()),
        Canned(200, b"{", JSON, AnswerTooLarge()),
        AnswerMalformed(),
        ProviderUnavailable(3600),
        ServerNotFound(),
        ServerSilent(),
        ServerUnreachable(),
    ],
)
def test_a_profile_that_cannot_be_had_is_no_owner_and_no_trouble(answer: Step) -> None:
    assert owner_of(answer) is None


def test_an_account_that_lets_nothing_be_read_is_not_asked_for_its_owner() -> None:
    api = account(Canned(403))
    read(api)

    assert ME not in api.paths()


def test_a_slice_that_goes_on_does_not_ask_again() -> None:
    before, _ = read(account(page(person(1), token="t2"), ServerSilent(), **{ME: said({"names": [NAME]})}))
    api = account(page(person(2)), **{ME: said({"names": [NAME]})})
    after, _ = read(api, before[-1].cursor)

    assert before[0].owner is not None
    assert [batch.owner for batch in after] == [None]
    assert api.paths() == ["/v1/contactGroups", SAVED]


VALUES = st.none() | st.integers() | st.text(max_size=8) | st.dictionaries(st.text(max_size=6), st.none(), max_size=2)
PARTS = st.dictionaries(
    st.sampled_from(["metadata", "value", "type", "displayName", "givenName", "primary"]), VALUES, max_size=4
)


@given(
    st.dictionaries(
        st.sampled_from(["resourceName", "names", "emailAddresses", "error"]),
        VALUES | st.lists(VALUES | PARTS, max_size=3),
    )
    | st.binary(max_size=60)
)
def test_any_profile_is_an_owner_or_none(profile: object) -> None:
    body = profile if isinstance(profile, bytes) else json.dumps(profile).encode()

    owner = owner_of(Canned(200, body))

    assert owner is None or owner.full_name or owner.first_name or owner.emails
