"""The engines that the adapters are tried on."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
import pytest
from moto import mock_aws

from local.engine import Engine, running_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MOTO: Final = boto3.Session("test", "test", region_name="eu-central-1")
"""One session for all clients: it reads the services' descriptions once."""


@pytest.fixture
def moto_client() -> Iterator[Callable[[str], Any]]:
    """Clients of an empty cloud in this process."""
    with mock_aws():
        yield cast("Callable[[str], Any]", _MOTO.client)


@pytest.fixture
def moto_dynamodb(moto_client: Callable[[str], Any]) -> "DynamoDBClient":
    """Its DynamoDB."""
    client: DynamoDBClient = moto_client("dynamodb")
    return client


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine of the stack on one machine, with nothing deployed."""
    with running_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(scope="session")
def engine_dynamodb(engine: Engine) -> "DynamoDBClient":
    """Its DynamoDB."""
    client: DynamoDBClient = engine.client("dynamodb")
    return client
