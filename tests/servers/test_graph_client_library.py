"""Microsoft's own client library against the stand-in of Graph: an independent check of its shape."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider as BearerTokens
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import options
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator
from stand_ins import GRAPH_BOOK

from local.sandbox.stand_in.launch import StandIn

# The client defines deprecated classes of its own, and warns about them, as soon as its request builders are imported.
pytestmark = [
    pytest.mark.filterwarnings("ignore:GetQueryParameters is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This class is deprecated. Please use the generic:DeprecationWarning"),
]

DEFAULT, FAMILY, COUSINS, FAR_AWAY = GRAPH_BOOK.folders

SECONDS = 60
"""For a task: the client repeats requests that fail, and waits in between for as long as it likes."""


class OneToken(AccessTokenProvider):
    """Gives a token away to this machine only."""

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        return "reader"

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator(["127.0.0.1"])


def in_graph(stand_in: StandIn, task: Callable[[GraphServiceClient, GraphRequestAdapter], Awaitable[Any]]) -> Any:
    """Run a task with Microsoft's client, unchanged but for the endpoint."""

    async def run() -> Any:
        # The client hides the transport that it is given, and so would never close its connections.
        async with httpx.AsyncHTTPTransport() as transport:
            http = httpx.AsyncClient(transport=transport, trust_env=False)
            client = GraphClientFactory.create_with_default_middleware(client=http, options=options)
            adapter = GraphRequestAdapter(BearerTokens(OneToken()), client)
            adapter.base_url = f"{stand_in.url}/v1.0"
            return await task(GraphServiceClient(request_adapter=adapter), adapter)

    # In a thread of its own: in this one, a browser's driver of another test may have left a loop running.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(asyncio.wait_for(run(), SECONDS))).result()


def asking(**query: Any) -> Any:
    """A request configuration; the builder is imported late, so that the warning meets the filter."""
    from msgraph.generated.users.item.contact_folders.item.contacts.contacts_request_builder import (
        ContactsRequestBuilder as Builder,
    )

    return RequestConfiguration(query_parameters=Builder.ContactsRequestBuilderGetQueryParameters(**query))


def ids_in(folder: Any) -> list[str]:
    return [one["id"] for one in GRAPH_BOOK.contacts if one["parentFolderId"] == folder["id"]]


def test_microsofts_client_pages_through_contacts_with_its_page_iterator(graph: StandIn) -> None:
    async def read(client: GraphServiceClient, adapter: GraphRequestAdapter) -> list[Any]:
        found: list[Any] = []
        page = await client.me.contacts.get(asking(select=["displayName", "emailAddresses", "birthday"], top=25))
        await PageIterator(page, adapter).iterate(lambda contact: found.append(contact) or True)
        return found

    contacts = in_graph(graph, read)

    assert [contact.id for contact in contacts] == ids_in(DEFAULT)
    assert contacts[0].display_name == GRAPH_BOOK.contacts[0]["displayName"]
    assert contacts[0].email_addresses[0].address == GRAPH_BOOK.contacts[0]["emailAddresses"][0]["address"]
    assert contacts[0].given_name is None


def test_microsofts_client_follows_links_of_ten_contacts_each(graph: StandIn) -> None:
    async def read(client: GraphServiceClient, _: GraphRequestAdapter) -> list[int]:
        page = await client.me.contacts.get()
        sizes = [len(page.value)]
        while page.odata_next_link:
            page = await client.me.contacts.with_url(page.odata_next_link).get()
            sizes.append(len(page.value))
        return sizes

    assert in_graph(graph, read) == [10] * 6


def test_microsofts_client_walks_down_the_folders(graph: StandIn) -> None:
    async def read(client: GraphServiceClient, _: GraphRequestAdapter) -> dict[str, int]:
        folders = (await client.me.contact_folders.get()).value
        found = {}
        while folders:
            folder = client.me.contact_folders.by_contact_folder_id(folders[0].id)
            contacts = await folder.contacts.get(asking(select=["id"], top=999))
            assert (await folder.get()).display_name == folders[0].display_name
            found[folders[0].display_name] = len(contacts.value)
            folders = (await folder.child_folders.get()).value
        return found

    assert in_graph(graph, read) == {"Family": 60, "Cousins": 60, "Far away": 60}


def test_microsofts_client_gets_what_changed_by_a_delta_link(graph: StandIn) -> None:
    gone = ids_in(FAMILY)[5]

    async def read(client: GraphServiceClient, _: GraphRequestAdapter) -> tuple[list[Any], list[Any]]:
        delta = client.me.contact_folders.by_contact_folder_id(FAMILY["id"]).contacts.delta
        headers = HeadersCollection()
        headers.add("Prefer", "odata.maxpagesize=50")
        page = await delta.get(RequestConfiguration(headers=headers))
        everybody = list(page.value)
        while page.odata_next_link:
            page = await delta.with_url(page.odata_next_link).get()
            everybody += page.value
        graph.control(
            delete=[gone], upsert=[{"id": "new", "parentFolderId": FAMILY["id"], "displayName": "Newly Come"}]
        )
        changed = (await delta.with_url(page.odata_delta_link).get()).value
        return everybody, changed

    everybody, changed = in_graph(graph, read)

    assert [contact.id for contact in everybody] == ids_in(FAMILY)
    assert {contact.id: contact.additional_data.get("@removed") for contact in changed} == {
        gone: {"reason": "deleted"},
        "new": None,
    }


def test_microsofts_client_reads_an_error_and_its_request_id(graph: StandIn) -> None:
    async def read(client: GraphServiceClient, _: GraphRequestAdapter) -> None:
        await client.me.contact_folders.by_contact_folder_id("nowhere").contacts.get()

    with pytest.raises(ODataError) as caught:
        in_graph(graph, read)

    assert caught.value.response_status_code == 404
    assert caught.value.error is not None
    assert caught.value.error.code == "ErrorItemNotFound"
    assert caught.value.error.inner_error is not None
    assert caught.value.error.inner_error.request_id


def test_microsofts_client_waits_and_asks_again_when_it_is_throttled(graph: StandIn) -> None:
    graph.control(rules=[{"path": "/contacts$", "times": 1, "status": 429, "headers": {"Retry-After": "1"}}])

    async def read(client: GraphServiceClient, _: GraphRequestAdapter) -> int:
        return len((await client.me.contacts.get()).value)

    assert in_graph(graph, read) == 10
    assert [one["status"] for one in graph.requests()] == [429, 200]
