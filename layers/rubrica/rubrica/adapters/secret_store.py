"""Texts in Secrets Manager: what reads and writes them, and what its errors mean.

A tenant's own secret is named after the installation's: `<name>/<tenant id>`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rubrica.adapters.aws_errors import translated
from rubrica.domain.imports import TenantId
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REMEMBERED: Final = timedelta(seconds=60)
"""How long RememberedSecrets believes an answer of Secrets Manager, and so how late a change is noticed."""

_MOST_REMEMBERED: Final = 500


def name_of(name: str, tenant: TenantId | None) -> str:
    """The name of the tenant's own secret; the installation's without a tenant."""
    return f"{name}/{tenant}" if tenant else name


def read_secret(client: "SecretsManagerClient", name: str) -> str | None:
    """The secret's text, "" for one in bytes; None when there is none. Raises SecretsUnavailable."""
    try:
        with _translated(name):
            answer = client.get_secret_value(SecretId=name)
    except _Absent:
        return None
    return answer.get("SecretString", "")


def write_secret(client: "SecretsManagerClient", name: str, text: str, description: str) -> None:
    """Make this the secret's text; `description` is for a secret that is not there yet.

    Raises SecretsUnavailable, and LookupError for a secret that is marked for deletion.
    """
    try:
        with translated(_meaning_of_put):
            client.put_secret_value(SecretId=name, SecretString=text)
    except _Absent:
        with translated(lambda code, _: SecretsUnavailable(code)):
            client.create_secret(Name=name, SecretString=text, Description=description)


def delete_secret(client: "SecretsManagerClient", name: str) -> bool:
    """Delete the secret at once and for good; whether there was one. Raises SecretsUnavailable."""
    if read_secret(client, name) is None:
        return False
    try:
        with _translated(name):
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    except _Absent:
        return False
    return True


class RememberedSecrets:
    """Asks for a secret at most once in REMEMBERED, whether it is there or not."""

    def __init__(self, client: "SecretsManagerClient", clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._remembered: dict[str, tuple[datetime, str | None]] = {}

    def text(self, name: str) -> str | None:
        """As read_secret, as it was at most REMEMBERED ago."""
        now = self._clock.now()
        until, text = self._remembered.get(name, (now, None))
        if now < until:
            return text
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        text = read_secret(self._client, name)
        self._remembered[name] = now + REMEMBERED, text
        return text


# --- What a secret says -----------------------------------------------------------------------------------------------


@contextmanager
def well_formed() -> Iterator[None]:
    """Raises SecretsUnavailable for a ValueError: the secret is there and not of the documented form.

    The cause is not told: it may quote the secret.
    """
    try:
        yield
    except (ValueError, RecursionError):
        raise SecretsUnavailable(SecretsUnavailable.MALFORMED) from None


def json_object(value: object) -> dict[str, Any]:
    """The value, if it is a JSON object. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("is not an object")  # noqa: TRY004 - one error for everything that does not fit
    return value


# --- What an error means ----------------------------------------------------------------------------------------------


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
