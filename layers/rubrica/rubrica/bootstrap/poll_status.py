"""Puts poll_status together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap import sources
from rubrica.bootstrap.clients import FOR_TASKS, environment, imports, kms
from rubrica.entrypoints.task import poll_status
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.poll import Poll
from rubrica.settings import PollSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Runs one turn of the loop. Raises SettingMissing."""
    told = PollSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    key_service = kms(FOR_TASKS)
    poll = Poll(
        imports=imports(told.imports_table, FOR_TASKS),
        vault=KmsVault(key_service, told.credentials_key),
        keys=KmsDataKeys(key_service, told.contacts_key),
        sources=sources.readers(told.egress),
        clock=SystemClock(),
        telemetry=telemetry,
    )
    return partial(poll_status, poll, told.slice_seconds, telemetry)
