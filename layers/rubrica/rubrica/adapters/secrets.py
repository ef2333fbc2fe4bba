"""The apps that operators registered at providers, in Secrets Manager.

The installation's secret has a name, a tenant's own is named after it: `<name>/<tenant id>`. Each is a JSON object:
source to {"client_id", "client_secret"}, with "redirect_uri" and "directory" where they are not the usual ones.
docs/providers.md shows it to operators; `python -m rubrica.operator providers` writes it.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rubrica.adapters.secret_store import (
    RememberedSecrets,
    json_object,
    name_of,
    read_secret,
    well_formed,
    write_secret,
)
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SOURCE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_FIELDS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "client_id": (re.compile(r"[!-~]{1,512}"), "1 to 512 visible ASCII characters without blanks"),
    "client_secret": (re.compile(r"[!-~]{1,1024}"), "1 to 1,024 visible ASCII characters without blanks"),
    # RFC 6749 section 3.1.2: absolute, without a fragment. Plain http only where it does not leave the machine.
    "redirect_uri": (
        re.compile(r'(https://[a-z0-9.-]{1,253}|http://127\.0\.0\.1)(:[1-9][0-9]{0,4})?/[!"$-\[\]-~]{0,1700}'),
        "an https address without a fragment, or http on 127.0.0.1",
    ),
    "directory": (
        re.compile(r"[A-Za-z0-9.-]{1,64}"),
        "common, organizations, consumers, or a directory's id or domain",
    ),
}
_NEEDED: Final = frozenset({"client_id", "client_secret"})


class SecretApps:
    """Implements ports.Apps. Asks for a secret at most once in REMEMBERED, whether it is there or not."""

    def __init__(self, client: "SecretsManagerClient", name: str, clock: Clock) -> None:
        self._secrets = RememberedSecrets(client, clock)
        self._name = name

    def app(self, tenant: TenantId, source: str) -> App | None:
        """See ports.Apps."""
        own = _app_in(self._secrets.text(name_of(self._name, tenant)), source)
        return _app_in(self._secrets.text(self._name), source) if own is None else own


class AppRegister:
    """The same secrets as an operator changes them.

    Raises SecretsUnavailable, and LookupError for writing what is marked for deletion.
    """

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self._name = name

    def apps(self, tenant: TenantId | None = None) -> Mapping[str, App]:
        """The tenant's own apps, or the installation's, by source."""
        return apps_of(read_secret(self._client, name_of(self._name, tenant)))

    def keep(self, source: str, app: App, tenant: TenantId | None = None) -> None:
        """Set the app of one source and leave the others as they are. Raises ValueError for what is no app."""
        _check(source, _entry(app))
        self._write({**self.apps(tenant), source: app}, tenant)

    def remove(self, source: str, tenant: TenantId | None = None) -> bool:
        """Take the app of one source away; whether there was one."""
        apps = dict(self.apps(tenant))
        if apps.pop(source, None) is None:
            return False
        self._write(apps, tenant)
        return True

    def _write(self, apps: Mapping[str, App], tenant: TenantId | None) -> None:
        text = json.dumps({source: _entry(app) for source, app in sorted(apps.items())}, indent=2)
        write_secret(self._client, name_of(self._name, tenant), text, _DESCRIPTION)


_DESCRIPTION: Final = "Rubrica: client ids and secrets of the apps registered at providers"


def apps_of(text: str | None) -> Mapping[str, App]:
    """The apps in a secret's text, by source. Raises SecretsUnavailable for anything but the documented form."""
    if text is None:
        return {}
    with well_formed():
        return {source: _app(source, entry) for source, entry in json_object(json.loads(text)).items()}


def _app_in(text: str | None, source: str) -> App | None:
    """The app of one source, whatever is wrong with those of others. Raises SecretsUnavailable."""
    if text is None:
        return None
    with well_formed():
        entry = json_object(json.loads(text)).get(source)
        return None if entry is None else _app(source, entry)


def _app(source: str, entry: object) -> App:
    values = json_object(entry)
    _check(source, values)
    return App(**values)


def _check(source: str, entry: Mapping[str, object]) -> None:
    """Raises ValueError with a text that names what is wrong and repeats nothing of it."""
    if not _SOURCE.fullmatch(source):
        raise ValueError("A source's name is as GET /v1/sources shows it.")
    if not entry.keys() >= _NEEDED or not entry.keys() <= _FIELDS.keys():
        raise ValueError("An app has a client_id, a client_secret, and perhaps a redirect_uri and a directory.")
    for field, value in entry.items():
        pattern, rule = _FIELDS[field]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"The {field} has to be {rule}.")


def _entry(app: App) -> dict[str, str]:
    entry = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": app.redirect_uri,
        "directory": app.directory,
    }
    usual = {"redirect_uri": "", "directory": "common"}
    return {field: value for field, value in entry.items() if usual.get(field) != value}
