"""One table and the calls made to it, in plain Python values."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from rubrica.adapters.dynamodb.calls import Item, decoded, encoded, translated
from rubrica.errors import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION: Final = "pk"
SORT: Final = "sk"

ABSENT: Final = f"attribute_not_exists({PARTITION})"

_MOST_DELETES: Final = 25
_MOST_TRIES: Final = 5


class Table:
    """The calls. Each raises StorageUnavailable, and those with a condition ConditionFailed."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Item, *, consistent: bool = True) -> dict[str, Any] | None:
        """The item as last written, or as it was a moment ago at half the price; None when there is none."""
        with translated():
            answer = self._client.get_item(TableName=self._name, Key=encoded(key), ConsistentRead=consistent)
        return decoded(answer["Item"]) if "Item" in answer else None

    def put(self, item: Item, condition: str, values: Item | None = None) -> None:
        """Write the item where the condition holds."""
        with translated():
            self._client.put_item(**self.putting(item, condition, values))

    def putting(self, item: Item, condition: str, values: Item | None = None) -> dict[str, Any]:
        """The arguments of `put`, as a transaction takes them."""
        put: dict[str, Any] = {
            "TableName": self._name,
            "Item": encoded(item),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            put["ExpressionAttributeValues"] = encoded(values)
        return put

    def updating(self, key: Item, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments of `update`, as a transaction takes them."""
        return {"TableName": self._name, "Key": encoded(key), **arguments}

    def deleting(self, key: Item) -> dict[str, Any]:
        """The arguments of an unconditional delete, as a transaction takes them."""
        return {"TableName": self._name, "Key": encoded(key)}

    def transact(self, *writes: dict[str, Any]) -> None:
        """Make all the writes or none; each is {"Put" | "Update" | "Delete": arguments}."""
        with translated():
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]

    def update(self, key: Item, arguments: dict[str, Any]) -> None:
        """Change the item; `arguments` are made by `calls.update`."""
        with translated():
            self._client.update_item(**self.updating(key, arguments))

    def updated(self, key: Item, arguments: dict[str, Any]) -> dict[str, Any]:
        """Change the item; the item as it then is."""
        with translated():
            answer = self._client.update_item(**self.updating(key, arguments), ReturnValues="ALL_NEW")
        return decoded(answer["Attributes"])

    def replaced(self, key: Item, arguments: dict[str, Any]) -> dict[str, Any]:
        """Change the item; the item as it was before."""
        with translated():
            answer = self._client.update_item(**self.updating(key, arguments), ReturnValues="ALL_OLD")
        return decoded(answer["Attributes"])

    def query(self, condition: str, values: Item, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        """The items that the key condition names, in order, fetched as they are asked for."""
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encoded(values),
            **arguments,
        }
        while True:
            with translated():
                answer = self._client.query(**query)
            yield from map(decoded, answer["Items"])
            if "LastEvaluatedKey" not in answer or "Limit" in query:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def delete(self, keys: Sequence[Item]) -> None:
        """Delete the items, in batches; what the table leaves undone is asked for again, a bounded number of times."""
        for start in range(0, len(keys), _MOST_DELETES):
            self._delete_batch(
                [{"DeleteRequest": {"Key": encoded(key)}} for key in keys[start : start + _MOST_DELETES]]
            )

    def _delete_batch(self, batch: Any) -> None:  # noqa: ANN401 - the client's own notation
        for _ in range(_MOST_TRIES):
            with translated():
                answer = self._client.batch_write_item(RequestItems={self._name: batch})
            batch = answer.get("UnprocessedItems", {}).get(self._name)
            if not batch:
                return
        raise StorageUnavailable("UnprocessedItems")
