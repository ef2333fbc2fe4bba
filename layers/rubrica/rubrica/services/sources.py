"""List the sources, as the tenant may offer them to its users."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rubrica.domain.views import SourceView, Tenant
from rubrica.ports import Apps


@dataclass(frozen=True, slots=True)
class ListSources:
    """The use case."""

    sources: Sequence[SourceView]
    apps: Apps

    def __call__(self, tenant: Tenant) -> Sequence[SourceView]:
        """Every source, and whether it is set up. Raises SecretsUnavailable."""
        return [replace(source, configured=self._configured(tenant, source)) for source in self.sources]

    def _configured(self, tenant: Tenant, source: SourceView) -> bool:
        return source.method != "consent" or self.apps.app(tenant.id, source.name) is not None
