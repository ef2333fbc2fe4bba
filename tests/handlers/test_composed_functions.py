"""The deployed modules themselves, put together as in the cloud, on moto."""

import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest
from entrances import LambdaContext, event
from moto import mock_aws

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.bootstrap.close_import import closing
from rubrica.domain.imports import ImportId
from rubrica.domain.turns import first_state
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.environment import Environment, SettingMissing
from rubrica.ports import KeyKind
from rubrica.services.tenants import digest
from rubrica.settings import (
    CallbackSettings,
    CloseSettings,
    DeleteSettings,
    PagesSettings,
    PollSettings,
    ReadSettings,
    ReceiveSettings,
    SandboxSettings,
    StartSettings,
    SweepSettings,
    WebhookSettings,
)
from tests.adapters.tables import created, items
from tests.contract.deployed_template import ROOT
from tests.fakes import CANARY_EMAIL, CANARY_PASSWORD, CODE, ORIGIN, REDIRECT_URL, TENANT, TOKEN, any_import

FUNCTIONS = sorted(folder.parent.name for folder in (ROOT / "functions").glob("*/handler.py"))
_NUMBERS = count(1)

Handler = Callable[[dict[str, Any], Any], Any]


def handler_of(function: str) -> Handler:
    """The entry point, loaded as the runtime loads it."""
    path = ROOT / "functions" / function / "handler.py"
    spec = importlib.util.spec_from_file_location(f"handler_of_{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_happens_at_import(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)

    assert callable(handler_of(function))


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables that template.yaml gives to the functions, over resources of moto's."""
    with mock_aws():
        role = boto3.client("iam").create_role(RoleName="workflow", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        machine = boto3.client("stepfunctions").create_state_machine(
            name="import", definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}', roleArn=role
        )
        dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")
        made = {
            "IMPORTS_TABLE": created(dynamodb, "ImportsTable"),
            "ACCOUNTS_TABLE": created(dynamodb, "AccountsTable"),
            "CONTACTS_KEY": kms.create_key()["KeyMetadata"]["Arn"],
            "CREDENTIALS_KEY": kms.create_key()["KeyMetadata"]["Arn"],
            "STATE_MACHINE_ARN": machine["stateMachineArn"],
            "IMPORT_SECONDS": "3600",
            "RETENTION_SECONDS": "86400",
            "STARTS_PER_MINUTE": "60",
            "SLICE_SECONDS": "240",
            "EGRESS_PORTS": "443,8843",
            "INSTALLATION": "rubrica",
            "PROVIDERS_SECRET": "rubrica/providers",
            "UPSTREAMS_SECRET": "rubrica/upstreams",
            "WEBHOOKS_SECRET": "rubrica/webhooks",
            "POWERTOOLS_SERVICE_NAME": f"composed-{next(_NUMBERS)}",
        }
        for name, value in made.items():
            monkeypatch.setenv(name, value)
        tenants = DynamoTenants(Table(dynamodb, made["ACCOUNTS_TABLE"]))
        tenants.add(TENANT, {KeyKind.BEARER: digest("example-key-a")})
        for function in FUNCTIONS:
            import_module(f"rubrica.bootstrap.{function}").compose.cache_clear()
        yield made
        for function in FUNCTIONS:
            import_module(f"rubrica.bootstrap.{function}").compose.cache_clear()


def call(function: str, asked: dict[str, Any]) -> Any:
    return handler_of(function)(asked, LambdaContext())


def test_an_import_goes_from_start_to_deletion(variables: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    started = call("start_import", event("start_import/password_import"))
    assert started["statusCode"] == 202, started["body"]
    import_id = json.loads(started["body"])["id"]

    def about(name: str) -> dict[str, Any]:
        asked = event(name)
        asked["rawPath"] = asked["requestContext"]["http"]["path"] = asked["rawPath"].replace("1126", str(import_id))
        return asked

    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=variables["STATE_MACHINE_ARN"])[
        "executions"
    ]
    assert execution["name"] == str(import_id)
    assert call("read_import", about("read_import/status"))["statusCode"] == 200
    assert call("read_import", about("read_import/contacts"))["statusCode"] == 409
    assert json.loads(call("start_import", event("start_import/sources"))["body"])["sources"]

    call("close_import", {"import_id": import_id, "run": 1, "error": "SignInRefused"})
    status = json.loads(call("read_import", about("read_import/status"))["body"])
    assert (status["state"], status["failure"]["code"]) == ("failed", "sign_in_refused")
    assert call("sweep_imports", event("sweep_imports/scheduled")) == {"swept": 0}
    assert call("send_webhook", {"import_id": import_id, "retry": 0}) == {"import_id": import_id, "outcome": "nothing"}

    assert call("delete_import", about("delete_import/delete"))["statusCode"] == 204
    state = call("poll_status", {**first_state(ImportId(import_id), 1), "retry": 0})
    assert state["next"] == "done"
    printed = capsys.readouterr()
    stored = repr(items(boto3.client("dynamodb"), variables["IMPORTS_TABLE"]))
    for secret in (CANARY_PASSWORD, CANARY_EMAIL):
        assert secret not in printed.out + printed.err + stored


def asked_with(name: str, **changes: Any) -> dict[str, Any]:
    """An event with other values at its top, and the path also where the gateway repeats it."""
    made = {**event(name), **changes}
    made["requestContext"]["http"]["path"] = made["rawPath"]
    return made


@pytest.fixture
def google(variables: dict[str, str]) -> dict[str, str]:
    """The same, with an app at Google and what the tenant's browsers may come back to."""
    app = {"client_id": "client-of-example", "client_secret": "canary-client-secret"}
    boto3.client("secretsmanager").create_secret(
        Name=variables["PROVIDERS_SECRET"], SecretString=json.dumps({"google": app})
    )
    tenants = DynamoTenants(Table(boto3.client("dynamodb"), variables["ACCOUNTS_TABLE"]))
    tenants.allow(TENANT.id, [REDIRECT_URL], [ORIGIN])
    return variables


def test_a_consent_goes_from_link_to_workflow(google: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    started = call("start_import", event("start_import/consent_import"))
    assert started["statusCode"] == 202, started["body"]
    link = urlsplit(json.loads(started["body"])["consent_url"])
    assert link.netloc == "rubrica.example.com"

    opened = call("pages", asked_with("pages/first_opening", rawPath=link.path))
    assert opened["statusCode"] == 302
    cookie = opened["cookies"][0].partition(";")[0]
    way = dict(parse_qsl(urlsplit(opened["headers"]["Location"]).query))

    back = urlencode({"state": way["state"], "code": CODE, "scope": way["scope"], "iss": "https://accounts.google.com"})
    answers = [
        call("oauth_callback", asked_with("oauth_callback/given", rawQueryString=back, cookies=[cookie]))
        for _ in range(3)
    ]

    number = json.loads(started["body"])["id"]
    assert {answered["headers"]["Location"] for answered in answers} == {
        f"{REDIRECT_URL}?import_id={number}&state=importing"
    }
    machines = boto3.client("stepfunctions")
    (execution,) = machines.list_executions(stateMachineArn=google["STATE_MACHINE_ARN"])["executions"]
    assert execution["name"] == str(number)
    call("close_import", {"import_id": number, "run": 1, "error": "ConsentNotRedeemed"})
    handed = machines.describe_execution(executionArn=execution["executionArn"])["input"]
    stored = repr(items(boto3.client("dynamodb"), google["IMPORTS_TABLE"]))
    printed = capsys.readouterr()
    secrets = (
        CODE,
        cookie.partition("=")[2],
        way["state"],
        "canary-client-secret",
        way["code_challenge"],
        CANARY_EMAIL,
    )
    for secret in secrets:
        assert secret not in printed.out + printed.err + stored + handed
    assert "credential" not in stored


def test_a_consent_that_is_denied_ends_the_import_at_once(google: dict[str, str]) -> None:
    started = json.loads(call("start_import", event("start_import/consent_import"))["body"])
    opened = call("pages", asked_with("pages/first_opening", rawPath=urlsplit(started["consent_url"]).path))
    way = dict(parse_qsl(urlsplit(opened["headers"]["Location"]).query))
    denied = urlencode({"state": way["state"], "error": "access_denied", "iss": "https://accounts.google.com"})
    cookies = [opened["cookies"][0].partition(";")[0]]

    answered = call("oauth_callback", asked_with("oauth_callback/denied", rawQueryString=denied, cookies=cookies))

    assert answered["headers"]["Location"].endswith("&state=failed&failure=consent_denied")
    status = call("read_import", asked_with("read_import/status", rawPath=f"/v1/imports/{started['id']}"))
    assert json.loads(status["body"])["failure"]["code"] == "consent_denied"
    machines = boto3.client("stepfunctions")
    assert machines.list_executions(stateMachineArn=google["STATE_MACHINE_ARN"])["executions"] == []


def test_a_file_goes_from_link_to_contacts(variables: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    started = json.loads(call("start_import", event("start_import/upload_import"))["body"])
    path = urlsplit(started["consent_url"]).path
    assert call("pages", asked_with("pages/file_wanted", rawPath=path))["statusCode"] == 200

    for _ in range(2):
        received = call("receive_answer", asked_with("receive_answer/vcard", rawPath=path))
        assert (received["statusCode"], "being imported" in received["body"]) == (200, True)

    machines, dynamodb = boto3.client("stepfunctions"), boto3.client("dynamodb")
    (execution,) = machines.list_executions(stateMachineArn=variables["STATE_MACHINE_ARN"])["executions"]
    assert execution["name"] == str(started["id"])
    state = call("poll_status", {**first_state(ImportId(started["id"]), 1), "retry": 0})
    assert state["next"] == "done"
    call("close_import", {"import_id": started["id"], "run": 1, "error": ""})
    asked = asked_with("read_import/contacts", rawPath=f"/v1/imports/{started['id']}/contacts")
    (contact,) = json.loads(call("read_import", asked)["body"])["contacts"]
    assert contact["emails"][0]["address"] == "anna@example.com"
    printed, stored = capsys.readouterr(), repr(items(dynamodb, variables["IMPORTS_TABLE"]))
    for secret in ("anna@example.com", path.rpartition("/")[2]):
        assert secret not in printed.out + printed.err + stored


def test_sources_are_set_up_by_the_secret(google: dict[str, str]) -> None:
    listed = json.loads(call("start_import", event("start_import/sources"))["body"])["sources"]

    told = {source["name"]: source["configured"] for source in listed}
    assert (told["google"], told["microsoft"], told["icloud"]) == (True, False, True)


def test_who_closes_an_import_asks_only_providers_that_revoke(variables: dict[str, str]) -> None:
    close = closing(CloseSettings.of(Environment(variables)), PowertoolsTelemetry())

    assert close.revoke.revocable == {"google"}
    assert close.revoke.ask(any_import(source="microsoft"), TOKEN) is None


def test_a_composed_function_is_kept(variables: dict[str, str]) -> None:
    compose = import_module("rubrica.bootstrap.read_import").compose

    assert compose() is compose()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_variable_that_is_missing_is_named(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMPORTS_TABLE", raising=False)
    import_module(f"rubrica.bootstrap.{function}").compose.cache_clear()

    with pytest.raises(SettingMissing, match="IMPORTS_TABLE"):
        call(function, {})


# --- Settings ---

GIVEN = {
    "IMPORTS_TABLE": "imports",
    "ACCOUNTS_TABLE": "accounts",
    "CONTACTS_KEY": "contacts-key",
    "CREDENTIALS_KEY": "credentials-key",
    "STATE_MACHINE_ARN": "machine",
    "IMPORT_SECONDS": "3600",
    "RETENTION_SECONDS": "86400",
    "STARTS_PER_MINUTE": "60",
    "SLICE_SECONDS": "240",
    "EGRESS_PORTS": "443,8843",
    "INSTALLATION": "rubrica",
    "PROVIDERS_SECRET": "rubrica/providers",
    "UPSTREAMS_SECRET": "rubrica/upstreams",
    "WEBHOOKS_SECRET": "rubrica/webhooks",
}
SETTINGS = [
    StartSettings,
    PagesSettings,
    CallbackSettings,
    ReceiveSettings,
    ReadSettings,
    DeleteSettings,
    PollSettings,
    CloseSettings,
    SweepSettings,
    WebhookSettings,
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_read_from_the_environment(settings: Any) -> None:
    told = settings.of(Environment(GIVEN))

    assert "imports" in repr(told)


def test_loopback_and_sandbox_are_off_unless_set() -> None:
    usual = PollSettings.of(Environment(GIVEN))
    sandbox = {
        "SANDBOX_URL": "http://127.0.0.1:1",
        "SANDBOX_SIGN_IN_URL": "http://127.0.0.1:2",
        "SANDBOX_PEOPLE_URL": "http://127.0.0.1:3",
        "SANDBOX_GRAPH_URL": "http://127.0.0.1:4",
    }
    local = PollSettings.of(Environment({**GIVEN, **sandbox, "EGRESS_LOOPBACK": "true"}))

    assert (usual.egress.loopback, usual.egress.ports) == (False, frozenset({443, 8843}))
    assert usual.sandbox == SandboxSettings("", "", "", "")
    assert local.egress.loopback
    assert local.sandbox == SandboxSettings(*sandbox.values())
    for value in ("", "1", "True", "yes"):
        assert not PollSettings.of(Environment({**GIVEN, "EGRESS_LOOPBACK": value})).egress.loopback


@pytest.mark.parametrize("value", ["", "0", "-5", "1.5", "ten", "１０", "10 "])
def test_a_number_that_is_none_is_named_and_not_repeated(value: str) -> None:
    with pytest.raises(SettingMissing) as caught:
        Environment({"SLICE_SECONDS": value}).number("SLICE_SECONDS")

    assert "SLICE_SECONDS" in str(caught.value)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("value", ["", "443,", "443;80", "https", "443, 80"])
def test_ports_that_are_none_are_named(value: str) -> None:
    with pytest.raises(SettingMissing, match="EGRESS_PORTS"):
        Environment({"EGRESS_PORTS": value}).numbers("EGRESS_PORTS")


def test_every_folder_has_its_events() -> None:
    folders = {path.parent.name for path in Path(ROOT / "events").glob("*/*.json")}

    assert folders == set(FUNCTIONS)
