"""One running stack, tenant and address-book server for all end-to-end tests, and a machine for those of consent."""

from collections.abc import Iterator

import pytest
from api_client import ApiClient, new_client
from consenting import Application

from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.people import card, people
from local.sandbox.providers import Books
from local.sandbox.radicale import Radicale, running_radicale
from local.stack import Stack, running_stack
from local.tenant import BEARER


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    cards = {f"card-{number:05}.vcf": card(person) for number, person in enumerate(people(1_200, 11))}
    with running_radicale(tmp_path_factory.mktemp("radicale"), cards) as running:
        yield running


@pytest.fixture(scope="session")
def api(stack: Stack) -> ApiClient:
    return new_client(stack, "end to end")


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    """A whole machine with every provider, and the tenant that it comes with."""
    books = Books(sample_book(20), google_book(), microsoft_book())
    with running_machine(None, books, wait_scale=0.2) as (stack, sandbox):
        yield Application(stack, sandbox, ApiClient(stack.base_url, BEARER))
