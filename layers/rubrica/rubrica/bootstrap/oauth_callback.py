"""Puts oauth_callback together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.adapters.notify import EventBusNotify
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, events, imports, kms, stepfunctions
from rubrica.bootstrap.sources import authorization_servers
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.browser import oauth_callback
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.callback import Callback
from rubrica.settings import CallbackSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers /oauth/{source}/callback and /auth. Raises SettingMissing."""
    told = CallbackSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    callback = Callback(
        imports=imports(told.imports_table, FOR_REQUESTS),
        vault=KmsVault(kms(FOR_REQUESTS), told.credentials_key),
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        notify=EventBusNotify(events(FOR_REQUESTS), told.installation),
        clock=clock,
        telemetry=telemetry,
        servers=authorization_servers(told.sandbox_sign_in),
        longest=told.life.longest,
        retention=told.life.retention,
    )
    return partial(answer, oauth_callback(callback, clock, telemetry, home_at(told.public_url)), telemetry)
