"""Puts sweep_imports together."""

from collections.abc import Callable
from functools import cache
from typing import Any

from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_TASKS, environment, stepfunctions
from rubrica.bootstrap.close_import import closing
from rubrica.entrypoints.task import sweep_imports
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.sweep import Sweep
from rubrica.settings import SweepSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Sweeps once. Raises SettingMissing."""
    told = SweepSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    close = closing(told.close, telemetry)
    sweep = Sweep(
        imports=close.imports,
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_TASKS), told.state_machine),
        close=close,
        clock=SystemClock(),
        telemetry=telemetry,
    )
    return lambda event, context: sweep_imports(sweep, telemetry)
