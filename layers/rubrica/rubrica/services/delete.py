"""Delete an import before its time: everything that is stored of it goes at once, and its token is revoked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rubrica.domain.imports import ImportId
from rubrica.domain.views import Tenant
from rubrica.errors import ImportNotFound
from rubrica.ports import Clock, Imports, Telemetry
from rubrica.services.revoke import Revoke

_LONGEST_SLICE: Final = timedelta(minutes=10)
"""After this no slice that was running at the deletion can write a page any more."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The use case."""

    imports: Imports
    revoke: Revoke
    clock: Clock
    telemetry: Telemetry

    def __call__(self, tenant: Tenant, import_id: ImportId) -> None:
        """Shred the import; a workflow that still runs finds it gone and ends.

        Raises ImportNotFound for unknown, expired and other tenants' alike; PlatformTrouble.
        """
        now = self.clock.now()
        row = self.imports.get(import_id)
        if row is None or row.imp.tenant != tenant.id or row.imp.expired(now):
            raise ImportNotFound
        deleted = self.imports.shred(import_id, now + _LONGEST_SLICE)
        if deleted:
            self.revoke(deleted)
        self.telemetry.event("deleted", import_id=import_id)
