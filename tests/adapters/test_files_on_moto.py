"""Files in the ImportsTable: sealed, in parts that fit an item, and gone with their import."""

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from files_contract import LARGE, FilesContract
from stored_imports import LATER, row_of
from tables import created, items

from rubrica.adapters.aes import FileSealer
from rubrica.adapters.dynamodb import files as layout
from rubrica.adapters.dynamodb.files import DynamoFiles
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.domain.credential import File
from rubrica.domain.imports import ImportId
from rubrica.errors import PageUnreadable, StorageUnavailable
from rubrica.ports import Files
from tests.fakes import CANARY_EMAIL, Broken, any_import

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IMP = any_import()


@pytest.fixture
def table_name(moto_dynamodb: "DynamoDBClient") -> str:
    return created(moto_dynamodb, "ImportsTable")


@pytest.fixture
def files(moto_dynamodb: "DynamoDBClient", table_name: str) -> Files:
    return DynamoFiles(Table(moto_dynamodb, table_name))


class TestDynamoFilesOnMoto(FilesContract):
    pass


def test_parts_fit_an_item_expire_and_show_nothing(
    files: Files, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    content = f"BEGIN:VCARD\r\nEMAIL:{CANARY_EMAIL}\r\nEND:VCARD\r\n".encode() + LARGE

    file = files.keep(IMP, content)

    stored = items(moto_dynamodb, table_name)
    assert len(stored) == file.parts == 5
    prefix = f"file#{hashlib.sha256(bytes.fromhex(file.key)).hexdigest()[:12]}"
    assert sorted(item["sk"]["S"] for item in stored) == [f"{prefix}#{number:05}" for number in range(1, 6)]
    assert {item["pk"]["S"] for item in stored} == {"I#1126"}
    assert {item["expires_at"]["N"] for item in stored} == {str(int(IMP.expires_at.timestamp()))}
    assert max(len(item["body"]["B"]) for item in stored) == 350_000
    assert len(file.key) == 64
    for secret in (CANARY_EMAIL, "VCARD", file.key):
        assert secret not in repr(stored)


def test_a_file_goes_with_its_import(files: Files, moto_dynamodb: "DynamoDBClient", table_name: str) -> None:
    imports = DynamoImports(Table(moto_dynamodb, table_name))
    imports.add(row_of(), None, LATER)
    imports.add(row_of(id=ImportId(7)), None, LATER)
    file, second = files.keep(IMP, LARGE), files.keep(IMP, b"another that came at the same time")
    foreign = files.keep(any_import(id=ImportId(7)), b"of another import")

    imports.shred(IMP.id, LATER)

    for gone in (file, second):
        with pytest.raises(PageUnreadable):
            files.read(gone)
    assert files.read(foreign) == b"of another import"
    imports.purge(ImportId(7), LATER)
    assert {item["sk"]["S"] for item in items(moto_dynamodb, table_name)} == {"import"}


def test_a_part_that_is_missing_moved_cut_or_altered_opens_nothing(
    files: Files, moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    file = files.keep(IMP, LARGE)
    table = Table(moto_dynamodb, table_name)
    names = sorted(item["sk"]["S"] for item in items(moto_dynamodb, table_name))
    whole = {name: table.get({"pk": "I#1126", "sk": name}) or {} for name in names}
    body = bytes(whole[names[2]]["body"])

    def put(name: str, body: bytes) -> None:
        moto_dynamodb.put_item(
            TableName=table_name, Item={"pk": {"S": "I#1126"}, "sk": {"S": name}, "body": {"B": body}}
        )

    for wrong in (bytes(whole[names[1]]["body"]), body[:-1], body[:-1] + bytes([body[-1] ^ 1]), b"", b"x"):
        put(names[2], wrong)
        with pytest.raises(PageUnreadable):
            files.read(file)
    moto_dynamodb.delete_item(TableName=table_name, Key={"pk": {"S": "I#1126"}, "sk": {"S": names[2]}})
    with pytest.raises(PageUnreadable):
        files.read(file)
    with pytest.raises(PageUnreadable):
        files.read(File(1126, 2, file.key))
    put(names[2], body)
    assert files.read(file) == LARGE


@pytest.mark.parametrize("plain", [b"never compressed", b"x\x9c\x03"])
def test_what_was_sealed_and_is_no_file_is_unreadable(
    files: Files, moto_dynamodb: "DynamoDBClient", table_name: str, plain: bytes
) -> None:
    file = files.keep(IMP, b"content")
    (item,) = items(moto_dynamodb, table_name)
    body = FileSealer(IMP.id, bytes.fromhex(file.key)).seal("file", 1, plain)
    moto_dynamodb.put_item(TableName=table_name, Item={**item, "body": {"B": body}})

    with pytest.raises(PageUnreadable):
        files.read(file)


def test_a_file_that_opens_to_more_than_we_take_is_not_ours(
    files: Files, moto_dynamodb: "DynamoDBClient", table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = files.keep(IMP, b"x" * 2_000)
    monkeypatch.setattr(layout, "LARGEST_PLAIN", 1_000)

    with pytest.raises(PageUnreadable):
        files.read(file)


def test_a_part_written_by_a_call_whose_answer_was_lost_is_no_obstacle(
    moto_dynamodb: "DynamoDBClient", table_name: str
) -> None:
    class Twice(Table):
        def put(self, item: Any, condition: str, values: Any = None) -> None:
            super().put(item, condition, values)
            super().put(item, condition, values)

    files = DynamoFiles(Twice(moto_dynamodb, table_name))

    assert files.read(files.keep(IMP, LARGE)) == LARGE


def test_parts_are_read_as_last_written_and_trouble_is_ours() -> None:
    heard: list[dict[str, Any]] = []

    class Listening:
        def query(self, **arguments: Any) -> dict[str, Any]:
            heard.append(arguments)
            return {"Items": []}

    with suppress(PageUnreadable):
        DynamoFiles(Table(Listening(), "imports")).read(File(1126, 1, "00" * 32))  # type: ignore[arg-type]
    assert [call["ConsistentRead"] for call in heard] == [True]

    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "zz-canary"}}, "PutItem")
    for error in (throttled, ConnectTimeoutError(endpoint_url="https://canary.example/")):
        broken = DynamoFiles(Table(Broken(error), "imports"))  # type: ignore[arg-type]
        for call in (lambda: broken.keep(IMP, b"x"), lambda: broken.read(File(1126, 1, "00" * 32))):  # noqa: B023
            with pytest.raises(StorageUnavailable) as caught:
                call()
            assert "canary" not in str(caught.value)
