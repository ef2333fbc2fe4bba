"""Puts read_import together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsDataKeys
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.api import caller, entrance
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports, kms
from rubrica.entrypoints.answering import Surfaces, answer
from rubrica.entrypoints.cloudsponge import PATHS, poll_import
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.native import read_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.read import Read
from rubrica.settings import ReadSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers what reads imports. Raises SettingMissing."""
    told = ReadSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    read = Read(
        imports=imports(told.imports_table, FOR_REQUESTS),
        keys=KmsDataKeys(kms(FOR_REQUESTS), told.contacts_key),
        clock=SystemClock(),
    )
    native = read_import(read, caller(told.accounts_table, telemetry), SystemClock(), home_at(told.public_url))
    cloudsponge = poll_import(read, SystemClock(), entrance(told.accounts_table, telemetry))
    return partial(answer, Surfaces(native, dict.fromkeys(PATHS, cloudsponge)), telemetry)
