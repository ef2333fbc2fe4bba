"""Ends on SIGTERM as on Ctrl-C, so that everything that was started is stopped."""

import signal
from types import FrameType


def end_orderly() -> None:
    """Let SIGTERM and SIGHUP raise SystemExit in the main thread."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
