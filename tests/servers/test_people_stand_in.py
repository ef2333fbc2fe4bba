"""The stand-in of the People API: each rule of Google's, asked for directly."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stand_ins import GOOGLE_BOOK, Client

from local.sandbox.google_people import GoogleBook, google_book
from local.sandbox.google_people.api import SAVED, PeopleApi
from local.sandbox.stand_in.launch import StandIn
from local.sandbox.stand_in.wire import STRAIGHT, Request

CONNECTIONS = "/v1/people/me/connections"
OTHERS = "/v1/otherContacts"
GROUPS = "/v1/contactGroups"
ME = "/v1/people/me"
CONTACT = "READ_SOURCE_TYPE_CONTACT"
PROFILE = "READ_SOURCE_TYPE_PROFILE"


@pytest.fixture
def client(people: StandIn) -> Iterator[Client]:
    with Client(people, "both") as client:
        yield client


def names(pages: Iterator[Any], key: str = "connections") -> list[str]:
    return [item["resourceName"] for page in pages for item in page.get(key, [])]


def person(number: int, **fields: Any) -> dict[str, Any]:
    return {"resourceName": f"people/c{number}", "names": [{"displayName": f"Person {number}"}], **fields}


# --- tokens and scopes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "unknown"])
def test_a_call_without_a_living_token_is_unauthenticated(people: StandIn, token: str) -> None:
    with Client(people, token) as client:
        status, error = client.error(CONNECTIONS, personFields="names")

    assert (status, error["code"], error["status"]) == (401, 401, "UNAUTHENTICATED")
    assert error["details"][0]["reason"] == ("ACCESS_TOKEN_EXPIRED" if token else "CREDENTIALS_MISSING")


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("other-only", CONNECTIONS),
        ("other-only", ME),
        ("other-only", GROUPS),
        ("saved-only", OTHERS),
        ("neither", CONNECTIONS),
    ],
)
def test_a_scope_that_was_not_granted_is_told_by_its_reason(people: StandIn, token: str, path: str) -> None:
    with Client(people, token) as client:
        status, error = client.error(path)

    assert (status, error["status"]) == (403, "PERMISSION_DENIED")
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_an_api_that_is_not_enabled_in_the_project_says_so(client: Client, people: StandIn) -> None:
    people.control(api_enabled=False)

    status, error = client.error(CONNECTIONS, personFields="names")

    assert (status, error["details"][0]["reason"]) == (403, "SERVICE_DISABLED")


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (CONNECTIONS, {}),
        (CONNECTIONS, {"personFields": "names,fileAses"}),
        (ME, {}),
        (ME, {"personFields": "names,fileAses"}),
        (ME, {"personFields": "names", "pageSize": "10"}),
        (ME, {"personFields": "names", "sources": CONTACT.lower()}),
        (CONNECTIONS, {"personFields": "names", "pageSize": "1001"}),
        (CONNECTIONS, {"personFields": "names", "pageSize": "-1"}),
        (CONNECTIONS, {"personFields": "names", "pageSize": "many"}),
        (CONNECTIONS, {"personFields": "names", "sources": f"{CONTACT},{PROFILE}"}),
        (CONNECTIONS, {"personFields": "names", "sortOrder": "RANDOM"}),
        (CONNECTIONS, {"personFields": "names", "requestSyncToken": "perhaps"}),
        (CONNECTIONS, {"personFields": "names", "pageToken": "made-up"}),
        (CONNECTIONS, {"personFields": "names", "syncToken": "made-up"}),
        (CONNECTIONS, {"personFields": "names", "page_size": "10"}),
        (OTHERS, {}),
        (OTHERS, {"readMask": "names,birthdays"}),
        (OTHERS, {"readMask": "names", "sources": PROFILE}),
        (GROUPS, {"groupFields": "members"}),
        (f"{GROUPS}:batchGet", {}),
        (f"{GROUPS}:batchGet", {"resourceNames": ["contactGroups/all"] * 201}),
    ],
)
def test_wrong_parameters_are_invalid_arguments(client: Client, path: str, query: dict[str, Any]) -> None:
    status, error = client.error(path, **query)

    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")


def test_parameters_of_every_google_api_change_nothing(client: Client) -> None:
    plain = client.get(CONNECTIONS, personFields="names")
    system = {"alt": "json", "prettyPrint": "false", "key": "k", "quotaUser": "q", "fields": "connections/names"}

    assert client.get(CONNECTIONS, personFields="names", **system)["connections"] == plain["connections"]


def test_only_the_fields_of_the_mask_are_returned(client: Client) -> None:
    page = client.get(CONNECTIONS, personFields="phoneNumbers,metadata", sources=CONTACT)

    assert set().union(*page["connections"]) == {"resourceName", "etag", "phoneNumbers", "metadata"}


def test_values_of_profiles_come_only_when_profiles_are_asked_for(client: Client) -> None:
    def kinds(**query: Any) -> set[str]:
        people = client.get(CONNECTIONS, personFields="names,emailAddresses", pageSize=90, **query)["connections"]
        values = [value for one in people for field in ("names", "emailAddresses") for value in one.get(field, [])]
        return {value["metadata"]["source"]["type"] for value in values}

    assert kinds(sources=CONTACT) == {"CONTACT"}
    assert kinds() == kinds(sources=[CONTACT, PROFILE]) == {"CONTACT", "PROFILE"}


def test_the_profile_is_of_the_one_who_signs_in_and_no_contact_of_theirs(client: Client) -> None:
    profile = client.get(ME, personFields="names,emailAddresses")

    assert [name["displayName"] for name in profile["names"]] == ["Alice Example"]
    assert [it["value"].partition("@")[2] for it in profile["emailAddresses"]] == ["example.org", "example.com"]
    assert set(client.get(ME, personFields="names", sources=CONTACT)) == {"resourceName", "etag"}


def test_the_profile_of_a_data_folder_that_has_none_tells_no_name(tmp_path: Path) -> None:
    api = PeopleApi(tmp_path)
    request = Request(ME, (("personFields", "names"),))

    assert set(json.loads(api.answer(request, SAVED, STRAIGHT).body)) == {"resourceName", "etag"}


def test_more_fields_of_other_contacts_need_the_profile_source(client: Client) -> None:
    page = client.get(OTHERS, readMask="names,organizations", sources=[CONTACT, PROFILE])

    assert any("organizations" in one for one in page["otherContacts"])


@pytest.mark.parametrize(
    ("path", "query", "size", "total"),
    [
        (CONNECTIONS, {"personFields": "names"}, 100, {"totalItems": 250, "totalPeople": 250}),
        (CONNECTIONS, {"personFields": "names", "pageSize": "0"}, 100, {"totalItems": 250}),
        (OTHERS, {"readMask": "names"}, 100, {"totalSize": 120}),
    ],
)
def test_pages_have_the_default_size_and_tell_the_total(
    client: Client, path: str, query: dict[str, Any], size: int, total: dict[str, int]
) -> None:
    page = client.get(path, **query)

    assert len(page[path.rpartition("/")[2]]) == size
    assert total.items() <= page.items()


def test_labels_come_thirty_a_page_and_count_their_members(client: Client, people: StandIn) -> None:
    more = [{"resourceName": f"contactGroups/{n}", "name": f"Label {n}"} for n in range(40)]
    people.control(upsert=more)
    pages = list(client.google_pages(GROUPS))

    assert [len(page["contactGroups"]) for page in pages] == [30, 23]
    counts = {group["name"]: group.get("memberCount", 0) for group in pages[0]["contactGroups"]}
    assert counts["myContacts"] > counts["Friends"] > counts["starred"] > counts["blocked"] == 0


@pytest.mark.parametrize(
    ("order", "part"), [("FIRST_NAME_ASCENDING", "givenName"), ("LAST_NAME_ASCENDING", "familyName")]
)
def test_contacts_come_in_the_order_that_is_asked_for(client: Client, order: str, part: str) -> None:
    pages = client.google_pages(CONNECTIONS, personFields="names", sortOrder=order, pageSize=60)
    found = [(one.get("names") or [{}])[0].get(part, "").casefold() for page in pages for one in page["connections"]]

    assert found == sorted(found)


def test_contacts_come_in_the_order_of_change_unless_it_is_turned_round(client: Client) -> None:
    rising = names(client.google_pages(CONNECTIONS, personFields="names"))
    falling = names(client.google_pages(CONNECTIONS, personFields="names", sortOrder="LAST_MODIFIED_DESCENDING"))

    assert rising == falling[::-1] == [one["resourceName"] for one in GOOGLE_BOOK.connections]


# --- page tokens and sync tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [{"pageSize": 51}, {"personFields": "names,photos"}, {"sources": CONTACT}, {"requestSyncToken": "true"}],
)
def test_a_page_token_is_good_only_with_the_same_parameters(client: Client, other: dict[str, Any]) -> None:
    query: dict[str, Any] = {"personFields": "names", "pageSize": 50}
    token = client.get(CONNECTIONS, **query)["nextPageToken"]

    assert client.error(CONNECTIONS, **{**query, **other}, pageToken=token)[0] == 400
    assert client.error(OTHERS, readMask="names", pageToken=token)[0] == 400
    assert client.get(CONNECTIONS, **query, pageToken=token)["connections"]


def test_a_page_token_that_has_expired_is_an_invalid_argument(client: Client, people: StandIn) -> None:
    token = client.get(CONNECTIONS, personFields="names")["nextPageToken"]
    people.control(expire_page_tokens=True)

    status, error = client.error(CONNECTIONS, personFields="names", pageToken=token)

    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")


def test_a_sync_token_comes_on_the_last_page_only_and_only_on_request(client: Client) -> None:
    asked = [
        "nextSyncToken" in page
        for page in client.google_pages(CONNECTIONS, personFields="names", requestSyncToken="true")
    ]

    assert asked == [False, False, True]
    assert "nextSyncToken" not in list(client.google_pages(CONNECTIONS, personFields="names"))[-1]


def test_what_changes_while_pages_are_read_comes_with_the_next_sync(client: Client, people: StandIn) -> None:
    query = {"personFields": "names", "requestSyncToken": "true"}
    pages = client.google_pages(CONNECTIONS, **query)
    first = next(pages)
    people.control(upsert=[person(1)], delete=[first["connections"][0]["resourceName"]])
    *_, last = pages

    changed = client.get(CONNECTIONS, **query, syncToken=last["nextSyncToken"])["connections"]
    assert [one["resourceName"] for one in changed] == ["people/c1", first["connections"][0]["resourceName"]]


def test_a_sync_token_is_good_only_with_the_same_parameters(client: Client) -> None:
    *_, last = client.google_pages(OTHERS, readMask="names", requestSyncToken="true")
    token = last["nextSyncToken"]

    assert client.error(OTHERS, readMask="names,photos", syncToken=token)[0] == 400
    assert "otherContacts" not in client.get(OTHERS, readMask="names", syncToken=token)


def test_a_sync_token_that_is_not_good_any_more_is_told_by_its_reason(client: Client, people: StandIn) -> None:
    *_, last = client.google_pages(OTHERS, readMask="names", requestSyncToken="true")
    people.control(expire_sync_tokens=True)

    status, error = client.error(OTHERS, readMask="names", syncToken=last["nextSyncToken"])
    assert (status, error["status"]) == (400, "FAILED_PRECONDITION")
    assert error["details"][0]["reason"] == "EXPIRED_SYNC_TOKEN"


def test_first_pages_of_full_syncs_have_a_quota_of_their_own(client: Client, people: StandIn) -> None:
    people.control(first_pages=1)
    token = client.get(CONNECTIONS, personFields="names")["nextPageToken"]

    status, error = client.error(CONNECTIONS, personFields="names")
    assert (status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["@type"].endswith("google.rpc.QuotaFailure")
    assert client.get(CONNECTIONS, personFields="names", pageToken=token)["connections"]


# --- the book ---------------------------------------------------------------------------------------------------------


def test_the_sample_account_is_as_large_and_as_varied_as_it_says() -> None:
    book = google_book()

    assert (len(book.connections), len(book.others), len(book.bare)) == (2600, 150, 4)
    assert book.connections == google_book().connections
    labels = {label for truth in book.truths.values() for label in truth.groups}
    assert labels == {"Friends", "Family", "Choir", "Neighbours", "Book club"}


def test_a_data_folder_is_one_record_a_line_whatever_is_in_it(tmp_path: Path) -> None:
    odd = "next\u2028line\x85end\nof"
    book = GoogleBook([person(1, nicknames=[{"value": odd}]), person(2)])
    api = PeopleApi(book.write(tmp_path / "data"))
    request = Request(CONNECTIONS, (("personFields", "nicknames"),))

    page = json.loads(api.answer(request, SAVED, STRAIGHT).body)
    assert [one.get("nicknames") for one in page["connections"]] == [[{"value": odd}], None]


@pytest.mark.bounded
def test_a_page_of_a_thousand_people_costs_little(tmp_path: Path) -> None:
    api = PeopleApi(google_book(1000, 0).write(tmp_path / "data"))
    fields = "names,emailAddresses,phoneNumbers,addresses,organizations,birthdays,memberships,biographies,metadata"
    request = Request(CONNECTIONS, (("personFields", fields), ("pageSize", "1000")))
    spent = []
    for _ in range(2):
        began = time.process_time()
        api.answer(request, SAVED, STRAIGHT)
        spent.append(time.process_time() - began)

    assert spent[0] < 0.3
    assert spent[1] < 0.02
