"""Logs and metrics, in one form: names from the code, ids and numbers, never a user's data.

An exception is logged as its class and the places in our code it passed through. Its text is not: the text of
an exception that nobody foresaw may repeat what a user or a provider wrote.
"""

import traceback
from pathlib import Path

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from rubrica.errors import PlatformTrouble, RubricaError

_DEEPEST = 12


class PowertoolsTelemetry:
    """Implements ports.Telemetry over the Powertools' structured logger and embedded metrics."""

    def __init__(self) -> None:
        self._logger = Logger()
        self._metrics = Metrics()

    def event(self, name: str, **fields: int | str) -> None:
        """See ports.Telemetry."""
        self._logger.info(name, extra=fields)

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """See ports.Telemetry."""
        for dimension, text in dimensions.items():
            self._metrics.add_dimension(dimension, text)
        self._metrics.add_metric(name, MetricUnit.Count, value)
        self._metrics.flush_metrics()

    def trouble(self, name: str, error: BaseException, **fields: int | str) -> None:
        """One line about an error, and one measurement."""
        code = error.code if isinstance(error, RubricaError) else "unforeseen"
        reason = error.reason if isinstance(error, PlatformTrouble) else ""
        self._logger.error(
            name, extra={**fields, "error": type(error).__name__, "code": code, "reason": reason, "at": places(error)}
        )
        self.count("Errors", code=code)


def places(error: BaseException) -> list[str]:
    """Where an error passed through: file, line and function, the innermost last; no values."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
