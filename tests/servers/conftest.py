"""Real CardDAV servers, and the sandbox's own servers, each started at most once in a session."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from address_book_servers import Served, cyrus, radicale, xandikos
from consent_flow import silent_server
from invented_cards import invented_cards
from stand_ins import GOOGLE_BOOK, GOOGLE_TOKENS, GRAPH_BOOK, GRAPH_TOKENS

from local.sandbox.consent.authorization_server import AuthorizationServer
from local.sandbox.cyrus import why_no_cyrus
from local.sandbox.google_people import running_people
from local.sandbox.microsoft_graph import running_graph
from local.sandbox.stand_in.launch import StandIn

CARDS = 324
_SERVERS: Mapping[str, Callable[[Path, Mapping[str, str]], AbstractContextManager[Served]]] = {
    "radicale": radicale,
    "xandikos": xandikos,
    "cyrus": cyrus,
}


@pytest.fixture(scope="session")
def _started() -> Iterator[Callable[[str], Served]]:
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(name: str) -> Served:
            if name not in running:
                # Not pytest's own folder: Cyrus runs as another user, who may not enter it.
                folder = Path(tempfile.mkdtemp(prefix="rubrica-"))
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
                folder.chmod(0o755)
                running[name] = stack.enter_context(_SERVERS[name](folder, invented_cards(CARDS)))
            return running[name]

        yield start


@pytest.fixture(params=sorted(_SERVERS))
def served(request: pytest.FixtureRequest, _started: Callable[[str], Served]) -> Served:
    """A real server with invented cards."""
    if request.param == "cyrus" and why_no_cyrus():
        pytest.skip(why_no_cyrus())
    return _started(request.param)


@pytest.fixture(scope="session")
def _running_people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with running_people(tmp_path_factory.mktemp("people"), GOOGLE_BOOK, tokens=GOOGLE_TOKENS) as stand_in:
        yield stand_in


@pytest.fixture
def people(_running_people: StandIn) -> StandIn:
    """The stand-in of the People API as at its start, with `GOOGLE_BOOK`."""
    _running_people.control(reset=True)
    return _running_people


@pytest.fixture(scope="session")
def _running_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with running_graph(tmp_path_factory.mktemp("graph"), GRAPH_BOOK, tokens=GRAPH_TOKENS) as stand_in:
        yield stand_in


@pytest.fixture
def graph(_running_graph: StandIn) -> StandIn:
    """The stand-in of Microsoft Graph as at its start, with `GRAPH_BOOK`."""
    _running_graph.control(reset=True)
    return _running_graph


@pytest.fixture(scope="session")
def _running_authorization_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthorizationServer]:
    with silent_server(tmp_path_factory.mktemp("consent")) as server:
        yield server


@pytest.fixture
def server(_running_authorization_server: AuthorizationServer) -> AuthorizationServer:
    """The sandbox's authorization server as at its start."""
    _running_authorization_server.reset()
    return _running_authorization_server
