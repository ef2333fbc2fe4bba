"""Tenants: who may use this installation, and with which key. Only digests of keys are kept."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from rubrica.domain.imports import TenantId
from rubrica.domain.views import Switch, Tenant
from rubrica.errors import NotAuthenticated
from rubrica.ports import Chance, KeyKind, Tenants

KEY_PREFIX: Final = "rk_"
"""Marks a key for what it is, so that scanners for leaked secrets find it."""

_DOMAIN_KEY_LETTERS: Final = 20
_PASSWORD_LETTERS: Final = 40

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


def domain_digest(domain_key: str, domain_password: str) -> str:
    """What is stored of a domain key and its password: one digest of both, that no other pair or bearer key has."""
    return "domain-" + digest(f"{digest(domain_key)}{digest(domain_password)}")


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Tells which tenant a request comes from.

    A key is looked up by its digest, so the time taken tells nothing about one that is nearly right.
    """

    tenants: Tenants

    def __call__(self, key: str) -> Tenant:
        """The tenant of a bearer key. Raises NotAuthenticated for an unknown key and a disabled tenant alike."""
        return self._tenant(digest(key))

    def domain(self, domain_key: str, domain_password: str) -> Tenant:
        """The tenant of a domain key and its password.

        Raises NotAuthenticated for an unknown key, a wrong password and a disabled tenant alike: all three are looked
        up once, under both together.
        """
        return self._tenant(domain_digest(domain_key, domain_password))

    def _tenant(self, found_by: str) -> Tenant:
        tenant = self.tenants.by_key(found_by)
        if tenant is None or tenant.disabled:
            raise NotAuthenticated
        return tenant


@dataclass(frozen=True, slots=True)
class Administer:
    """What an operator does with tenants. A key is shown once, when it is made."""

    tenants: Tenants
    chance: Chance

    def create(self, name: str, key: str = "") -> tuple[Tenant, str]:
        """A new tenant and its bearer key; `key` fixes it, for local stacks only. Raises ValueError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ValueError("A tenant's name has 1 to 64 letters, digits, dots, dashes, blanks, and starts with one.")
        tenant = Tenant(TenantId("t" + self.chance.token()[:12]), name)
        key = key or self._key()
        self.tenants.add(tenant, {KeyKind.BEARER: digest(key)})
        return tenant, key

    def issue_domain(self, tenant: TenantId, domain_key: str = "", domain_password: str = "") -> tuple[str, str]:
        """A new domain key and its password, in the place of those that the tenant has.

        `domain_key` and `domain_password` fix them, for local stacks only. Raises LookupError for an unknown tenant.
        """
        domain_key = domain_key or _letters(self.chance.token())[:_DOMAIN_KEY_LETTERS].upper()
        domain_password = domain_password or self._password()
        made = domain_digest(domain_key, domain_password)
        _found(self.tenants.replace_key(tenant, KeyKind.DOMAIN, made, domain_key))
        return domain_key, domain_password

    def list(self) -> list[Tenant]:
        """Every tenant, by name."""
        return list(self.tenants.all())

    def rotate(self, tenant: TenantId, kind: KeyKind = KeyKind.BEARER) -> str:
        """A new key of one kind; the old one stops working at once, those of other kinds go on.

        Of the domain keys it is the password that is new. Raises LookupError for an unknown tenant, and for one
        without domain keys.
        """
        if kind is KeyKind.DOMAIN:
            domain_key = self.find(tenant).domain_key
            if not domain_key:
                raise LookupError("This tenant has no domain key yet.")
            return self.issue_domain(tenant, domain_key)[1]
        key = self._key()
        _found(self.tenants.replace_key(tenant, KeyKind.BEARER, digest(key)))
        return key

    def disable(self, tenant: TenantId) -> None:
        """Refuse the tenant's keys from now on. Raises LookupError for an unknown tenant."""
        _found(self.tenants.disable(tenant))

    def enable(self, tenant: TenantId) -> None:
        """Accept the tenant's keys from now on, those that it has. Raises LookupError for an unknown tenant."""
        _found(self.tenants.enable(tenant))

    def switch(self, tenant: TenantId, switches: Collection[Switch]) -> None:
        """Make these the only switches that are on. Raises LookupError for an unknown tenant."""
        _found(self.tenants.switch(tenant, switches))

    def tell(self, tenant: TenantId, webhook: bool) -> None:
        """Whether imports from now on tell the tenant of their end. Raises LookupError for an unknown tenant."""
        _found(self.tenants.tell(tenant, webhook))

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
        _found(self.tenants.allow(tenant, list(dict.fromkeys(redirect_urls)), list(dict.fromkeys(origins))))

    def _key(self) -> str:
        return KEY_PREFIX + self.chance.token() + self.chance.token()

    def _password(self) -> str:
        return _letters(self.chance.token() + self.chance.token())[:_PASSWORD_LETTERS]


def _found(there: bool) -> None:
    if not there:
        raise LookupError("There is no such tenant.")


def _letters(chance: str) -> str:
    """Small letters and digits, five random bits each: nothing that a client has to escape, or forgets to."""
    return b32encode(hashlib.sha256(chance.encode()).digest()).decode().rstrip("=").lower()


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
