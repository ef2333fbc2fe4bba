"""The tables as template.yaml has them, made for a test: a change of a key there breaks the tests here."""

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from tests.contract.deployed_template import resources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NUMBERS: Final = count(1)
_WANTED: Final = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


def created(client: "DynamoDBClient", logical_id: str) -> str:
    """The name of a new, empty table."""
    properties = resources("AWS::DynamoDB::Table")[logical_id]
    name = f"{logical_id}-{next(_NUMBERS)}"
    wanted: dict[str, Any] = {key: properties[key] for key in _WANTED if key in properties}
    client.create_table(TableName=name, **wanted)
    return name


def items(client: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    """Everything in the table, in DynamoDB's notation."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [dict(item) for page in pages for item in page["Items"]]
