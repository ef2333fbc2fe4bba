"""The deployed workflow on both engines, a moody server to import from, and the waiting made short."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.deploy import translate
from local.engine import ROOT
from local.sandbox.book import Book, sample_book
from local.sandbox.radicale import Radicale, running_radicale
from tests.workflow.machines import EngineMachine, Machine, running_engine_machine
from tests.workflow.moody_server import MoodyServer, running_moody_server
from tests.workflow.moto_machine import MotoMachine, running_moto_machine

CARDS = 120


@pytest.fixture(scope="session")
def book() -> Book:
    """The address book that everything is imported from."""
    return sample_book(CARDS)


@pytest.fixture(scope="session")
def radicale(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    """A real server that holds the book."""
    with running_radicale(Path(tmp_path_factory.mktemp("radicale")), book.cards) as server:
        yield server


@pytest.fixture(scope="session")
def radicale_url(radicale: Radicale) -> str:
    """The server without a proxy."""
    return radicale.url


@pytest.fixture(scope="session")
def moody_session(radicale: Radicale) -> Iterator[MoodyServer]:
    """The proxy in front of it."""
    with running_moody_server(radicale.url) as server:
        yield server


@pytest.fixture
def moody(moody_session: MoodyServer) -> Iterator[MoodyServer]:
    """The proxy, well again at the beginning and at the end."""
    moody_session.be_well()
    yield moody_session
    moody_session.be_well()


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineMachine]:
    """The whole template on the engine of the stack on one machine."""
    with running_engine_machine() as machine:
        yield machine


@pytest.fixture(scope="session")
def translated() -> dict[str, Any]:
    """The template as plain CloudFormation."""
    return translate(ROOT, {})


@pytest.fixture
def moto(translated: dict[str, Any]) -> Iterator[MotoMachine]:
    """The definition in moto's interpreter, the real handlers in this process; new for every test."""
    with running_moto_machine(translated) as machine:
        yield machine


@pytest.fixture(params=["engine", "moto"])
def machine(request: pytest.FixtureRequest) -> Machine:
    """Each engine in turn: they fail in different places."""
    chosen: Machine = request.getfixturevalue(request.param)
    return chosen
