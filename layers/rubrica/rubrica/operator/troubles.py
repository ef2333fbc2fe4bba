"""What an operator reads when a command could not be done.

The texts of rubrica.errors are for functions, which are tried again and have policies; a person at a shell is told
what to check there. The codes are those of AWS's services and the class names of its client's errors.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rubrica.errors import PlatformTrouble, StorageUnavailable

_NO_TABLE: Final = (
    "There is no such table in this account and region: check --table or --stack, and AWS_DEFAULT_REGION."
)
_NO_CREDENTIALS: Final = "No AWS credentials: set AWS_PROFILE."
_NOT_ACCEPTED: Final = "AWS does not accept these credentials, or no longer: sign in once more, or set AWS_PROFILE."
_NO_RIGHT: Final = "These AWS credentials lack a right that the command needs; docs/operations.md names them."
_CHANGED: Final = "Somebody else made a change at the same moment, and nothing was done: give the command again."

_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NoCredentialsError": _NO_CREDENTIALS,
        "PartialCredentialsError": _NO_CREDENTIALS,
        "NoRegionError": "No AWS region: set AWS_DEFAULT_REGION.",
        "UnrecognizedClientException": _NOT_ACCEPTED,
        "InvalidClientTokenId": _NOT_ACCEPTED,
        "InvalidSignatureException": _NOT_ACCEPTED,
        "ExpiredTokenException": _NOT_ACCEPTED,
        "ExpiredToken": _NOT_ACCEPTED,
        "AccessDeniedException": _NO_RIGHT,
        "AccessDenied": _NO_RIGHT,
        "ConditionalCheckFailed": _CHANGED,
        "TransactionCanceledException": _CHANGED,
    }
)
_SILENT: Final = frozenset(
    {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError", "ConnectionError"}
)


def told(error: Exception, endpoint: str) -> str:
    """One line that says why; `endpoint` is the address in AWS_ENDPOINT_URL, "" where there is none."""
    code = _code(error)
    text = _text(error, code, endpoint)
    return f"{text} ({code})" if isinstance(error, PlatformTrouble) and code else text


def _text(error: Exception, code: str, endpoint: str) -> str:
    if code in _SILENT:
        return "Nothing answers at AWS_ENDPOINT_URL." if endpoint else "AWS does not answer: check the network."
    if code == "ResourceNotFoundException" and isinstance(error, StorageUnavailable):
        return _NO_TABLE
    if code in _TEXTS:
        return _TEXTS[code]
    return error.title if isinstance(error, PlatformTrouble) else str(error)


def _code(error: Exception) -> str:
    match error:
        case PlatformTrouble():
            return error.reason
        case ClientError():
            return str(error.response["Error"]["Code"])
        case BotoCoreError():
            return type(error).__name__
        case _:
            return ""
