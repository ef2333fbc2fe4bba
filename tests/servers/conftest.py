"""Real CardDAV servers, each started at most once in a session."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from address_book_servers import Served, cyrus, radicale, xandikos
from invented_cards import invented_cards

from local.sandbox.cyrus import why_no_cyrus

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
