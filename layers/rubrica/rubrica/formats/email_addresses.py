"""E-mail addresses out of the ways in which address books spell them."""

import re
from typing import Final

_IN_BRACKETS: Final = re.compile(r"<\s*(?:mailto:)?([^<>\s@]*@[^<>\s]*)\s*>\s*\Z", re.IGNORECASE)
_LONGEST: Final = 1_000
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def bare_address(value: str) -> str:
    """The address of `mailto:a@b` and of `Name <a@b>`; everything else as it is."""
    in_brackets = _IN_BRACKETS.search(value) if len(value) < _LONGEST else None
    if in_brackets is not None:
        return in_brackets[1]
    if value[:7].lower() == "mailto:":
        return _PERCENT.sub(lambda code: _ascii(code[0]), value[7:].partition("?")[0])
    return value


def _ascii(code: str) -> str:
    number = int(code[1:], 16)
    return chr(number) if 0x20 < number < 0x7F else code
