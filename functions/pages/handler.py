"""Opens the link to a consent, and sends the browser to the provider."""

from typing import Any

from rubrica.bootstrap.pages import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
