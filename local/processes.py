"""Child processes on a leash, and the ports they listen on."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEASH = Path(__file__).with_name("leash.py")

ENDING_SECONDS: Final = 30
"""How long a process may take to end. One that was killed has gone long before, unless the system is stuck."""


class NotStarted(Exception):
    """A child process did not come up; the message names it and where its output is."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running child process; it leads a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path

    def stop(self) -> None:
        """End the process and everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(ENDING_SECONDS)
        if self.process.stdin:
            self.process.stdin.close()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()` is true; NotStarted when the process ends before, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{self.name} did not start; its output is in {self.output}")
            time.sleep(0.05)


@contextmanager
def running(
    name: str, python: Path, module: str, arguments: Sequence[str], environment: Mapping[str, str], output: Path
) -> Iterator[Child]:
    """Run `python -m module arguments...` on a leash; it sees only PATH and `environment`. Raises NotStarted."""
    with running_program(name, [str(python), str(LEASH), module, *arguments], environment, output) as child:
        yield child


@contextmanager
def running_program(name: str, command: Sequence[str], environment: Mapping[str, str], output: Path) -> Iterator[Child]:
    """Run a program that ends by itself with its standard input; otherwise like `running`. Raises NotStarted."""
    if not Path(command[0]).exists():
        raise NotStarted(f"{name} is not installed. Run: make setup")
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **environment},
            cwd=output.parent,
        )
    child = Child(name, process, output)
    try:
        yield child
    finally:
        child.stop()


def end(process: subprocess.Popen[bytes], seconds: float = ENDING_SECONDS) -> None:
    """Ask a process to end, with SIGTERM, and kill it if it has not after `seconds`; nothing when it has ended."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(ENDING_SECONDS)


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
