"""The stand-in of Microsoft Graph: each rule of Graph's, asked for directly."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from stand_ins import GRAPH_BOOK, GRAPH_TOKENS, Client

from local.sandbox.microsoft_graph import MicrosoftBook, microsoft_book, running_graph
from local.sandbox.stand_in.launch import StandIn

CONTACTS = "/v1.0/me/contacts"
FOLDERS = "/v1.0/me/contactFolders"
DEFAULT, FAMILY, COUSINS, FAR_AWAY = GRAPH_BOOK.folders
IN_DEFAULT = [one["id"] for one in GRAPH_BOOK.contacts if one["parentFolderId"] == DEFAULT["id"]]


@pytest.fixture
def client(graph: StandIn) -> Iterator[Client]:
    with Client(graph, "reader") as client:
        yield client


def ids(pages: Iterator[Any]) -> list[str]:
    return [one["id"] for page in pages for one in page["value"]]


# --- tokens, scopes, mailboxes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "unknown"])
def test_a_call_without_a_living_token_is_refused(graph: StandIn, token: str) -> None:
    with Client(graph, token) as client:
        answer = client.ask(CONTACTS)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_contacts_need_a_scope_of_contacts(graph: StandIn) -> None:
    with Client(graph, "neither") as nobody, Client(graph, "writer") as writer:
        status, error = nobody.error(CONTACTS)
        assert (status, error["code"]) == (403, "ErrorAccessDenied")
        assert writer.get(CONTACTS)["value"]


def test_an_account_without_a_mailbox_says_so(client: Client, graph: StandIn) -> None:
    graph.control(mailbox_enabled=False)

    status, error = client.error(CONTACTS)

    assert (status, error["code"]) == (404, "MailboxNotEnabledForRESTAPI")


def test_an_error_carries_the_ids_that_support_asks_for(client: Client) -> None:
    answer = client.ask(f"{FOLDERS}/nowhere", headers={"client-request-id": "mine"})
    inner = answer.json()["error"]["innerError"]

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ErrorItemNotFound")
    assert inner["request-id"] == answer.headers["request-id"]
    assert inner["client-request-id"] == "mine"
    assert inner["date"]


# --- folders ----------------------------------------------------------------------------------------------------------


def test_contacts_of_me_are_those_of_the_default_folder_only(client: Client) -> None:
    assert ids(client.graph_pages(CONTACTS, dollar_top=50)) == IN_DEFAULT
    assert ids(client.graph_pages(f"{FOLDERS}/{DEFAULT['id']}/contacts", dollar_top=50)) == IN_DEFAULT
    assert client.get(f"{FOLDERS}/contacts")["id"] == DEFAULT["id"]


def test_folders_are_listed_level_by_level_without_the_default_one(client: Client) -> None:
    top = client.get(FOLDERS)["value"]
    below = client.get(f"{FOLDERS}/{FAMILY['id']}/childFolders")["value"]

    assert [(one["displayName"], one["parentFolderId"]) for one in top] == [("Family", DEFAULT["id"])]
    assert [one["id"] for one in below] == [COUSINS["id"]]
    assert client.get(f"{FOLDERS}/{FAR_AWAY['id']}/childFolders")["value"] == []


def test_folders_can_go_round_in_a_circle(client: Client, graph: StandIn) -> None:
    graph.control(folder_cycle=True)

    assert client.get(f"{FOLDERS}/{FAR_AWAY['id']}/childFolders")["value"][0]["id"] == FAMILY["id"]
    assert [one["id"] for one in client.get(f"{FOLDERS}/{COUSINS['id']}/childFolders")["value"]] == [FAR_AWAY["id"]]


def test_the_default_folder_can_be_listed_as_well(client: Client, graph: StandIn) -> None:
    graph.control(list_default_folder=True)

    assert [one["displayName"] for one in client.get(FOLDERS)["value"]] == ["Contacts", "Family"]


def test_many_folders_come_in_pages(tmp_path: Path) -> None:
    folders = [DEFAULT, *({**FAMILY, "id": f"folder-{number}", "displayName": "Same"} for number in range(25))]
    with (
        running_graph(tmp_path, MicrosoftBook(folders), tokens=GRAPH_TOKENS) as graph,
        Client(graph, "reader") as client,
    ):
        pages = list(client.graph_pages(FOLDERS, dollar_select="id"))

    assert [len(page["value"]) for page in pages] == [10, 10, 5]
    assert ids(iter(pages)) == [folder["id"] for folder in folders[1:]]


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (CONTACTS, {"dollar_select": "displayName,faxes"}, "RequestBroker--ParseUri"),
        (CONTACTS, {"dollar_select": ["id", "displayName"]}, "BadRequest"),
        (CONTACTS, {"dollar_top": 1000}, "BadRequest"),
        (CONTACTS, {"dollar_top": 0}, "BadRequest"),
        (CONTACTS, {"dollar_top": "all"}, "BadRequest"),
        (CONTACTS, {"dollar_skiptoken": "made-up"}, "BadRequest"),
        (CONTACTS, {"dollar_count": "yes"}, "BadRequest"),
        ("/v1.0/me/messages", {}, "BadRequest"),
        (f"{CONTACTS}/delta", {"dollar_top": 5}, "ErrorInvalidUrlQuery"),
        (f"{CONTACTS}/delta", {"dollar_select": ["id", "displayName"]}, "ErrorInvalidUrlQuery"),
    ],
)
def test_wrong_options_are_bad_requests(client: Client, path: str, query: dict[str, Any], code: str) -> None:
    status, error = client.error(path, **query)

    assert (status, error["code"]) == (400, code)


def test_only_selected_properties_are_returned(client: Client) -> None:
    page = client.get(CONTACTS, dollar_select="displayName,mobilePhone")

    assert set(page["value"][0]) == {"@odata.etag", "id", "displayName", "mobilePhone"}
    assert page["@odata.context"].endswith("/contacts(displayName,mobilePhone)")


def test_without_a_selection_every_property_is_there(client: Client) -> None:
    first = client.get(CONTACTS, dollar_top=1)["value"][0]

    assert {"parentFolderId", "changeKey", "emailAddresses", "businessAddress", "spouseName"} <= first.keys()
    assert (first["spouseName"], first["children"], first["otherAddress"]) == (None, [], {})


def test_pages_have_ten_contacts_unless_more_are_asked_for(client: Client) -> None:
    def sizes(**query: Any) -> list[int]:
        return [len(page["value"]) for page in client.graph_pages(CONTACTS, **query)]

    assert sizes() == [10] * 6
    assert sizes(dollar_top=25) == [25, 25, 10]
    assert sizes(dollar_top=25, dollar_skip=40) == [20]
    assert sizes(dollar_skip=70) == [0]


def test_a_preferred_page_size_is_honoured_and_confirmed(client: Client) -> None:
    answer = client.ask(CONTACTS, headers={"Prefer": "odata.maxpagesize=33"})

    assert len(answer.json()["value"]) == 33
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=33"


def test_a_next_link_is_absolute_and_good_only_as_it_is(client: Client, graph: StandIn) -> None:
    link = client.get(CONTACTS, dollar_select="id", dollar_top=20)["@odata.nextLink"]

    assert link.startswith(f"{graph.url}{CONTACTS}?")
    assert client.get(link) == client.get(link)
    assert client.error(link.replace("$top=20", "$top=21"))[0] == 400
    assert client.error(link.replace("/contacts?", f"/contactFolders/{FAMILY['id']}/contacts?"))[0] == 400


def test_contact_lists_count_and_are_not_returned(client: Client, graph: StandIn) -> None:
    graph.control(contact_lists=3)

    pages = list(client.graph_pages(CONTACTS, dollar_count="true", dollar_top=50))

    assert pages[0]["@odata.count"] == len(ids(iter(pages))) + 3


def test_an_expired_link_is_refused(client: Client, graph: StandIn) -> None:
    link = client.get(CONTACTS)["@odata.nextLink"]
    graph.control(expire_page_tokens=True)

    assert client.error(link)[0] == 400


# --- delta queries ----------------------------------------------------------------------------------------------------


def test_a_delta_query_ends_with_a_link_to_what_changes_afterwards(client: Client, graph: StandIn) -> None:
    *_, last = client.graph_pages(f"{CONTACTS}/delta", dollar_select="displayName")
    graph.control(delete=[IN_DEFAULT[0]], upsert=[{"id": "new", "displayName": "Newly Come"}])
    changed = client.get(last["@odata.deltaLink"])

    assert [(one["id"], "@removed" in one) for one in changed["value"]] == [("new", False), (IN_DEFAULT[0], True)]
    assert set(changed["value"][0]) == {"@odata.etag", "id", "displayName"}
    assert client.get(changed["@odata.deltaLink"])["value"] == []


def test_a_contact_that_moves_is_gone_from_one_folder_and_new_in_the_other(client: Client, graph: StandIn) -> None:
    *_, here = client.graph_pages(f"{CONTACTS}/delta")
    *_, there = client.graph_pages(f"{FOLDERS}/{FAMILY['id']}/contacts/delta")
    graph.control(upsert=[{"id": IN_DEFAULT[3], "parentFolderId": FAMILY["id"], "displayName": "Moved"}])

    assert client.get(here["@odata.deltaLink"])["value"][0]["@removed"] == {"reason": "deleted"}
    assert client.get(there["@odata.deltaLink"])["value"][0]["displayName"] == "Moved"


def test_a_delta_page_has_at_most_two_hundred_contacts(client: Client, graph: StandIn) -> None:
    graph.control(upsert=[{"id": f"more-{number}"} for number in range(200)])

    answer = client.ask(f"{CONTACTS}/delta", headers={"Prefer": "odata.maxpagesize=999"})

    assert len(answer.json()["value"]) == 200
    assert len(client.get(answer.json()["@odata.nextLink"])["value"]) == 60


def test_an_expired_delta_link_is_gone(client: Client, graph: StandIn) -> None:
    *_, last = client.graph_pages(f"{CONTACTS}/delta")
    graph.control(expire_delta_tokens=True)

    status, error = client.error(last["@odata.deltaLink"])

    assert (status, error["code"]) == (410, "SyncStateNotFound")


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_fifth_request_at_a_time_is_throttled(graph: StandIn) -> None:
    graph.control(latency=0.5, retry_after=2)
    together = threading.Barrier(6, timeout=30)

    def ask(_: int) -> tuple[int, str, str]:
        with Client(graph, "reader") as client:
            together.wait()
            answer = client.ask(CONTACTS)
        return answer.status_code, answer.headers.get("Retry-After", ""), answer.json().get("error", {}).get("code", "")

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(ask, range(6)))

    assert answers == [(200, "", "")] * 4 + [(429, "2", "ApplicationThrottled")] * 2
    assert graph.report()["max_in_flight"] == 6


def test_four_requests_at_a_time_are_never_throttled(graph: StandIn) -> None:
    def ask(_: int) -> set[int]:
        with Client(graph, "reader") as client:
            return {client.ask(CONTACTS).status_code for _ in range(50)}

    with ThreadPoolExecutor(4) as pool:
        assert set().union(*pool.map(ask, range(4))) == {200}


def test_the_sample_mailbox_is_as_large_as_it_says() -> None:
    book = microsoft_book()

    assert len(book.contacts) == 1280
    assert [folder["displayName"] for folder in book.folders] == ["Contacts", "Family", "Cousins", "Far away"]
    assert book.contacts == microsoft_book().contacts
