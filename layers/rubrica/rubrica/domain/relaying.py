"""Under which code another service of the CloudSponge kind reads what a caller names."""

from collections.abc import Collection
from typing import Final

_SAME: Final = (
    frozenset({"windowslive", "outlookcom"}),
    frozenset({"mail", "mailcom"}),
    frozenset({"o2_pl", "poczta_o2"}),
)
"""Codes that name one service."""


def code_there(code: str, services: Collection[str]) -> str:
    """The one of `services` that is the service of this code, "" when none is."""
    if code in services:
        return code
    same = next((codes for codes in _SAME if code in codes), frozenset())
    return next((other for other in sorted(same) if other in services), "")
