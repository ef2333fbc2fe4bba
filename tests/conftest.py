"""What holds for every test: no credentials of the machine, no network, one time, no luck."""

import faulthandler
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import FixedClock, NumberedChance, Recorder

LOOPBACK = ["127.0.0.1", "::1"]
LOOPBACK_SUITES = {"adapters", "servers", "workflow", "e2e", "browser"}
"""Folders whose tests talk to servers on this machine; everywhere else a socket is an error."""

_SUITES = Path(__file__).parent
_OURS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_METRICS_NAMESPACE": "Rubrica",
    "POWERTOOLS_SERVICE_NAME": "tests",
}

_STDERR = pytest.StashKey[int]()

# No test is about time, and examples are drawn slowly on a machine that is busy.
settings.register_profile(
    "rubrica", deadline=None, max_examples=60, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_configure(config: pytest.Config) -> None:
    """Before anything else, so that it holds for fixtures of a whole session as well."""
    # While tests run, what is written to standard error is captured; here it is not yet.
    config.stash[_STDERR] = os.dup(2)
    _scrub(os.environ)
    settings.load_profile("rubrica")


def _scrub(environment: "os._Environ[str]") -> None:
    for name in [name for name in environment if name.startswith(("AWS_", "POWERTOOLS_"))]:
        del environment[name]
    environment.update(_OURS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that needs more than its folder says so with the mark allow_hosts."""
    for item in items:
        suite = item.path.relative_to(_SUITES).parts[0]
        if suite in LOOPBACK_SUITES:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        elif item.get_closest_marker("allow_hosts") is None:
            item.add_marker(pytest.mark.disable_socket)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A failure stops the clocks of all deadlines, for the sake of debuggers; what is left to do gets a new one."""
    seconds = float(item.config.getini("faulthandler_timeout"))
    if seconds:
        faulthandler.dump_traceback_later(seconds, exit=True, file=item.config.stash[_STDERR])


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test before this one left in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name not in _OURS]:
        monkeypatch.delenv(name)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until it is told to go on."""
    return FixedClock()


@pytest.fixture
def chance() -> NumberedChance:
    """Random numbers that count."""
    return NumberedChance()


@pytest.fixture
def recorder() -> Recorder:
    """Remembers what was said about a run."""
    return Recorder()
