"""Sweeps what is due; called by the schedule."""

from typing import Any

from rubrica.bootstrap.sweep_imports import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
