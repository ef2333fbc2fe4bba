"""What the template grants each function, against what the code of its use case calls: no less and no more."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.contract.deployed_template import ROOT, granted

PACKAGE = ROOT / "layers" / "rubrica" / "rubrica"

USE_CASES = {
    "StartImportFunction": ("start", "sources", "begin"),
    "PagesFunction": ("open", "page_link", "begin"),
    "ReceiveAnswerFunction": ("receive", "sign_in", "settle", "page_link", "begin"),
    "OauthCallbackFunction": ("callback", "begin"),
    "ReadImportFunction": ("read",),
    "DeleteImportFunction": ("delete", "revoke"),
    "PollStatusFunction": ("poll", "page_writer"),
    "CloseImportFunction": ("close", "revoke"),
    "SweepImportsFunction": ("sweep", "close", "revoke"),
    "SendWebhookFunction": ("tell",),
}
KNOWING_TENANTS = {"StartImportFunction", "ReadImportFunction", "DeleteImportFunction", "SendWebhookFunction"}

PORTS = {
    "imports": ("dynamodb/imports.py", "DynamoImports"),
    "files": ("dynamodb/files.py", "DynamoFiles"),
    "vault": ("kms.py", "KmsVault"),
    "keys": ("kms.py", "KmsDataKeys"),
    "workflow": ("stepfunctions.py", "StepFunctionsWorkflow"),
    "notify": ("notify.py", "EventBusNotify"),
    "apps": ("secrets.py", "SecretApps"),
    "webhooks": ("webhooks.py", "SecretWebhooks"),
    "accounts": ("upstreams.py", "SecretUpstreams"),
}
"""Where the adapter of a port is, by the name services have for the port."""

ACTIONS = {
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
    "query": "dynamodb:Query",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "putting": "dynamodb:PutItem",
    "updating": "dynamodb:UpdateItem",
    "deleting": "dynamodb:DeleteItem",
    "encrypt": "kms:Encrypt",
    "text": "secretsmanager:GetSecretValue",
    "read_secret": "secretsmanager:GetSecretValue",
    "decrypt": "kms:Decrypt",
    "generate_data_key": "kms:GenerateDataKey",
    "start_execution": "states:StartExecution",
    "put_events": "events:PutEvents",
}
"""Calls of AWS clients, of `Table` where it prepares a part of a transaction, and of `secret_store`, to what they
need."""

RESOURCES = {
    "imports": ["ImportsTable", "ImportsTable/index/open-imports"],
    "vault": ["CredentialsKey"],
    "keys": ["ContactsKey"],
    "workflow": ["ImportStateMachine"],
    "notify": ["arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"],
    "apps": [
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/providers/*"
    ],
    "webhooks": [
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/webhooks/*"
    ],
    "accounts": [
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/upstreams/*"
    ],
}

IN_ONE_TABLE = {"imports", "files"}
"""Ports whose adapters share a resource."""

BY_WAY_OF_A_SOURCE = {
    ("PollStatusFunction", "apps"): {"app"},
    ("PollStatusFunction", "files"): {"read"},
    ("PollStatusFunction", "accounts"): {"upstream"},
    ("StartImportFunction", "accounts"): {"upstream"},
}
"""What a use case calls through what it was given: redeeming a code needs the app that asked for it, the source of
files reads them, and whoever asks another service needs the account there."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def calls(tree: ast.AST, *holders: str) -> set[str]:
    """Methods that code calls on something named <holder>, be it an attribute or a variable."""
    wanted = {name for holder in holders for name in (holder, f"_{holder}")}
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _name(node.func.value) in wanted
    }


def _name(holder: ast.expr) -> str:
    if isinstance(holder, ast.Attribute):
        return holder.attr
    return holder.id if isinstance(holder, ast.Name) else ""


def methods(path: Path, name: str) -> dict[str, ast.FunctionDef]:
    (found,) = [node for node in parsed(path).body if isinstance(node, ast.ClassDef) and node.name == name]
    return {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}


def plain_calls(tree: ast.AST) -> set[str]:
    """Functions that code calls by their bare names."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def own_calls(method: ast.FunctionDef) -> set[str]:
    """Methods of its own class that a method calls."""
    return {
        node.func.attr
        for node in ast.walk(method)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "self"
    }


def reach(of: dict[str, ast.FunctionDef], method: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """What a method calls on its client or table, also by way of methods of its own class."""
    if method in seen or method not in of:
        return set()
    direct = calls(of[method], "client", "table", "secrets")
    direct |= (own_calls(of[method]) | plain_calls(of[method])) & set(ACTIONS)
    return direct.union(*(reach(of, other, seen | {method}) for other in own_calls(of[method])))


def actions(port: str, method: str) -> set[str]:
    """The IAM actions behind a port's method."""
    file, name = PORTS[port]
    found = reach(methods(PACKAGE / "adapters" / file, name), method)
    table = methods(PACKAGE / "adapters" / "dynamodb" / "table.py", "Table")
    deeper = found.union(*(reach(table, call) for call in found)) if port in IN_ONE_TABLE else found
    return {ACTIONS[call] for call in deeper if call in ACTIONS}


def needed(function: str, port: str) -> set[str]:
    """The IAM actions that a function's use cases need of a port."""
    trees = [parsed(PACKAGE / "services" / f"{service}.py") for service in USE_CASES[function]]
    called = BY_WAY_OF_A_SOURCE.get((function, port), set()).union(*(calls(tree, port) for tree in trees))
    return {action for call in called for action in actions(port, call)}


@pytest.mark.parametrize("port", sorted(RESOURCES))
@pytest.mark.parametrize("function", sorted(USE_CASES))
def test_a_function_may_do_what_its_use_case_does_and_nothing_else(function: str, port: str) -> None:
    allowed = {action for resource in RESOURCES[port] for action in granted(function, resource)}
    ports = IN_ONE_TABLE if port in IN_ONE_TABLE else {port}

    assert allowed == {action for each in ports for action in needed(function, each)}


@pytest.mark.parametrize("function", sorted(USE_CASES))
def test_accounts_are_read_by_key_where_a_tenant_has_to_be_known_and_nowhere_else(function: str) -> None:
    expected = {"dynamodb:GetItem"} if function in KNOWING_TENANTS else set()

    assert granted(function, "AccountsTable") == expected


def test_the_reading_of_the_code_finds_what_is_there() -> None:
    assert actions("imports", "add") == {"dynamodb:PutItem", "dynamodb:GetItem"}
    assert actions("imports", "purge") == {"dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:BatchWriteItem"}
    assert actions("imports", "open_consent") == {"dynamodb:UpdateItem"}
    assert actions("keys", "unwrap") == {"kms:Decrypt"}
    assert actions("files", "keep") == {"dynamodb:PutItem"}
    assert actions("files", "read") == {"dynamodb:Query"}
    assert actions("vault", "seal") == {"kms:GenerateDataKey"}
    assert actions("vault", "reseal") == {"kms:Decrypt"}
    assert actions("apps", "app") == {"secretsmanager:GetSecretValue"}
    assert actions("webhooks", "webhook") == {"secretsmanager:GetSecretValue"}


def test_to_read_a_secret_takes_one_permission() -> None:
    store = PACKAGE / "adapters" / "secret_store.py"
    (read,) = [node for node in parsed(store).body if isinstance(node, ast.FunctionDef) and node.name == "read_secret"]

    assert calls(read, "client") == {"get_secret_value"}
    assert plain_calls(methods(store, "RememberedSecrets")["text"]) == {"len", "read_secret"}
