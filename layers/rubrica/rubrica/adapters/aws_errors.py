"""The AWS clients' errors as ours, in one place."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

Meaning = Callable[[str, Mapping[str, Any]], Exception]
"""What an error code means, given the service's answer; the answer is empty when the service was not reached."""


@contextmanager
def translated(meaning: Meaning) -> Iterator[None]:
    """Raises what `meaning` makes of a client's error.

    The client's own error is not chained: its text may repeat values of the request.
    """
    try:
        yield
    except ClientError as error:
        raise meaning(error.response["Error"]["Code"], error.response) from None
    except BotoCoreError as error:
        raise meaning(type(error).__name__, {}) from None
