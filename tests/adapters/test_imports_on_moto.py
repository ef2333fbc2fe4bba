"""The tables on moto, and what is DynamoDB's own."""

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from consents_contract import CONSENT, OPENING, SEALED_CODE, answered, asked
from imports_contract import ImportsContract
from stored_imports import (
    ID,
    LATER,
    REMEMBERED,
    REPEAT,
    added,
    closed,
    commit_of,
    lease_of,
    pages_of,
    row_of,
)
from tables import created, items

from rubrica.adapters.dynamodb import consents, rows
from rubrica.adapters.dynamodb.calls import ConditionFailed, update
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.domain.imports import ImportId, Progress, State
from rubrica.errors import IdempotencyKeyReused, StorageUnavailable
from rubrica.ports import Imports, PageKind, Row
from tests.fakes import NOW, TENANT, Broken, any_import

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TestDynamoImportsOnMoto(ImportsContract):
    @pytest.fixture
    def imports(self, moto_dynamodb: "DynamoDBClient") -> Imports:
        return DynamoImports(Table(moto_dynamodb, created(moto_dynamodb, "ImportsTable")))


# --- What lies in the tables ---


@pytest.fixture
def table_name(moto_dynamodb: "DynamoDBClient") -> str:
    return created(moto_dynamodb, "ImportsTable")


@pytest.fixture
def imports(moto_dynamodb: "DynamoDBClient", table_name: str) -> DynamoImports:
    return DynamoImports(Table(moto_dynamodb, table_name))


def keys(client: "DynamoDBClient", table: str) -> set[tuple[str, str]]:
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items(client, table)}


def test_items_stand_under_the_documented_keys_and_every_one_expires(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    imports.count_start(TENANT.id, NOW)
    imports.add(row_of(), REPEAT, LATER)
    imports.take(lease_of(1))
    pages = [page for kind in PageKind for page in pages_of(1, kind=kind)]
    imports.commit(lease_of(1), Progress(), commit_of(pages))

    assert keys(moto_dynamodb, table_name) == {
        (f"L#{TENANT.id}#{int(NOW.timestamp()) // 60}", "starts"),
        (f"R#{REPEAT.key}", "request"),
        ("I#1126", "import"),
        ("I#1126", "page#00001"),
        ("I#1126", "ledger#00001"),
        ("I#1126", "groups#00001"),
    }
    assert all("expires_at" in item for item in items(moto_dynamodb, table_name))


def test_only_rows_are_in_the_index_of_open_imports(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    imports.add(row_of(), REPEAT, LATER)
    imports.take(lease_of(1))
    imports.commit(lease_of(1), Progress(), commit_of(pages_of(1)))

    open_items = [item for item in items(moto_dynamodb, table_name) if "open" in item]

    assert [item["sk"]["S"] for item in open_items] == ["import"]


def test_purging_leaves_an_empty_item_in_no_index_also_of_pages_that_came_late(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    added(imports)
    imports.take(lease_of(1))
    imports.commit(lease_of(1), Progress(), commit_of(pages_of(*range(1, 60))))
    imports.shred(ID, LATER)
    assert keys(moto_dynamodb, table_name) == {("I#1126", "import")}
    Table(moto_dynamodb, table_name).put(
        {"pk": "I#1126", "sk": "page#00099", "body": b"late"}, "attribute_not_exists(pk)"
    )

    imports.purge(ID, REMEMBERED)

    (left,) = items(moto_dynamodb, table_name)
    assert (left["sk"]["S"], left["state"]["S"]) == ("import", "purged")
    assert left["expires_at"]["N"] == str(int(REMEMBERED.timestamp()))
    assert not {"open", "data_key", "credential", "cursor", "owner", "reference"} & set(left)


def test_the_index_finds_and_forgets_rows_whatever_the_value_of_its_key_is(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patched, because name and value are one word."""
    monkeypatch.setattr(rows, "OPEN", "another")
    added(imports)
    assert list(imports.due(LATER, 9)) == [ID]

    imports.purge(ID, REMEMBERED)

    (left,) = items(moto_dynamodb, table_name)
    assert "open" not in left


def test_nothing_of_a_credential_is_left_after_the_close(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    imp = added(imports)
    imports.take(lease_of(1))

    imports.close(closed(imp, State.FAILED, "sign_in_refused"))

    assert "sealed credential" not in repr(items(moto_dynamodb, table_name))


def test_nothing_of_the_way_to_the_provider_is_left_once_it_is_of_no_use(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    """The address may name the person who is likely to sign in."""
    given, never = asked(imports), asked(imports, id=ImportId(7))
    assert "login_hint" in repr(items(moto_dynamodb, table_name))

    imports.answer_consent(answered(given), SEALED_CODE, LATER)
    imports.close(closed(never, State.ABANDONED, "consent_expired"))

    left = repr(items(moto_dynamodb, table_name))
    for gone in ("login_hint", CONSENT.link, CONSENT.redirect_uri, "other_contacts"):
        assert gone not in left
    imports.take(lease_of(1))
    imports.keep(lease_of(1), b"sealed token")
    assert "sealed code" not in repr(items(moto_dynamodb, table_name))
    imports.close(closed(given))
    assert "sealed" not in repr(items(moto_dynamodb, table_name))
    imports.shred(given.id, LATER)
    assert [set(item) & set(consents.ATTRIBUTES) for item in items(moto_dynamodb, table_name)] == [
        set() if item["pk"]["S"] == "I#1126" else {"openings", "redirect_url", "origin", "way"}
        for item in items(moto_dynamodb, table_name)
    ]


def test_an_import_with_a_password_has_nothing_of_a_consent(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    added(imports)

    (item,) = items(moto_dynamodb, table_name)

    assert not set(item) & set(consents.ATTRIBUTES)


def test_an_item_of_another_version_with_fields_unknown_to_this_one_is_read(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    added(imports)
    Table(moto_dynamodb, table_name).update({"pk": "I#1126", "sk": "import"}, update({"novelty": "x"}))

    assert imports.get(ID) == row_of()


# --- DynamoDB's trouble ---


def client_error(code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "canary: the value zz-canary@example.org is wrong"}, **more}
    return ClientError(response, "UpdateItem")


def every_call(imports: Imports) -> list[Any]:
    imp = any_import()
    return [
        lambda: imports.add(row_of(), None, LATER),
        lambda: imports.add(row_of(), REPEAT, LATER),
        lambda: imports.count_start(TENANT.id, NOW),
        lambda: imports.get(ID),
        lambda: imports.take(lease_of(1)),
        lambda: imports.commit(lease_of(1), Progress(), commit_of(pages_of(1))),
        lambda: imports.release(lease_of(1), imp, LATER),
        lambda: imports.open_consent(ID, "state", OPENING),
        lambda: imports.answer_consent(imp, SEALED_CODE, LATER),
        lambda: imports.refuse_file(ID, "file_unreadable"),
        lambda: imports.keep(lease_of(1), SEALED_CODE),
        lambda: imports.close(closed(imp)),
        lambda: imports.restart(ID, 2, LATER, LATER),
        lambda: list(imports.pages(ID, PageKind.CONTACTS, 1, 2)),
        lambda: imports.due(NOW, 9),
        lambda: imports.shred(ID, LATER),
        lambda: imports.purge(ID, REMEMBERED),
    ]


CODES = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ValidationException",
    "TransactionCanceledException",
]


@pytest.mark.parametrize("code", CODES)
def test_every_trouble_becomes_ours_with_its_code_and_without_its_text(code: str) -> None:
    for call in every_call(DynamoImports(Table(Broken(client_error(code)), "imports"))):  # type: ignore[arg-type]
        with pytest.raises(StorageUnavailable) as caught:
            call()
        assert caught.value.reason == code
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_a_table_that_cannot_be_reached_is_trouble_as_well() -> None:
    broken = Broken(ConnectTimeoutError(endpoint_url="https://canary.example/"))

    for call in every_call(DynamoImports(Table(broken, "imports"))):  # type: ignore[arg-type]
        with pytest.raises(StorageUnavailable) as caught:
            call()
        assert caught.value.reason == "ConnectTimeoutError"
        assert "canary" not in str(caught.value)


def test_a_trouble_is_not_tried_again_here_for_the_workflow_does() -> None:
    broken = Broken(client_error("ThrottlingException"))
    for call in every_call(DynamoImports(Table(broken, "imports"))):  # type: ignore[arg-type]
        with pytest.raises(StorageUnavailable):
            call()

    assert broken.calls == len(every_call(DynamoImports(Table(broken, "imports"))))  # type: ignore[arg-type]


def test_a_cancelled_transaction_is_told_by_its_reasons(moto_dynamodb: "DynamoDBClient", table_name: str) -> None:
    conflict = client_error(
        "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "TransactionConflict"}]
    )
    table = Table(Broken(conflict), "imports")  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailable) as caught:
        table.transact({})
    assert caught.value.reason == "TransactionCanceledException"

    real = Table(moto_dynamodb, table_name)
    absent = "attribute_not_exists(pk)"
    real.put({"pk": "a", "sk": "b", "n": 7}, absent)
    with pytest.raises(ConditionFailed) as failed:
        real.transact(
            {"Put": real.putting({"pk": "new", "sk": "b"}, absent)},
            {"Put": real.putting({"pk": "a", "sk": "b"}, absent)},
        )
    assert failed.value.item == {"pk": "a", "sk": "b", "n": 7}
    assert real.get({"pk": "new", "sk": "b"}) is None


class Forgetful:
    """Leaves deletes undone: always, or so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked: list[int] = []

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        (requests,) = RequestItems.values()
        self.asked.append(len(requests))
        self.times -= 1
        return {"UnprocessedItems": {"imports": requests[:1]} if self.times >= 0 else {}}


def test_deletes_left_undone_are_asked_for_again_and_not_for_ever() -> None:
    patient = Forgetful(2)
    Table(patient, "imports").delete([{"pk": "a", "sk": str(number)} for number in range(30)])  # type: ignore[arg-type]
    assert patient.asked == [25, 1, 1, 5]

    endless = Forgetful(10**9)
    with pytest.raises(StorageUnavailable) as caught:
        Table(endless, "imports").delete([{"pk": "a", "sk": "b"}])  # type: ignore[arg-type]
    assert caught.value.reason == "UnprocessedItems"
    assert len(endless.asked) <= 10


def test_an_empty_range_of_pages_is_not_asked_for_at_all() -> None:
    """DynamoDB refuses BETWEEN with its bounds the wrong way round; moto and the engine do not."""
    broken = Broken(client_error("ValidationException"))

    assert list(DynamoImports(Table(broken, "imports")).pages(ID, PageKind.CONTACTS, 2, 1)) == []  # type: ignore[arg-type]
    assert broken.calls == 0


def test_an_answer_that_was_lost_does_not_make_a_second_import(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    """A client that repeats a call whose answer was lost finds its own row in the way."""
    for _ in range(2):
        assert imports.add(row_of(), REPEAT, LATER) == (row_of().imp, True)

    assert len(keys(moto_dynamodb, table_name)) == 2
    with pytest.raises(IdempotencyKeyReused):
        imports.add(row_of(id=ImportId(7)), type(REPEAT)(REPEAT.key, "other"), NOW + timedelta(hours=1))


class Repeating:
    """Sends every update twice, as a client does that lost the first answer, and hears the second one."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **arguments: Any) -> Any:
        with suppress(ClientError):
            self._client.update_item(**arguments)
        return self._client.update_item(**arguments)


@pytest.mark.parametrize("credential", [SEALED_CODE, None])
def test_a_client_that_sends_an_answer_twice_has_settled_the_consent_and_another_one_has_not(
    imports: DynamoImports, moto_dynamodb: "DynamoDBClient", table_name: str, credential: bytes | None
) -> None:
    imp = asked(imports)
    repeating = DynamoImports(Table(Repeating(moto_dynamodb), table_name))  # type: ignore[arg-type]

    settled, ours = repeating.answer_consent(answered(imp), credential, LATER)

    assert ours
    assert imports.get(ID) == Row(settled, credential=credential)
    for other in (imports, repeating):
        assert other.answer_consent(answered(imp), credential, LATER) == (settled, False)


def test_rows_and_pages_are_read_as_last_written() -> None:
    heard: list[dict[str, Any]] = []

    class Listening:
        def get_item(self, **arguments: Any) -> dict[str, Any]:
            heard.append(arguments)
            return {}

        def query(self, **arguments: Any) -> dict[str, Any]:
            heard.append(arguments)
            return {"Items": []}

    imports = DynamoImports(Table(Listening(), "imports"))  # type: ignore[arg-type]
    imports.get(ID)
    list(imports.pages(ID, PageKind.CONTACTS, 1, 2))

    assert [call["ConsistentRead"] for call in heard] == [True, True]
