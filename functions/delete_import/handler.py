"""Forgets an import (DELETE /v1/imports/{id})."""

from typing import Any

from rubrica.bootstrap.delete_import import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
