"""What the CloudSponge API answers to a call that it cannot serve."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from rubrica.dialects.cloudsponge import codes, xml
from rubrica.dialects.cloudsponge.events import failure_of
from rubrica.dialects.cloudsponge.requests import Form
from rubrica.dialects.cloudsponge.writing import encode
from rubrica.errors import (
    CredentialsInAddress,
    FieldInvalid,
    ImportNotComplete,
    ImportNotFinished,
    ImportNotFound,
    NotAuthenticated,
    RequestError,
    SourceNotConfigured,
    SourceUnknown,
    SourceUnsupported,
    UpstreamNotConfigured,
    UpstreamRefused,
)

_FIELDS: Final[Mapping[str, int]] = MappingProxyType(
    {"service": codes.SERVICE_MISSING, "username": codes.LOGIN_MISSING, "password": codes.LOGIN_MISSING}
)
"""Fields whose lack, or uselessness, has a code of its own."""

_TEXTS: Final[Mapping[type[RequestError], str]] = MappingProxyType(
    {
        NotAuthenticated: "The domain_key and domain_password are not accepted. Send those of an enabled tenant, by "
        "HTTP Basic or as parameters.",
        SourceUnknown: "There is no such service. Send one of the service codes in docs/cloudsponge.md.",
        ImportNotFound: "There is no such import. It may have expired or been deleted. Begin a new one.",
        ImportNotFinished: "The contacts are not available yet. Poll /events until COMPLETE, then ask again.",
    }
)
"""Where our own texts speak of the other API."""

_STATUSES: Final[Mapping[int, int]] = MappingProxyType({409: 404, 413: 400, 422: 400})
"""This API knows 200, 400, 401, 404, 410 and 429; clients take "not yet" from a 404."""


def failure(error: RequestError, form: Form, *, begin: bool = False) -> tuple[int, bytes]:
    """HTTP status and body of an error; `begin` for a call that was to begin an import.

    The code is one of the API's own where it has one, else the HTTP status again.
    """
    status = _status(error)
    told = {"message": _message(error), "code": _code(error, status)}
    if form is Form.XML:
        return status, xml.document("result", _xml_body(told))
    return status, encode({"status": "error", "error": told} if begin else {"error": told})


def failure_headers(error: RequestError) -> Mapping[str, str]:
    """The headers that failure() has beside those of every answer. A 401 challenges: one client sends its keys only
    then."""
    challenge = {"WWW-Authenticate": 'Basic realm="Rubrica"'} if error.status == HTTPStatus.UNAUTHORIZED else {}
    return challenge if error.retry_after is None else {**challenge, "Retry-After": str(error.retry_after)}


def _xml_body(told: Mapping[str, object]) -> Mapping[str, object]:
    return {"status": "error", "error": told, "import_id": "", "user_id": None, "echo": None}


def _status(error: RequestError) -> int:
    if isinstance(error, ImportNotFound) and error.expired:
        return 410
    if isinstance(error, UpstreamRefused):
        return _upstreams_status(error)
    return _STATUSES.get(error.status, error.status)


def _upstreams_status(error: UpstreamRefused) -> int:
    """A code is final; what passes by itself is no fault of the caller's."""
    if error.upstream_code:
        return 400
    return error.status if error.retry_after is None else 503


def _code(error: RequestError, status: int) -> int:
    match error:
        case NotAuthenticated() | CredentialsInAddress():
            return codes.KEYS_REFUSED
        case FieldInvalid():
            return _FIELDS.get(error.field, codes.PARAMETERS_REFUSED)
        case SourceUnknown():
            return codes.SERVICE_UNKNOWN
        case SourceUnsupported():
            return codes.CONSENT_NOT_ALLOWED if error.method == "consent" else codes.SERVICE_UNKNOWN
        case SourceNotConfigured() | UpstreamNotConfigured():
            return codes.CONSENT_NOT_ALLOWED
        case ImportNotComplete():
            return _end(error)[0]
        case UpstreamRefused() if error.upstream_code:
            return error.upstream_code
        case _:
            return codes.PARAMETERS_REFUSED if status == 400 else status


def _message(error: RequestError) -> str:
    if isinstance(error, FieldInvalid):
        return f"{error.title} {error.field} {error.rule}."
    if isinstance(error, ImportNotComplete):
        return _end(error)[1]
    if isinstance(error, UpstreamRefused) and error.meaning:
        return f"{error.meaning.title} {error.meaning.advice}"
    if isinstance(error, ImportNotFound) and error.expired:
        return "The contacts of this import have been deleted, as they are after a while. Begin a new one."
    return _TEXTS.get(type(error)) or f"{error.title} {error.advice}"


def _end(error: ImportNotComplete) -> tuple[int, str]:
    return failure_of(error.failure, error.method)
