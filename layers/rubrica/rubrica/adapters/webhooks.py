"""The tenants' webhooks, in Secrets Manager: `<name>/<tenant id>` is {"url", "secret"}.

The secret in it is written as receivers have it. docs/operations.md shows it to operators;
`python -m rubrica.operator webhooks` writes it.
"""

import json
import re
from typing import TYPE_CHECKING, Final

from rubrica.adapters.addresses import AddressRule
from rubrica.adapters.secret_store import delete_secret, json_object, name_of, read_secret, well_formed, write_secret
from rubrica.domain.imports import TenantId
from rubrica.domain.webhooks import secret_of, shown
from rubrica.errors import ServerRefused
from rubrica.ports import Webhook

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LONGEST_ADDRESS: Final = 2000

# Plain http only where it does not leave the machine, and there only the stack on one machine sends anything.
_ADDRESS: Final = re.compile(
    r"(?:https://(?P<host>[a-z0-9.-]{1,253})|http://127\.0\.0\.1)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?"
)


class SecretWebhooks:
    """Implements ports.Webhooks. Nothing is remembered: a change holds from the next call on."""

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self._name = name

    def webhook(self, tenant: TenantId) -> Webhook | None:
        """See ports.Webhooks."""
        text = read_secret(self._client, name_of(self._name, tenant))
        if text is None:
            return None
        with well_formed():
            return _webhook(text)


class WebhookRegister(SecretWebhooks):
    """The same secrets as an operator changes them. Raises SecretsUnavailable."""

    def keep(self, tenant: TenantId, webhook: Webhook) -> None:
        """Make this the tenant's webhook.

        Raises ValueError for what is none, LookupError where the secret is marked for deletion.
        """
        check_address(webhook.address)
        text = json.dumps({"url": webhook.address, "secret": shown(webhook.secret)}, indent=2)
        _webhook(text)
        write_secret(self._client, name_of(self._name, tenant), text, _DESCRIPTION)

    def remove(self, tenant: TenantId) -> bool:
        """Forget the tenant's webhook, for good; whether there was one."""
        return delete_secret(self._client, name_of(self._name, tenant))


_DESCRIPTION: Final = "Rubrica: where a tenant hears of the end of its imports, and what signs it"


def check_address(address: str) -> None:
    """Raises ValueError, with nothing of the address in its text."""
    match = _ADDRESS.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    if match is None or not _may_be_public(match["host"], int(match["port"] or 443)):
        raise ValueError(
            "A webhook's address is https on a public host in lower case, or http on 127.0.0.1; there is no user name, "
            f"fragment, backslash or blank in its at most {LONGEST_ADDRESS:,} characters."
        )


def _may_be_public(host: str | None, port: int) -> bool:
    """Whether a lookup could make the host acceptable; where a name leads is checked whenever it is connected to."""
    if host is None:
        return port < 65536
    try:
        AddressRule(frozenset({port})).check(True, host, port)
    except ServerRefused:
        return False
    return True


def _webhook(text: str) -> Webhook:
    """Raises ValueError."""
    entry = json_object(json.loads(text))
    address, secret = entry.get("url"), entry.get("secret")
    if not isinstance(address, str) or not isinstance(secret, str):
        raise ValueError("A webhook has a url and a secret.")  # noqa: TRY004 - one error for everything that does not fit
    check_address(address)
    return Webhook(address, secret_of(secret))
