"""Close an import: write its terminal state once, delete its credential, tell the tenant."""

from dataclasses import dataclass, replace
from datetime import timedelta

from rubrica.domain.imports import Import, ImportId, State
from rubrica.errors import ImportGone, ImportStalled, RubricaError
from rubrica.ports import Clock, Imports, Notify, Telemetry


@dataclass(frozen=True, slots=True)
class Close:
    """The use case; `retention` is how long contacts can be read after it."""

    imports: Imports
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
        if closed.state is not State.PURGED:
            self.notify.closed(closed)

    def _close(self, imp: Import, failure: type[RubricaError] | None) -> Import:
        closed = self.imports.close(self._closed(imp, failure))
        self._report(closed)
        return closed

    def _closed(self, imp: Import, failure: type[RubricaError] | None) -> Import:
        """The import as it is to be; it never outlives its pages, which expire when it was to expire at its start."""
        now = self.clock.now()
        failure = None if imp.exhausted else failure or ImportStalled
        return replace(
            imp,
            state=State.FAILED if failure else State.COMPLETE,
            failure=failure.code if failure else "",
            closed_at=now,
            expires_at=min(now + self.retention, imp.expires_at),
        )

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
