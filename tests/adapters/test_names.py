"""DNS for discovery, against a small DNS server on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

dns_resolver = pytest.importorskip("dns.resolver")

from rubrica.adapters.names import DnsNameService  # noqa: E402


class _Zone:
    """Stands in for the resolver: the network is closed to tests."""

    records: dict[tuple[str, str], list[str]] = {}  # noqa: RUF012 - set by each test

    def resolve(self, name: str, kind: str, *, lifetime: float, search: bool) -> list[Any]:
        import dns.rdata
        import dns.rdataclass
        import dns.rdatatype

        assert lifetime <= 3
        assert not search
        if (name, kind) not in self.records:
            raise dns_resolver.NXDOMAIN
        type_ = dns.rdatatype.from_text(kind)
        return [dns.rdata.from_text(dns.rdataclass.IN, type_, text) for text in self.records[name, kind]]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Zone]]:
    # The library looks its servers up in the system's files; nothing else of it is replaced.
    monkeypatch.setattr(dns_resolver, "Resolver", _Zone)
    yield _Zone
    _Zone.records = {}


NAME = "_carddavs._tcp.example.org"


def test_the_lowest_priority_and_then_the_highest_weight_wins(zone: type[_Zone]) -> None:
    zone.records = {
        (NAME, "SRV"): ["20 9 443 last.example.org.", "10 1 443 light.example.org.", "10 5 8843 Heavy.example.org."]
    }

    assert DnsNameService().service(NAME) == ("heavy.example.org", 8843)


def test_no_record_is_no_service(zone: type[_Zone]) -> None:
    assert DnsNameService().service(NAME) is None
    assert list(DnsNameService().texts(NAME)) == []


def test_a_lone_dot_says_that_there_is_no_service(zone: type[_Zone]) -> None:
    zone.records = {(NAME, "SRV"): ["0 0 0 ."]}

    assert DnsNameService().service(NAME) is None


def test_strings_of_a_text_record_are_joined(zone: type[_Zone]) -> None:
    zone.records = {(NAME, "TXT"): ['"path=/" "dav"', '"other"']}

    assert list(DnsNameService().texts(NAME)) == ["path=/dav", "other"]


@pytest.mark.parametrize("name", ["a" * 300, "a..b", "\ud800"])
def test_a_name_that_dns_cannot_hold_is_no_service(name: str) -> None:
    assert DnsNameService().service(name) is None
