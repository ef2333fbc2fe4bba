"""The template against itself, the folders and the settings."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from rubrica import settings
from rubrica.adapters.dynamodb import rows, table
from rubrica.environment import Environment
from rubrica.services.sweep import _MOST_A_SWEEP
from tests.contract.deployed_template import (
    ROOT,
    functions,
    granted,
    named,
    resources,
    statements,
    template,
    use_case,
    variables,
)

SETTINGS: dict[str, Callable[[Environment], object]] = {
    "StartImportFunction": settings.StartSettings.of,
    "PagesFunction": settings.PagesSettings.of,
    "ReceiveAnswerFunction": settings.ReceiveSettings.of,
    "OauthCallbackFunction": settings.CallbackSettings.of,
    "ReadImportFunction": settings.ReadSettings.of,
    "DeleteImportFunction": settings.DeleteSettings.of,
    "PollStatusFunction": settings.PollSettings.of,
    "CloseImportFunction": settings.CloseSettings.of,
    "SweepImportsFunction": settings.SweepSettings.of,
    "SendWebhookFunction": settings.WebhookSettings.of,
}
OF_THE_TELEMETRY = {"LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"}

EVERY_FUNCTION = pytest.mark.parametrize("function", sorted(SETTINGS))


class Asked(Mapping[str, str]):
    """An environment in which everything is set; remembers what was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return "1"

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def test_sections_keep_their_order() -> None:
    assert list(template()) == [
        "AWSTemplateFormatVersion",
        "Transform",
        "Description",
        "Parameters",
        "Conditions",
        "Globals",
        "Resources",
        "Outputs",
    ]


def test_every_function_has_its_settings_and_every_folder_its_function() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert set(functions()) == set(SETTINGS)
    assert {use_case(function) for function in functions()} == folders


@EVERY_FUNCTION
def test_a_function_gets_exactly_the_variables_it_reads(function: str) -> None:
    asked = Asked()

    SETTINGS[function](Environment(asked))

    assert variables(function) - OF_THE_TELEMETRY == asked.names


@EVERY_FUNCTION
def test_a_function_has_an_event_to_try_it_with(function: str) -> None:
    assert list((ROOT / "events" / use_case(function)).glob("*.json"))


@EVERY_FUNCTION
def test_a_function_logs_to_a_group_that_forgets(function: str) -> None:
    group = functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]

    assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/"
SECRETS = {"PROVIDERS_SECRET": f"{SECRET}providers", "UPSTREAMS_SECRET": f"{SECRET}upstreams"}
"""The installation's secrets, by the variable that names them."""

WEBHOOKS = f"{SECRET}webhooks/*"
"""Webhooks are of tenants only."""

OF_A_SECRET = [{WEBHOOKS}, *({f"{secret}-??????", f"{secret}/*"} for secret in SECRETS.values())]
"""The ARN of an installation's secret ends in six characters of chance; below it are those of its tenants."""


@EVERY_FUNCTION
def test_no_statement_has_a_wildcard_or_a_foreign_effect(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert statement["Sid"]
        assert not [action for action in statement["Action"] if "*" in action]
        wild = {named(resource) for resource in statement["Resource"] if re.search(r"[*?]", str(resource))}
        assert wild in (set(), *OF_A_SECRET)


@pytest.mark.parametrize(("variable", "secret"), SECRETS.items())
def test_a_secret_is_read_under_the_name_that_a_function_is_told(variable: str, secret: str) -> None:
    knowing = {function for function in functions() if granted(function, f"{secret}/*")}

    assert knowing == {function for function in functions() if variable in variables(function)}
    for function in knowing:
        assert granted(function, f"{secret}/*") == granted(function, f"{secret}-??????")
        told = functions()[function]["Environment"]["Variables"][variable]
        assert secret.endswith(f":secret:{told['Fn::Sub']}")


def test_webhooks_are_read_by_the_one_function_that_tells() -> None:
    assert {function for function in functions() if granted(function, WEBHOOKS)} == {"SendWebhookFunction"}
    told = functions()["SendWebhookFunction"]["Environment"]["Variables"]["WEBHOOKS_SECRET"]
    assert f"{SECRET.removesuffix('${AWS::StackName}/')}{told['Fn::Sub']}/*" == WEBHOOKS


@pytest.mark.parametrize(
    ("machine", "tasks"),
    [
        ("ImportStateMachine", ["PollStatusFunction", "CloseImportFunction"]),
        ("WebhookStateMachine", ["SendWebhookFunction"]),
    ],
)
def test_a_state_machine_may_call_its_tasks_and_nothing_else(machine: str, tasks: list[str]) -> None:
    (policy,) = resources("AWS::Serverless::StateMachine")[machine]["Policies"]
    (statement,) = policy["Statement"]
    called = statement["Resource"]

    assert statement["Action"] == "lambda:InvokeFunction"
    assert [named(resource) for resource in (called if isinstance(called, list) else [called])] == tasks


def test_each_key_serves_one_purpose() -> None:
    contacts = {function: granted(function, "ContactsKey") for function in functions()}
    credentials = {function: granted(function, "CredentialsKey") for function in functions()}

    assert {function: actions for function, actions in contacts.items() if actions} == {
        "PollStatusFunction": {"kms:GenerateDataKey", "kms:Decrypt"},
        "ReadImportFunction": {"kms:Decrypt"},
    }
    assert {function: actions for function, actions in credentials.items() if actions} == {
        "StartImportFunction": {"kms:GenerateDataKey"},
        "ReceiveAnswerFunction": {"kms:GenerateDataKey"},
        "OauthCallbackFunction": {"kms:GenerateDataKey"},
        "PollStatusFunction": {"kms:Decrypt"},
        "DeleteImportFunction": {"kms:Decrypt"},
        "CloseImportFunction": {"kms:Decrypt"},
        "SweepImportsFunction": {"kms:Decrypt"},
    }


def test_keys_rotate_and_have_names_of_their_own() -> None:
    keys = resources("AWS::KMS::Key")
    aliases = {alias["TargetKeyId"]["Ref"] for alias in resources("AWS::KMS::Alias").values()}

    assert set(keys) == aliases == {"ContactsKey", "CredentialsKey"}
    assert all(key["EnableKeyRotation"] for key in keys.values())


REACHING_OUT = ("PollStatusFunction", "CloseImportFunction", "SweepImportsFunction")
"""Whoever tells a tenant's webhook has to know the tenant; it reads nothing of the answer but its status."""


def test_what_reads_from_others_knows_no_tenant_and_no_function_sits_in_a_network() -> None:
    assert not [function for function, properties in functions().items() if "VpcConfig" in properties]
    assert [function for function in REACHING_OUT if granted(function, "AccountsTable")] == []


def test_who_ends_an_import_can_open_its_token_and_no_contact() -> None:
    ending = "CloseImportFunction", "SweepImportsFunction"
    for function in (*ending, "OauthCallbackFunction", "PagesFunction", "ReceiveAnswerFunction"):
        assert granted(function, "ContactsKey") == set()


def test_tables_have_the_keys_the_adapters_use() -> None:
    schema = [
        {"AttributeName": table.PARTITION, "KeyType": "HASH"},
        {"AttributeName": table.SORT, "KeyType": "RANGE"},
    ]

    assert {name: properties["KeySchema"] for name, properties in resources("AWS::DynamoDB::Table").items()} == {
        "ImportsTable": schema,
        "AccountsTable": schema,
    }


def test_the_index_of_open_imports_is_the_one_the_adapter_asks() -> None:
    imports = resources("AWS::DynamoDB::Table")["ImportsTable"]
    (index,) = imports["GlobalSecondaryIndexes"]

    assert index["IndexName"] == rows.OPEN_INDEX
    assert index["KeySchema"][0]["AttributeName"] == rows.OPEN
    assert index["KeySchema"][1]["AttributeName"] == "due_at"
    assert granted("SweepImportsFunction", f"ImportsTable/index/{rows.OPEN_INDEX}") == {"dynamodb:Query"}


def test_what_must_be_forgotten_has_no_backup_and_what_must_not_has_one() -> None:
    tables = resources("AWS::DynamoDB::Table")

    assert tables["ImportsTable"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "PointInTimeRecoverySpecification" not in tables["ImportsTable"]
    assert tables["AccountsTable"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert tables["AccountsTable"]["DeletionProtectionEnabled"] is True
    assert template()["Resources"]["AccountsTable"]["DeletionPolicy"] == "Retain"


def test_loopback_is_closed_unless_a_stack_opens_it() -> None:
    parameters = template()["Parameters"]

    assert parameters["AllowLoopback"]["Default"] == "false"
    assert {parameters[name]["Default"] for name in parameters if name.startswith("Sandbox")} == {""}


def test_a_slice_ends_before_its_function_and_a_function_before_its_state() -> None:
    timeouts = {function: properties["Timeout"] for function, properties in functions().items()}

    assert template()["Parameters"]["SliceSeconds"]["MaxValue"] + 30 <= timeouts["PollStatusFunction"]


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_a_parameter_says_what_it_is_and_what_it_may_be(name: str) -> None:
    parameter: dict[str, Any] = template()["Parameters"][name]

    assert parameter["Description"].endswith(".")
    if parameter["Type"] == "Number" and "AllowedValues" not in parameter:
        assert parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"]
    elif "AllowedPattern" in parameter:
        assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
        assert parameter["ConstraintDescription"]
    else:
        assert parameter["Default"] in parameter["AllowedValues"]


def test_a_sweep_has_time_for_all_that_it_takes_on() -> None:
    # Restarting or purging one takes half a dozen calls to AWS, one after the other, of up to 50 ms each.
    each = 6 * 0.05

    assert _MOST_A_SWEEP * each <= functions()["SweepImportsFunction"]["Timeout"]


def test_the_api_keeps_no_access_log() -> None:
    (api,) = resources("AWS::Serverless::HttpApi").values()

    assert "AccessLogSettings" not in api


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_an_output_is_described(name: str) -> None:
    documents = [(ROOT / "docs" / document).read_text("utf-8") for document in ("configuration.md", "operations.md")]

    assert f"`{name}`" in "".join(documents)
