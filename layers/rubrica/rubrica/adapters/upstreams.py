"""Our accounts at other services of the CloudSponge kind, in Secrets Manager.

The installation's secret has a name, a tenant's own is named after it: `<name>/<tenant id>`. Each is a JSON object:
{"address", "domain_key", "domain_password", "services"}. docs/sources.md shows it to operators;
`python -m rubrica.operator upstreams` writes it.
"""

import json
import re
from typing import TYPE_CHECKING, Final

from rubrica.adapters.secret_store import (
    RememberedSecrets,
    delete_secret,
    json_object,
    name_of,
    read_secret,
    well_formed,
    write_secret,
)
from rubrica.domain.imports import TenantId
from rubrica.ports import Clock, Upstream

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MOST_SERVICES: Final = 100

# Plain http only where it does not leave the machine, which the way out allows to the stack on one machine alone.
_ADDRESS: Final = re.compile(
    r"(https://[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}|http://127\.0\.0\.1)(:[1-9][0-9]{0,4})?"
    r"(/[A-Za-z0-9._~-]{1,64}){0,8}"
)
# RFC 7617 section 2: a user name with a colon cannot be told from the password after it.
_KEY: Final = re.compile(r"[!-9;-~]{1,255}")
_PASSWORD: Final = re.compile(r"[!-~]{1,255}")
_SERVICE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_FIELDS: Final = frozenset({"address", "domain_key", "domain_password", "services"})
_DESCRIPTION: Final = "Rubrica: the account at another service that imports contacts"


class SecretUpstreams:
    """Implements ports.UpstreamAccounts. Asks for a secret at most once in secret_store.REMEMBERED."""

    def __init__(self, client: "SecretsManagerClient", name: str, clock: Clock) -> None:
        self._secrets = RememberedSecrets(client, clock)
        self._name = name

    def upstream(self, tenant: TenantId) -> Upstream | None:
        """See ports.UpstreamAccounts."""
        own = self._secrets.text(name_of(self._name, tenant))
        return upstream_of(self._secrets.text(self._name) if own is None else own)


class UpstreamRegister:
    """The same secrets as an operator changes them; no tenant means the installation's. Raises SecretsUnavailable."""

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self._name = name

    def upstream(self, tenant: TenantId | None = None) -> Upstream | None:
        """What is stored there, None for nothing."""
        return upstream_of(read_secret(self._client, name_of(self._name, tenant)))

    def keep(self, upstream: Upstream, tenant: TenantId | None = None) -> None:
        """Store it in the place of what is there. Raises ValueError for what is no upstream, and LookupError for
        writing what is marked for deletion."""
        _check(upstream)
        entry = {
            "address": upstream.address,
            "domain_key": upstream.domain_key,
            "domain_password": upstream.domain_password,
            "services": sorted(set(upstream.services)),
        }
        write_secret(self._client, name_of(self._name, tenant), json.dumps(entry, indent=2), _DESCRIPTION)

    def remove(self, tenant: TenantId | None = None) -> bool:
        """Take it away, at once and for good; whether there was one."""
        return delete_secret(self._client, name_of(self._name, tenant))


def upstream_of(text: str | None) -> Upstream | None:
    """The upstream in a secret's text. Raises SecretsUnavailable for anything but the documented form."""
    if text is None:
        return None
    with well_formed():
        values = json_object(json.loads(text))
        if values.keys() != _FIELDS or not isinstance(values["services"], list):
            raise ValueError("is not of the documented form")
        upstream = Upstream(**(values | {"services": tuple(values["services"])}))
        _check(upstream)
    return upstream


def _check(upstream: Upstream) -> None:
    """Raises ValueError with a text that names what is wrong and repeats nothing of it."""
    _match(upstream.address, _ADDRESS, "address", "an https address in lower case without query, or http on 127.0.0.1")
    _match(upstream.domain_key, _KEY, "domain_key", "1 to 255 visible ASCII characters without colons")
    _match(upstream.domain_password, _PASSWORD, "domain_password", "1 to 255 visible ASCII characters")
    if not 0 < len(upstream.services) <= MOST_SERVICES:
        raise ValueError(f"An upstream has from 1 to {MOST_SERVICES} services.")
    for service in upstream.services:
        _match(service, _SERVICE, "service", "a code of the CloudSponge API in lower case, such as plaxo")


def _match(value: object, pattern: re.Pattern[str], field: str, rule: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"The {field} has to be {rule}.")
