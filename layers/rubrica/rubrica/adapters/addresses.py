"""Which addresses and host names Rubrica connects to: pure rules, no lookup and no socket.

The lists say what is allowed rather than what is not, where that is possible: IPv6 is refused outside the
global unicast block, and IPv4 carried inside IPv6 is judged by the IPv4 address it leads to.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from rubrica.errors import ServerRefused

_FORBIDDEN_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT; one cloud's metadata service is 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent on an otherwise public address
        "169.254.0.0/16",  # link-local: metadata services, container credentials
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a cloud's metadata service
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarking and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: leads to an IPv4 address of the sender's choice
        "3fff::/20",
    )
)
_CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Blocks whose last 32 bits are an IPv4 address that is really reached: mapped, and NAT64's well-known prefix."""

_URL = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[^\[\]/?#@:\\]+)(?::(\d{1,5}))?([/?][!-\[\]-~]*)?", re.ASCII | re.I)
_LONGEST_URL = 8192

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)


class Door(NamedTuple):
    """What is asked to be connected to, apart from the address."""

    secure: bool
    port: int


class AddressRule(NamedTuple):
    """Which addresses may be connected to, and how."""

    ports: frozenset[int]
    allow_loopback: bool = False

    def check(self, secure: bool, host: str, port: int) -> None:
        """Raises ServerRefused for a lower-case host and port that no lookup could make acceptable."""
        door, bare = Door(secure, port), host.strip("[]")
        if not is_plain_host(bare) or not self.door_is_open(door):
            raise ServerRefused
        if not _is_name(bare) and not self.allows(bare, door):
            raise ServerRefused

    def check_url(self, url: str) -> None:
        """Raises ServerRefused for what `check` refuses, and for anything but a plain http or https address: a user
        name or fragment in it, a backslash, a blank, a character that is not ASCII."""
        match = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
        if match is None or "#" in url:
            raise ServerRefused
        secure = match[1].lower() == "https"
        self.check(secure, match[2].lower(), int(match[3] or (443 if secure else 80)))

    def door_is_open(self, door: Door) -> bool:
        """Whether any address at all may be reached this way; saves a lookup when none may."""
        return 0 < door.port < 65536 and (self.allow_loopback or self._is_public_door(door))

    def allows(self, address: str, door: Door) -> bool:
        """Whether this resolved address may be connected to. Loopback is allowed on any port, with http too,
        where the rule allows loopback at all; everything else only over https on one of the ports."""
        try:
            found = _parsed(address)
        except AddressValueError:
            return False
        if found.is_loopback:
            return self.allow_loopback
        return self._is_public_door(door) and is_public(found)

    def _is_public_door(self, door: Door) -> bool:
        return door.secure and door.port in self.ports


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet, judged by where its packets really go."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _FORBIDDEN_V4)
    if address.scope_id:
        return False
    if any(address in carrier for carrier in _CARRIERS):
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_V6 and address.is_global and not any(address in network for network in _FORBIDDEN_V6)


def is_plain_host(host: str) -> bool:
    """Whether a lower-case host is one DNS name or one IP address in its only usual spelling.

    Names that end in a number are IPv4 addresses to some readers and names to others (127.1, 0x7f000001,
    2130706433; WHATWG URL, "ends in a number"), so nothing but a plain dotted quad passes. IPv6 comes without
    its brackets and without a zone.
    """
    if ":" in host:
        return _is_plain_v6(host)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _is_plain_v4(host)
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _is_name(host: str) -> bool:
    return ":" not in host and not _NUMBER.fullmatch(host.rpartition(".")[2])


def _parsed(address: str) -> IPv4Address | IPv6Address:
    return IPv6Address(address) if ":" in address else IPv4Address(address)


def _is_plain_v4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def _is_plain_v6(host: str) -> bool:
    try:
        return not IPv6Address(host).scope_id
    except AddressValueError:
        return False
