"""Tenants: who may use this installation, and with which key. Only digests of keys are kept."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Tenant
from rubrica.errors import NotAuthenticated
from rubrica.ports import Chance, Tenants

KEY_PREFIX: Final = "rk_"
"""Marks a key for what it is, so that scanners for leaked secrets find it."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}", re.ASCII)

MOST_ALLOWED: Final = 50
"""How many redirect URLs a tenant may have, and how many origins."""

LONGEST_URL: Final = 2000

# RFC 3986 in the spelling that a browser gives it back: no user, no backslash, nothing that is not ASCII.
_PLACE: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?")
_REST: Final = re.compile(r"(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?(?:#[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_AT_HOME: Final = frozenset({"127.0.0.1", "localhost"})
_USUAL_PORTS: Final = {"https": "443", "http": "80"}


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

    def find(self, tenant: TenantId) -> Tenant:
        """The tenant of an id. Raises LookupError for an unknown one."""
        for known in self.tenants.all():
            if known.id == tenant:
                return known
        raise LookupError("There is no such tenant.")

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> None:
        """Make these the only redirect URLs and origins that the tenant's starts may name.

        Both are compared as they are written. Raises ValueError, LookupError for an unknown tenant.
        """
        for url in redirect_urls:
            _check_redirect_url(url)
        for origin in origins:
            _check_origin(origin)
        if max(len(redirect_urls), len(origins)) > MOST_ALLOWED:
            raise ValueError(f"A tenant has at most {MOST_ALLOWED} redirect URLs and as many origins.")
        if not self.tenants.allow(tenant, list(dict.fromkeys(redirect_urls)), list(dict.fromkeys(origins))):
            raise LookupError("There is no such tenant.")

    def _key(self) -> str:
        return KEY_PREFIX + self.chance.token() + self.chance.token()


def _check_redirect_url(url: str) -> None:
    found = _PLACE.match(url)
    if found is None or len(url) > LONGEST_URL or not _is_safe(found) or not _REST.fullmatch(url, found.end()):
        raise ValueError(
            "A redirect URL is https, or http on 127.0.0.1 or localhost; its host is in lower case and ASCII, and "
            f"there is no user name, backslash or blank in its at most {LONGEST_URL:,} characters."
        )


def _check_origin(origin: str) -> None:
    found = _PLACE.fullmatch(origin)
    if found is None or not _is_safe(found) or found["port"] == _USUAL_PORTS[found["scheme"]]:
        raise ValueError(
            "An origin is as a browser writes it: https://host or https://host:port (http on 127.0.0.1 or localhost "
            "only), in lower case, without a path, a slash at the end or the scheme's usual port."
        )


def _is_safe(found: re.Match[str]) -> bool:
    """Whether nobody between browser and application can read along, and all readers see the same host."""
    private = found["scheme"] == "https" or found["host"] in _AT_HOME
    return private and int(found["port"] or 1) <= 65_535 and _is_plain(found["host"])


def _is_plain(host: str) -> bool:
    """One DNS name, or one IPv4 address in its only usual spelling (WHATWG URL, "ends in a number")."""
    labels = host.split(".")
    if not _NUMBER.fullmatch(labels[-1]):
        return all(_LABEL.fullmatch(label) for label in labels)
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False
