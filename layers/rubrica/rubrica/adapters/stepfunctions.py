"""Starts the workflow of an import."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from rubrica.adapters.aws_errors import translated
from rubrica.domain.imports import ImportId
from rubrica.domain.turns import first_state
from rubrica.errors import WorkflowUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflow:
    """Implements ports.Workflow."""

    def __init__(self, client: "SFNClient", state_machine: str) -> None:
        self._client = client
        self._state_machine = state_machine

    def start(self, import_id: ImportId, run: int) -> None:
        """See ports.Workflow. The name makes a second start of the same run impossible."""
        with suppress(_AlreadyStarted), translated(_meaning):
            self._client.start_execution(
                stateMachineArn=self._state_machine,
                name=execution_name(import_id, run),
                input=json.dumps(first_state(import_id, run)),
            )


class _AlreadyStarted(Exception):
    """There is an execution of that name."""


def _meaning(code: str, _: object) -> Exception:
    return _AlreadyStarted() if code == "ExecutionAlreadyExists" else WorkflowUnavailable(code)


def execution_name(import_id: ImportId, run: int) -> str:
    """The execution of an import's run: the import's id, and the run when it is not the first."""
    return str(import_id) if run == 1 else f"{import_id}-{run}"
