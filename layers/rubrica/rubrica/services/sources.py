"""List the sources, as the tenant may offer them to its users."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        try:
            if source.method == "relay":
                return bool(self.upstreams.services(tenant.id))
            return source.method != "consent" or self.apps.app(tenant.id, source.name) is not None
        except SecretsUnavailable as trouble:
            if trouble.reason != SecretsUnavailable.MALFORMED:
                raise
            self.telemetry.event("app_malformed", source=source.name)
            return False
