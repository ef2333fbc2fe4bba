"""How a Microsoft account is read, folder by folder, whatever Graph answers."""

import json
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import JSON, Canned, ScriptedApi, Step, contacts, entries, said

from rubrica.domain.credential import Credential, Token
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerTruncated,
    AnswerUnreadable,
    CredentialLost,
    ImportFailure,
    NextPageRefused,
    NoMailbox,
    PagesRepeat,
    ProviderThrottled,
    ProviderUnavailable,
    ServerSilent,
    TokenRefused,
    WorkerFailed,
)
from rubrica.ports import Batch, Cursor, Request
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.microsoft.sign_in import MICROSOFT
from rubrica.sources.microsoft.source import MicrosoftGraph

GRAPH = "https://graph.microsoft.com"
OWN, FOLDERS = "/v1.0/me/contacts", "/v1.0/me/contactFolders"
TOKEN = Token("the-token", MICROSOFT.scopes)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "displayName": name, "parentFolderId": "home", **more}


def values(*told: object, link: str = "", more: Mapping[str, object] = MappingProxyType({})) -> Canned:
    return said({"value": list(told), **({"@odata.nextLink": link} if link else {}), **more})


def folder(name: str) -> dict[str, Any]:
    return {"id": name, "displayName": name.title()}


def inside(name: str) -> str:
    return f"{FOLDERS}/{name}/childFolders"


def people_in(name: str) -> str:
    return f"{FOLDERS}/{name}/contacts"


def mailbox(*own: Step, **folders: Sequence[str]) -> ScriptedApi:
    """A mailbox whose default folder answers so; the folders each with one contact, under their parents' names."""
    answers: dict[str, Any] = {OWN: own or (values(person("Ada")),), FOLDERS: values()}
    for parent, children in folders.items():
        answers[FOLDERS if parent == "top" else inside(parent)] = values(*map(folder, children))
        for child in children:
            answers.setdefault(inside(child), values())
            answers.setdefault(people_in(child), values(person(f"In {child}")))
    return ScriptedApi(answers)


def read(
    api: ScriptedApi, cursor: Cursor | None = None, limits: Limits | None = None
) -> tuple[list[Batch], ImportFailure | None]:
    """The batches of a slice, and what ended it early."""
    batches = []
    try:
        for batch in MicrosoftGraph(api, limits=limits or Limits()).read(TOKEN, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


def names(batches: Sequence[Batch]) -> list[str]:
    return [contact.full_name for contact in contacts(batches)]


# --- Requests ---------------------------------------------------------------------------------------------------------


def test_as_many_as_allowed_and_only_what_is_read_are_asked_for() -> None:
    api = mailbox(top=["work"])

    read(api)

    for path in (OWN, people_in("work")):
        (query,) = api.queries(path)
        assert query["$top"] == ["999"]
        assert {"id", "parentFolderId", "displayName", "emailAddresses", "personalNotes"} <= set(
            query["$select"][0].split(",")
        )
    assert all(query["$top"] == ["999"] for query in api.queries(FOLDERS))
    assert all(request.headers["Authorization"] == "Bearer the-token" for request in api.asked)


def test_a_password_opens_no_microsoft_account() -> None:
    with pytest.raises(CredentialLost):
        next(MicrosoftGraph(mailbox()).read(Credential("", "ada", "secret"), None, lambda: False))


def test_an_id_is_quoted_in_an_address() -> None:
    api = mailbox(top=["a/b+c=?#"])

    read(api)

    assert unquote(urlsplit(api.asked[-1].url).path) == f"{FOLDERS}/a/b+c=?#/contacts"
    assert "/a%2Fb%2Bc=%3F%23/" in api.asked[-1].url


# --- Next pages -------------------------------------------------------------------------------------------------------


def test_the_link_to_the_next_page_is_followed_as_it_is() -> None:
    link = f"{GRAPH}/v1.0/me/contacts?%24skip=10&x=%7e+é".replace("é", "%C3%A9")
    api = mailbox(values(person("Ada"), link=link), values(person("Bo")))

    assert names(read(api)[0]) == ["Ada", "Bo"]
    assert api.asked[1].url == link


@pytest.mark.parametrize("origin", ["https://graph.microsoft.com:443", "HTTPS://Graph.Microsoft.com"])
def test_the_same_server_may_be_spelled_differently(origin: str) -> None:
    api = mailbox(values(person("Ada"), link=f"{origin}/v1.0/me/contacts?$skip=1"), values(person("Bo")))

    assert names(read(api)[0]) == ["Ada", "Bo"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/me/contacts",
        "http://graph.microsoft.com/v1.0/me/contacts",
        "https://graph.microsoft.com:8443/v1.0/me/contacts",
        "https://graph.microsoft.com.evil.example/",
        "https://graph.microsoft.com@evil.example/",
        "https://user@graph.microsoft.com/",
        "https://evil.example\\@graph.microsoft.com/",
        "//evil.example/",
        "/v1.0/me/contacts?$skip=1",
        "https://graph.microsoft.com/a b",
        "https://graph.microsoft.com/é",
        "https://graph.microsoft.com/\r\nX: y",
        "https://[::1/",
        "https://graph.microsoft.com:99999/",
        "javascript:alert(1)",
    ],
)
def test_a_link_to_another_server_does_not_get_the_token(link: str) -> None:
    api = mailbox(values(person("Ada"), link=link))

    assert isinstance(read(api)[1], NextPageRefused)
    assert len(api.asked) == 1


def test_a_slice_goes_on_from_the_link() -> None:
    link = f"{GRAPH}{OWN}?$skiptoken=x"
    before, _ = read(mailbox(values(person("Ada"), link=link), ServerSilent()))
    api = mailbox(values(person("Bo")))
    after, _ = read(api, json.loads(json.dumps(before[-1].cursor)))

    assert names([*before, *after]) == ["Ada", "Bo"]
    assert api.asked[0].url == link


def test_links_that_come_back_end_the_import() -> None:
    api = mailbox(values(person("Ada"), link=f"{GRAPH}{OWN}?$skip=1"))

    assert isinstance(read(api)[1], PagesRepeat)
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    "lost",
    [
        said({"error": {"code": "ResyncRequired"}}, 410),
        said({"error": {"code": "SyncStateNotFound"}}, 404),
        said({"error": {"code": "ErrorInvalidUrlQuerySkipToken"}}, 400),
    ],
)
def test_an_expired_link_begins_its_folder_anew_once(lost: Canned) -> None:
    link = f"{GRAPH}{OWN}?$skip=1"
    first = values(person("Ada"), link=link)
    batches, failure = read(mailbox(first, lost, first, values(person("Bo")), top=["work"]))

    assert failure is None
    assert [batch.again for batch in batches] == [False, True, True, True, False, False]
    assert names(batches) == ["Ada", "Ada", "Bo", "In work"]

    assert isinstance(read(mailbox(first, lost, first, lost))[1], AnswerUnreadable)


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
    deep = mailbox(top=["a"], a=["b"], b=["c"], c=["d"])

    assert isinstance(read(wide, limits=Limits(folders=4))[1], AddressBookTooLarge)
    assert isinstance(read(deep, limits=Limits(depth=3))[1], AddressBookTooLarge)
    assert read(deep, limits=Limits(depth=4))[1] is None


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


def test_a_count_that_is_another_than_the_rows_is_no_error() -> None:
    batches, failure = read(mailbox(values(person("Ada"), more={"@odata.count": 99})))

    assert failure is None
    assert batches[-1].announced == 1


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


def test_what_a_later_slice_reads_may_be_stored_already_for_a_list_may_shift_meanwhile() -> None:
    link = f"https://graph.microsoft.com{OWN}?$skip=1"
    first = read(mailbox(values(person("Ada"), link=link), Canned(503)))[0]
    later, failure = read(mailbox(values(person("Ada"), person("Bob"))), first[-1].cursor)

    assert failure is None
    assert ([batch.again for batch in first], {batch.again for batch in later}) == ([False], {True})
