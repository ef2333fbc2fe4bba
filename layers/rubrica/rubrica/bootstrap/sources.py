"""What every function may know of the sources, without the means to read them."""

from collections.abc import Callable, Sequence

from rubrica.adapters.addresses import AddressRule
from rubrica.domain.views import SourceView
from rubrica.settings import EgressSettings
from rubrica.sources.carddav.places import given
from rubrica.sources.registry import SOURCES


def views() -> Sequence[SourceView]:
    """What callers may offer to their users."""
    return [SourceView(it.name, it.title, it.method, it.needs_server, it.hint) for it in SOURCES.values()]


def server_check(told: EgressSettings) -> Callable[[str], None]:
    """Refuses, with ServerRefused, the servers that no lookup could make acceptable."""
    rule = AddressRule(told.ports, told.loopback)

    def check(server: str) -> None:
        place = given(server)
        rule.check(place.scheme == "https", place.host, place.port)

    return check
