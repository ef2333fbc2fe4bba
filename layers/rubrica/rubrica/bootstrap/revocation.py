"""The means to revoke a token, for the functions that end imports."""

from collections.abc import Mapping
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.bootstrap.clients import kms
from rubrica.bootstrap.sources import authorization_servers, revocable
from rubrica.domain.consent import App, AuthorizationServer
from rubrica.domain.credential import Token
from rubrica.domain.imports import Import, TenantId
from rubrica.ports import Telemetry
from rubrica.services.revoke import Revoke
from rubrica.settings import EgressSettings, RevocationSettings


def revoke(told: RevocationSettings, how: dict[str, Any], telemetry: Telemetry) -> Revoke:
    """The use case."""
    servers = authorization_servers(told.sandbox_sign_in)

    def ask(imp: Import, token: Token) -> bool | None:
        return _asked(told.egress, servers, imp, token)

    return Revoke(KmsVault(kms(how), told.credentials_key), ask, revocable(servers), telemetry)


def _asked(told: EgressSettings, servers: Mapping[str, AuthorizationServer], imp: Import, token: Token) -> bool | None:
    """The way out to the network is made when it is needed: it takes start-up time, and most imports have no token."""
    from rubrica.adapters.egress import GuardedEgress
    from rubrica.sources.oauth2 import OAuth2

    egress = GuardedEgress(ports=told.ports, allow_loopback=told.loopback)
    return OAuth2(egress, _NoApps(), servers).revoke(imp, token)


class _NoApps:
    """Implements ports.Apps: a token is revoked without the app's secret, which these functions may not read."""

    def app(self, tenant: TenantId, source: str) -> App | None:
        return None
