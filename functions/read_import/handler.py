"""Answers what became of an import, and hands over its contacts."""

from typing import Any

from rubrica.bootstrap.read_import import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
