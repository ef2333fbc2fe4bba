"""The Google source against the stand-in for the People API."""

from collections.abc import Iterator, Sequence
from functools import partial
from time import monotonic
from typing import Any

import pytest
from slice_reading import as_answered, contacts, egress_to, entries, every_batch, read_slice

from local.sandbox.google_people.book import GoogleBook, google_book
from local.sandbox.google_people.launch import running_people
from local.sandbox.stand_in.launch import StandIn
from rubrica.domain.contacts import Email
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AccessForbidden,
    AnswerTruncated,
    AnswerUnreadable,
    ApiNotEnabled,
    ConsentUnticked,
    ImportFailure,
    PagesRepeat,
    ProviderThrottled,
    ProviderUnavailable,
    TokenRefused,
)
from rubrica.ports import Batch
from rubrica.sources.google import reading
from rubrica.sources.google.sign_in import OTHER_CONTACTS, OTHER_CONTACTS_SCOPE, google
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.limits import Limits

CONNECTIONS, OTHERS = 230, 40
BOTH = (*google().scopes, OTHER_CONTACTS_SCOPE)
TOKENS = {"both": BOTH, "saved-only": google().scopes, "none": ("openid",)}
WITH_OTHERS = Token("both", BOTH, (OTHER_CONTACTS,))
PATH, PROFILE = "/v1/people/me/connections", "/v1/people/me"

read = partial(read_slice, token=WITH_OTHERS)


@pytest.fixture(scope="session")
def book() -> GoogleBook:
    return google_book(CONNECTIONS, OTHERS)


@pytest.fixture(scope="session")
def _people(tmp_path_factory: pytest.TempPathFactory, book: GoogleBook) -> Iterator[StandIn]:
    with running_people(tmp_path_factory.mktemp("people"), book, tokens=TOKENS) as stand_in:
        yield stand_in


@pytest.fixture
def people(_people: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in as at its start. Pages are small, so that there are 23 of them."""
    _people.control(reset=True)
    monkeypatch.setattr(reading, "_PAGE_SIZE", 10)
    return _people


@pytest.fixture
def source(people: StandIn) -> Iterator[GooglePeople]:
    with egress_to(people) as egress:
        yield GooglePeople(egress, people.url)


def faults(book: GoogleBook, batches: Sequence[Batch], *, other_contacts: bool = True) -> list[str]:
    """What is wrong with an import, as the sandbox's own check sees it."""
    return list(book.faults(*as_answered(batches), other_contacts=other_contacts))


def paths(people: StandIn) -> list[str]:
    return [request["path"] for request in people.requests()]


def test_every_contact_arrives_with_its_labels(source: GooglePeople, book: GoogleBook) -> None:
    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []
    assert batches[-1].announced == CONNECTIONS + OTHERS
    assert len(contacts(batches)) + len([it for it in entries(batches) if it.fate is not Fate.ACCEPTED]) == 270


def test_other_contacts_that_were_not_allowed_are_one_line_of_the_ledger(
    source: GooglePeople, book: GoogleBook
) -> None:
    batches, failure = read(source, token=Token("saved-only", google().scopes, (OTHER_CONTACTS,)))

    assert failure is None
    assert entries(batches)[-1] == Entry("otherContacts", Fate.REJECTED, (Reason.SCOPE_UNTICKED,))
    assert batches[-1].announced == CONNECTIONS + 1
    assert len(contacts(batches)) == len(contacts(read(source, token=Token("both", BOTH))[0]))


def test_other_contacts_that_the_api_refuses_after_all_are_told_the_same(source: GooglePeople) -> None:
    batches, failure = read(source, token=Token("saved-only", BOTH, (OTHER_CONTACTS,)))

    assert failure is None
    assert entries(batches)[-1] == Entry("otherContacts", Fate.REJECTED, (Reason.SCOPE_UNTICKED,))


def test_other_contacts_that_nobody_asked_for_are_not_read(source: GooglePeople, people: StandIn) -> None:
    read(source, token=Token("both", BOTH))

    assert "/v1/otherContacts" not in paths(people)


def test_a_token_without_the_scope_is_an_unticked_box(source: GooglePeople) -> None:
    assert isinstance(read(source, token=Token("none"))[1], ConsentUnticked)


def test_a_token_that_died_at_page_7_is_refused_and_a_new_one_goes_on_from_there(
    source: GooglePeople, people: StandIn, book: GoogleBook
) -> None:
    people.control(rules=[{"path": PATH, "page": 7, "times": 2, "status": 401}])

    before, failure = read(source)
    people.control(rules=[])
    after, _ = read(source, before[-1].cursor)

    assert isinstance(failure, TokenRefused)
    assert len(before) == 6
    assert faults(book, [*before, *after]) == []
    assert paths(people).count(PATH) == 6 + 2 + 17


def test_one_401_is_asked_again_at_once(source: GooglePeople, people: StandIn, book: GoogleBook) -> None:
    people.control(rules=[{"path": PATH, "page": 7, "times": 1, "status": 401}])

    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []


@pytest.mark.parametrize(
    ("rule", "failure", "seconds"),
    [
        ({"status": 429, "headers": {"Retry-After": "3"}}, ProviderThrottled, 3),
        ({"status": 429}, ProviderThrottled, None),
        ({"status": 503, "headers": {"Retry-After": "7"}}, ProviderUnavailable, 7),
        ({"status": 500}, ProviderUnavailable, None),
        ({"status": 502, "html": True}, ProviderUnavailable, None),
        ({"status": 403}, AccessForbidden, None),
        ({"status": 404}, AnswerUnreadable, None),
        ({"truncate": 2000}, AnswerTruncated, None),
        ({"html": True}, AnswerUnreadable, None),
        ({"charset": "utf-16"}, AnswerUnreadable, None),
        ({"charset": "iso-8859-1"}, AnswerUnreadable, None),
        ({"body": {}}, AnswerUnreadable, None),
        ({"error_in_200": True, "status": 429}, ProviderThrottled, None),
        ({"status": 302, "headers": {"Location": "https://example.com/"}, "body": ""}, AnswerUnreadable, None),
    ],
)
def test_a_fault_at_page_3_ends_the_slice_and_the_next_one_completes_it(
    source: GooglePeople,
    people: StandIn,
    book: GoogleBook,
    rule: dict[str, Any],
    failure: type[ImportFailure],
    seconds: int | None,
) -> None:
    people.control(rules=[{"path": PATH, "page": 3, "times": 1, **rule}])

    before, told = read(source)
    after, _ = read(source, before[-1].cursor)

    assert type(told) is failure
    assert getattr(told, "retry_after", None) == seconds
    assert len(contacts(before)) + len([it for it in entries(before) if it.fate is not Fate.ACCEPTED]) == 20
    assert faults(book, [*before, *after]) == []


def test_an_expired_page_token_begins_the_list_anew_once(
    source: GooglePeople, people: StandIn, book: GoogleBook
) -> None:
    people.control(rules=[{"path": PATH, "page": 4, "times": 1, "expire_page_token": True}])

    batches, failure = read(source, token=Token("both", BOTH))

    assert failure is None
    assert [batch.again for batch in batches] == [False] * 3 + [True] * 24
    assert faults(book, batches[4:], other_contacts=False) == []


def test_a_page_token_that_always_expires_ends_the_import(source: GooglePeople, people: StandIn) -> None:
    people.control(rules=[{"path": PATH, "page": 4, "expire_page_token": True}])

    assert isinstance(read(source)[1], AnswerUnreadable)


def test_a_repeated_page_token_stops_the_reading(source: GooglePeople, people: StandIn) -> None:
    people.control(rules=[{"path": PATH, "page": 5, "repeat_token": True}])

    _, failure = read(source)

    assert isinstance(failure, PagesRepeat)
    assert paths(people).count(PATH) <= 6


def test_an_empty_page_with_a_token_is_not_the_end(source: GooglePeople, people: StandIn, book: GoogleBook) -> None:
    people.control(rules=[{"path": PATH, "page": 5, "times": 1, "empty_page": True}])

    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []


def test_an_api_that_is_not_switched_on_is_said_so(source: GooglePeople, people: StandIn) -> None:
    people.control(api_enabled=False)

    assert isinstance(read(source)[1], ApiNotEnabled)


def test_the_quota_for_first_pages_is_waited_for(source: GooglePeople, people: StandIn) -> None:
    people.control(first_pages=0)

    assert isinstance(read(source)[1], ProviderThrottled)


def test_no_contacts_where_the_labels_have_members_is_not_believed(source: GooglePeople, people: StandIn) -> None:
    people.control(rules=[{"path": PATH, "body": "{}"}])

    assert isinstance(read(source)[1], ProviderUnavailable)


def test_labels_that_are_not_told_once_are_asked_for_again(
    source: GooglePeople, people: StandIn, book: GoogleBook
) -> None:
    people.control(rules=[{"path": "contactGroups$", "times": 1, "body": {}}])

    batches, failure = read(source)

    assert failure is None
    assert faults(book, batches) == []
    assert not [entry for entry in entries(batches) if Reason.LINES_LEFT_OUT in entry.reasons]


def test_a_list_that_is_cut_short_is_never_complete(source: GooglePeople, people: StandIn) -> None:
    people.control(rules=[{"path": PATH, "page": 2, "body": {}}])
    cursor = None
    for _ in range(3):
        batches, failure = read(source, cursor)
        cursor = batches[-1].cursor

        assert isinstance(failure, AnswerUnreadable)


def test_every_cursor_goes_on_where_its_batch_ended(source: GooglePeople, book: GoogleBook) -> None:
    assert faults(book, every_batch(source, WITH_OTHERS)) == []


def test_a_real_first_page_has_a_thousand_contacts(
    source: GooglePeople, people: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()

    batches, _ = read(source)

    assert len(batches) == 2
    assert paths(people) == ["/v1/contactGroups", PATH, PROFILE, "/v1/otherContacts"]


# --- Whose account it is ----------------------------------------------------------------------------------------------


def test_the_first_batch_tells_the_owner_and_the_profile_is_asked_for_once(
    source: GooglePeople, people: StandIn
) -> None:
    batches, _ = read(source)

    owner = batches[0].owner
    assert owner is not None
    assert (owner.full_name, owner.first_name, owner.last_name) == ("Alice Example", "Alice", "Example")
    assert owner.emails == (
        Email("alice.example@example.org", "home"),
        Email("alice@example.com", primary=True),
    )
    assert {batch.owner for batch in batches[1:]} == {None}
    assert paths(people).count(PROFILE) == 1


def test_a_slice_that_goes_on_does_not_ask_for_the_owner_again(source: GooglePeople, people: StandIn) -> None:
    every_batch(source, WITH_OTHERS)

    assert paths(people).count(PROFILE) == 1


@pytest.mark.parametrize(
    "rule",
    [
        *({"status": status} for status in (400, 401, 403, 404, 410, 429, 500, 503)),
        {"status": 429, "headers": {"Retry-After": "3600"}},
        {"status": 302, "headers": {"Location": "https://example.com/"}, "body": ""},
        {"error_in_200": True, "status": 403},
        {"truncate": 20},
        {"html": True},
        {"charset": "utf-16"},
        {"body": "[]"},
        {"body": '{"names": 7, "emailAddresses": {"value": null}}'},
    ],
)
def test_no_answer_about_the_owner_keeps_an_import_from_being_whole(
    source: GooglePeople, people: StandIn, book: GoogleBook, rule: dict[str, Any]
) -> None:
    people.control(rules=[{"path": f"{PROFILE}$", **rule}])

    batches, failure = read(source)

    assert failure is None
    assert batches[0].owner is None
    assert faults(book, batches) == []
    assert paths(people).count(PROFILE) == 1


@pytest.mark.parametrize("slow", [{"hang": True}, {"slow": {"bytes_per_second": 20}}])
def test_the_owner_is_not_waited_for(people: StandIn, book: GoogleBook, slow: dict[str, Any]) -> None:
    people.control(rules=[{"path": f"{PROFILE}$", **slow}])
    began = monotonic()
    with egress_to(people) as egress:
        batches, failure = read(GooglePeople(egress, people.url, Limits(profile_wait=0.5)))

    assert failure is None
    assert batches[0].owner is None
    assert faults(book, batches) == []
    assert monotonic() - began < 5
