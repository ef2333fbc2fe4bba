"""The query parameters of a call: which there are, and what they say."""

from typing import Final

from local.sandbox.google_people.errors import invalid
from local.sandbox.stand_in.seals import fingerprint
from local.sandbox.stand_in.wire import Request

SYSTEM: Final = frozenset(
    (
        "$.xgafv",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    )
)
"""Parameters of every Google API. They are accepted and change nothing here."""

_LARGEST: Final = 1000


def known_only(request: Request, names: frozenset[str]) -> None:
    """Raises Refused when there is a parameter that the call does not have."""
    for name, _ in request.query:
        if name not in names and name not in SYSTEM:
            raise invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
                name,
            )


def number(request: Request, name: str, default: int, largest: int) -> int:
    """A parameter from 1 to `largest`; 0 and absent mean `default`. Raises Refused."""
    text = request.value(name, "0")
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 10:
        raise invalid(f"Invalid value at '{name}' (TYPE_INT32)", name)
    value = int(text)
    if not 0 <= value <= largest:
        raise invalid(f"{name} must be between 1 and {largest}, inclusive.", name)
    return value or default


def page_size(request: Request, default: int) -> int:
    """How many items a page has. Raises Refused."""
    return number(request, "pageSize", default, _LARGEST)


def flag(request: Request, name: str) -> bool:
    """A boolean parameter. Raises Refused."""
    text = request.value(name, "false")
    if text not in ("true", "false"):
        raise invalid(f"Invalid value at '{name}' (TYPE_BOOL)", name)
    return text == "true"


def binding(request: Request, *without: str) -> str:
    """What must be the same in every call that follows: all parameters but `without` and those of every API."""
    return fingerprint(
        request.path, sorted(pair for pair in request.query if pair[0] not in SYSTEM and pair[0] not in without)
    )
