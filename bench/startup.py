"""What starting a function costs: processor time of its imports, above an empty interpreter."""

import resource
import subprocess
import sys
from typing import Final, NamedTuple

FUNCTIONS: Final = ("start_import", "read_import", "delete_import", "poll_status", "close_import", "sweep_imports")
ROUNDS: Final = 5


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


def main() -> None:
    """Print the rows."""
    for row in measure():
        print(f"{row.function:<16} {row.milliseconds:6.0f} ms of imports")


if __name__ == "__main__":
    main()
