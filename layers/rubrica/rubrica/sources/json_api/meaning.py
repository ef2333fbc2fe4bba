"""What an error answer of a JSON API means: by its status, by the code it names, or by what it always says.

Google: google.rpc.Status with ErrorInfo (https://cloud.google.com/apis/design/errors) and the older `errors[].reason`;
Microsoft: https://learn.microsoft.com/graph/errors. Texts of an answer are compared and go nowhere else.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from rubrica.errors import (
    AccessForbidden,
    AnswerUnreadable,
    ApiNotEnabled,
    ConsentNeedsAdmin,
    ConsentUnticked,
    ImportFailure,
    NoMailbox,
    ProviderThrottled,
    ProviderTrouble,
    ProviderUnavailable,
    TokenRefused,
)

_CODES: Final[Mapping[type[ImportFailure], str]] = {
    ConsentUnticked: "access_token_scope_insufficient insufficientpermissions insufficient_scope",
    ConsentNeedsAdmin: "domainpolicy",
    ApiNotEnabled: "service_disabled accessnotconfigured",
    TokenRefused: "access_token_expired access_token_revoked autherror invalidauthenticationtoken invalid_token",
    AccessForbidden: "erroraccessdenied accessdenied access_denied authorization_requestdenied",
    NoMailbox: "mailboxnotenabledforrestapi mailboxnothostedinexchangeonline mailboxnotsupportedforrestapi "
    "errornonexistentmailbox errorinvaliduser resourcenotfound request_resourcenotfound",
    ProviderThrottled: "ratelimitexceeded userratelimitexceeded rate_limit_exceeded quotaexceeded dailylimitexceeded "
    "resource_exhausted toomanyrequests applicationthrottled activitylimitreached throttledrequest quotalimitreached",
    ProviderUnavailable: "backenderror internalerror internal unavailable deadline_exceeded servicenotavailable "
    "serviceunavailable generalexception internalservererror errorinternalserverror errorinternalservererror "
    "errorinternalservertransienterror errorserverbusy errormailboxstoreunavailable errormailboxmoveinprogress "
    "errortimeoutexpired mailboxinfostale timeout unknownerror",
}
_MEANINGS: Final = MappingProxyType({code: kind for kind, codes in _CODES.items() for code in codes.split()})
_PHRASES: Final = (
    ("has not been used in project", ApiNotEnabled),
    ("insufficient authentication scopes", ConsentUnticked),
)
"""What Google says where it names no reason."""

_LOST: Final = frozenset(
    {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata", "invalidskiptoken"}
)
_EXPIRED: Final = "expired_"
_NOT_FOUND: Final = 404
_GONE: Final = 410
_BAD_REQUEST: Final = 400
_DEEPEST: Final = 5
_MOST: Final = 20


class Complaint(NamedTuple):
    """An error answer: its status, the codes it names, the most telling first, and its message; in lower case."""

    status: int
    codes: tuple[str, ...] = ()
    message: str = ""

    def lost(self, *, resuming: bool) -> bool:
        """Whether the provider does not know the place in the list any more from which it was to go on."""
        if self.status == _GONE or any(code in _LOST or code.startswith(_EXPIRED) for code in self.codes):
            return True
        return resuming and self.status == _BAD_REQUEST and self._named() is None

    def absent(self) -> bool:
        """Whether what was asked for is not there, and nothing says that all is lacking."""
        return self.status == _NOT_FOUND and self._named() is None

    def failure(self, retry_after: int | None) -> ImportFailure:
        """What it comes to; `retry_after` is how many seconds the provider asks to wait."""
        kind = self._kind()
        return kind(retry_after) if issubclass(kind, ProviderTrouble) else kind()

    def _kind(self) -> type[ImportFailure]:
        if self.status == 429:
            return ProviderThrottled
        if self.status == 408 or (500 <= self.status < 600 and self.status != 501):
            return ProviderUnavailable
        return self._named() or {401: TokenRefused, 403: AccessForbidden}.get(self.status, AnswerUnreadable)

    def _named(self) -> type[ImportFailure] | None:
        """What the codes say, or for want of them the message."""
        told = next((_MEANINGS[code] for code in self.codes if code in _MEANINGS), None)
        if told is None and self.status == 403:
            return next((kind for phrase, kind in _PHRASES if phrase in self.message), None)
        return told


def complaint(status: int, error: object) -> Complaint:
    """The error that an answer of this status carries. One that came with 200 has its own status, if it has any."""
    if not isinstance(error, Mapping):
        return Complaint(status, _lower([error]))
    own, message = error.get("code"), error.get("message")
    if status == 200 and type(own) is int:
        status = own
    return Complaint(status, _lower(_codes(error, 0)), message.lower() if isinstance(message, str) else "")


def _codes(error: Mapping[str, object], depth: int) -> Iterator[object]:
    for name in ("details", "errors"):
        if isinstance(told := error.get(name), list):
            yield from (it.get("reason") for it in told[:_MOST] if isinstance(it, Mapping))
    yield error.get("code")
    inner = next((it for name in ("innerError", "innererror") if isinstance(it := error.get(name), Mapping)), None)
    if inner is not None and depth < _DEEPEST:
        yield from _codes(inner, depth + 1)
    yield error.get("status")


def _lower(told: Iterator[object] | list[object]) -> tuple[str, ...]:
    return tuple(code.lower() for code in told if isinstance(code, str))
