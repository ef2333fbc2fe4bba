"""A machine that runs the deployed workflow with the real handlers, and the one on the local stack's engine."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.client import ENDED, Client
from local.stack import Stack, path_of, running_stack
from local.tenant import BEARER, seed

SCALE = 0.02
"""How much shorter the workflow waits."""

PATIENCE = 20.0


class Machine(ABC):
    """Runs imports and tells what became of them."""

    @abstractmethod
    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer of the API."""

    @abstractmethod
    def client(self, service: str) -> Any:
        """The operator's client."""

    @property
    @abstractmethod
    def state_machine(self) -> str:
        """ARN of the workflow."""

    @property
    @abstractmethod
    def imports_table(self) -> str:
        """Name of the table of imports."""

    def start(self, server: str, username: str, password: str) -> int:
        """Start an import; its id."""
        fields = {"source": "carddav", "server": server, "username": username, "password": password}
        return int(self.call("POST", "/v1/imports", fields)["id"])

    def status(self, import_id: int) -> dict[str, Any]:
        """What the API says of the import."""
        told: dict[str, Any] = self.call("GET", f"/v1/imports/{import_id}")
        return told

    def ended(self, import_id: int) -> dict[str, Any]:
        """What the API says once the import has ended."""
        status: dict[str, Any] = eventually(lambda: self.status(import_id), lambda status: status["state"] in ENDED)
        return status

    def pages(self, import_id: int, kind: str, member: str) -> list[dict[str, Any]]:
        """Everything on the pages of contacts or of the ledger."""
        path, found = f"/v1/imports/{import_id}/{kind}", []
        while path:
            page = self.call("GET", path)
            found += page[member]
            path = page["next"]
        return found

    def path(self, import_id: int) -> list[str]:
        """The states that the import's first execution went through, once it has ended."""
        return path_of(self.history(import_id))

    def history(self, import_id: int) -> list[dict[str, Any]]:
        """The events of the import's first execution, once it has ended."""
        workflows = self.client("stepfunctions")
        arn = execution_arn(self.state_machine, str(import_id))
        eventually(lambda: workflows.describe_execution(executionArn=arn), lambda it: it["status"] != "RUNNING")
        pages = workflows.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]


def eventually(ask: Any, enough: Any, seconds: float = PATIENCE) -> Any:
    """The first answer that is enough; the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    while not enough(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def execution_arn(state_machine: str, name: str) -> str:
    """The ARN of an execution by its name."""
    return f"{state_machine.replace(':stateMachine:', ':execution:')}:{name}"


# --- The engine of the stack on one machine ---------------------------------------------------------------------------


class EngineMachine(Machine):
    """The whole template, deployed."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._api = Client(stack.base_url, BEARER)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._api.call(method, path, body)

    def client(self, service: str) -> Any:
        return self.stack.client(service)

    @property
    def state_machine(self) -> str:
        return self.stack.state_machine

    @property
    def imports_table(self) -> str:
        return self.stack.imports_table


@contextmanager
def running_engine_machine() -> Iterator[EngineMachine]:
    """The stack with its tenant."""
    with running_stack(parameters={"StartsPerMinute": "10000"}, wait_scale=SCALE) as stack:
        seed(stack)
        yield EngineMachine(stack)
