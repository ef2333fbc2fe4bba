"""Where a command finds what it works on, and how it asks for a secret."""

import os
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from getpass import getpass
from typing import Any, Final

import boto3

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.secrets import AppRegister
from rubrica.adapters.system import SystemChance
from rubrica.adapters.upstreams import UpstreamRegister
from rubrica.adapters.webhooks import WebhookRegister
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.services.tenants import Administer

_LONGEST_INPUT: Final = 4_096

_PORT: Final = re.compile(r"https://[^/?#:]+(?::([0-9]+))?")
_ALWAYS_OPEN: Final = "443"


class Installation:
    """Finds what a command works on: in the stack's outputs, else in the environment.

    Raises ValueError and LookupError where neither names it. `notes` are what else the operator is to know of a command
    that was done.
    """

    def __init__(self, stack: str | None, table: str | None) -> None:
        self._stack = stack
        self._table = table
        self.notes: Final[list[str]] = []

    def tenants(self) -> Administer:
        """The tenants and their keys."""
        table = self._table or self._named("AccountsTableName", "ACCOUNTS_TABLE", "--stack STACK, --table TABLE")
        return Administer(DynamoTenants(Table(boto3.client("dynamodb"), table)), SystemChance())

    def apps(self) -> AppRegister:
        """The apps at providers."""
        return AppRegister(boto3.client("secretsmanager"), self._secret("ProvidersSecretName", "PROVIDERS_SECRET"))

    def webhooks(self) -> WebhookRegister:
        """The tenants' webhooks."""
        return WebhookRegister(boto3.client("secretsmanager"), self._secret("WebhooksSecretName", "WEBHOOKS_SECRET"))

    def upstreams(self) -> UpstreamRegister:
        """The accounts at other import services."""
        return UpstreamRegister(boto3.client("secretsmanager"), self._secret("UpstreamsSecretName", "UPSTREAMS_SECRET"))

    def tenant(self, tenant: str | None) -> TenantId | None:
        """The id of a tenant that exists. Raises LookupError."""
        return self.tenants().find(TenantId(tenant)).id if tenant else None

    def redirect_uri(self, source: str, app: App) -> str:
        """Where the provider sends browsers; "" when that cannot be known here."""
        own = (self._told("Parameter").get("PublicUrl") or self._told("Output").get("ApiUrl", "")).rstrip("/")
        return app.redirect_uri or (f"{own}/oauth/{source}/callback" if own else "")

    def note(self, text: str) -> None:
        """Tell the operator beside the command's own lines, once it was done."""
        self.notes.append(text)

    def note_port(self, address: str) -> None:
        """Note a port that functions do not connect to, as far as that can be known here."""
        found = _PORT.match(address)
        port = (found[1] or _ALWAYS_OPEN) if found else _ALWAYS_OPEN
        listed = self._told("Parameter").get("EgressPorts", _ALWAYS_OPEN)
        if port not in [it.strip() for it in listed.split(",")]:
            self.note(f"Port {port} has to be in the stack's parameter EgressPorts.")

    def _secret(self, output: str, variable: str) -> str:
        return self._named(output, variable, "--stack STACK")

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
        return {**boto3.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"][0]}


def ask_secret(prompt: str) -> str:
    """From a prompt without echo, or from standard input: on a command line everybody on the machine could read it."""
    if sys.stdin.isatty():
        return getpass(f"{prompt}: ").strip()
    return sys.stdin.read(_LONGEST_INPUT).strip()
