"""The tenant of the stack on one machine, and the apps it has at the sandbox's providers.

Its keys are known to everybody, so it must exist nowhere else.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from local.stack import Stack
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.system import SystemChance
from rubrica.domain.views import Switch
from rubrica.services.tenants import Administer

NAME: Final = "localdev"
BEARER: Final = "localdev"
DOMAIN_KEY: Final = "localdev"
DOMAIN_PASSWORD: Final = "localdev-password"  # noqa: S105 - everybody knows it
ORIGIN: Final = "http://127.0.0.1:3000"
"""Where an application under development is likely to listen."""

REDIRECT_URL: Final = f"{ORIGIN}/imported"


def seed(stack: Stack, redirect_urls: Sequence[str] = (REDIRECT_URL,), origins: Sequence[str] = (ORIGIN,)) -> None:
    """Make the tenant `localdev`, with fixed keys of both kinds and every switch on."""
    tenants = DynamoTenants(Table(stack.client("dynamodb"), stack.accounts_table))
    administer = Administer(tenants, SystemChance())
    tenant, _ = administer.create(NAME, key=BEARER)
    administer.issue_domain(tenant.id, DOMAIN_KEY, DOMAIN_PASSWORD)
    administer.switch(tenant.id, set(Switch))
    administer.allow(tenant.id, redirect_urls, origins)


def seed_apps(stack: Stack, apps: Mapping[str, Mapping[str, str]]) -> None:
    """Store the apps where the functions look for them."""
    secrets = stack.client("secretsmanager")
    secrets.create_secret(Name=stack.providers_secret, SecretString=json.dumps(apps))
