"""Close an import: write its terminal state once, delete its credential, revoke its token, tell the tenant."""

from dataclasses import dataclass
from datetime import timedelta

from rubrica.domain.imports import Import, ImportId, State, ended
from rubrica.errors import ImportGone, ImportStalled, RubricaError
from rubrica.ports import Clock, Imports, Notify, Telemetry
from rubrica.services.revoke import Revoke


@dataclass(frozen=True, slots=True)
class Close:
    """The use case; `retention` is how long contacts can be read after it."""

    imports: Imports
    revoke: Revoke
    notify: Notify
    clock: Clock
    telemetry: Telemetry
    retention: timedelta

    def __call__(self, import_id: ImportId, failure: type[RubricaError] | None, run: int | None = None) -> None:
        """Close the import: complete if its source was read to the end, whatever befell the workflow then, else failed.

        An import that is closed already stays as it is, one that is gone is left alone, and so is one that has
        moved on to another run than `run`. Raises PlatformTrouble; calling again is safe.
        """
        row = self.imports.get(import_id)
        if row is None or (run is not None and row.imp.run != run):
            return
        try:
            closed = row.imp if row.imp.terminal else self._close(row.imp, failure)
        except ImportGone:
            return
        if closed.terminal and closed.state is not State.PURGED:
            self.notify.closed(closed)

    def _close(self, imp: Import, failure: type[RubricaError] | None) -> Import:
        failure = None if imp.exhausted else failure or ImportStalled
        row = self.imports.close(ended(imp, failure, self.clock.now(), self.retention))
        if row.imp.terminal:  # a consent that came in the last moment is not abandoned
            self._report(row.imp)
        self.revoke(row)  # only who closed the import has the token, so the provider is asked once
        return row.imp

    def _report(self, imp: Import) -> None:
        self.telemetry.event(
            "closed",
            import_id=imp.id,
            source=imp.source,
            state=imp.state.value,
            failure=imp.failure,
            contacts=imp.progress.contacts,
            rejected=imp.progress.rejected,
        )
        self.telemetry.count("ImportsClosed", source=imp.source, state=imp.state.value, failure=imp.failure or "none")
