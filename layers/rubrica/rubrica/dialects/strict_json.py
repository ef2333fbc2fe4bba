"""JSON as strangers send it: everything that two readers could understand in two ways is refused.

RFC 8259 leaves duplicate keys, huge numbers and lone surrogates to the reader, and Python's `json` also takes
NaN, 1e400 (as infinity) and a byte order mark. RFC 7493 (I-JSON) is what is accepted here.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from rubrica.errors import RequestMalformed, RequestTooLarge

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request body."""

DEEPEST: Final = 16
"""Objects and arrays inside each other; no request of ours needs more than three."""

LONGEST_NUMBER: Final = 32
"""Characters of a number; int() takes quadratic time, and raises by itself only past 4,300 digits."""

# A string that never ends is matched to the end of the text, so that its brackets do not count either.
_STRING: Final = re.compile(r'"(?:[^"\\]+|\\.)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKET: Final = re.compile(r"[^][{}]+")


def read_object(body: bytes, largest: int = LARGEST_BODY) -> Mapping[str, object]:
    """The JSON object that `body` is.

    Raises RequestTooLarge past `largest` bytes; RequestMalformed for anything else than one UTF-8 JSON object
    without byte order mark, duplicate keys, NaN, infinite or very long numbers, lone surrogates or deep nesting.
    """
    if len(body) > largest:
        raise RequestTooLarge
    value = _value(body)
    if not isinstance(value, dict):
        raise RequestMalformed
    return value


def _value(body: bytes) -> object:
    """The JSON value, None for what is none: Python's error carries the body, and so must not become a context."""
    try:
        return _read(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _read(text: str) -> object:
    _refuse_depth(text)
    value: object = json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_refuse,
        parse_float=_finite,
        parse_int=_short,
    )
    _refuse_surrogates(text, value)
    return value


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _short(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError
    return int(digits)


def _finite(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER or not math.isfinite(float(digits)):
        raise ValueError
    return float(digits)


def _refuse_depth(text: str) -> None:
    """Counted before parsing: how deep the parser itself may go differs between versions of Python."""
    depth = 0
    for bracket in _NOT_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ValueError


def _refuse_surrogates(text: str, value: object) -> None:
    r"""Half of a \uD83D\uDE00 pair is no character: it cannot be encoded, neither here nor by the next reader."""
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
