"""Sweep imports: restart or fail what has stalled, purge what is past its retention."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rubrica.domain.imports import Failed, Import, ImportId
from rubrica.domain.sweeping import Leave, Purge, Restart, sweep_step
from rubrica.errors import RubricaError
from rubrica.ports import Clock, Imports, Telemetry, Workflow
from rubrica.services.close import Close

_MOST_A_SWEEP: Final = 500
_RESTART_GRACE: Final = timedelta(seconds=120)
_REMEMBERED: Final = timedelta(days=7)
"""How long an import that is gone can still be told from one that never was."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The use case."""

    imports: Imports
    workflow: Workflow
    close: Close
    clock: Clock
    telemetry: Telemetry

    def __call__(self) -> int:
        """Look at every import that is due, at most 500; how many there were.

        One import that cannot be swept now never keeps the others from it: it stays due, and the first such error
        is raised at the end, so that somebody hears of it.
        """
        due = self.imports.due(self.clock.now(), _MOST_A_SWEEP)
        errors = [error for import_id in due if (error := self._tried(import_id)) is not None]
        self.telemetry.count("ImportsSwept", len(due) - len(errors))
        if errors:
            raise errors[0]
        return len(due)

    def _tried(self, import_id: ImportId) -> Exception | None:
        try:
            self._sweep(import_id)
        except Exception as error:  # also what nobody foresaw: a row that cannot even be read
            code = error.code if isinstance(error, RubricaError) else type(error).__name__
            self.telemetry.event("sweep_postponed", import_id=import_id, code=code)
            return error
        return None

    def _sweep(self, import_id: ImportId) -> None:
        row = self.imports.get(import_id)
        if row is None:
            return
        match sweep_step(row.imp, self.clock.now()):
            case Leave():
                return
            case Purge():
                self.imports.purge(import_id, self.clock.now() + _REMEMBERED)
            case Failed(error):
                self.close(import_id, type(error))
            case Restart(run):
                self._restart(row.imp, run)

    def _restart(self, imp: Import, run: int) -> None:
        now = self.clock.now()
        if self.imports.restart(imp.id, run, now, now + _RESTART_GRACE):
            self.telemetry.event("restarted", import_id=imp.id, run=run)
            self.workflow.start(imp.id, run)
