"""Requests and answers as the stand-ins see them, and what an API has to offer the server."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

JSON_TYPE = "application/json; charset=UTF-8"


SHARED: Final[Mapping[str, type | tuple[type, ...]]] = {"reset": bool, "latency": (int, float), "rules": list}
"""The settings that every stand-in has, whatever its API."""


class BadControl(Exception):
    """A control request that cannot be followed; the message says why and names no data."""


@dataclass(frozen=True, slots=True)
class Request:
    """A GET request; header names are in lower case, `base` is the server's own root without a final slash.

    `in_flight` counts the requests that are being answered, this one included.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    base: str = ""
    in_flight: int = 1

    def values(self, name: str) -> list[str]:
        """All values of a query parameter, in order."""
        return [value for key, value in self.query if key == name]

    def value(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return (self.values(name) or [default])[-1]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of an answer; Content-Length, Date and Connection are the server's."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Twist:
    """What is to go wrong with paging in one answer."""

    empty_page: bool = False
    repeat_token: bool = False
    expire_page_token: bool = False


STRAIGHT = Twist()


def encoded(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


class Api(Protocol):
    """One provider's API over its data."""

    name: str
    """What the server calls itself when it starts."""

    def page_number(self, request: Request) -> int:
        """Which page of its list a request asks for, from 1; for the `page` and `from` of fault rules."""

    def refusal(self, request: Request) -> Answer | None:
        """Why a request is turned away before its token is looked at; None when it is not."""

    def answer(self, request: Request, scopes: frozenset[str] | None, twist: Twist) -> Answer:
        """The answer to a request whose token carries `scopes`; None when it has no token that is alive."""

    def error(self, request: Request, status: int) -> Answer:
        """The provider's own error answer with a status."""

    def control(self, settings: Mapping[str, Any]) -> None:
        """Follow the settings that are this API's own. Raises BadControl."""

    def reset(self) -> None:
        """Data and settings as they were at the start."""


def checked(
    settings: Mapping[str, Any], known: Mapping[str, type | tuple[type, ...]], besides: Iterable[str] = ()
) -> Mapping[str, Any]:
    """The settings, all known and of the right type. Raises BadControl.

    `besides` are the names of settings that may stand beside them and are read elsewhere: a refusal lists them too.
    """
    for name, value in settings.items():
        if name not in known:
            raise BadControl(f"unknown setting {name!r}; known are {', '.join(sorted({*known, *besides}))}")
        if not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] is not bool):
            raise BadControl(f"setting {name!r} has the wrong type")
    return settings


def listed(value: object, name: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects. Raises BadControl."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadControl(f"setting {name!r} must be a list of objects")
    return value
