"""Where things are on a server: reading what users and servers write as addresses, and who owns a host."""

import re
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from rubrica.errors import AnswerMalformed, ServerRefused

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:/?#\\]+)(?::(\d{1,5}))?", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/._~-]*", re.ASCII)
_SAFE: Final = "/%!$&'()*+,;=:@?~"
_SAFE_SEGMENT: Final = "!$&'()*+,;=:@~"
LONGEST_HREF: Final = 2_000
"""Characters; servers that are honest stay far below, and what is longer would be kept 200,000 times."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LOOPBACK: Final = re.compile(r"127(\.\d{1,3}){3}|\[::1\]|localhost", re.ASCII)


class Place(NamedTuple):
    """One http or https address. `host` is lower case, IPv6 in brackets; `path` starts with "/" and is ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port only where it is not the scheme's own."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def url(self) -> str:
        """The address in full."""
        return self.origin + self.path

    @property
    def key(self) -> str:
        """The path in one spelling, without a slash at its end: equal for all spellings of the same path."""
        return canonical(self.path).rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, by its spelling."""
        return _LOOPBACK.fullmatch(self.host) is not None

    def at(self, path: str) -> "Place":
        """Another path of the same server."""
        return self._replace(path=path)

    def owned_as(self, other: "Place") -> bool:
        """Whether both hosts belong to one owner: the same host, or names under one registrable domain."""
        if self.host == other.host:
            return True
        owner = _registrable(self.host)
        return owner is not None and owner == _registrable(other.host)


def given(server: str) -> Place:
    """The place that a user means: an https address, a host, or a host and path; http for this machine only.

    Raises ServerRefused for anything else, user names and passwords in the address among it.
    """
    text = server.strip()
    if "://" not in text:
        text = "https://" + text
    place = _parsed(text)
    if place is None or (place.scheme == "http" and not place.is_loopback):
        raise ServerRefused
    return place


def resolve(base: Place, href: str) -> Place:
    """The place that a server means by an href or a Location (RFC 3986 section 5.2).

    Servers have been seen to leave out the first slash of an absolute path; such a path repeats the base's
    beginning. Raises AnswerMalformed for what is no http address or is too long.
    """
    if len(href) > LONGEST_HREF:
        raise AnswerMalformed
    place = _resolved(base, href.strip())
    if place is None or len(place.path) > LONGEST_HREF:
        raise AnswerMalformed
    return place


def key_of(base: Place, href: str) -> str:
    """`resolve(base, href).key`, the short way for the paths that most servers write."""
    if href.startswith("/") and not href.startswith("//") and len(href) <= LONGEST_HREF and _PLAIN_PATH.fullmatch(href):
        return href.rstrip("/")
    return resolve(base, href).key


def _resolved(base: Place, text: str) -> Place | None:
    if not text.startswith("/") and ("/" + text).startswith(base.path) and len(base.path) > 1:
        text = "/" + text
    if text.startswith("/") and not text.startswith("//"):
        return base.at(_quoted(text.partition("#")[0]))
    try:
        return _parsed(urljoin(base.url, text.partition("#")[0]))
    except ValueError:
        return None


def canonical(path: str) -> str:
    """A path in one spelling, whatever was percent-encoded in it; an encoded slash stays apart from a real one."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    return "/".join(quote(unquote_to_bytes(part), safe=_SAFE_SEGMENT) for part in path.split("/"))


def _parsed(text: str) -> Place | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    match = _AUTHORITY.fullmatch(parts.netloc)
    if match is None or parts.scheme not in _DEFAULT_PORTS or parts.fragment or _CONTROL.search(text.split("?")[0][:9]):
        return None
    host = _host(match[1])
    port = int(match[2] or _DEFAULT_PORTS[parts.scheme])
    if host is None or port > 65535 or any(mark in text for mark in "\r\n\t\\"):
        return None
    return Place(parts.scheme, host, port, _quoted((parts.path or "/") + ("?" + parts.query if parts.query else "")))


def _host(text: str) -> str | None:
    if text.isascii():
        return text.lower()
    import idna  # large tables, needed only for names in other scripts

    try:
        # Strict: only "." separates labels, and look-alike digits and letters are refused rather than mapped.
        return idna.encode(text.lower(), strict=True, uts46=False).decode()
    except idna.IDNAError:
        return None


def _quoted(path: str) -> str:
    """The path as the server spells it, with only what no URL may hold percent-encoded."""
    return path if _PLAIN_PATH.fullmatch(path) else quote(path, safe=_SAFE, errors="replace")


@cache
def _registrable(host: str) -> str | None:
    """The domain that was registered with a registry, None for IP addresses and single labels."""
    if host.startswith("[") or host.rpartition(".")[2].isdigit() or "." not in host:
        return None
    found = _public_suffixes().privatesuffix(host)
    return str(found) if found else None


@cache
def _public_suffixes():  # type: ignore[no-untyped-def]  # noqa: ANN202 - no type hints
    # Read only when a server names another host: 50 ms of processor time for the whole list.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
