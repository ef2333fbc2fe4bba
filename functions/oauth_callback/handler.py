"""Takes the answer of a provider to a consent, and starts the import."""

from typing import Any

from rubrica.bootstrap.oauth_callback import compose


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the runtime's types
    """The Lambda entry point."""
    return compose()(event, context)
