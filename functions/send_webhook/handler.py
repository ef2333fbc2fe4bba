"""Tells a tenant of the end of an import; called by the webhook's state machine."""

from typing import Any

from rubrica.bootstrap.send_webhook import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
