"""Puts pages together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.browser import open_consent
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.open import OpenConsent
from rubrica.settings import PagesSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers GET /n/{code}. Raises SettingMissing."""
    told = PagesSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    opening = OpenConsent(imports(told.imports_table, FOR_REQUESTS), clock, SystemChance(), telemetry)
    return partial(answer, open_consent(opening, clock, telemetry, home_at(told.public_url)), telemetry)
