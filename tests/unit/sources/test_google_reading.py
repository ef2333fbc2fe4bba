"""Reading a Google account: what is asked for, page after page, and when a list is begun anew."""

import json
from urllib.parse import urlsplit

import pytest
from google_account import OTHERS, SAVED, TOKEN, WITH_OTHERS, account, page, person, read
from scripted_api import Canned, contacts, entries, error, said

from rubrica.domain.credential import Credential
from rubrica.domain.ledger import Fate, Reason
from rubrica.errors import (
    AddressBookTooLarge,
    AnswerUnreadable,
    CredentialLost,
    PagesRepeat,
    ServerSilent,
    WorkerFailed,
)
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.limits import Limits

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


def test_what_a_later_slice_reads_may_be_stored_already_for_a_list_may_shift_meanwhile() -> None:
    first = read(account(page(person(1), token="t"), Canned(503)))[0]
    later, failure = read(account(page(person(1), person(2))), first[-1].cursor)

    assert failure is None
    assert ([batch.again for batch in first], {batch.again for batch in later}) == ([False], {True})
