"""Google's own client library against the stand-in of the People API: an independent check of its shape."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from stand_ins import GOOGLE_BOOK

from local.sandbox.stand_in.launch import StandIn

DAY = 24 * 3600


@pytest.fixture
def service(people: StandIn) -> Iterator[Any]:
    """Google's client, unchanged but for the endpoint."""
    with build(
        "people",
        "v1",
        credentials=Credentials(token="both"),
        client_options={"api_endpoint": f"{people.url}/"},
        static_discovery=True,
    ) as service:
        yield service


def test_googles_client_pages_through_contacts_other_contacts_and_labels(service: Any) -> None:
    found: dict[str, list[str]] = {"connections": [], "otherContacts": [], "contactGroups": []}
    connections, others, groups = service.people().connections(), service.otherContacts(), service.contactGroups()
    for collection, request in (
        (connections, connections.list(resourceName="people/me", personFields="names", pageSize=90)),
        (others, others.list(readMask="names,emailAddresses", pageSize=50)),
        (groups, groups.list(pageSize=5)),
    ):
        while request is not None:
            response = request.execute()
            (key,) = found.keys() & response.keys()
            found[key] += [item["resourceName"] for item in response[key]]
            request = collection.list_next(request, response)

    assert found["connections"] == [one["resourceName"] for one in GOOGLE_BOOK.connections]
    assert found["otherContacts"] == [one["resourceName"] for one in GOOGLE_BOOK.others]
    assert found["contactGroups"] == [one["resourceName"] for one in GOOGLE_BOOK.groups]


def test_googles_client_syncs_what_changed_and_what_was_deleted(service: Any, people: StandIn) -> None:
    def sync(token: str | None) -> tuple[list[Any], str]:
        collection, changed = service.people().connections(), []
        request = collection.list(
            resourceName="people/me", personFields="metadata,names", requestSyncToken=True, syncToken=token
        )
        while request is not None:
            response = request.execute()
            changed += response.get("connections", [])
            request = collection.list_next(request, response)
        return changed, response["nextSyncToken"]

    everybody, token = sync(None)
    gone = everybody[7]["resourceName"]
    people.control(upsert=[{"resourceName": "people/c1", "names": [{"displayName": "Person 1"}]}], delete=[gone])
    changed, again = sync(token)

    assert {one["resourceName"]: one.get("metadata", {}).get("deleted", False) for one in changed} == {
        "people/c1": False,
        gone: True,
    }
    assert sync(again)[0] == []
    people.control(advance_seconds=7 * DAY + 1)
    with pytest.raises(HttpError) as caught:
        sync(again)
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (400, "EXPIRED_SYNC_TOKEN")
    assert len(sync(None)[0]) == len(everybody)


def test_googles_client_gets_the_members_of_labels_in_one_call(service: Any) -> None:
    label = GOOGLE_BOOK.groups[-1]["resourceName"]
    answer = service.contactGroups().batchGet(resourceNames=[label, "contactGroups/none"], maxMembers=3).execute()

    known, unknown = answer["responses"]
    assert len(known["contactGroup"]["memberResourceNames"]) == 3 < known["contactGroup"]["memberCount"]
    assert unknown["requestedResourceName"] == "contactGroups/none"
    assert unknown["status"]["code"] == 5


def test_googles_client_gets_the_users_own_profile(service: Any) -> None:
    profile = service.people().get(resourceName="people/me", personFields="names,emailAddresses").execute()

    assert set(profile) == {"resourceName", "etag", "names", "emailAddresses"}
    assert profile["names"][0]["displayName"] == "Alice Example"
    preferred = [it["value"] for it in profile["emailAddresses"] if it["metadata"].get("primary")]
    assert preferred == ["alice@example.com"]


@pytest.mark.parametrize(("token", "fields", "status"), [("other-only", "names", 403), ("both", "fileAses", 400)])
def test_googles_client_is_refused_a_profile_without_scope_or_with_a_field_that_there_is_not(
    people: StandIn, token: str, fields: str, status: int
) -> None:
    with (
        build(
            "people",
            "v1",
            credentials=Credentials(token=token),
            client_options={"api_endpoint": f"{people.url}/"},
            static_discovery=True,
        ) as service,
        pytest.raises(HttpError) as caught,
    ):
        service.people().get(resourceName="people/me", personFields=fields).execute()

    assert caught.value.status_code == status
