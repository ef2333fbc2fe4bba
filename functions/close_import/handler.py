"""Closes an import; called by the state machine, and by the rule on executions that died."""

from typing import Any

from rubrica.bootstrap.close_import import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
