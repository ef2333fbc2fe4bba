"""Deploys template.yaml into a running engine; every function runs the project's own sources in place."""

import io
import json
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from local.engine import REGION, Engine, engine_python

STACK: Final = "rubrica"
BUCKET: Final = "code"
_TEMPLATE: Final = "template.json"
TRANSLATE: Final = Path(__file__).with_name("translate.py")
TRANSLATING_SECONDS: Final = 120


class NotDeployed(Exception):
    """The engine did not take the template; the message says which resource and why."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed: the translated template, its outputs, and the engine's names of its resources."""

    template: Mapping[str, Any]
    outputs: Mapping[str, str]
    physical: Mapping[str, str]

    def functions(self) -> list[str]:
        """Logical ids of the functions."""
        return [name for name, r in self.template["Resources"].items() if r["Type"] == "AWS::Lambda::Function"]


def deploy(engine: Engine, root: Path, state: Path, parameters: Mapping[str, str]) -> Deployment:
    """Deploy `root`/template.yaml with `parameters`; workers leave their process ids in `state`/workers."""
    template = translate(root, parameters)
    sources = code_folders(root)
    _upload(engine, template, root, state, sources)
    clouds = engine.client("cloudformation")
    clouds.create_stack(
        StackName=STACK,
        # From the bucket, as `sam deploy` does: in the call itself a template may have 51,200 bytes.
        TemplateURL=f"{engine.endpoint}/{BUCKET}/{_TEMPLATE}",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    _wait(clouds)
    stack = clouds.describe_stacks(StackName=STACK)["Stacks"][0]
    resources = clouds.describe_stack_resources(StackName=STACK)["StackResources"]
    deployment = Deployment(
        template,
        {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources},
    )
    _switch_expiry_on(engine, deployment)
    return deployment


def translate(root: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """template.yaml as plain CloudFormation."""
    command = [str(engine_python()), str(TRANSLATE), str(root / "template.yaml"), json.dumps(dict(parameters))]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "AWS_DEFAULT_REGION": REGION}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=TRANSLATING_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NotDeployed(f"The template was not translated within {TRANSLATING_SECONDS} seconds") from None
    if done.returncode:
        raise NotDeployed(f"The template cannot be translated:\n{done.stderr[-2000:]}")
    return cast("dict[str, Any]", json.loads(done.stdout))


def code_folders(root: Path) -> dict[str, Path]:
    """Logical id of each function to the folder of its handler, by the convention of the template."""
    folders = {}
    for handler in sorted((root / "functions").glob("*/handler.py")):
        use_case = handler.parent.name
        folders["".join(word.title() for word in use_case.split("_")) + "Function"] = handler.parent
    return folders


def _upload(engine: Engine, template: Mapping[str, Any], root: Path, state: Path, sources: Mapping[str, Path]) -> None:
    store = engine.client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_object(Bucket=BUCKET, Key=_TEMPLATE, Body=json.dumps(template).encode())
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            if name not in sources:
                raise NotDeployed(f"{name} has no folder with a handler.py below functions/")
            workers = state / "workers" / name
            workers.mkdir(parents=True)
            script = bootstrap(engine, root, sources[name], workers)
            store.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=_archive("bootstrap", script))
    for name in ("RuntimeLayer", "RubricaLayer"):
        store.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=_archive("python/README", "Read in place.\n"))


def bootstrap(engine: Engine, root: Path, folder: Path, workers: Path) -> str:
    """The program of a worker: the real runtime client of Lambda over the sources of one function and the layer."""
    variables = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": engine.endpoint,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "HOME": str(workers),
        "LAMBDA_TASK_ROOT": str(folder),
        "PYTHONPATH": f"{folder}:{root / 'layers' / 'rubrica'}",
        "PYTHONPYCACHEPREFIX": str(root / ".rubrica" / "pycache"),
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines = [
        "#!/bin/sh",
        f": > {shlex.quote(str(workers))}/$$",
        f"cd {shlex.quote(str(folder))}",
        f"unset {' '.join(sorted(engine.own_variables))} OLDPWD",
        *exports,
        f'exec {shlex.quote(handlers_python())} -m awslambdaric "$_HANDLER"',
    ]
    return "\n".join(lines) + "\n"


def handlers_python() -> str:
    """The interpreter that runs the handlers: this one, unless RUBRICA_HANDLERS_PYTHON names another."""
    return os.environ.get("RUBRICA_HANDLERS_PYTHON") or sys.executable


def _archive(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, text)
    return buffer.getvalue()


def _wait(clouds: Any) -> None:  # noqa: ANN401 - a client
    waiter = clouds.get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    except Exception as error:
        events = clouds.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if "FAILED" in event["ResourceStatus"]
        ]
        raise NotDeployed("The engine refused the template.\n" + "\n".join(reasons)) from error


def _switch_expiry_on(engine: Engine, deployment: Deployment) -> None:
    """The engine overlooks a table's TimeToLiveSpecification."""
    tables = engine.client("dynamodb")
    for name, resource in deployment.template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] == "AWS::DynamoDB::Table" and expiry:
            tables.update_time_to_live(
                TableName=deployment.physical[name],
                TimeToLiveSpecification={"AttributeName": expiry["AttributeName"], "Enabled": True},
            )
