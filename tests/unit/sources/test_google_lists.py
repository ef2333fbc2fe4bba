"""What the lists of a Google account come to: nothing at all, labels, and other contacts."""

from typing import Any

import pytest
from google_account import LABELS, OTHERS, SAVED, WITH_OTHERS, account, page, person, read, reason
from scripted_api import Canned, contacts, entries, error, said

from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AnswerUnreadable,
    ProviderUnavailable,
)
from rubrica.sources.google.sign_in import GOOGLE, OTHER_CONTACTS

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


def test_an_empty_account_without_even_a_label_of_the_system_is_looked_at_twice() -> None:
    before, failure = read(account(said({}), labels=said({})))
    after, none = read(account(said({}), labels=said({})), before[-1].cursor)

    assert isinstance(failure, ProviderUnavailable)
    assert none is None
    assert contacts(after) == []


# --- Fewer than announced ---------------------------------------------------------------------------------------------


def some(numbers: range, token: str = "", total: int | None = None) -> Canned:
    return page(*map(person, numbers), token=token, **({} if total is None else {"totalItems": total}))


@pytest.mark.parametrize("short", [said({}), some(range(10, 12), total=40), some(range(0))])
def test_a_list_that_ends_before_its_announced_length_is_asked_for_again_from_the_same_token(short: Canned) -> None:
    before, failure = read(account(some(range(10), "t2", 40), short))
    api = account(some(range(10, 40), total=40))
    after, none = read(api, before[-1].cursor)

    assert isinstance(failure, AnswerUnreadable)
    assert len(contacts(before)) == 10
    assert none is None
    assert len(contacts([*before, *after])) == after[-1].announced == 40
    assert [query.get("pageToken") for query in api.queries(SAVED)] == [["t2"]]


@pytest.mark.parametrize("read_", [1, 18, 36])
def test_a_list_that_stays_clearly_shorter_than_announced_is_never_complete(read_: int) -> None:
    cursor = None
    for _ in range(5):
        batches, failure = read(account(some(range(read_), total=40)), cursor)
        cursor = batches[-1].cursor

        assert isinstance(failure, AnswerUnreadable)
        assert contacts(batches) == []


@pytest.mark.parametrize(("total", "missing"), [(40, 2), (40, 3), (4, 3), (99, 4)])
def test_the_few_that_are_missing_at_a_second_look_too_are_lines_of_the_ledger(total: int, missing: int) -> None:
    before, failure = read(account(some(range(total - missing), total=total)))
    after, none = read(account(some(range(total - missing), total=total)), before[-1].cursor)

    assert isinstance(failure, AnswerUnreadable)
    assert none is None
    assert len(contacts(after)) == total - missing
    assert entries(after) == [
        Entry(f"connections missing #{number}", Fate.REJECTED, (Reason.CARD_MISSING,))
        for number in range(1, missing + 1)
    ]
    assert after[-1].announced == total


def test_the_last_total_that_was_told_counts() -> None:
    shrunk = account(some(range(10), "t2", 40), some(range(10, 30), total=30))
    grown = account(some(range(10), "t2", 10), some(range(10, 30), total=30))

    assert read(shrunk)[1] is None
    assert read(grown)[1] is None
    assert isinstance(read(account(some(range(10), "t2", 10), some(range(10, 12), total=30)))[1], AnswerUnreadable)


def test_other_contacts_have_a_length_of_their_own() -> None:
    others = said({"otherContacts": [{"resourceName": "otherContacts/c1"}], "totalSize": 9})
    before, failure = read(account(some(range(4), total=4), **{OTHERS: others}), token=WITH_OTHERS)

    assert isinstance(failure, AnswerUnreadable)
    assert before[-1].cursor["part"] == "otherContacts"


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


def test_labels_are_looked_at_again_once_when_a_contact_has_one_that_is_not_known() -> None:
    choir = {"resourceName": "contactGroups/a", "groupType": "USER_CONTACT_GROUP", "name": "Choir"}
    first = page(person(1, **member_of("contactGroups/a", "contactGroups/gone")), token="t2")
    second = page(person(2, **member_of("contactGroups/a", "contactGroups/gone")))
    api = account(first, second, labels=[said({}), labels(choir)])
    batches, failure = read(api)

    assert failure is None
    assert [contact.groups for contact in contacts(batches)] == [("Choir",), ("Choir",)]
    assert [entry.reasons for entry in entries(batches)] == [(Reason.LINES_LEFT_OUT,)] * 2
    assert api.paths().count(LABELS) == 2


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
