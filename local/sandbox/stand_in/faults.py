"""Rules that say which requests go wrong, and how."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.sandbox.stand_in.wire import BadControl, Request, Twist, checked, encoded

_NUMBER: Final = (int, float)
RULE: Final[Mapping[str, type | tuple[type, ...]]] = {
    "path": str,
    "page": int,
    "from": int,
    "times": int,
    "status": int,
    "headers": dict,
    "body": object,
    "truncate": int,
    "slow": dict,
    "html": bool,
    "empty_page": bool,
    "repeat_token": bool,
    "expire_page_token": bool,
    "error_in_200": bool,
    "hang": bool,
    "charset": str,
}
_SLOW: Final[Mapping[str, type | tuple[type, ...]]] = {"bytes_per_second": _NUMBER, "delay": _NUMBER}


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one request. Everything that is not set goes as usual."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    truncate: int | None = None
    bytes_per_second: float = 0.0
    delay: float = 0.0
    html: bool = False
    error_in_200: bool = False
    hang: bool = False
    charset: str = ""
    twist: Twist = field(default_factory=Twist)


NONE: Final = Fault()


@dataclass(slots=True)
class Rule:
    """A fault and the requests it is for; `left` counts down to 0, None is without end."""

    path: re.Pattern[str]
    page: int | None
    first: int | None
    left: int | None
    fault: Fault

    def fits(self, path: str, page: int) -> bool:
        """Whether it is for this page of this path."""
        return (
            self.left != 0
            and self.path.search(path) is not None
            and (self.page is None or page == self.page)
            and (self.first is None or page >= self.first)
        )


class Rules:
    """The rules in force; the first that fits a request decides. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._rules: list[Rule] = []

    def replace(self, told: Sequence[Mapping[str, Any]]) -> None:
        """These rules instead of those before. Raises BadControl, and then nothing changes."""
        rules = [_rule(one) for one in told]
        with self._lock:
            self._rules = rules

    def fault(self, request: Request, page: int) -> Fault:
        """What goes wrong with a request; it counts as one of the rule's `times`."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(request.path, page):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule.fault
        return NONE


def _rule(told: Mapping[str, Any]) -> Rule:
    told = checked(told, RULE)
    try:
        path = re.compile(told.get("path", ""))
    except re.error:
        raise BadControl("setting 'path' must be a regular expression") from None
    return Rule(path, told.get("page"), told.get("from"), told.get("times"), _fault(told))


def _fault(told: Mapping[str, Any]) -> Fault:
    slow = checked(told.get("slow", {}), _SLOW)
    return Fault(
        status=told.get("status"),
        headers={str(name): str(value) for name, value in told.get("headers", {}).items()},
        body=_body(told["body"]) if "body" in told else None,
        truncate=told.get("truncate"),
        bytes_per_second=float(slow.get("bytes_per_second", 0)),
        delay=float(slow.get("delay", 0)),
        html=told.get("html", False),
        error_in_200=told.get("error_in_200", False),
        hang=told.get("hang", False),
        charset=_charset(told.get("charset", "")),
        twist=Twist(
            told.get("empty_page", False), told.get("repeat_token", False), told.get("expire_page_token", False)
        ),
    )


def _body(told: object) -> bytes:
    return told.encode("utf-8", "surrogatepass") if isinstance(told, str) else encoded(told)


def _charset(name: str) -> str:
    try:
        "".encode(name or "utf-8")
    except LookupError:
        raise BadControl("setting 'charset' is unknown") from None
    return name
