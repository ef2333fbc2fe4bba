"""Puts close_import together."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.adapters.notify import EventBusNotify
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_TASKS, environment, events, imports, kms
from rubrica.bootstrap.sources import authorization_servers, revocable
from rubrica.domain.consent import App, AuthorizationServer
from rubrica.domain.credential import Token
from rubrica.domain.imports import Import, TenantId
from rubrica.entrypoints.task import close_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.close import Close
from rubrica.settings import CloseSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Closes the import that an event names. Raises SettingMissing."""
    telemetry = PowertoolsTelemetry()
    close = closing(CloseSettings.of(environment()), telemetry)
    return lambda event, _: close_import(close, telemetry, event)


def closing(told: CloseSettings, telemetry: PowertoolsTelemetry) -> Close:
    """The use case, which the sweeper needs as well."""
    servers = authorization_servers(told.sandbox_sign_in)
    return Close(
        imports=imports(told.imports_table, FOR_TASKS),
        vault=KmsVault(kms(FOR_TASKS), told.credentials_key),
        revoke=lambda imp, token: _revoke(told, servers)(imp, token),
        notify=EventBusNotify(events(FOR_TASKS), told.event_bus),
        clock=SystemClock(),
        telemetry=telemetry,
        retention=told.retention,
        revocable=revocable(servers),
    )


def _revoke(told: CloseSettings, servers: Mapping[str, AuthorizationServer]) -> Callable[[Import, Token], bool | None]:
    """Made when it is needed: the way out to the network takes start-up time, and most imports have no token."""
    from rubrica.adapters.egress import GuardedEgress
    from rubrica.sources.oauth2 import OAuth2

    egress = GuardedEgress(ports=told.egress.ports, allow_loopback=told.egress.loopback)
    return OAuth2(egress, _NoApps(), servers).revoke


class _NoApps:
    """Implements ports.Apps: a token is revoked without the app's secret, which this function may not read."""

    def app(self, tenant: TenantId, source: str) -> App | None:
        return None
