"""The logical lines of a card: folded lines and quoted-printable soft breaks put together again."""

import re
from typing import Final

_QUOTED_PRINTABLE: Final = re.compile("QUOTED-PRINTABLE", re.IGNORECASE)
# Where the version stands by the standards, which saves the search.
_NEW: Final = ("\nVERSION:3.0\n", "\nVERSION:4.0\n")
_VERSION_2_1: Final = re.compile(r"\n(?i:VERSION)[^:\n]{0,99}:[ \t]{0,9}2\.1")
_PHOTO: Final = re.compile(r"\n(?:[\w-]{1,20}\.)?PHOTO[;:][^\n]*(?:\n[ \t][^\n]*)*")
# Its head is kept, for lines of data that are not indented may follow.
_NO_PHOTO: Final = "\nPHOTO;ENCODING=b:"
_HEAD_LENGTH: Final = 200
_FULL_LINE: Final = range(72, 78)
_SPACE: Final = (" ", "\t")


def without_photos(text: str) -> str:
    """The card without the data of its photo, most of the characters of a card that has one."""
    return _PHOTO.sub(_NO_PHOTO, text) if "PHOTO" in text else text


def is_old(text: str) -> bool:
    """Whether the card is of version 2.1, wherever it says so."""
    return not text.startswith(_NEW) and "2.1" in text and _VERSION_2_1.search(text) is not None


def logical_lines(text: str, old: bool) -> list[str]:
    """The lines of a card as they were before they were folded (RFC 2426 section 2.6, RFC 6350 section 3.2).

    A fold of 2.1 stands before white space that belongs to the value (vCard 2.1 section 2.1.3). Many programs fold
    2.1 as if it were 3.0, in the middle of a word when the line is full; more white space than one is theirs too.
    A soft break ends a line of a quoted-printable value with "=".
    """
    if "=\n" in text and _QUOTED_PRINTABLE.search(text):
        return _joined(text, old)
    if old and ("\n " in text or "\n\t" in text):
        return _joined(text, old)
    text = text.replace("\n ", "")
    if "\t" in text:
        text = text.replace("\n\t", "")
    return text.split("\n")


def _joined(text: str, old: bool) -> list[str]:
    """The careful way, line by line."""
    logical: list[str] = []
    parts = [""]
    for line in text.split("\n"):
        if parts[-1].endswith("=") and _is_quoted(parts[0]):
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        elif line.startswith(_SPACE):
            belongs = old and not line[1:2].isspace() and not _is_full(parts[-1])
            parts.append(line if belongs else line[1:])
        else:
            logical.append("".join(parts))
            parts = [line]
    logical.append("".join(parts))
    return logical


def _is_quoted(line: str) -> bool:
    """Whether the property's value is quoted-printable, which its head says; other values may end with "=" too."""
    return _QUOTED_PRINTABLE.search(line[:_HEAD_LENGTH].partition(":")[0]) is not None


def _is_full(line: str) -> bool:
    """Whether a program that cuts lines anywhere, after some 75 octets, would have cut here."""
    return len(line) in _FULL_LINE if line.isascii() else len(line.encode("utf-8", "surrogateescape")) in _FULL_LINE
