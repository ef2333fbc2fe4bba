"""One running stack, one tenant and one sandbox server for all end-to-end tests."""

from collections.abc import Iterator

import pytest
from api_client import ApiClient, new_client

from local.sandbox.people import card, people
from local.sandbox.radicale import Radicale, running_radicale
from local.stack import Stack, running_stack


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
