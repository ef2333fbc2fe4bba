"""Which of the formats Rubrica writes a caller accepts (RFC 9110 section 12.5.1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rubrica.errors import FormatUnknown

JSON: Final = "application/json"
JSCONTACT: Final = "application/jscontact+json"
VCARD: Final = "text/vcard"
CSV: Final = "text/csv"

MEDIA_TYPES: Final = (JSON, JSCONTACT, VCARD, CSV)
"""In the order of our own preference, which decides between formats that the caller likes equally."""

CONTENT_TYPES: Final[Mapping[str, str]] = {
    JSON: "application/json",
    JSCONTACT: "application/jscontact+json; version=1.0",
    VCARD: "text/vcard; charset=utf-8; version=4.0",
    CSV: "text/csv; charset=utf-8; header=present",
}
"""What Content-Type says of each; only a parameter with another value here makes a range miss."""

MOST_RANGES: Final = 50

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"({_WORD})/({_WORD})")
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


class _Range(NamedTuple):
    kind: str
    subkind: str
    parameters: Mapping[str, str]
    weight: float


def choose(accept: str) -> str:
    """The media type to answer in, out of MEDIA_TYPES; application/json when `accept` is empty.

    The most specific range that matches a type gives its weight; the greatest weight wins, and 0 means never.
    Ranges that are not well formed are passed over. Raises FormatUnknown when nothing is left.
    """
    if not accept.strip():
        return JSON
    ranges = [found for text in accept.split(",")[:MOST_RANGES] if (found := _range(text))]
    best = max(MEDIA_TYPES, key=lambda media_type: _weight(media_type, ranges))
    if _weight(best, ranges) <= 0:
        raise FormatUnknown
    return best


def _range(text: str) -> _Range | None:
    name, *rest = (part.strip().lower() for part in text.split(";"))
    found = _RANGE.fullmatch(name)
    parameters = dict(_parameter(part) for part in rest if part)
    weight = parameters.pop("q", "1")
    if not found or not _WEIGHT.fullmatch(weight):
        return None
    return _Range(found[1], found[2], parameters, float(weight))


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip('"')


def _weight(media_type: str, ranges: Sequence[_Range]) -> float:
    """The weight of the most precise range that matches; of equally precise ones, the greatest."""
    matching = [(precision, each.weight) for each in ranges if (precision := _precision(media_type, each))]
    return max(matching, default=(0, 0.0))[1]


def _precision(media_type: str, wanted: _Range) -> int:
    """0 when `wanted` does not match, else the more the closer: */*, kind/*, kind/subkind, and its parameters."""
    kind, subkind = media_type.split("/")
    if _differs(media_type, wanted.parameters):
        return 0
    if (wanted.kind, wanted.subkind) == ("*", "*"):
        return 1
    if (wanted.kind, wanted.subkind) == (kind, "*"):
        return 2
    return 3 + len(wanted.parameters) if (wanted.kind, wanted.subkind) == (kind, subkind) else 0


def _differs(media_type: str, parameters: Mapping[str, str]) -> bool:
    """Whether a parameter that we send would have another value than the one wanted."""
    ours = dict(_parameter(part) for part in CONTENT_TYPES[media_type].split(";")[1:])
    return any(ours.get(name, value) != value for name, value in parameters.items())
