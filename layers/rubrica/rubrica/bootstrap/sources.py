"""What the functions may know of the sources, without the means to read them."""

from collections.abc import Callable, Mapping, Sequence

from rubrica.adapters.addresses import AddressRule
from rubrica.domain.consent import AuthorizationServer
from rubrica.domain.views import SourceView
from rubrica.settings import EgressSettings
from rubrica.sources.carddav.places import given
from rubrica.sources.google.sign_in import google
from rubrica.sources.microsoft.sign_in import microsoft
from rubrica.sources.registry import SOURCES


def views() -> Sequence[SourceView]:
    """What callers may offer to their users."""
    return [SourceView(it.name, it.title, it.method, it.needs_server, it.hint, it.include) for it in SOURCES.values()]


def authorization_servers(sandbox: str) -> Mapping[str, AuthorizationServer]:
    """By source. On one machine they are the sandbox's, at the address `sandbox`."""
    return {"google": google(sandbox), "microsoft": microsoft(sandbox)}


def revocable(servers: Mapping[str, AuthorizationServer]) -> frozenset[str]:
    """The sources whose provider ends a token when it is asked to."""
    return frozenset(name for name, server in servers.items() if server.revoke)


def server_check(told: EgressSettings) -> Callable[[str], None]:
    """Refuses, with ServerRefused, the servers that no lookup could make acceptable."""
    rule = AddressRule(told.ports, told.loopback)

    def check(server: str) -> None:
        place = given(server)
        rule.check(place.scheme == "https", place.host, place.port)

    return check
