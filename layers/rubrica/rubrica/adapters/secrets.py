"""The apps that operators registered at providers, in Secrets Manager.

The installation's secret has a name, a tenant's own is named after it: `<name>/<tenant id>`. Each is a JSON object:
source to {"client_id", "client_secret"}, with "redirect_uri" and "directory" where they are not the usual ones.
docs/providers.md shows it to operators; `python -m rubrica.operator providers` writes it.
"""

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rubrica.adapters.aws_errors import translated
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REMEMBERED: Final = timedelta(seconds=60)
"""How long an answer of Secrets Manager is believed, and so how late a change is noticed."""

_MOST_REMEMBERED: Final = 500
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
        self._client = client
        self._name = name
        self._clock = clock
        self._remembered: dict[str, tuple[datetime, str | None]] = {}

    def app(self, tenant: TenantId, source: str) -> App | None:
        """See ports.Apps."""
        own = _app_in(self._text(name_of(self._name, tenant)), source)
        return _app_in(self._text(self._name), source) if own is None else own

    def _text(self, name: str) -> str | None:
        now = self._clock.now()
        until, text = self._remembered.get(name, (now, None))
        if now < until:
            return text
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        text = self._read(name)
        self._remembered[name] = now + REMEMBERED, text
        return text

    def _read(self, name: str) -> str | None:
        try:
            with _translated(name):
                answer = self._client.get_secret_value(SecretId=name)
        except _Absent:
            return None
        return answer.get("SecretString", "")


class AppRegister:
    """The same secrets as an operator changes them.

    Raises SecretsUnavailable, and LookupError for writing what is marked for deletion.
    """

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self._name = name

    def apps(self, tenant: TenantId | None = None) -> Mapping[str, App]:
        """The tenant's own apps, or the installation's, by source."""
        name = name_of(self._name, tenant)
        try:
            with _translated(name):
                answer = self._client.get_secret_value(SecretId=name)
        except _Absent:
            return {}
        return apps_of(answer.get("SecretString", ""))

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
        name = name_of(self._name, tenant)
        text = json.dumps({source: _entry(app) for source, app in sorted(apps.items())}, indent=2)
        try:
            with translated(_meaning_of_put):
                self._client.put_secret_value(SecretId=name, SecretString=text)
        except _Absent:
            with translated(lambda code, _: SecretsUnavailable(code)):
                self._client.create_secret(Name=name, SecretString=text, Description=_DESCRIPTION)


_DESCRIPTION: Final = "Rubrica: client ids and secrets of the apps registered at providers"


def name_of(name: str, tenant: TenantId | None) -> str:
    """The name of the tenant's own secret; the installation's without a tenant."""
    return f"{name}/{tenant}" if tenant else name


def apps_of(text: str | None) -> Mapping[str, App]:
    """The apps in a secret's text, by source. Raises SecretsUnavailable for anything but the documented form."""
    if text is None:
        return {}
    try:
        return {source: _app(source, entry) for source, entry in _object(json.loads(text)).items()}
    except (ValueError, RecursionError):
        # The cause is not told: it may quote the secret.
        raise SecretsUnavailable(SecretsUnavailable.MALFORMED) from None


def _app_in(text: str | None, source: str) -> App | None:
    """The app of one source, whatever is wrong with those of others. Raises SecretsUnavailable."""
    if text is None:
        return None
    try:
        entry = _object(json.loads(text)).get(source)
        return None if entry is None else _app(source, entry)
    except (ValueError, RecursionError):
        raise SecretsUnavailable(SecretsUnavailable.MALFORMED) from None


def _app(source: str, entry: object) -> App:
    values = _object(entry)
    _check(source, values)
    return App(**values)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is not an object")  # noqa: TRY004 - one error for everything that does not fit
    return value


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


class _Absent(Exception):
    """There is no such secret, or it has no value, or it was deleted."""


def _translated(name: str) -> AbstractContextManager[None]:
    return translated(lambda code, response: _meaning(name, code, response))


def _meaning(name: str, code: str, response: Mapping[str, Any]) -> Exception:
    said = str(response.get("Error", {}).get("Message", ""))
    absent = (
        code == "ResourceNotFoundException"
        or (code == "InvalidRequestException" and "delet" in said)
        or (code == "AccessDeniedException" and _names_no_secret(said, name))
    )
    return _Absent() if absent else SecretsUnavailable(code)


def _meaning_of_put(code: str, _: object) -> Exception:
    if code == "InvalidRequestException":
        return LookupError("The secret is marked for deletion: restore it (aws secretsmanager restore-secret) or wait.")
    return _Absent() if code == "ResourceNotFoundException" else SecretsUnavailable(code)


def _names_no_secret(said: str, name: str) -> bool:
    """Whether a refusal is about a secret that does not exist.

    A function may read the secrets under its name only, and its permission is asked before the secret is looked for.
    What exists is then called by its ARN, which ends in six random characters; what does not, by the name alone.
    """
    return re.search(rf"on resource: (\S*:secret:)?{re.escape(name)}(\s|$)", said) is not None
