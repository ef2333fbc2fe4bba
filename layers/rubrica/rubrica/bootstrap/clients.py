"""AWS clients, and the adapters that several functions share."""

import os
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_stepfunctions import SFNClient

FOR_TASKS: Final[dict[str, Any]] = {
    "connect_timeout": 2,
    "read_timeout": 10,
    "retries": {"total_max_attempts": 1},
}
"""The workflow repeats a whole task; a second layer of retries below it would multiply every storm."""

FOR_REQUESTS: Final[dict[str, Any]] = {
    "connect_timeout": 1,
    "read_timeout": 5,
    "retries": {"total_max_attempts": 3, "mode": "standard"},
}
"""Nobody repeats a request for us."""


def environment() -> Environment:
    """The function's own environment."""
    return Environment(os.environ)


def imports(table: str, how: dict[str, Any]) -> DynamoImports:
    """The store of imports."""
    return DynamoImports(dynamodb(table, how))


def dynamodb(table: str, how: dict[str, Any]) -> Table:
    """A table."""
    return Table(boto3.client("dynamodb", config=Config(**how)), table)


def kms(how: dict[str, Any]) -> "KMSClient":
    """The key service."""
    return boto3.client("kms", config=Config(**how))


def secrets(how: dict[str, Any]) -> "SecretsManagerClient":
    """The store of secrets."""
    return boto3.client("secretsmanager", config=Config(**how))


def stepfunctions(how: dict[str, Any]) -> "SFNClient":
    """The workflow service."""
    return boto3.client("stepfunctions", config=Config(**how))


def events(how: dict[str, Any]) -> "EventBridgeClient":
    """The event bus."""
    return boto3.client("events", config=Config(**how))
