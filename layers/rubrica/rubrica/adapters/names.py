"""DNS beyond addresses, for finding an address book from a bare domain (RFC 6764)."""

from collections.abc import Sequence
from typing import Any, Final

_PATIENCE: Final = 3.0


class DnsNameService:
    """`ports.NameService` over the system's DNS servers. Whatever fails within 3 seconds is "there is none":
    discovery has other ways to go on."""

    def service(self, name: str) -> tuple[str, int] | None:
        """Target and port of the SRV record with the lowest priority, then the highest weight (RFC 2782)."""
        records = sorted(_records(name, "SRV"), key=lambda record: (record.priority, -record.weight))
        if not records:
            return None
        # A lone "." says that the service is decidedly not offered here.
        target = str(records[0].target).rstrip(".").lower()
        return (target, int(records[0].port)) if target else None

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records, the strings of one record joined (RFC 1464 practice)."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in _records(name, "TXT")]


def _records(name: str, kind: str) -> list[Any]:
    # Imported here because only discovery from a bare domain needs it, and it costs as much as `requests`' half.
    from dns.exception import DNSException
    from dns.resolver import Resolver

    try:
        return list(Resolver().resolve(name, kind, lifetime=_PATIENCE, search=False))
    except (DNSException, OSError, UnicodeError):
        return []
