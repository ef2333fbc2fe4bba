"""Puts start_import together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.bootstrap import sources
from rubrica.bootstrap.api import caller
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports, kms, stepfunctions
from rubrica.entrypoints.http import answer, start_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.start import Start, StartLimits
from rubrica.settings import StartSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers POST /v1/imports. Raises SettingMissing."""
    told = StartSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    start = Start(
        imports=imports(told.imports_table, FOR_REQUESTS),
        vault=KmsVault(kms(FOR_REQUESTS), told.credentials_key),
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        clock=SystemClock(),
        chance=SystemChance(),
        telemetry=telemetry,
        sources={view.name: view for view in sources.views()},
        check_server=sources.server_check(told.egress),
        limits=StartLimits(told.import_seconds, told.retention_seconds, told.starts_per_minute),
    )
    api = start_import(start, caller(told.accounts_table, telemetry), SystemClock())
    return partial(answer, api, telemetry)
