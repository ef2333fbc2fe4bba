"""Graph's error answers."""

import uuid
from datetime import UTC, datetime
from typing import Final

from local.sandbox.stand_in.wire import Answer, Request, encoded

_TYPE: Final = "application/json"
_ERRORS: Final = {
    400: ("BadRequest", "The request is malformed or incorrect."),
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    403: ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    404: ("ErrorItemNotFound", "The specified object was not found in the store."),
    405: ("Request_BadRequest", "Specified HTTP method is not allowed for the request target."),
    410: ("SyncStateNotFound", "The sync state generation is not found; continue with a new delta query."),
    429: ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    500: ("ErrorInternalServerError", "An internal server error occurred. The operation failed."),
    501: ("NotImplemented", "The request is not implemented."),
    502: ("BadGateway", "Bad gateway."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The gateway timed out."),
}


class Refused(Exception):
    """A request that gets an error answer."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(status)
        self.status, self.code, self.message = status, code, message


def identify(request: Request) -> dict[str, str]:
    """The ids of a request, as headers and errors name them."""
    own = str(uuid.uuid4())
    return {"request-id": own, "client-request-id": request.headers.get("client-request-id", own)}


def error(request: Request, status: int, code: str = "", message: str = "") -> Answer:
    """An error answer; code and message are those of the status unless they are given."""
    known, text = _ERRORS.get(status, ("UnknownError", "An error occurred."))
    ids = identify(request)
    inner = {"date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), **ids}
    body = {"error": {"code": code or known, "message": message or text, "innerError": inner}}
    headers = {**ids, "WWW-Authenticate": 'Bearer realm=""'} if status == 401 else ids
    return Answer(status, encoded(body), _TYPE, headers)


def throttled(request: Request, seconds: float) -> Answer:
    """429 with the seconds to wait."""
    answer = error(request, 429)
    return Answer(429, answer.body, answer.content_type, {**answer.headers, "Retry-After": f"{seconds:g}"})


def no_mailbox(request: Request) -> Answer:
    """A work account that has no mailbox, or one that is not in the cloud."""
    message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    return error(request, 404, "MailboxNotEnabledForRESTAPI", message)
