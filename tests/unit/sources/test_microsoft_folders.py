"""The folders of a mailbox, and a mailbox with nothing in it."""

import json
import threading
from collections.abc import Sequence

import pytest
from microsoft_mailbox import (
    FOLDERS,
    GRAPH,
    OWN,
    folder,
    inside,
    mailbox,
    names,
    people_in,
    person,
    read,
    values,
)
from scripted_api import Canned, ScriptedApi, contacts, entries, said

from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerUnreadable,
    ImportFailure,
    NextPageRefused,
    ProviderUnavailable,
    WorkerFailed,
)
from rubrica.ports import Request
from rubrica.sources.json_api.limits import Limits

# --- Folders ----------------------------------------------------------------------------------------------------------


def test_folders_within_folders_are_read_and_name_their_contacts() -> None:
    batches, failure = read(mailbox(top=["work", "club"], work=["clients"], clients=["old"]))

    assert failure is None
    assert names(batches) == ["Ada", "In work", "In club", "In clients", "In old"]
    assert [contact.groups for contact in contacts(batches)] == [(), ("Work",), ("Club",), ("Clients",), ("Old",)]
    assert [batch.announced for batch in batches] == [None] * 5 + [5]


def test_the_default_folder_is_not_read_twice_when_it_is_listed_and_its_folders_are_found() -> None:
    api = mailbox(top=["home", "work"], home=["within"])
    batches, _ = read(api)

    assert sorted(names(batches)) == ["Ada", "In within", "In work"]
    assert people_in("home") not in api.paths()


def test_the_same_contact_in_two_listings_is_imported_once() -> None:
    api = mailbox(values(person("Ada", parentFolderId=None)), top=["work"])
    api.answers = {**api.answers, people_in("work"): values(person("Ada"))}
    batches, _ = read(api)

    assert names(batches) == ["Ada"]
    assert [(it.fate, it.reasons) for it in entries(batches)] == [(Fate.MERGED, (Reason.SAME_RECORD,))]


def test_folders_in_a_circle_are_walked_once() -> None:
    api = mailbox(top=["a"], a=["b"], b=["a", "b"])
    batches, failure = read(api)

    assert failure is None
    assert names(batches) == ["Ada", "In a", "In b"]
    assert api.paths().count(inside("a")) == 1


def test_folders_listed_in_pages_are_all_found() -> None:
    api = mailbox(top=["a", "b"])
    link = f"{GRAPH}{FOLDERS}?$skip=1"
    api.answers = {**api.answers, FOLDERS: [values(folder("a"), link=link), values(folder("b"))]}

    assert names(read(api)[0]) == ["Ada", "In a", "In b"]


def test_folders_listed_in_more_pages_than_are_walked_end_the_import() -> None:
    numbers = iter(range(10_000))

    def endless(_: Request) -> Canned:
        number = next(numbers)
        return values(folder(f"f{number}"), link=f"{GRAPH}{FOLDERS}?$skip={number}")

    api = mailbox()
    api.answers = {**api.answers, FOLDERS: endless}

    assert isinstance(read(api, limits=Limits(folders=9))[1], AddressBookTooLarge)
    assert api.paths().count(FOLDERS) == 10


def test_a_link_between_pages_of_folders_stays_on_the_server_too() -> None:
    api = mailbox()
    api.answers = {**api.answers, FOLDERS: values(folder("a"), link="https://evil.example/")}

    assert isinstance(read(api)[1], NextPageRefused)


def test_no_more_than_four_folders_are_looked_into_at_a_time() -> None:
    most, now, lock = 0, 0, threading.Lock()
    together = threading.Barrier(4, timeout=5)

    def slow(_: Request) -> Canned:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1
        return values()

    names_of_folders = [f"f{number}" for number in range(8)]
    api = mailbox(top=names_of_folders)
    api.answers = {**api.answers, **{inside(name): slow for name in names_of_folders}}

    assert read(api)[1] is None
    assert most == 4


@pytest.mark.parametrize(
    "closed",
    [
        said({"error": {"code": "ErrorAccessDenied"}}, 403),
        said({"error": {"code": "ErrorItemNotFound"}}, 404),
        said({"error": {"code": "ResourceNotFound"}}, 404),
    ],
)
def test_a_folder_that_stays_closed_is_one_line_of_the_ledger(closed: Canned) -> None:
    api = mailbox(top=["a", "b"])
    api.answers = {**api.answers, people_in("a"): closed}
    batches, failure = read(api)

    assert failure is None
    assert names(batches) == ["Ada", "In b"]
    assert entries(batches) == [Entry("contactFolders/a", Fate.REJECTED, (Reason.BOOK_REFUSED,))]
    assert batches[-1].announced == 3


def test_a_folder_whose_folders_stay_closed_is_read_itself() -> None:
    api = mailbox(top=["a"])
    api.answers = {**api.answers, inside("a"): Canned(403)}
    batches, failure = read(api)

    assert failure is None
    assert names(batches) == ["Ada", "In a"]
    assert entries(batches) == [Entry("contactFolders/a", Fate.REJECTED, (Reason.BOOK_REFUSED,))]


@pytest.mark.parametrize(
    ("listing", "failure"),
    [
        (Canned(403), AccessForbidden),
        (Canned(404), AnswerUnreadable),
        (Canned(410), AnswerUnreadable),
        (Canned(503), ProviderUnavailable),
        (said({}), AnswerUnreadable),
    ],
)
def test_folders_that_cannot_be_listed_are_never_taken_for_none(listing: Canned, failure: type[ImportFailure]) -> None:
    api = mailbox()
    api.answers = {**api.answers, FOLDERS: listing}
    batches, told = read(api)

    assert type(told) is failure
    assert names(batches) == ["Ada"]


@pytest.mark.parametrize("odd", [{"displayName": "without an id"}, 7, None, {"id": "x" * 513}, {"id": "a b"}])
def test_a_folder_that_cannot_be_named_costs_no_other(odd: object) -> None:
    api = mailbox(top=["a"])
    api.answers = {**api.answers, FOLDERS: values(odd, folder("a")), inside("a"): values(odd)}
    batches, failure = read(api)

    assert failure is None
    assert names(batches) == ["Ada", "In a"]
    assert entries(batches) == [
        Entry("contactFolders", Fate.REJECTED, (Reason.BOOK_REFUSED,)),
        Entry("contactFolders/a/childFolders", Fate.REJECTED, (Reason.BOOK_REFUSED,)),
    ]


def test_more_folders_than_are_walked_end_the_import() -> None:
    wide = mailbox(top=[f"f{number}" for number in range(5)])

    assert isinstance(read(wide, limits=Limits(folders=4))[1], AddressBookTooLarge)


def test_folders_are_read_however_deep_they_lie() -> None:
    chain = [f"f{number}" for number in range(150)]
    nested = {parent: [child] for parent, child in zip(["top", *chain], chain, strict=False)}
    batches, failure = read(mailbox(**nested))

    assert failure is None
    assert names(batches)[-1] == "In f149"


def test_a_slice_goes_on_in_the_folder_where_the_one_before_ended() -> None:
    before, _ = read(mailbox(top=["a", "b"]))
    api = mailbox(top=["a", "b"])
    after, failure = read(api, json.loads(json.dumps(before[1].cursor)))

    assert failure is None
    assert names([*before[:2], *after]) == ["Ada", "In a", "In b"]
    assert api.paths() == [people_in("a"), people_in("b")]


def test_after_the_end_nothing_is_asked_any_more() -> None:
    batches, _ = read(mailbox())
    api = mailbox()

    assert read(api, batches[-1].cursor) == ([], None)
    assert api.asked == []


def test_a_cursor_of_another_make_is_a_fault_of_ours() -> None:
    assert isinstance(read(mailbox(), {"at": 7})[1], WorkerFailed)


# --- Nothing ----------------------------------------------------------------------------------------------------------


def test_an_empty_mailbox_is_looked_at_twice() -> None:
    api = mailbox(values(), values())
    batches, failure = read(api)

    assert failure is None
    assert batches[-1].announced == 0
    assert api.queries(OWN)[1] == {"$top": ["1"], "$select": ["id"]}
    assert api.paths() == [OWN, OWN, FOLDERS, FOLDERS]


@pytest.mark.parametrize(
    ("second", "failure"),
    [
        (values({"id": "id-Ada"}), ProviderUnavailable),
        (said({}), AnswerUnreadable),
        (Canned(410), AnswerUnreadable),
        (Canned(503), ProviderUnavailable),
    ],
)
def test_nothing_is_not_believed_unless_the_second_look_says_so(second: Canned, failure: type[ImportFailure]) -> None:
    assert type(read(mailbox(values(), second))[1]) is failure


def test_more_contacts_than_are_imported_end_the_import() -> None:
    api = mailbox(values(*map(person, "abc")), top=["work"])

    assert isinstance(read(api, limits=Limits(records=3))[1], AddressBookTooLarge)


NOBODY = values()


@pytest.mark.parametrize("empty", [OWN, people_in("a"), FOLDERS, inside("a")])
def test_a_list_that_is_empty_once_costs_no_contact(empty: str) -> None:
    def with_one_empty(left: list[Canned]) -> ScriptedApi:
        api = mailbox(top=["a"], a=["b"])
        answers = api.answers[empty]
        api.answers = {**api.answers, empty: [*left, *(answers if isinstance(answers, Sequence) else [answers])]}
        return api

    before, failure = read(with_one_empty([NOBODY]))
    batches = before
    if failure is not None:
        assert isinstance(failure, ProviderUnavailable)
        after, failure = read(with_one_empty([]), before[-1].cursor if before else None)
        batches = [*before, *after]

    assert failure is None
    assert names(batches) == ["Ada", "In a", "In b"]
    assert entries(batches) == []


def test_an_empty_page_at_the_end_of_a_folder_is_looked_at_twice() -> None:
    link = f"{GRAPH}{OWN}?$skip=1"
    assert read(mailbox(values(person("Ada"), link=link), NOBODY))[1] is None

    before, failure = read(mailbox(values(person("Ada"), link=link), NOBODY, values(person("Bo"))))
    after, none = read(mailbox(values(person("Bo"))), before[-1].cursor)

    assert isinstance(failure, ProviderUnavailable)
    assert none is None
    assert names([*before, *after]) == ["Ada", "Bo"]


def test_a_count_that_is_another_than_the_rows_is_no_error() -> None:
    batches, failure = read(mailbox(values(person("Ada"), more={"@odata.count": 99})))

    assert failure is None
    assert batches[-1].announced == 1
