"""The engine: MiniStack in a virtual environment of its own, with its IAM check on, bound to loopback.

Nothing outside `local/` knows the engine by name: everybody else sees an AWS endpoint.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from local.processes import free_port, running

ROOT: Final = Path(__file__).resolve().parent.parent
REGION: Final = "us-east-1"
OPERATOR: Final = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
"""What the engine takes for its owner; every function signs with the session of its own role instead."""

STARTING_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: the endpoint of every AWS service it stands in for, and the variables only it should see."""

    endpoint: str
    own_variables: frozenset[str] = frozenset()

    def client(self, service: str, **options: Any) -> Any:  # noqa: ANN401 - as many types as services
        """The operator's client of an AWS service."""
        make: Any = boto3.client
        return make(service, endpoint_url=self.endpoint, **OPERATOR, **options)


def engine_python() -> Path:
    """The interpreter of the engine's virtual environment; RUBRICA_ENGINE_PYTHON names another one."""
    return Path(os.environ.get("RUBRICA_ENGINE_PYTHON") or ROOT / ".venv-engine" / "bin" / "python")


@contextmanager
def running_engine(state: Path, *, wait_scale: float = 1.0) -> Iterator[Engine]:
    """An empty engine that keeps its files in `state`; `wait_scale` shortens the waits of state machines."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    settings = {
        "AUTH": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(state),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_REGION": REGION,
        "SFN_WAIT_SCALE": str(wait_scale),
        "TMPDIR": str(state),
    }
    with running("The engine", engine_python(), "ministack", [], settings, state / "engine.log") as child:
        child.wait_until(lambda: _healthy(endpoint), STARTING_SECONDS)
        yield Engine(endpoint, frozenset(settings) - {"HOME", "TMPDIR"})


def _healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
