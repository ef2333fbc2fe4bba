"""The deployed definition in moto's interpreter; tables and keys in moto, the real handlers in this process."""

import importlib.util
import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from local.deploy import code_folders
from local.engine import OPERATOR, ROOT
from local.front import routes_of
from local.payload import HttpRequest, answer_of, event_of, find_route
from local.tenant import BEARER
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.system import SystemChance
from rubrica.bootstrap.clients import FOR_REQUESTS, dynamodb
from rubrica.services.tenants import Administer
from tests.workflow.machines import SCALE, Machine


class MotoMachine(Machine):
    """The definition in moto's interpreter, tables and keys in moto, the handlers in this process."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self._routes = routes_of(template)
        self.functions = {name: loaded(folder) for name, folder in code_folders(ROOT).items()}
        self._state_machine = ""

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = [("Authorization", f"Bearer {BEARER}"), ("Content-Type", "application/json")]
        data = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, path, headers, data, "127.0.0.1")
        found = find_route(self._routes, method, request.path)
        assert found, path
        event = json.loads(event_of(request, *found))
        answer = answer_of(json.dumps(self.functions[found[0].function](event, Context())).encode(), failed=False)
        return json.loads(answer.body) if answer.body else None

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    @property
    def state_machine(self) -> str:
        return self._state_machine

    @property
    def imports_table(self) -> str:
        return "imports"

    def deploy(self, template: Mapping[str, Any], lambdas: str) -> None:
        """Make what the template describes, as far as moto goes, and tell the functions."""
        for name, table in (("ImportsTable", "imports"), ("AccountsTable", "accounts")):
            make_table(table, template["Resources"][name]["Properties"])
        keys = [boto3.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
        self._state_machine = make_state_machine()
        os.environ.update(
            ACCOUNTS_TABLE="accounts",
            AWS_ENDPOINT_URL_LAMBDA=lambdas,
            CONTACTS_KEY=keys[0],
            CREDENTIALS_KEY=keys[1],
            EGRESS_LOOPBACK="true",
            EGRESS_PORTS="443",
            INSTALLATION="rubrica",
            IMPORTS_TABLE="imports",
            IMPORT_SECONDS="600",
            POWERTOOLS_METRICS_NAMESPACE="Rubrica",
            POWERTOOLS_SERVICE_NAME="moto",
            PROVIDERS_SECRET="rubrica/providers",
            RETENTION_SECONDS="3600",
            SLICE_SECONDS="60",
            STARTS_PER_MINUTE="10000",
            STATE_MACHINE_ARN=self._state_machine,
            UPSTREAMS_SECRET="rubrica/upstreams",
            WEBHOOKS_SECRET="rubrica/webhooks",
        )
        tenants = DynamoTenants(dynamodb("accounts", FOR_REQUESTS))
        Administer(tenants, SystemChance()).create("localdev", key=BEARER)


class Context:
    """What a handler gets beside its event."""

    function_name = "moto"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:moto"

    def __init__(self) -> None:
        self.aws_request_id = str(uuid.uuid4())

    def get_remaining_time_in_millis(self) -> int:
        """A whole slice."""
        return 300_000


def loaded(folder: Any) -> Any:
    """The handler of a folder."""
    spec = importlib.util.spec_from_file_location(f"handler_of_{folder.name}", folder / "handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # What a test before this one composed knows another table.
    module.compose.cache_clear()
    return module.handler


def make_table(name: str, properties: Mapping[str, Any]) -> None:
    """A table from the template's own properties."""
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    boto3.client("dynamodb").create_table(
        TableName=name, **{key: properties[key] for key in wanted if key in properties}
    )


def make_state_machine() -> str:
    """The definition as it is in its file; its tasks carry the names of the functions."""
    text = (ROOT / "statemachines" / "import.asl.json").read_text("utf-8")
    for name in ("PollStatusFunction", "CloseImportFunction"):
        text = text.replace(f"${{{name}Arn}}", f"arn:aws:lambda:us-east-1:123456789012:function:{name}")
    role = "arn:aws:iam::123456789012:role/workflow"
    made = boto3.client("stepfunctions").create_state_machine(name="import", definition=text, roleArn=role)
    return str(made["stateMachineArn"])


class LambdaDoor(ThreadingHTTPServer):
    """Answers Lambda's Invoke with the handlers of this process."""

    daemon_threads = True
    functions: Mapping[str, Any] = {}

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class LambdaDoorHandler(BaseHTTPRequestHandler):
    """One invocation a request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LambdaDoor

    def do_POST(self) -> None:
        """Invoke: /2015-03-31/functions/NAME/invocations."""
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.split("/")[3].rpartition("function%3A")[2].rpartition(":")[2]
        try:
            result, failed = self.server.functions[name](event, Context()), False
        except Exception as error:
            result, failed = {"errorType": type(error).__name__, "errorMessage": str(error)}, True
        body = json.dumps(result).encode()
        self.send_response_only(200)
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def shorter(wait: Any) -> Any:
    """The interpreter's waiting, scaled."""

    def scaled(function: WaitFunction, env: Any, wait_seconds: float) -> None:
        wait(function, env=env, wait_seconds=wait_seconds * SCALE)

    return scaled


def one_at_a_time(action: Any) -> Any:
    """The action, never begun before the one before it has ended."""
    lock = threading.RLock()

    def alone(handler: Any) -> Any:
        with lock:
            return action(handler)

    return alone


@contextmanager
def running_moto_machine(template: Mapping[str, Any]) -> Iterator[MotoMachine]:
    """moto with the definition of the translated `template` running in it."""
    credentials = {
        "AWS_ACCESS_KEY_ID": OPERATOR["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": OPERATOR["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": OPERATOR["region_name"],
        "AWS_REGION": OPERATOR["region_name"],
    }
    with ExitStack() as cleanup:
        door = cleanup.enter_context(LambdaDoor(("127.0.0.1", 0), LambdaDoorHandler))
        threading.Thread(target=door.serve_forever, args=(0.1,), daemon=True).start()
        cleanup.callback(door.shutdown)
        cleanup.enter_context(patch.dict(os.environ, credentials))
        passing = {"services": ["lambda"], "urls": [f"{door.url}/.*"]}
        config: Any = {"stepfunctions": {"execute_state_machine": True}, "core": {"passthrough": passing}}
        cleanup.enter_context(mock_aws(config=config))
        # The interpreter has no setting for shorter waits.
        cleanup.enter_context(patch.object(WaitFunction, "_wait_interval", shorter(WaitFunction._wait_interval)))
        # moto's conditional writes are not atomic across threads, unlike the table's.
        cleanup.enter_context(patch.object(DynamoHandler, "call_action", one_at_a_time(DynamoHandler.call_action)))
        machine = MotoMachine(template)
        door.functions = machine.functions
        machine.deploy(template, door.url)
        yield machine
