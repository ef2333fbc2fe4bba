"""Tenants: who may use this installation, and with which key. Only digests of keys are kept."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Tenant
from rubrica.errors import NotAuthenticated
from rubrica.ports import Chance, Tenants

KEY_PREFIX: Final = "rk_"
"""Marks a key for what it is, so that scanners for leaked secrets find it."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}", re.ASCII)


def digest(key: str) -> str:
    """What is stored of a key. Keys are random and long, so a plain SHA-256 leaves nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Tells which tenant a request comes from."""

    tenants: Tenants

    def __call__(self, key: str) -> Tenant:
        """The tenant of a key. Raises NotAuthenticated for an unknown key and a disabled tenant alike.

        The key is looked up by its digest, so the time taken tells nothing about a key that is nearly right.
        """
        tenant = self.tenants.by_key(digest(key))
        if tenant is None or tenant.disabled:
            raise NotAuthenticated
        return tenant


@dataclass(frozen=True, slots=True)
class Administer:
    """What an operator does with tenants. A key is shown once, when it is made."""

    tenants: Tenants
    chance: Chance

    def create(self, name: str, key: str = "") -> tuple[Tenant, str]:
        """A new tenant and its key; `key` fixes the key, for local stacks only. Raises ValueError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ValueError("A tenant's name has 1 to 64 letters, digits, dots, dashes, blanks, and starts with one.")
        tenant = Tenant(TenantId("t" + self.chance.token()[:12]), name)
        key = key or self._key()
        self.tenants.add(tenant, digest(key))
        return tenant, key

    def list(self) -> list[Tenant]:
        """Every tenant, by name."""
        return list(self.tenants.all())

    def rotate(self, tenant: TenantId) -> str:
        """A new key; the old ones stop working at once. Raises LookupError for an unknown tenant."""
        key = self._key()
        if not self.tenants.replace_keys(tenant, digest(key)):
            raise LookupError("There is no such tenant.")
        return key

    def disable(self, tenant: TenantId) -> None:
        """Refuse the tenant's keys from now on. Raises LookupError for an unknown tenant."""
        if not self.tenants.disable(tenant):
            raise LookupError("There is no such tenant.")

    def _key(self) -> str:
        return KEY_PREFIX + self.chance.token() + self.chance.token()
