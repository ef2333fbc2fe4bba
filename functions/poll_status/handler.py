"""Reads one slice of an import; called by the state machine."""

from typing import Any

from rubrica.bootstrap.poll_status import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
