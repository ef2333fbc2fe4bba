"""Starts an import for a tenant, and lists the sources."""

from typing import Any

from rubrica.bootstrap.start_import import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
