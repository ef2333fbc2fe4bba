"""The apps registered at providers: `providers set|list|remove`."""

import argparse
from typing import Final

from rubrica.domain.consent import App
from rubrica.operator.installation import Installation, ask_secret

PROVIDERS: Final = ("google", "microsoft")
"""The sources that want an app of the operator's."""


def add_commands(subject: argparse.ArgumentParser) -> None:
    """The commands, below `providers`."""
    commands = subject.add_subparsers(title="commands", required=True, dest="command")
    keep = commands.add_parser("set", help="store an app; its client secret is asked for, or read from standard input")
    listing = commands.add_parser("list", help="print the apps: source and client id, never the secret")
    remove = commands.add_parser("remove", help="forget an app")
    for command, run in ((keep, _set), (remove, _remove)):
        command.add_argument("source", choices=PROVIDERS)
        command.set_defaults(run=run)
    listing.set_defaults(run=_list)
    for command in (keep, listing, remove):
        command.add_argument("--tenant", help="the tenant whose own app it is (default: the installation's)")
    keep.add_argument("--client-id", required=True, help="as the provider shows it")
    keep.add_argument("--redirect-uri", default="", help="of a page that hands answers on to /auth; without it, ours")
    keep.add_argument("--directory", help="Microsoft only: common (default), organizations, consumers, or an id")


def _set(at: Installation, asked: argparse.Namespace) -> list[str]:
    if asked.directory and asked.source != "microsoft":
        raise ValueError("Only microsoft has a directory.")
    register, tenant = at.apps(), at.tenant(asked.tenant)
    app = App(asked.client_id, ask_secret("Client secret"), asked.redirect_uri, asked.directory or "common")
    register.keep(asked.source, app, tenant)
    uri = at.redirect_uri(asked.source, app)
    return [_line(asked.source, app), *([f"Register this redirect URI at the provider: {uri}"] if uri else [])]


def _list(at: Installation, asked: argparse.Namespace) -> list[str]:
    register, tenant = at.apps(), at.tenant(asked.tenant)
    apps = register.apps(tenant)
    others = sorted(register.apps().keys() - apps.keys()) if tenant else []
    own = [_line(source, app) for source, app in sorted(apps.items())]
    used = [f"None of its own for {source}; the installation's is used." for source in others]
    return [*own, *used] or ["There is no app yet."]


def _remove(at: Installation, asked: argparse.Namespace) -> list[str]:
    if not at.apps().remove(asked.source, at.tenant(asked.tenant)):
        raise LookupError(f"There is no app for {asked.source}.")
    return [f"The app for {asked.source} is gone. Running functions notice within a minute."]


def _line(source: str, app: App) -> str:
    """Never with the secret."""
    more = f"  redirect-uri={app.redirect_uri}" if app.redirect_uri else ""
    return f"{source:<10}  {app.client_id}{more}" + (f"  directory={app.directory}" if source == "microsoft" else "")
