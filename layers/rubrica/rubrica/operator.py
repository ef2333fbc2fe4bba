"""What an operator does from a shell: `python -m rubrica.operator tenants|providers COMMAND`.

Works wherever boto3 finds credentials: the cloud, or the stack on one machine with the `export` lines that `make run`
prints.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from getpass import getpass
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.secrets import AppRegister
from rubrica.adapters.system import SystemChance
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.domain.views import Tenant
from rubrica.errors import PlatformTrouble, RubricaError
from rubrica.services.tenants import Administer

PROVIDERS: Final = ("google", "microsoft")
"""The sources that want an app of the operator's."""

_LONGEST_INPUT: Final = 4_096


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 when it was done, 1 when it could not be, with a line on standard error that says why."""
    asked = _parser().parse_args(arguments)
    try:
        for line in asked.run(_Installation(asked.stack, asked.table), asked):
            print(line)
    except (RubricaError, LookupError, ValueError, EOFError, BotoCoreError, ClientError) as error:
        reason = f" ({error.reason})" if isinstance(error, PlatformTrouble) and error.reason else ""
        print(f"rubrica.operator: {error}{reason}", file=sys.stderr)
        return 1
    return 0


class _Installation:
    """Finds what a command works on: in the stack's outputs, else in the environment."""

    def __init__(self, stack: str | None, table: str | None) -> None:
        self._stack = stack
        self._table = table

    def tenants(self) -> Administer:
        table = self._table or self._named("AccountsTableName", "ACCOUNTS_TABLE", "--stack STACK, --table TABLE")
        return Administer(DynamoTenants(Table(boto3.client("dynamodb"), table)), SystemChance())

    def apps(self) -> AppRegister:
        name = self._named("ProvidersSecretName", "PROVIDERS_SECRET", "--stack STACK")
        return AppRegister(boto3.client("secretsmanager"), name)

    def tenant(self, tenant: str | None) -> TenantId | None:
        """The id of a tenant that exists. Raises LookupError."""
        return self.tenants().find(TenantId(tenant)).id if tenant else None

    def redirect_uri(self, source: str, app: App) -> str:
        """Where the provider sends browsers; "" when that cannot be known here."""
        own = (self._told("Parameter").get("PublicUrl") or self._told("Output").get("ApiUrl", "")).rstrip("/")
        return app.redirect_uri or (f"{own}/oauth/{source}/callback" if own else "")

    def _named(self, output: str, variable: str, options: str) -> str:
        if not self._stack:
            if not os.environ.get(variable):
                raise ValueError(f"Name the installation: {options}, or {variable} in the environment.")
            return os.environ[variable]
        outputs = self._told("Output")
        if output not in outputs:
            raise LookupError(f"The stack has no output {output}.")
        return outputs[output]

    def _told(self, kind: str) -> Mapping[str, str]:
        """What the stack says of itself: its values of one kind, "Parameter" or "Output", by their names."""
        return {it[f"{kind}Key"]: it[f"{kind}Value"] for it in self._described.get(f"{kind}s", ())}

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        if not self._stack:
            return {}
        described: Any = boto3.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"][0]
        return described  # type: ignore[no-any-return]


# --- Tenants ----------------------------------------------------------------------------------------------------------


def _create(at: _Installation, asked: argparse.Namespace) -> list[str]:
    tenant, key = at.tenants().create(asked.name)
    return [f"tenant  {tenant.id}", f"key     {key}", "The key is shown this once. Keep it safe."]


def _list(at: _Installation, _: argparse.Namespace) -> list[str]:
    return [line for tenant in at.tenants().list() for line in (_headline(tenant), *_allowed(tenant))]


def _rotate(at: _Installation, asked: argparse.Namespace) -> list[str]:
    return [f"key     {at.tenants().rotate(TenantId(asked.tenant))}", "The old key no longer works."]


def _disable(at: _Installation, asked: argparse.Namespace) -> list[str]:
    at.tenants().disable(TenantId(asked.tenant))
    return ["The tenant's key is refused from now on."]


def _allow(at: _Installation, asked: argparse.Namespace) -> list[str]:
    tenants = at.tenants()
    if not (asked.redirect_url or asked.origin or asked.nothing):
        raise ValueError("Name what is allowed, --redirect-url or --origin, or say --nothing.")
    tenants.allow(TenantId(asked.tenant), asked.redirect_url, asked.origin)
    tenant = tenants.find(TenantId(asked.tenant))
    return [_headline(tenant), *(_allowed(tenant) or ["  no redirect URL and no origin"])]


def _headline(tenant: Tenant) -> str:
    return f"{tenant.id}  {'disabled' if tenant.disabled else 'enabled '}  {tenant.name}"


def _allowed(tenant: Tenant) -> list[str]:
    urls = [f"  redirect-url  {url}" for url in tenant.redirect_urls]
    return [*urls, *(f"  origin        {origin}" for origin in tenant.origins)]


# --- Providers --------------------------------------------------------------------------------------------------------


def _set(at: _Installation, asked: argparse.Namespace) -> list[str]:
    if asked.directory and asked.source != "microsoft":
        raise ValueError("Only microsoft has a directory.")
    register, tenant = at.apps(), at.tenant(asked.tenant)
    app = App(asked.client_id, _client_secret(), asked.redirect_uri, asked.directory or "common")
    register.keep(asked.source, app, tenant)
    uri = at.redirect_uri(asked.source, app)
    return [_app_line(asked.source, app), *([f"Register this redirect URI at the provider: {uri}"] if uri else [])]


def _list_apps(at: _Installation, asked: argparse.Namespace) -> list[str]:
    apps = at.apps().apps(at.tenant(asked.tenant))
    return [_app_line(source, app) for source, app in sorted(apps.items())] or ["There is no app yet."]


def _remove(at: _Installation, asked: argparse.Namespace) -> list[str]:
    if not at.apps().remove(asked.source, at.tenant(asked.tenant)):
        raise LookupError(f"There is no app for {asked.source}.")
    return [f"The app for {asked.source} is gone. Running functions notice within a minute."]


def _app_line(source: str, app: App) -> str:
    """Never with the secret."""
    more = f"  redirect-uri={app.redirect_uri}" if app.redirect_uri else ""
    return f"{source:<10}  {app.client_id}{more}" + (f"  directory={app.directory}" if source == "microsoft" else "")


def _client_secret() -> str:
    """From a prompt without echo, or from standard input: on a command line everybody on the machine could read it."""
    if sys.stdin.isatty():
        return getpass("Client secret: ").strip()
    return sys.stdin.read(_LONGEST_INPUT).strip()


# --- The command line -------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rubrica.operator", description="Administer a Rubrica installation."
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", help="the CloudFormation stack; its outputs name the table and the secret")
    where.add_argument("--table", help="the AccountsTable's name (default: $ACCOUNTS_TABLE)")
    subjects = parser.add_subparsers(title="subjects", required=True, metavar="tenants|providers")
    _add_tenants(subjects.add_parser("tenants", help="the applications that use this installation"))
    _add_providers(subjects.add_parser("providers", help="the apps registered at Google and Microsoft"))
    return parser


def _add_tenants(tenants: argparse.ArgumentParser) -> None:
    commands = tenants.add_subparsers(title="commands", required=True, dest="command")
    create = commands.add_parser("create", help="make a tenant; prints its id and, this once, its key")
    create.add_argument("name", help="what to call it, e.g. the application's name")
    create.set_defaults(run=_create)
    commands.add_parser("list", help="print every tenant: id, state, name, what it is allowed").set_defaults(run=_list)
    rotate = commands.add_parser("rotate", help="make a new key, print it, and end the old one")
    disable = commands.add_parser("disable", help="refuse its key")
    allow = commands.add_parser(
        "allow", help="set where its users' browsers may go after a consent; what is not named is allowed no more"
    )
    for command, run in ((rotate, _rotate), (disable, _disable), (allow, _allow)):
        command.add_argument("tenant", help="the tenant's id, as list prints it")
        command.set_defaults(run=run)
    allow.add_argument("--nothing", action="store_true", help="allow neither redirect URLs nor origins any more")
    allow.add_argument(
        "--redirect-url", action="append", default=[], metavar="URL", help="where a browser may go, exactly; repeatable"
    )
    allow.add_argument(
        "--origin", action="append", default=[], help="of a page that may open a popup, https://host; repeatable"
    )


def _add_providers(providers: argparse.ArgumentParser) -> None:
    commands = providers.add_subparsers(title="commands", required=True, dest="command")
    keep = commands.add_parser("set", help="store an app; its client secret is asked for, or read from standard input")
    listing = commands.add_parser("list", help="print the apps: source and client id, never the secret")
    remove = commands.add_parser("remove", help="forget an app")
    for command, run in ((keep, _set), (remove, _remove)):
        command.add_argument("source", choices=PROVIDERS)
        command.set_defaults(run=run)
    listing.set_defaults(run=_list_apps)
    for command in (keep, listing, remove):
        command.add_argument("--tenant", help="the tenant whose own app it is (default: the installation's)")
    keep.add_argument("--client-id", required=True, help="as the provider shows it")
    keep.add_argument("--redirect-uri", default="", help="of a page that hands answers on to /auth; without it, ours")
    keep.add_argument("--directory", help="Microsoft only: common (default), organizations, consumers, or an id")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
