"""Puts close_import together."""

from collections.abc import Callable
from functools import cache
from typing import Any

from rubrica.adapters.notify import EventBusNotify
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_TASKS, environment, events, imports
from rubrica.bootstrap.revocation import revoke
from rubrica.entrypoints.task import close_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.close import Close
from rubrica.settings import CloseSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Closes the import that an event names. Raises SettingMissing."""
    telemetry = PowertoolsTelemetry()
    close = closing(CloseSettings.of(environment()), telemetry)
    return lambda event, _: close_import(close, telemetry, event)


def closing(told: CloseSettings, telemetry: PowertoolsTelemetry) -> Close:
    """The use case, which the sweeper needs as well."""
    return Close(
        imports=imports(told.imports_table, FOR_TASKS),
        revoke=revoke(told.revocation, FOR_TASKS, telemetry),
        notify=EventBusNotify(events(FOR_TASKS), told.installation),
        clock=SystemClock(),
        telemetry=telemetry,
        retention=told.retention,
    )
