"""What an operator does from a shell, on a table like the deployed one."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from rubrica import operator
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.errors import NotAuthenticated
from rubrica.services.tenants import Authenticate
from tests.adapters.tables import created

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        yield boto3.client("dynamodb")


@pytest.fixture
def table(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> str:
    name = created(dynamodb, "AccountsTable")
    monkeypatch.setenv("ACCOUNTS_TABLE", name)
    return name


@pytest.fixture
def authenticate(dynamodb: "DynamoDBClient", table: str) -> Authenticate:
    return Authenticate(DynamoTenants(Table(dynamodb, table)))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """The words that a command that went well printed, by their labels."""
    assert operator.main(["tenants", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return dict(line.split(maxsplit=1) for line in printed.out.splitlines())


def test_a_tenant_is_created_listed_rotated_and_disabled(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    made = said(capsys, "create", "Example application")
    tenant, key = made["tenant"], made["key"]
    assert authenticate(key).id == tenant
    assert said(capsys, "list") == {tenant: "enabled   Example application"}

    new = said(capsys, "rotate", tenant)["key"]
    assert authenticate(new).id == tenant
    with pytest.raises(NotAuthenticated):
        authenticate(key)

    said(capsys, "disable", tenant)
    assert said(capsys, "list") == {tenant: "disabled  Example application"}
    with pytest.raises(NotAuthenticated):
        authenticate(new)


def test_a_key_is_printed_once_and_not_listed(capsys: pytest.CaptureFixture[str], table: str) -> None:
    key = said(capsys, "create", "Example application")["key"]

    operator.main(["tenants", "list"])

    assert key not in capsys.readouterr().out


def test_the_table_can_be_named_or_found_by_the_stack(
    capsys: pytest.CaptureFixture[str], dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    name = created(dynamodb, "AccountsTable")
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Other": {"Value": "x"}, "AccountsTableName": {"Value": name}},
    }
    boto3.client("cloudformation").create_stack(StackName="rubrica", TemplateBody=json.dumps(template))
    monkeypatch.delenv("ACCOUNTS_TABLE", raising=False)

    for where in (["--table", name], ["--stack", "rubrica"]):
        assert operator.main([*where, "tenants", "list"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["tenants", "create", "<script>"], "name"),
        (["tenants", "rotate", "t-none"], "no such tenant"),
        (["tenants", "disable", "t-none"], "no such tenant"),
        (["--table", "no-such-table", "tenants", "list"], "table"),
        (["--stack", "no-such-stack", "tenants", "list"], "no-such-stack"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], table: str, arguments: list[str], why: str
) -> None:
    assert operator.main(arguments) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert why in printed.err
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err


def test_an_installation_has_to_be_named(
    capsys: pytest.CaptureFixture[str], dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACCOUNTS_TABLE", raising=False)

    assert operator.main(["tenants", "list"]) == 1

    assert "--stack" in capsys.readouterr().err


def test_a_stack_without_the_output_is_refused(capsys: pytest.CaptureFixture[str], dynamodb: "DynamoDBClient") -> None:
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody='{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    )

    assert operator.main(["--stack", "other", "tenants", "list"]) == 1

    assert "AccountsTableName" in capsys.readouterr().err


def test_a_cloud_that_cannot_be_reached_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com/")

    # Nothing else stands for a cloud that is not there: the real client would wait for it.
    monkeypatch.setattr("rubrica.operator.boto3.client", unreachable)

    assert operator.main(["tenants", "list"]) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_is_no_command_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["tenants"], ["tenants", "burn"], ["--stack", "a", "--table", "b", "tenants", "list"]):
        with pytest.raises(SystemExit) as caught:
            operator.main(arguments)
        assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
