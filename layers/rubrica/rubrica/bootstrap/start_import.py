"""Puts start_import together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.adapters.secrets import SecretApps
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.bootstrap import sources
from rubrica.bootstrap.api import caller
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports, kms, secrets, stepfunctions
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.http import start_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.sources import ListSources
from rubrica.services.start import Start, StartLimits
from rubrica.settings import StartSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers POST /v1/imports and GET /v1/sources. Raises SettingMissing."""
    told = StartSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    apps = SecretApps(secrets(FOR_REQUESTS), told.providers_secret, clock)
    offered = sources.views()
    start = Start(
        imports=imports(told.imports_table, FOR_REQUESTS),
        vault=KmsVault(kms(FOR_REQUESTS), told.credentials_key),
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        apps=apps,
        clock=clock,
        chance=SystemChance(),
        telemetry=telemetry,
        sources={view.name: view for view in offered},
        servers=sources.authorization_servers(told.sandbox_sign_in),
        check_server=sources.server_check(told.egress),
        limits=StartLimits(told.import_seconds, told.retention_seconds, told.starts_per_minute),
    )
    who = caller(told.accounts_table, telemetry)
    api = start_import(start, ListSources(offered, apps, telemetry), who, clock, home_at(told.public_url))
    return partial(answer, api, telemetry)
