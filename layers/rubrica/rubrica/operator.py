"""What an operator does from a shell: `python -m rubrica.operator tenants create|list|rotate|disable`.

Works wherever boto3 finds credentials: the cloud, or the stack on one machine with the `export` lines that `make run`
prints.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.system import SystemChance
from rubrica.domain.imports import TenantId
from rubrica.errors import RubricaError
from rubrica.services.tenants import Administer

_TABLE_OUTPUT = "AccountsTableName"


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 when it was done, 1 when it could not be, with a line on standard error that says why."""
    asked = _parser().parse_args(arguments)
    try:
        administer = Administer(DynamoTenants(Table(boto3.client("dynamodb"), _table(asked))), SystemChance())
        for line in _run(administer, asked):
            print(line)
    except (RubricaError, LookupError, ValueError, BotoCoreError, ClientError) as error:
        print(f"rubrica.operator: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rubrica.operator", description="Administer a Rubrica installation."
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", help="the CloudFormation stack; its outputs name the table")
    where.add_argument("--table", help="the AccountsTable's name (default: $ACCOUNTS_TABLE)")
    tenants = parser.add_subparsers(title="subjects", required=True, metavar="tenants").add_parser(
        "tenants", help="the applications that use this installation"
    )
    commands = tenants.add_subparsers(title="commands", required=True, dest="command")
    create = commands.add_parser("create", help="make a tenant; prints its id and, this once, its key")
    create.add_argument("name", help="what to call it, e.g. the application's name")
    commands.add_parser("list", help="print every tenant: id, state, name")
    for command, what in (("rotate", "make a new key, print it, and end the old one"), ("disable", "refuse its key")):
        commands.add_parser(command, help=what).add_argument("tenant", help="the tenant's id, as list prints it")
    return parser


def _table(asked: argparse.Namespace) -> str:
    if asked.stack:
        return _output(asked.stack)
    table: str = asked.table or os.environ.get("ACCOUNTS_TABLE", "")
    if not table:
        raise ValueError("Name the installation: --stack STACK, --table TABLE, or ACCOUNTS_TABLE in the environment.")
    return table


def _output(stack: str) -> str:
    described: dict[str, Any] = dict(boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0])
    for output in described.get("Outputs", ()):
        if output["OutputKey"] == _TABLE_OUTPUT:
            return str(output["OutputValue"])
    raise LookupError(f"The stack has no output {_TABLE_OUTPUT}.")


def _run(administer: Administer, asked: argparse.Namespace) -> list[str]:
    match asked.command:
        case "create":
            tenant, key = administer.create(asked.name)
            return [f"tenant  {tenant.id}", f"key     {key}", "The key is shown this once. Keep it safe."]
        case "list":
            return [f"{it.id}  {'disabled' if it.disabled else 'enabled '}  {it.name}" for it in administer.list()]
        case "rotate":
            return [f"key     {administer.rotate(TenantId(asked.tenant))}", "The old key no longer works."]
        case _:
            administer.disable(TenantId(asked.tenant))
            return ["The tenant's key is refused from now on."]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
