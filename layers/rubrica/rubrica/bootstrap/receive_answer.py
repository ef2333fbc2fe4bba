"""Puts receive_answer together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.dynamodb.files import DynamoFiles
from rubrica.adapters.kms import KmsVault
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemClock
from rubrica.bootstrap.clients import FOR_REQUESTS, dynamodb, environment, imports, kms, stepfunctions
from rubrica.bootstrap.our_pages import our_pages
from rubrica.bootstrap.sources import server_check
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.browser import receive_answer
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.formats import contact_file
from rubrica.services.receive import Receive
from rubrica.services.settle import Settle
from rubrica.services.sign_in import SignIn
from rubrica.settings import ReceiveSettings


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers POST /csv/{code} and /sign-in/{code}. Raises SettingMissing."""
    told = ReceiveSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    store = imports(told.imports_table, FOR_REQUESTS)
    vault = KmsVault(kms(FOR_REQUESTS), told.credentials_key)
    settle = Settle(
        imports=store,
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        clock=clock,
        telemetry=telemetry,
        longest=told.life.longest,
        retention=told.life.retention,
    )
    ours = our_pages(store, clock)
    files = DynamoFiles(dynamodb(told.imports_table, FOR_REQUESTS))
    receive = Receive(settle, files, vault, telemetry, contact_file.check)
    sign_in = SignIn(settle, vault, telemetry, ours.sources, server_check(told.egress))
    return partial(answer, receive_answer(ours, receive, sign_in, clock, telemetry), telemetry)
