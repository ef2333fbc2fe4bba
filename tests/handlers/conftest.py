"""An installation for each test, and what it wrote to its log."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cloudsponge_dialect import EVERY_SWITCH, Dialect
from entrances import Entrances
from moto import mock_aws

from tests.adapters.tables import created

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NUMBERS = count(1)

LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def entrances(monkeypatch: pytest.MonkeyPatch) -> Entrances:
    # The Powertools keep one logger a name, and with it the output that there was when it was made.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"tests-{next(_NUMBERS)}")
    return Entrances()


@pytest.fixture
def dialect(entrances: Entrances) -> Dialect:
    return Dialect(entrances)


@pytest.fixture
def open_dialect(entrances: Entrances) -> Dialect:
    """Of tenants that have every switch on."""
    return Dialect(entrances, EVERY_SWITCH)


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> LogLines:
    """The lines of log and metrics since the last call; each is one JSON object."""

    def lines() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        assert err == ""
        return [json.loads(line) for line in out.splitlines()]

    return lines


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """The DynamoDB of an empty cloud in this process."""
    with mock_aws():
        yield boto3.client("dynamodb")


@pytest.fixture
def table(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an empty AccountsTable, which the operator's command finds."""
    name = created(dynamodb, "AccountsTable")
    monkeypatch.setenv("ACCOUNTS_TABLE", name)
    return name
