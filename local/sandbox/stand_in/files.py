"""JSON Lines: one JSON object a line, UTF-8."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.sandbox.stand_in.wire import encoded


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file; none when there is no such file."""
    if not path.exists():
        return []
    # Only a line feed ends a line: JSON texts may hold what Unicode calls a line end.
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write a file, one object a line."""
    path.write_bytes(b"".join(encoded(record) + b"\n" for record in records))
