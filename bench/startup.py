"""What starting a function costs: processor time of its imports, above an empty interpreter."""

import resource
import subprocess
import sys
from typing import Final, NamedTuple

FUNCTIONS: Final = (
    "start_import",
    "pages",
    "oauth_callback",
    "receive_answer",
    "read_import",
    "delete_import",
    "poll_status",
    "close_import",
    "sweep_imports",
    "send_webhook",
)
ROUNDS: Final = 5
WORKER: Final = "poll_status"
LONGEST: Final = 450
"""Milliseconds."""


class Row(NamedTuple):
    """One function and the milliseconds that its imports take."""

    function: str
    milliseconds: float


def measure(rounds: int = ROUNDS) -> list[Row]:
    """A row for each function, the best of several rounds, with bytecode and a warm page cache."""
    empty = min(_cpu("pass") for _ in range(rounds))
    return [
        Row(name, 1000 * (min(_cpu(f"import rubrica.bootstrap.{name}") for _ in range(rounds)) - empty))
        for name in FUNCTIONS
    ]


def _cpu(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print the rows; status 1 if the worker takes longer than it should."""
    rows = measure()
    for row in rows:
        print(f"{row.function:<16} {row.milliseconds:6.0f} ms of imports")
    return 0 if all(row.milliseconds <= LONGEST for row in rows if row.function == WORKER) else 1


if __name__ == "__main__":
    sys.exit(main())
