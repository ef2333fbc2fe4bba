"""List the sources, as the tenant may offer them to its users."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rubrica.domain.consent import App
from rubrica.domain.views import SourceView, Tenant
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Apps, Telemetry, Upstreams


@dataclass(frozen=True, slots=True)
class ListSources:
    """The use case."""

    sources: Sequence[SourceView]
    apps: Apps
    upstreams: Upstreams
    telemetry: Telemetry

    def __call__(self, tenant: Tenant) -> Sequence[SourceView]:
        """Every source, and whether it is set up. Raises SecretsUnavailable, but not for an app or an upstream that is
        written wrong: that costs no other source."""
        return [replace(source, configured=self._configured(tenant, source)) for source in self.sources]

    def _configured(self, tenant: Tenant, source: SourceView) -> bool:
        if source.method == "relay":
            return bool(self.upstreams.services(tenant.id))
        return source.method != "consent" or app_of(self.apps, self.telemetry, tenant, source.name) is not None


def app_of(apps: Apps, telemetry: Telemetry, tenant: Tenant, source: str) -> App | None:
    """The app for the tenant's imports from a source, None when there is none. One that is written wrong is none, and a
    line of the log: to ask again does not help, and other sources have nothing to do with it. Raises
    SecretsUnavailable."""
    try:
        return apps.app(tenant.id, source)
    except SecretsUnavailable as trouble:
        if trouble.reason != SecretsUnavailable.MALFORMED:
            raise
        telemetry.event("app_malformed", source=source, reason=trouble.reason)
        return None
