"""The tenants: `tenants create|list|keys|rotate|switch|allow|disable|enable`."""

import argparse
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.operator.installation import Installation
from rubrica.ports import KeyKind

_SWITCHES: Final = {
    Switch.QUERY_CREDENTIALS: "take keys from the query of an address, where proxies and histories keep them",
    Switch.JSONP: "answer as scripts (callback=NAME), which pages of any origin can load",
}


def add_commands(subject: argparse.ArgumentParser) -> None:
    """The commands, below `tenants`."""
    commands = subject.add_subparsers(title="commands", required=True, dest="command")
    create = commands.add_parser("create", help="make a tenant; prints its id and, this once, its key")
    create.add_argument("name", help="what to call it, e.g. the application's name")
    create.add_argument(
        "--cloudsponge", action="store_true", help="make a domain key and its password as well, for the CloudSponge API"
    )
    create.set_defaults(run=_create)
    listing = commands.add_parser("list", help="print every tenant: id, state, name, and what differs from the usual")
    listing.set_defaults(run=_list)
    keys = commands.add_parser("keys", help="print which keys it has; of the secret ones only digests are stored")
    rotate = commands.add_parser("rotate", help="make a new key, print it, and end the old one")
    switch = commands.add_parser("switch", help="switch on or off what older clients need; all is off at first")
    allow = commands.add_parser(
        "allow", help="set where its users' browsers may go after a consent; what is not named is allowed no more"
    )
    disable = commands.add_parser("disable", help="refuse its keys")
    enable = commands.add_parser("enable", help="accept its keys again")
    runs = ((keys, _keys), (rotate, _rotate), (switch, _switch), (allow, _allow), (disable, _disable))
    for command, run in (*runs, (enable, _enable)):
        command.add_argument("tenant", help="the tenant's id, as list prints it")
        command.set_defaults(run=run)
    _add_options(rotate, switch, allow)


def _add_options(
    rotate: argparse.ArgumentParser, switch: argparse.ArgumentParser, allow: argparse.ArgumentParser
) -> None:
    kind = rotate.add_mutually_exclusive_group()
    kind.add_argument("--bearer", action="store_true", help="the key of the native API (the default)")
    kind.add_argument(
        "--cloudsponge", action="store_true", help="the domain password; a tenant without domain keys gets both"
    )
    for known, meaning in _SWITCHES.items():
        switch.add_argument(_option(known), choices=("on", "off"), dest=known.value, help=meaning)
    allow.add_argument(
        "--nothing", action="store_true", help="allow neither redirect URLs nor origins any more; stands alone"
    )
    allow.add_argument(
        "--redirect-url", action="append", default=[], metavar="URL", help="where a browser may go, exactly; repeatable"
    )
    allow.add_argument(
        "--origin", action="append", default=[], help="of a page that may open a popup, https://host; repeatable"
    )


def _create(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants = at.tenants()
    tenant, key = tenants.create(asked.name)
    made = [f"tenant  {tenant.id}", f"key     {key}"]
    if not asked.cloudsponge:
        return [*made, "The key is shown this once. Keep it safe."]
    return [*made, *_pair(*tenants.issue_domain(tenant.id)), "The keys are shown this once. Keep them safe."]


def _list(at: Installation, _: argparse.Namespace) -> list[str]:
    return [line for tenant in at.tenants().list() for line in (_headline(tenant), *_particulars(tenant))]


def _keys(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenant = at.tenants().find(TenantId(asked.tenant))
    new = f"tenants rotate {tenant.id} --cloudsponge"
    pair = f"{tenant.domain_key}  (a new password: {new})" if tenant.domain_key else f"none  (make one: {new})"
    return [
        _headline(tenant),
        f"  bearer key    stored  (a new one: tenants rotate {tenant.id})",
        f"  domain key    {pair}",
    ]


def _rotate(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants = at.tenants()
    tenant = tenants.find(TenantId(asked.tenant))
    if tenant.disabled:
        at.note(f"This tenant is disabled: its keys are refused until 'tenants enable {tenant.id}'.")
    if not asked.cloudsponge:
        return [f"key     {tenants.rotate(tenant.id)}", "The old key no longer works."]
    if not tenant.domain_key:
        return [*_pair(*tenants.issue_domain(tenant.id)), "The password is shown this once. Keep it safe."]
    return [*_pair(tenant.domain_key, tenants.rotate(tenant.id, KeyKind.DOMAIN)), "The old password no longer works."]


def _switch(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants, tenant = at.tenants(), TenantId(asked.tenant)
    said = {switch: getattr(asked, switch.value) for switch in Switch}
    if not any(said.values()):
        raise ValueError(f"Name what to switch: {' or '.join(f'{_option(it)} on|off' for it in Switch)}.")
    on = tenants.find(tenant).switches
    tenants.switch(tenant, {it for it in Switch if (said[it] == "on" if said[it] else it in on)})
    found = tenants.find(tenant)
    return [_headline(found), *(f"  {it.value:<17} {'on' if it in found.switches else 'off'}" for it in Switch)]


def _disable(at: Installation, asked: argparse.Namespace) -> list[str]:
    at.tenants().disable(TenantId(asked.tenant))
    return ["The tenant's keys are refused from now on."]


def _enable(at: Installation, asked: argparse.Namespace) -> list[str]:
    at.tenants().enable(TenantId(asked.tenant))
    return ["The tenant's keys are accepted from now on."]


def _allow(at: Installation, asked: argparse.Namespace) -> list[str]:
    tenants = at.tenants()
    if not (asked.redirect_url or asked.origin or asked.nothing):
        raise ValueError("Name what is allowed, --redirect-url or --origin, or say --nothing.")
    if asked.nothing and (asked.redirect_url or asked.origin):
        raise ValueError("--nothing stands alone: leave it away, or --redirect-url and --origin.")
    tenants.allow(TenantId(asked.tenant), asked.redirect_url, asked.origin)
    tenant = tenants.find(TenantId(asked.tenant))
    return [_headline(tenant), *(_allowed(tenant) or ["  no redirect URL and no origin"])]


def _option(switch: Switch) -> str:
    return "--" + switch.value.replace("_", "-")


def _pair(domain_key: str, domain_password: str) -> list[str]:
    return [f"domain_key       {domain_key}", f"domain_password  {domain_password}"]


def _headline(tenant: Tenant) -> str:
    return f"{tenant.id}  {'disabled' if tenant.disabled else 'enabled '}  {tenant.name}"


def _particulars(tenant: Tenant) -> list[str]:
    """What a tenant has beyond what every tenant has."""
    keys = [f"  domain-key    {tenant.domain_key}"] if tenant.domain_key else []
    switches = [f"  switched-on   {switch.value}" for switch in Switch if switch in tenant.switches]
    return [*keys, *switches, *(["  webhook       set"] if tenant.webhook else []), *_allowed(tenant)]


def _allowed(tenant: Tenant) -> list[str]:
    urls = [f"  redirect-url  {url}" for url in tenant.redirect_urls]
    return [*urls, *(f"  origin        {origin}" for origin in tenant.origins)]
