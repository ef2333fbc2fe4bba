"""Google's error answers (google.rpc.Status as JSON)."""

from collections.abc import Sequence
from typing import Any, Final

from local.sandbox.stand_in.wire import Answer, encoded

Details = Sequence[dict[str, Any]]

_TYPES: Final = "type.googleapis.com/google.rpc"
_STATUSES: Final = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: (
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential.",
    ),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    409: ("ABORTED", "The operation was aborted."),
    410: ("FAILED_PRECONDITION", "Sync token is expired. Clear local cache and retry call without the sync token."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    501: ("UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}


class Refused(Exception):
    """A request that gets an error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def error(code: int, message: str = "", *, status: str = "", details: Details = ()) -> Answer:
    """An error answer; status and message are those of the code unless they are given."""
    known, text = _STATUSES.get(code, ("UNKNOWN", "Unknown error."))
    body: dict[str, Any] = {"code": code, "message": message or text, "status": status or known}
    if details:
        body["details"] = list(details)
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if code == 401 else {}
    return Answer(code, encoded({"error": body}), headers=headers)


def reason(name: str, domain: str = "googleapis.com", **metadata: str) -> dict[str, Any]:
    """A google.rpc.ErrorInfo."""
    return {"@type": f"{_TYPES}.ErrorInfo", "reason": name, "domain": domain, "metadata": metadata}


def invalid(message: str, field: str = "") -> Refused:
    """400 INVALID_ARGUMENT."""
    violations = [{"field": field, "description": message}] if field else []
    details = [{"@type": f"{_TYPES}.BadRequest", "fieldViolations": violations}] if field else []
    return Refused(error(400, message, details=details))


def unauthenticated() -> Answer:
    """401: a token that is dead, or that nobody ever issued: who is asked about tokens knows no difference."""
    details = [reason("ACCESS_TOKEN_EXPIRED", service="people.googleapis.com")]
    return error(401, details=details)


def credentials_missing() -> Answer:
    """401: no token."""
    message = (
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential."
    )
    return error(401, message, details=[reason("CREDENTIALS_MISSING", service="people.googleapis.com")])


def scope_insufficient(method: str) -> Answer:
    """403: the user did not grant what the call needs."""
    info = reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="people.googleapis.com", method=method)
    return error(403, "Request had insufficient authentication scopes.", details=[info])


def not_enabled() -> Answer:
    """403: the project of the client id does not use the People API."""
    info = reason("SERVICE_DISABLED", service="people.googleapis.com", consumer="projects/123456789")
    message = "People API has not been used in project 123456789 before or it is disabled."
    return error(403, message, details=[info])


def sync_token_expired() -> Refused:
    """400: a full sync has to be done."""
    message = "Sync token is expired. Clear local cache and retry call without the sync token."
    info = reason("EXPIRED_SYNC_TOKEN", "people.googleapis.com")
    return Refused(error(400, message, status="FAILED_PRECONDITION", details=[info]))


def first_pages_exhausted() -> Answer:
    """429: too many first pages of full syncs."""
    violation = {"subject": "project:123456789", "description": "FBS quota limit exceeded."}
    details = [{"@type": f"{_TYPES}.QuotaFailure", "violations": [violation]}]
    return error(429, "Quota exceeded: FBS quota limit exceeded.", details=details)
