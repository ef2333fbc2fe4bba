"""The accounts at other import services: `upstreams set|show|remove`."""

import argparse

from rubrica.operator.installation import Installation, ask_secret
from rubrica.ports import Upstream


def add_commands(subject: argparse.ArgumentParser) -> None:
    """The commands, below `upstreams`."""
    commands = subject.add_subparsers(title="commands", required=True, dest="command")
    keep = commands.add_parser("set", help="store it; its domain password is asked for, or read from standard input")
    show = commands.add_parser("show", help="print address, domain key and services, never the password")
    remove = commands.add_parser("remove", help="forget it")
    for command, run in ((keep, _set), (show, _show), (remove, _remove)):
        command.add_argument("--tenant", help="the tenant whose own account it is (default: the installation's)")
        command.set_defaults(run=run)
    keep.add_argument("--url", required=True, help="base address of a service that speaks the CloudSponge API")
    keep.add_argument("--domain-key", required=True, help="our key there")
    keep.add_argument("--services", required=True, help="what it is to read for us, by its own codes: plaxo,rediff")


def _set(at: Installation, asked: argparse.Namespace) -> list[str]:
    register, tenant = at.upstreams(), at.tenant(asked.tenant)
    named = (service.strip().lower() for service in asked.services.split(","))
    services = tuple(dict.fromkeys(service for service in named if service))
    upstream = Upstream(asked.url.rstrip("/"), asked.domain_key, ask_secret("Domain password"), services)
    register.keep(upstream, tenant)
    at.note_port(upstream.address)
    return [*_lines(upstream), "Running functions notice within a minute."]


def _show(at: Installation, asked: argparse.Namespace) -> list[str]:
    register, tenant = at.upstreams(), at.tenant(asked.tenant)
    upstream = register.upstream(tenant)
    if upstream is not None:
        return _lines(upstream)
    if tenant and register.upstream():
        return ["None of its own; the installation's is used."]
    return ["There is no upstream yet."]


def _remove(at: Installation, asked: argparse.Namespace) -> list[str]:
    if not at.upstreams().remove(at.tenant(asked.tenant)):
        raise LookupError("There is no upstream." if asked.tenant else "There is no upstream of the installation's.")
    return ["The upstream is gone. Running functions notice within a minute; imports that run there fail then."]


def _lines(upstream: Upstream) -> list[str]:
    """Never with the password."""
    return [
        f"url         {upstream.address}",
        f"domain-key  {upstream.domain_key}",
        f"services    {','.join(upstream.services)}",
    ]
