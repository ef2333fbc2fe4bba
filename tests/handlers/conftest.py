"""An installation for each test, and what it wrote to its log."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from entrances import Entrances

_NUMBERS = count(1)

LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def entrances(monkeypatch: pytest.MonkeyPatch) -> Entrances:
    # The Powertools keep one logger a name, and with it the output that there was when it was made.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"tests-{next(_NUMBERS)}")
    return Entrances()


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> LogLines:
    """The lines of log and metrics since the last call; each is one JSON object."""

    def lines() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        assert err == ""
        return [json.loads(line) for line in out.splitlines()]

    return lines
