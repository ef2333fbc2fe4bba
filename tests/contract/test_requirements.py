"""Requirements against the code, and lock files against the rules for them."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.contract.deployed_template import ROOT

PACKAGE = ROOT / "layers" / "rubrica" / "rubrica"
LOCKS = [ROOT / "layers" / "runtime" / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
DISTRIBUTIONS = {"aws_lambda_powertools": "aws-lambda-powertools", "dns": "dnspython", "botocore": "boto3"}
FOR_TYPES_ONLY = {
    "_typeshed",
    "mypy_boto3_dynamodb",
    "mypy_boto3_events",
    "mypy_boto3_kms",
    "mypy_boto3_secretsmanager",
    "mypy_boto3_stepfunctions",
}


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE | re.IGNORECASE))


def asked(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    return {re.split(r"[\[=<> ]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-"))}


def test_the_package_imports_only_what_lambda_gets() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    foreign = found - set(sys.stdlib_module_names) - {"rubrica"} - FOR_TYPES_ONLY

    assert {DISTRIBUTIONS.get(name, name) for name in foreign} <= asked("runtime.in")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name + "/" + lock.name)
def test_a_lock_pins_and_hashes_everything_and_names_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]

    assert blocks
    assert all(
        re.match(r"[\w.-]+==\S+( ; .*)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+(\n# .*\n)?$", block)
        for block in blocks
    )
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)


def test_everything_asked_for_is_pinned() -> None:
    for name in ("clients", "dev", "engine", "node", "sam"):
        assert asked(f"{name}.in") <= {pin.lower() for pin in pinned(ROOT / "requirements" / f"{name}.txt")}
    assert asked("runtime.in") <= set(pinned(LOCKS[0]))


def test_the_tools_run_on_the_versions_that_lambda_gets() -> None:
    lambda_gets, tools_get = pinned(LOCKS[0]), pinned(ROOT / "requirements" / "dev.txt")

    assert {name: tools_get.get(name) for name in lambda_gets} == lambda_gets


def test_what_shares_an_environment_is_pinned_to_the_same_versions() -> None:
    tools, clients = (pinned(ROOT / "requirements" / f"{name}.txt") for name in ("dev", "clients"))

    assert {name: clients[name] for name in clients.keys() & tools} == {
        name: tools[name] for name in clients.keys() & tools
    }


def test_the_lock_of_the_validator_names_no_address_to_fetch_from() -> None:
    assert '"resolved"' not in (ROOT / "local" / "asl" / "package-lock.json").read_text("utf-8")
