"""Which addresses and host names are connected to."""

from ipaddress import ip_address

import pytest

from rubrica.adapters.addresses import AddressRule, Door, is_plain_host, is_public
from rubrica.errors import ServerRefused

RULE = AddressRule(frozenset({443, 8843}))
LOCAL = AddressRule(frozenset({443}), allow_loopback=True)
HTTPS = Door(secure=True, port=443)

FORBIDDEN = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9"),
    *("168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.0.9"),
    *("192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1"),
    *("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::a9fe:a9fe"),
    *("64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:53aa:64c:0:0:5601:5601", "2001:10::1", "2001:20::1"),
    *("2001:db8::1", "2002:a9fe:a9fe::", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1"),
    *("fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "2606:4700::1111%eth0"),
]

ALLOWED = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not RULE.allows(address, HTTPS)
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str) -> None:
    assert RULE.allows(address, HTTPS)


@pytest.mark.parametrize("door", [Door(False, 443), Door(False, 80), Door(True, 22), Door(True, 8080)])
def test_a_public_address_is_allowed_over_https_on_the_ports_only(door: Door) -> None:
    assert not RULE.allows("8.8.8.8", door)
    assert not LOCAL.allows("8.8.8.8", door)
    assert not RULE.door_is_open(door)
    assert LOCAL.door_is_open(door)


def test_the_other_port_in_the_list_is_allowed() -> None:
    assert RULE.allows("8.8.8.8", Door(True, 8843))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_allowed_where_the_stack_says_so_on_any_port(address: str) -> None:
    assert LOCAL.allows(address, Door(False, 5232))
    assert LOCAL.allows(address, HTTPS)


@pytest.mark.parametrize(
    "address", [address for address in FORBIDDEN if address not in ("127.0.0.1", "127.9.9.9", "::1")]
)
def test_allowing_loopback_allows_nothing_else(address: str) -> None:
    assert not LOCAL.allows(address, HTTPS)
    assert not LOCAL.allows(address, Door(False, 80))


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.2.3", "01.2.3.4", "1.2.3.4.5", "0x7f000001", "8.8.8.8 ", "[::1]", "８.8.8.8"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not RULE.allows(text, HTTPS)
    assert not LOCAL.allows(text, HTTPS)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "dav.example.com",
        "xn--mnchen-3ya.example",
        "a_b.example.org",
        "1.example.org",
        "8.8.8.8",
        "::1",
        "localhost",
        "2606:4700::1111",
    ],
)
def test_a_usual_host_is_plain(host: str) -> None:
    assert is_plain_host(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", ".", "example.com.", "example..com", ".example.com", "-a.example.com", "a-.example.com", "exa mple.com"),
        *(
            "127.1",
            "0x7f000001",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0177.0.0.1",
            "127.0.0.0x1",
            "example.0x",
            "1",
        ),
        *(
            "１２７.0.0.1",
            "example。com",
            "exämple.com",
            "a" * 64 + ".example.com",
            "a." * 130 + "com",
            "fe80::1%lo",
            "::g",
        ),
        *("example.com\\@127.0.0.1", "example.com%2eevil.example", "[::1]", "EXAMPLE.com"),
    ],
)
def test_an_unusual_host_is_not_plain(host: str) -> None:
    assert not is_plain_host(host)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "https",
            "https:",
            "https://",
            "https:/example.com",
            "https:example.com",
            "//example.com/",
            "ftp://example.com/",
        ),
        *(
            "http://example.com/",
            "https://user:pass@example.com/",
            "https://user@example.com/",
            "https://@example.com/",
        ),
        *(
            "https://example.com\\@127.0.0.1/",
            "https://example.com/\\",
            "https://example.com/a b",
            "https://example.com/\r\nX: y",
        ),
        *(
            "https://example.com/#x",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:/",
            "https://example.com:22/",
        ),
        *(
            "https://example.com:443:443/",
            "https://[::1%25lo]/",
            "https://[fe80::1]/",
            "https://::1/",
            "https://[127.0.0.1]/",
        ),
        *(
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://[::ffff:7f00:1]/",
            "https://127.1/",
            "https://example.com./",
        ),
        *("https://exämple.com/", "https://example.com/ä", "file:///etc/passwd", "https://example.com/" + "a" * 9000),
    ],
)
def test_a_url_that_no_lookup_could_make_acceptable_is_refused(url: str) -> None:
    with pytest.raises(ServerRefused):
        RULE.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://Example.COM/a?b=c",
        "https://example.com:8843/a@b/%20",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:443/",
    ],
)
def test_a_usual_url_passes(url: str) -> None:
    RULE.check_url(url)
