"""One running stack: engine, deployed template and HTTP front, for `make run`, the demo, the tests and the bench."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.deploy import Deployment, deploy
from local.engine import OPERATOR, ROOT, Engine, running_engine
from local.front import running_front
from local.processes import free_port


@dataclass(frozen=True)
class Stack:
    """What a running stack offers; every client signs as its operator."""

    base_url: str
    engine: Engine
    deployment: Deployment
    state: Path = field(repr=False)

    @property
    def imports_table(self) -> str:
        """Name of the table of imports."""
        return self.deployment.outputs["ImportsTableName"]

    @property
    def accounts_table(self) -> str:
        """Name of the table of tenants."""
        return self.deployment.outputs["AccountsTableName"]

    @property
    def state_machine(self) -> str:
        """ARN of the import workflow."""
        return self.deployment.outputs["StateMachineArn"]

    @property
    def providers_secret(self) -> str:
        """Name of the secret that holds the apps at providers."""
        return self.deployment.outputs["ProvidersSecretName"]

    @property
    def webhook_machine(self) -> str:
        """ARN of the workflow that tells tenants of the end of their imports."""
        return self.deployment.outputs["WebhookStateMachineArn"]

    @property
    def webhooks_secret(self) -> str:
        """What the names of the tenants' webhook secrets begin with."""
        return self.deployment.outputs["WebhooksSecretName"]

    @property
    def upstreams_secret(self) -> str:
        """Name of the secret that holds the account at another import service."""
        return self.deployment.outputs["UpstreamsSecretName"]

    def client(self, service: str) -> Any:  # noqa: ANN401 - as many types as services
        """A client of the operator for any service of the engine."""
        return self.engine.client(service)

    def operator_environment(self) -> dict[str, str]:
        """Environment variables under which an operator's command finds this stack."""
        return {
            "AWS_ENDPOINT_URL": self.engine.endpoint,
            "AWS_ACCESS_KEY_ID": OPERATOR["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": OPERATOR["aws_secret_access_key"],
            "AWS_REGION": OPERATOR["region_name"],
            "AWS_DEFAULT_REGION": OPERATOR["region_name"],
            "ACCOUNTS_TABLE": self.accounts_table,
            "PROVIDERS_SECRET": self.providers_secret,
            "UPSTREAMS_SECRET": self.upstreams_secret,
            "WEBHOOKS_SECRET": self.webhooks_secret,
        }

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what a function says
        """Call a function by its logical id; the result, or an error's errorType and errorMessage."""
        name = self.deployment.physical[function]
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    def workers(self, function: str) -> list[int]:
        """Process ids of the living workers of a function."""
        marks = (self.state / "workers" / function).glob("[0-9]*")
        return sorted(pid for pid in (int(mark.name) for mark in marks) if _is_worker(pid))

    def kill_workers(self, function: str) -> list[int]:
        """End the workers of a function with SIGKILL, as a failing host would; returns whom it hit."""
        hit = []
        for pid in self.workers(function):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                hit.append(pid)
        return hit

    def executions(self, state_machine: str = "") -> list[dict[str, Any]]:
        """All executions of a workflow, the import's unless told, latest first: executionArn, name, status."""
        pages = self.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=state_machine or self.state_machine)
        return [e for page in found for e in page["executions"]]

    def history(self, execution_arn: str) -> list[dict[str, Any]]:
        """The events of an execution, in order."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [e for page in pages.paginate(executionArn=execution_arn) for e in page["events"]]

    def logs(self, function: str) -> list[str]:
        """Every line that a function wrote, and the engine about it."""
        logs = self.client("logs")
        name = self.deployment.physical[function]
        groups = [
            g["logGroupName"]
            for page in logs.get_paginator("describe_log_groups").paginate()
            for g in page["logGroups"]
        ]
        wanted = [
            group for group in groups if group.endswith((f"/{name}", f"/{_log_group(self.deployment, function)}"))
        ]
        lines = []
        for group in wanted:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                lines += [event["message"] for event in page["events"]]
        return lines


def path_of(history: list[dict[str, Any]]) -> list[str]:
    """Names of the states an execution entered, in order; each entry is one state transition."""
    return [e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e]


def transitions(history: list[dict[str, Any]]) -> int:
    """State transitions as they are billed: entered states, retries, and the end of the execution."""
    tried: int = sum(e["type"] in ("TaskScheduled", "LambdaFunctionScheduled") for e in history)
    tasks: int = sum(e["type"] == "TaskStateEntered" for e in history)
    return len(path_of(history)) + max(0, tried - tasks) + 1


@contextmanager
def running_stack(
    *,
    port: int | None = None,
    parameters: Mapping[str, str] | None = None,
    root: Path = ROOT,
    wait_scale: float = 1.0,
) -> Iterator[Stack]:
    """A fresh stack on loopback, gone with all its processes and files at the end.

    `port` is where the HTTP front listens (default: a free one), `parameters` override those of the template;
    `root` is the folder of template.yaml, `wait_scale` shortens waits of the workflow.
    """
    with ExitStack() as cleanup:
        state = Path(tempfile.mkdtemp(prefix="rubrica-"))
        cleanup.callback(shutil.rmtree, state, ignore_errors=True)
        engine = cleanup.enter_context(running_engine(state, wait_scale=wait_scale))
        port = port or free_port()
        home = f"http://127.0.0.1:{port}"
        here = {"AllowLoopback": "true", "PublicUrl": home, **(parameters or {})}
        deployment = deploy(engine, root, state, here)
        cleanup.enter_context(running_front(port, engine, deployment.template, deployment.physical))
        yield Stack(home, engine, deployment, state)


def _is_worker(pid: int) -> bool:
    try:
        return b"awslambdaric" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _log_group(deployment: Deployment, function: str) -> str:
    config = deployment.template["Resources"][function]["Properties"].get("LoggingConfig", {})
    reference = config.get("LogGroup", {})
    return str(reference.get("Ref", "") if isinstance(reference, dict) else reference)
