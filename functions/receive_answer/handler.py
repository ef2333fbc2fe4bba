"""Takes the file that a user sends, and starts the import."""

from typing import Any

from rubrica.bootstrap.receive_answer import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
