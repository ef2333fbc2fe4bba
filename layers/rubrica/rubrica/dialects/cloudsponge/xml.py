"""A body as XML in the way of Rails.

Hyphens for underscores; `nil`, `type="array"`, `type="integer"` as attributes; a list's items under its own name or
that of one of them. Every text comes out as XML 1.0 that any reader can read.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Final

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_ITEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events": "event",
        "contacts": "contact",
        "groups": "group",
        "companies": "company",
        "photos": "photo",
        "locations": "location",
    }
)
"""What an item is called where the list has another name."""

# XML 1.0 section 2.2: what no document can hold, not even as a reference. Half a surrogate pair goes when encoding.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def document(root: str, body: Mapping[str, object]) -> bytes:
    """The body as one document."""
    return f"{DECLARATION}<{root}>{elements(body)}</{root}>\n".encode("utf-8", "replace")


def elements(body: Mapping[str, object]) -> str:
    """An element for every key, in order, none of them wrapped."""
    return "".join([element(name, value) for name, value in body.items()])


def element(name: str, value: object) -> str:
    """One element. None is nil, a list an array; numbers, flags and times say what they are."""
    tag = tag_of(name)
    if isinstance(value, str):
        return f"<{tag}>{text(value) if _SPECIAL.search(value) else value}</{tag}>"
    if value is None:
        return f'<{tag} nil="true"></{tag}>'
    if isinstance(value, dict):
        return f"<{tag}>{elements(value)}</{tag}>"
    if isinstance(value, list):
        return _array(tag, _ITEMS.get(name, name), value)
    return _typed(tag, value)


def text(value: str) -> str:
    """The text of an element. A carriage return is written as a reference, or readers would make a line feed of it."""
    value = _IMPOSSIBLE.sub("", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\r", "&#13;")


@cache
def tag_of(name: str) -> str:
    """How a key is spelled as an element."""
    return name.replace("_", "-")


def _array(tag: str, item: str, values: list[object]) -> str:
    if not values:
        return f'<{tag} type="array"/>'
    return f'<{tag} type="array">{"".join([element(item, value) for value in values])}</{tag}>'


def _typed(tag: str, value: object) -> str:
    if isinstance(value, bool):
        return f'<{tag} type="boolean">{str(value).lower()}</{tag}>'
    if isinstance(value, int):
        return f'<{tag} type="integer">{value}</{tag}>'
    if isinstance(value, datetime):
        return f'<{tag} type="datetime">{value.isoformat(timespec="seconds")}</{tag}>'
    raise TypeError
