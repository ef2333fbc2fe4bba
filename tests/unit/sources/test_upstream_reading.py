"""The contacts of an import at another service, page by page, and what is wrong with some pages."""

import json
from dataclasses import replace

import pytest
from scripted_api import Canned, ScriptedApi, Step, contacts, entries, said
from upstream_account import ACCOUNTS, CONTACTS, EVENTS, RELAY, UPSTREAM, complete, page, paged, person, read, service

from rubrica.adapters.memory import MemoryUpstreamAccounts
from rubrica.domain.contacts import Contact, Email
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AddressBookTooLarge,
    AnswerTruncated,
    AnswerUnreadable,
    ImportFailure,
    ProviderUnavailable,
    UpstreamContradicts,
    UpstreamGone,
    UpstreamKeyRefused,
    WorkerFailed,
)
from rubrica.ports import NotYet, Request
from rubrica.sources.cloudsponge.source import CloudSponge
from rubrica.sources.json_api.limits import Limits

BOOK = [person(number) for number in range(2_340)]


def ending(*pages: Step, total: int = 2_340) -> ImportFailure:
    """What a reading ends with that gets these answers for its pages, one after the other."""
    with pytest.raises(ImportFailure) as failure:
        read(ScriptedApi({EVENTS: complete(total), CONTACTS: pages}))
    return failure.value


def test_a_book_comes_in_pages_of_a_thousand() -> None:
    api = service(BOOK)
    batches = read(api)

    assert [len(batch.contacts) for batch in batches] == [1000, 1000, 340]
    assert [batch.announced for batch in batches] == [2_340] * 3
    assert [contact.first_name for contact in contacts(batches)] == [it["first_name"] for it in BOOK]
    assert entries(batches) == []
    assert [query["start"] for query in api.queries(CONTACTS)] == [["0"], ["1000"], ["2000"]]
    assert {query["count"][0] for query in api.queries(CONTACTS)} == {"1000"}


@pytest.mark.parametrize("cut", [1, 2])
def test_it_goes_on_at_any_page(cut: int) -> None:
    whole = read(service(BOOK))
    api = service(BOOK)
    cursor = json.loads(json.dumps(whole[cut - 1].cursor))

    assert read(api, cursor) == whole[cut:]
    assert EVENTS not in api.paths()


def test_the_end_stays_the_end() -> None:
    api = service(BOOK[:3])
    batches = read(api)

    assert read(api, batches[-1].cursor) == []


def test_an_empty_book_is_one_batch_of_nothing() -> None:
    (batch,) = read(service([]))

    assert (list(batch.contacts), batch.announced) == ([], 0)


def test_nothing_is_not_believed_where_something_was_found() -> None:
    assert isinstance(ending(page([], 0, 0), total=12), UpstreamContradicts)


def test_a_service_may_send_all_at_once_or_less_than_it_is_asked_for() -> None:
    at_once = ScriptedApi({EVENTS: complete(2_340), CONTACTS: page(BOOK, 0, 2_340)})

    assert len(contacts(read(at_once))) == 2_340
    assert len(contacts(read(service(BOOK, most=500)))) == 2_340


def test_less_is_asked_for_where_a_page_is_too_much() -> None:
    def answer(request: Request) -> Canned:
        count = int(request.url.rpartition("=")[2])
        return said({"error": {"message": "too long"}}, 413) if count > 100 else paged(BOOK)(request)

    api = ScriptedApi({EVENTS: complete(200), CONTACTS: answer})

    assert len(contacts(read(api))) == 2_340
    assert [query["count"][0] for query in api.queries(CONTACTS)][:4] == ["1000", "250", "62", "62"]


def test_a_contact_too_large_for_any_answer_ends_the_import() -> None:
    assert isinstance(ending(said({}, 413)), ImportFailure)


@pytest.mark.parametrize(
    "second",
    [
        page(BOOK[1000:2000], 1000, 2_341),
        page(BOOK[1000:2000], 1000, 0),
        page(BOOK[1000:2000], 2000, 2_340),
        page(BOOK[1000:2000], 0, 2_340),
        page(BOOK[1000:2000], "1000", 2_340),
        page(BOOK[:1000], 1000, 2_340),
        page([], 1000, 2_340),
        page(BOOK[:1500], 1000, 2_340),
    ],
    ids=["grown", "vanished", "skipped", "again", "text", "same", "empty", "more"],
)
def test_pages_that_do_not_fit_each_other_end_the_import(second: Canned) -> None:
    assert type(ending(page(BOOK[:1000], 0, 2_340), second)) is UpstreamContradicts


def test_a_page_that_repeats_ends_the_import_also_where_pages_do_not_say_which_they_are() -> None:
    again = page(BOOK[:1000], None, 2_000)

    assert type(ending(again, again, total=2_000)) is UpstreamContradicts


def test_a_few_contacts_may_be_the_same_as_those_before_them() -> None:
    twins = [person(1)] * 40
    batches = read(service(twins, most=20))

    assert len(contacts(batches)) == 40


def test_contacts_that_are_not_there_yet_are_waited_for() -> None:
    with pytest.raises(NotYet) as pause:
        read(ScriptedApi({EVENTS: complete(), CONTACTS: said({"error": {"message": "not yet"}}, 404)}))

    assert pause.value.begun is True
    assert pause.value.seconds >= 1


def test_contacts_that_vanish_between_two_pages_are_gone() -> None:
    assert isinstance(ending(page(BOOK[:1000], 0, 2_340), said({}, 404)), UpstreamGone)
    assert isinstance(ending(said({}, 410)), UpstreamGone)


def test_a_key_that_is_refused_between_two_pages_ends_the_import() -> None:
    assert isinstance(ending(page(BOOK[:1000], 0, 2_340), said({}, 401)), UpstreamKeyRefused)


def test_trouble_after_a_page_leaves_the_page() -> None:
    api = ScriptedApi({EVENTS: complete(), CONTACTS: [page(BOOK[:1000], 0, 2_340), said({}, 503)]})
    batches = CloudSponge(api, ACCOUNTS).read(RELAY, None, lambda: False)
    first = next(batches)
    with pytest.raises(ProviderUnavailable):
        next(batches)

    assert len(contacts([first, *read(service(BOOK), first.cursor)])) == 2_340


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"contacts":[]}', b'{"total":0}', b'{"contacts":{},"total":0}',
     b'{"contacts":[],"total":-1}', b'{"contacts":[],"total":"0"}', b'{"contacts":[],"total":1e400}',
     b'{"contacts":' + b"[" * 200_000],
)  # fmt: skip
def test_an_answer_without_contacts_is_not_read(body: bytes) -> None:
    assert isinstance(ending(Canned(200, body)), AnswerUnreadable)


def test_an_answer_that_breaks_off_is_asked_for_again_later() -> None:
    assert isinstance(ending(Canned(200, b'{"contacts":[', failure=AnswerTruncated())), AnswerTruncated)


def test_a_book_beyond_the_limit_is_refused() -> None:
    source = CloudSponge(service(BOOK), ACCOUNTS, Limits(records=2_000))
    with pytest.raises(AddressBookTooLarge):
        list(source.read(RELAY, None, lambda: False))


def test_one_contact_that_is_none_costs_no_other() -> None:
    book = [person(1), None, 7, "x", [], {}, {"first_name": 5}, person(2)]
    batches = read(service(book))

    assert [contact.first_name for contact in contacts(batches)] == ["Person1", "Person2"]
    assert entries(batches) == [
        *(Entry(f"contact {number}", Fate.REJECTED, (Reason.CARD_MALFORMED,)) for number in (2, 3, 4, 5)),
        *(Entry(f"contact {number}", Fate.REJECTED, (Reason.CARD_EMPTY,)) for number in (6, 7)),
    ]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    body = json.dumps({"contacts": [person(1, first_name="Ren@")], "total": 1}).encode().replace(b"@", b"\xe9", 1)
    api = ScriptedApi({EVENTS: complete(1), CONTACTS: Canned(200, body)})
    batches = read(api)

    assert contacts(batches)[0].first_name.startswith("Ren")
    assert contacts(batches)[0].emails[0].address == "person1@example.com"


def test_an_import_goes_on_with_keys_that_were_replaced() -> None:
    accounts = MemoryUpstreamAccounts(UPSTREAM)
    api = service(BOOK)
    batches = CloudSponge(api, accounts).read(RELAY, None, lambda: False)
    cursor = next(batches).cursor
    batches.close()
    accounts.common = replace(UPSTREAM, domain_password="replaced")
    rest = list(CloudSponge(api, accounts).read(RELAY, cursor, lambda: False))

    assert len(contacts(rest)) == 1_340
    assert len({request.headers["Authorization"] for request in api.asked}) == 2


def test_a_cursor_of_another_kind_is_a_fault() -> None:
    with pytest.raises(WorkerFailed):
        read(service(BOOK), {"page": 7})


def test_whose_book_it_is_comes_with_the_first_page() -> None:
    owner = {"owner": True, "email": [{"address": "me@example.com"}]}
    batches = read(service(BOOK, contacts_owner=owner))

    assert batches[0].owner is not None
    assert batches[0].owner.emails[0].address == "me@example.com"
    assert [batch.owner for batch in batches[1:]] == [None, None]


def test_of_an_owner_a_name_and_ten_addresses_are_kept() -> None:
    values = range(200)
    owner = person(
        1,
        email=[{"address": f"me{number}@example.com", "type": "Home"} for number in values],
        phone=[{"number": f"555-{number}"} for number in values],
        address=[{"street": f"{number} Main St", "formatted": "x" * 900} for number in values],
        groups=[f"Group {number}" for number in values],
        companies=[f"Company {number}" for number in values],
        job_title="Engineer",
        dob="1980-05-17",
    )
    found = read(service(BOOK[:1], contacts_owner=owner))[0].owner

    assert found is not None
    emails = tuple(Email(f"me{number}@example.com", "Home") for number in range(10))
    assert found._replace(id="") == Contact("", "", "owner", "Person1 Example", "Person1", "", "Example", emails=emails)


@pytest.mark.parametrize(
    "owner", [None, {}, [], "me", {"owner": True}, {"email": None}, {"email": [{"address": None}]}]
)
def test_an_owner_of_whom_nothing_is_said_is_none(owner: object) -> None:
    (batch,) = read(service([person(1)], contacts_owner=owner))

    assert batch.owner is None
