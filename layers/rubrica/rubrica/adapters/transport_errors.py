"""What the transport's many exceptions mean in Rubrica's own words.

The causes are cut off (`from None`): their texts carry addresses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected

from requests.exceptions import ConnectTimeout, RequestException, SSLError, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError, ReadTimeoutError
from urllib3.exceptions import SSLError as BrokenTLS

from rubrica.errors import (
    AnswerMalformed,
    AnswerTruncated,
    CertificateRefused,
    RubricaError,
    ServerSilent,
    ServerUnreachable,
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise a leaf of `errors` for whatever the transport raises."""
    try:
        yield
    except (RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        raise _meaning(error) from None


def _meaning(error: BaseException) -> RubricaError:
    if isinstance(error, ConnectTimeout):
        return ServerUnreachable()
    if isinstance(error, SSLError):
        return CertificateRefused()
    causes = list(_causes(error))
    if any(isinstance(cause, Timeout | ReadTimeoutError | TimeoutError) for cause in causes):
        return ServerSilent()
    if any(isinstance(cause, RemoteDisconnected | IncompleteRead | BrokenTLS | ConnectionError) for cause in causes):
        return AnswerTruncated()
    if any(isinstance(cause, BadStatusLine | HTTPException | ValueError) for cause in causes):
        return AnswerMalformed()
    return AnswerTruncated()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps, outermost first; urllib3 and requests keep it among the arguments."""
    yield error
    inner = [error.reason] if isinstance(error, MaxRetryError) else error.args
    if isinstance(error, RequestException | HTTPError | ProtocolError):
        for cause in inner:
            if isinstance(cause, BaseException):
                yield from _causes(cause)
