"""Puts pages together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports, stepfunctions
from rubrica.bootstrap.our_pages import our_pages
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.browser import open_consent
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.open import OpenConsent
from rubrica.settings import PagesSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers GET /n/{code}, /csv/{code} and /sign-in/{code}. Raises SettingMissing."""
    told = PagesSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    store = imports(told.imports_table, FOR_REQUESTS)
    opening = OpenConsent(
        imports=store,
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        clock=clock,
        chance=SystemChance(),
        telemetry=telemetry,
        longest=told.life.longest,
        retention=told.life.retention,
    )
    home = home_at(told.public_url)
    ours = our_pages(store, clock)
    return partial(answer, open_consent(opening, ours, clock, telemetry, home), telemetry)
