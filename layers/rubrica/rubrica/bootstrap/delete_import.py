"""Puts delete_import together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.api import caller
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports
from rubrica.bootstrap.revocation import revoke
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.native import delete_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.delete import Delete
from rubrica.settings import DeleteSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers DELETE /v1/imports/{id}. Raises SettingMissing."""
    told = DeleteSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    delete = Delete(
        imports(told.imports_table, FOR_REQUESTS),
        revoke(told.revocation, FOR_REQUESTS, telemetry),
        SystemClock(),
        telemetry,
    )
    return partial(answer, delete_import(delete, caller(told.accounts_table, telemetry)), telemetry)
