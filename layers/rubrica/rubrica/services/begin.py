"""Begin to read an import: start its workflow, or leave that to the sweeper."""

from datetime import timedelta
from typing import Final

from rubrica.domain.imports import Import
from rubrica.errors import WorkflowUnavailable
from rubrica.ports import Telemetry, Workflow

START_GRACE: Final = timedelta(seconds=60)
"""How long the workflow may take to begin before the sweeper starts it again."""


def begin(workflow: Workflow, telemetry: Telemetry, imp: Import) -> None:
    """Start the import's run. One that the workflow cannot take now is left to the sweeper: the row is there."""
    try:
        workflow.start(imp.id, imp.run)
    except WorkflowUnavailable:
        telemetry.event("start_postponed", import_id=imp.id)
