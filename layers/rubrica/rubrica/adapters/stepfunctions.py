"""Starts the workflow of an import."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

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
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine,
                name=execution_name(import_id, run),
                input=json.dumps(first_state(import_id, run)),
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "ExecutionAlreadyExists":
                raise WorkflowUnavailable(code) from None
        except BotoCoreError as error:
            raise WorkflowUnavailable(type(error).__name__) from None


def execution_name(import_id: ImportId, run: int) -> str:
    """The execution of an import's run: the import's id, and the run when it is not the first."""
    return str(import_id) if run == 1 else f"{import_id}-{run}"
