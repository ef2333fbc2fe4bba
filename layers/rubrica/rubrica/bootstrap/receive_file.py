"""Puts receive_file together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.dynamodb.files import DynamoFiles
from rubrica.adapters.kms import KmsVault
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_REQUESTS, dynamodb, environment, imports, kms, stepfunctions
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.browser import receive_file
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.formats import contact_file
from rubrica.services.file_link import FileLink
from rubrica.services.receive import Receive
from rubrica.settings import ReceiveSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers POST /csv/{code}. Raises SettingMissing."""
    told = ReceiveSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    store = imports(told.imports_table, FOR_REQUESTS)
    receive = Receive(
        imports=store,
        files=DynamoFiles(dynamodb(told.imports_table, FOR_REQUESTS)),
        vault=KmsVault(kms(FOR_REQUESTS), told.credentials_key),
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        clock=clock,
        telemetry=telemetry,
        check=contact_file.check,
        longest=told.life.longest,
        retention=told.life.retention,
    )
    return partial(answer, receive_file(FileLink(store, clock), receive, clock, telemetry), telemetry)
