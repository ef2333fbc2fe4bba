"""The tenants' webhooks: `webhooks set|rotate|show|remove`."""

import argparse
from secrets import token_bytes
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.webhooks import shown
from rubrica.operator.installation import Installation
from rubrica.ports import Webhook

_SECRET_BYTES: Final = 32
_NONE: Final = "This tenant has no webhook. Set one: webhooks set TENANT --url URL"


def add_commands(subject: argparse.ArgumentParser) -> None:
    """The commands, below `webhooks`."""
    commands = subject.add_subparsers(title="commands", required=True, dest="command")
    keep = commands.add_parser("set", help="tell a tenant there; prints a new webhook's secret, this once")
    rotate = commands.add_parser("rotate", help="make a new secret, print it, and end the old one")
    show = commands.add_parser("show", help="print the address, never the secret")
    remove = commands.add_parser("remove", help="tell the tenant nothing any more, and forget address and secret")
    for command, run in ((keep, _set), (rotate, _rotate), (show, _show), (remove, _remove)):
        command.add_argument("tenant", help="the tenant's id, as 'tenants list' prints it")
        command.set_defaults(run=run)
    keep.add_argument("--url", required=True, help="https address that takes a POST for every import that ends")


def _set(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants, register = at.tenants(), at.webhooks()
    tenant = tenants.find(TenantId(asked.tenant)).id
    known = register.webhook(tenant)
    secret = token_bytes(_SECRET_BYTES) if known is None else known.secret
    register.keep(tenant, Webhook(asked.url, secret))
    tenants.tell(tenant, True)
    at.note_port(asked.url)
    told = f"url     {asked.url}"
    if known is not None:
        return [told, "The secret is the one it was. Imports that start from now on are told there."]
    return [told, f"secret  {shown(secret)}", "The secret is shown this once. Keep it safe."]


def _rotate(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants, register = at.tenants(), at.webhooks()
    tenant = tenants.find(TenantId(asked.tenant)).id
    known = register.webhook(tenant)
    if known is None:
        raise LookupError(_NONE)
    secret = token_bytes(_SECRET_BYTES)
    register.keep(tenant, Webhook(known.address, secret))
    return [f"secret  {shown(secret)}", "The old secret signs nothing any more."]


def _show(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenant = at.tenants().find(TenantId(asked.tenant))
    known = at.webhooks().webhook(tenant.id)
    if known is None:
        return [_NONE]
    told = [] if tenant.webhook else ["It is not told: run 'webhooks set' once more."]
    return [f"url     {known.address}", *told]


def _remove(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants, register = at.tenants(), at.webhooks()
    tenant = tenants.find(TenantId(asked.tenant)).id
    # Nothing is told any more first: a secret without its mark is harmless, a mark without its secret is not.
    tenants.tell(tenant, False)
    if not register.remove(tenant):
        raise LookupError(_NONE)
    return ["The webhook is gone. Imports that started before are told no more either."]
