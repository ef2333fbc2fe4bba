"""What an operator does from a shell, on a table like the deployed one."""

import json
import runpy
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError
from commands import noted_by, printed_by, refused, said

from rubrica import operator
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.domain.views import Switch
from rubrica.errors import NotAuthenticated
from rubrica.services.tenants import Authenticate
from tests.adapters.tables import created

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def authenticate(dynamodb: "DynamoDBClient", table: str) -> Authenticate:
    return Authenticate(DynamoTenants(Table(dynamodb, table)))


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

    said(capsys, "enable", tenant)
    assert said(capsys, "list") == {tenant: "enabled   Example application"}
    assert authenticate(new).id == tenant


def test_a_new_key_of_a_disabled_tenant_comes_with_a_note(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    tenant = said(capsys, "create", "Example application")["tenant"]
    assert noted_by(capsys, "tenants", "rotate", tenant) == ""
    said(capsys, "disable", tenant)

    for kind in ("--bearer", "--cloudsponge", "--cloudsponge"):
        noted = noted_by(capsys, "tenants", "rotate", tenant, kind)
        assert "This tenant is disabled" in noted
        assert f"tenants enable {tenant}" in noted
        assert len(noted.splitlines()) == 1


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
        (["tenants", "enable", "t-none"], "no such tenant"),
        (["tenants", "keys", "t-none"], "no such tenant"),
        (["tenants", "rotate", "t-none", "--cloudsponge"], "no such tenant"),
        (["tenants", "switch", "t-none", "--jsonp", "on"], "no such tenant"),
        (["tenants", "switch", "t-none"], "--query-credentials on|off or --jsonp on|off"),
        (["--table", "no-such-table", "tenants", "list"], "no such table in this account and region: check --table"),
        (["--table", "no-such-table", "tenants", "create", "A"], "no such table in this account"),
        (["--stack", "no-such-stack", "tenants", "list"], "no-such-stack"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], table: str, arguments: list[str], why: str
) -> None:
    assert why in refused(capsys, *arguments)


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


AWAY = EndpointConnectionError(endpoint_url="https://dynamodb.example.com/")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Query")
CONFLICT = ClientError({"Error": {"Code": "TransactionCanceledException", "Message": "no"}}, "TransactWriteItems")
BUSY = ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, "Query")


@pytest.mark.parametrize(
    ("trouble", "endpoint", "why"),
    [
        (AWAY, "", "AWS does not answer"),
        (AWAY, "http://127.0.0.1:1", "Nothing answers at AWS_ENDPOINT_URL"),
        (NoCredentialsError(), "", "No AWS credentials: set AWS_PROFILE"),
        (NoRegionError(), "", "set AWS_DEFAULT_REGION"),
        (DENIED, "", "lack a right"),
        (CONFLICT, "", "give the command again"),
        (BUSY, "", "ThrottlingException"),
    ],
)
@pytest.mark.parametrize("when", ["at the client", "at the call"])
def test_what_is_wrong_with_the_way_to_the_cloud_is_said_in_one_line_for_a_person(
    capsys: pytest.CaptureFixture[str],
    table: str,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    endpoint: str,
    why: str,
    when: str,
) -> None:
    class Broken:
        def query(self, **_: object) -> None:
            raise trouble

    def client(_: str) -> Broken:
        if when == "at the client":
            raise trouble
        return Broken()

    # Nothing else stands for a cloud that is not there: the real client would wait for it.
    monkeypatch.setattr("rubrica.operator.installation.boto3.client", client)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)

    said_why = refused(capsys, "tenants", "list")

    assert why in said_why
    assert "tried again" not in said_why
    assert "function" not in said_why


def test_what_is_no_command_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = (
        [],
        ["tenants"],
        ["tenants", "burn"],
        ["--stack", "a", "--table", "b", "tenants", "list"],
        ["tenants", "rotate", "t", "--bearer", "--cloudsponge"],
        ["tenants", "switch", "t", "--jsonp", "yes"],
        ["webhooks", "set", "t"],
        ["upstreams", "set", "--url", "https://elsewhere.example.com"],
    )
    for arguments in wrong:
        with pytest.raises(SystemExit) as caught:
            operator.main(arguments)
        assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


# --- What a tenant is allowed ---


def test_what_a_tenant_is_allowed_is_set_shown_and_replaced(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    made = said(capsys, "create", "Example application")
    tenant, key = made["tenant"], made["key"]
    asked = ["--redirect-url", "https://app.example.org/a", "--redirect-url", "https://app.example.org/b"]

    assert operator.main(["tenants", "allow", tenant, *asked, "--origin", "https://app.example.org"]) == 0

    shown = [
        f"{tenant}  enabled   Example application",
        "  redirect-url  https://app.example.org/a",
        "  redirect-url  https://app.example.org/b",
        "  origin        https://app.example.org",
    ]
    assert capsys.readouterr().out.splitlines() == shown
    assert authenticate(key).redirect_urls == ("https://app.example.org/a", "https://app.example.org/b")
    assert authenticate(key).origins == ("https://app.example.org",)
    operator.main(["tenants", "list"])
    assert capsys.readouterr().out.splitlines() == shown

    assert operator.main(["tenants", "allow", tenant, "--nothing"]) == 0
    assert capsys.readouterr().out.splitlines() == [shown[0], "  no redirect URL and no origin"]
    assert authenticate(key).redirect_urls == authenticate(key).origins == ()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--redirect-url", "http://app.example.org/"], "redirect URL"),
        (["--origin", "https://app.example.org/"], "origin"),
        (["--nothing", "--origin", "https://app.example.org"], "--nothing stands alone"),
        (["--nothing", "--redirect-url", "https://app.example.org/"], "--nothing stands alone"),
    ],
)
def test_what_must_not_be_allowed_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], table: str, arguments: list[str], why: str
) -> None:
    tenant = said(capsys, "create", "Example application")["tenant"]

    assert operator.main(["tenants", "allow", tenant, *arguments]) == 1

    printed = capsys.readouterr()
    assert why in printed.err
    assert len(printed.err.splitlines()) == 1
    assert operator.main(["tenants", "allow", "t-none", "--nothing"]) == 1
    assert "no such tenant" in capsys.readouterr().err


def test_it_runs_as_a_program(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["operator", "--help"])

    with pytest.raises(SystemExit) as caught:
        runpy.run_module("rubrica.operator", run_name="__main__")

    assert caught.value.code == 0
    assert "tenants|providers|webhooks|upstreams" in capsys.readouterr().out


# --- Keys of the CloudSponge API ---


def test_a_tenant_is_created_with_domain_keys_where_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    made = said(capsys, "create", "Example application", "--cloudsponge")

    paired = authenticate.domain(made["domain_key"], made["domain_password"])
    assert paired == authenticate(made["key"])
    assert paired.id == made["tenant"]
    assert "this once" in " ".join(made.values())


def test_domain_keys_are_issued_shown_and_rotated_apart_from_the_other_key(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    made = said(capsys, "create", "Example application")
    tenant = made["tenant"]
    lines = printed_by(capsys, "tenants", "keys", tenant)
    assert lines[0] == f"{tenant}  enabled   Example application"
    assert lines[2].split()[:3] == ["domain", "key", "none"]
    assert lines[2].endswith(f"tenants rotate {tenant} --cloudsponge)")

    first = said(capsys, "rotate", tenant, "--cloudsponge")
    assert authenticate.domain(first["domain_key"], first["domain_password"]).id == tenant
    second = said(capsys, "rotate", tenant, "--cloudsponge")
    assert second["domain_key"] == first["domain_key"]
    assert authenticate.domain(second["domain_key"], second["domain_password"]) == authenticate(made["key"])
    with pytest.raises(NotAuthenticated):
        authenticate.domain(first["domain_key"], first["domain_password"])

    for arguments in (["rotate", tenant], ["rotate", tenant, "--bearer"]):
        new = said(capsys, *arguments)["key"]
        assert authenticate(new) == authenticate.domain(second["domain_key"], second["domain_password"])
    with pytest.raises(NotAuthenticated):
        authenticate(made["key"])

    shown = "\n".join([*printed_by(capsys, "tenants", "keys", tenant), *printed_by(capsys, "tenants", "list")])
    assert shown.count(f"domain-key    {second['domain_key']}") == 1
    assert shown.count(second["domain_key"]) == 2
    for secret in (new, first["domain_password"], second["domain_password"]):
        assert secret not in shown


# --- Switches ---


def test_switches_are_switched_one_by_one_and_shown(
    capsys: pytest.CaptureFixture[str], authenticate: Authenticate
) -> None:
    made = said(capsys, "create", "Example application")
    tenant, key = made["tenant"], made["key"]
    steps: list[tuple[list[str], set[Switch]]] = [
        (["--query-credentials", "on"], {Switch.QUERY_CREDENTIALS}),
        (["--jsonp", "on"], {Switch.QUERY_CREDENTIALS, Switch.JSONP}),
        (["--query-credentials", "off"], {Switch.JSONP}),
        (["--query-credentials", "on", "--jsonp", "off"], {Switch.QUERY_CREDENTIALS}),
    ]
    for arguments, on in steps:
        lines = printed_by(capsys, "tenants", "switch", tenant, *arguments)

        assert authenticate(key).switches == on
        assert lines[0].startswith(tenant)
        states = {switch: "on" if switch in on else "off" for switch in Switch}
        assert [line.split() for line in lines[1:]] == [[switch.value, states[switch]] for switch in Switch]
        listed = printed_by(capsys, "tenants", "list")
        assert listed == [lines[0], *(f"  switched-on   {switch.value}" for switch in Switch if switch in on)]
