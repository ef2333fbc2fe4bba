"""Calls to DynamoDB: plain Python values in and out, and its errors as ours."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from rubrica.adapters import aws_errors
from rubrica.errors import StorageUnavailable

Item = Mapping[str, Any]

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class ConditionFailed(Exception):
    """The condition of a write did not hold; `item` is what stands there, None when nothing does."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("The condition of the write did not hold.")
        self.item = item


def encoded(values: Item) -> dict[str, Any]:
    """The values in DynamoDB's notation; those that are None are left out."""
    return {name: _serialize(value) for name, value in values.items() if value is not None}


def decoded(item: Item) -> dict[str, Any]:
    """The item as plain values; binaries as bytes, numbers as Decimal."""
    values = {name: _deserialize(value) for name, value in item.items()}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever DynamoDB holds
    """The client hands binaries out in a wrapper of its own, whose stub does not tell that it converts to bytes."""
    return bytes(value) if isinstance(value, Binary) else value  # type: ignore[call-overload]


def seconds(moment: datetime) -> int:
    """A moment as DynamoDB's TTL wants it."""
    return int(moment.timestamp())


def moment(value: Any) -> datetime:  # noqa: ANN401 - a Decimal from the client
    """A moment from epoch seconds."""
    return datetime.fromtimestamp(int(value), UTC)


def translated() -> AbstractContextManager[None]:
    """Raises ConditionFailed and StorageUnavailable in place of the client's errors."""
    return aws_errors.translated(_meaning)


def _meaning(code: str, response: Mapping[str, Any]) -> Exception:
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(_old_item(response))
    if code == "TransactionCanceledException":
        return _cancelled(response)
    return StorageUnavailable(code)


def _old_item(response: Mapping[str, Any]) -> Item | None:
    item = response.get("Item")
    return decoded(item) if item else None


def _cancelled(response: Mapping[str, Any]) -> Exception:
    for reason in response.get("CancellationReasons", ()):
        if reason.get("Code") == "ConditionalCheckFailed":
            return ConditionFailed(_old_item(reason))
    return StorageUnavailable("TransactionCanceledException")


def update(
    sets: Item, removes: tuple[str, ...] = (), condition: str = "", values: Item | None = None
) -> dict[str, Any]:
    """Arguments of an UpdateItem call.

    In `condition` every attribute is written #name and every value :name, `values` holding those that are
    not set by the update itself; a set value of None removes the attribute.
    """
    gone = [*removes, *(name for name, value in sets.items() if value is None)]
    kept = {name: value for name, value in sets.items() if value is not None}
    clauses = [f"SET {', '.join(f'#{name} = :{name}' for name in kept)}"]
    if gone:
        clauses.append(f"REMOVE {', '.join(f'#{name}' for name in gone)}")
    arguments: dict[str, Any] = {
        "UpdateExpression": " ".join(clauses),
        "ExpressionAttributeNames": names(" ".join(clauses) + " " + condition),
        "ExpressionAttributeValues": {f":{name}": _serialize(it) for name, it in {**kept, **(values or {})}.items()},
    }
    if condition:
        arguments["ConditionExpression"] = condition
        arguments["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return arguments


def names(expression: str) -> dict[str, str]:
    """The attribute names that an expression writes as #name: many of ours are reserved words."""
    found = {word.strip("(),=<>") for word in expression.replace("(", " ").split() if "#" in word}
    return {name: name[1:] for name in found}
