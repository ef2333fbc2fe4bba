"""Reading a mailbox: what is asked for, and where the next page is."""

import json
from urllib.parse import unquote, urlsplit

import pytest
from microsoft_mailbox import (
    FOLDERS,
    GRAPH,
    OWN,
    mailbox,
    names,
    people_in,
    person,
    read,
    values,
)
from scripted_api import Canned, said

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AnswerUnreadable,
    CredentialLost,
    NextPageRefused,
    PagesRepeat,
    ServerSilent,
)
from rubrica.sources.microsoft.source import MicrosoftGraph

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


def test_what_a_later_slice_reads_may_be_stored_already_for_a_list_may_shift_meanwhile() -> None:
    link = f"https://graph.microsoft.com{OWN}?$skip=1"
    first = read(mailbox(values(person("Ada"), link=link), Canned(503)))[0]
    later, failure = read(mailbox(values(person("Ada"), person("Bob"))), first[-1].cursor)

    assert failure is None
    assert ([batch.again for batch in first], {batch.again for batch in later}) == ([False], {True})
