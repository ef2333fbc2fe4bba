"""One machine, one application and one Chromium for all tests; a new visitor, without cookies, for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from application import Application, running_application
from installation import Installation, running_installation
from playwright.sync_api import Browser, sync_playwright
from visitor import Visitor, visiting

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
PICTURES = "BROWSER_PICTURES"
"""Environment variable with the folder for pictures of the pages; without it they go where pytest keeps such things."""


def _chromium() -> str:
    """The machine's own Chromium: nothing is downloaded."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        return found
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail("There is no Chromium on this machine, and without it nobody has looked at the pages.")
    pytest.skip("There is no Chromium on this machine (on Debian: apt-get install chromium fonts-dejavu-core).")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = _chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=[ONLY_THIS_MACHINE])
        yield running
        running.close()


@pytest.fixture(scope="session")
def application() -> Iterator[Application]:
    with running_application() as running:
        yield running


@pytest.fixture(scope="session")
def installation(browser: Browser, application: Application) -> Iterator[Installation]:
    """After the browser: without one there is nothing to start for."""
    with running_installation(application) as running:
        yield running


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = os.environ.get(PICTURES)
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def new_visitor(
    browser: Browser, installation: Installation, application: Application
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with a browser profile of its own; at the end each must have met with no trouble."""
    made: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        made.append(visiting(browser, {installation.origin, installation.provider, *application.origins}, **options))
        return made[-1]

    yield make
    for visitor in made:
        visitor.leave()


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    return new_visitor()
