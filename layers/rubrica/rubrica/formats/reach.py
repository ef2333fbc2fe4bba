"""Addresses and numbers with a line break or another control character inside: what of them may be kept.

Whoever writes to `a@example.com\r\nBcc: b@example.com` writes a header of somebody else's.
"""

import re
from typing import Final

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BESIDE: Final = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA1), 0x2028, 0x2029)))
"""Blanks and control characters, which at either end of a value say nothing."""

_ADDRESS: Final = re.compile(r"(?:[^@<>]*<\s*|mailto:)?[^\s@<>]+@[^\s@<>]+(?:\s*>)?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:tel:)?\s*[+(]?(?:[\s().\-/]*[0-9]){7,15}[\s)]*", re.IGNORECASE)
"""Shorter ones may be the first half of a number that was broken in two."""


def address(text: str) -> str:
    """An e-mail address without what follows on a control character in it; "" where what is before is no whole one.

    `mailto:a@b` and `Name <a@b>` are whole too. Only blanks are taken from a text without control characters: what
    comes back is another text than was given, blanks at its ends apart, where something had to be left out.
    """
    if text.isprintable():
        return text.strip()
    return _before_control(text.strip(_BESIDE), _ADDRESS)


def number(text: str) -> str:
    """A telephone number, in the same way. Tabs are blanks; a whole number has 7 to 15 digits (E.164)."""
    if text.isprintable():
        return text.strip()
    return _before_control(text.strip(_BESIDE).replace("\t", " "), _NUMBER)


def _before_control(text: str, whole: re.Pattern[str]) -> str:
    control = _CONTROL.search(text)
    if control is None:
        return text
    before = text[: control.start()].rstrip()
    return before if whole.fullmatch(before) else ""
