"""Bytes to text: what encoding a file is in, and what is no text at all."""

import codecs
import re
from typing import Final

from rubrica.errors import AddressBookTooLarge, FileNotContacts
from rubrica.formats.csv import limits

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
"""Of zip (and so xlsx, ods), gzip, old Office files, PDF and RTF."""

_MARKUP: Final = re.compile(rb"\s*(?:<[!?A-Za-z]|[\[{]\s*[\"{\[])")
_CONTROL: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS: Final = 20
"""One in so many bytes: text has hardly any, and anything packed one in nine."""

_FIRST: Final = 1024


def text_of(data: bytes) -> str:
    """The text of a file, without byte order mark; bytes that cannot be read become U+FFFD.

    A byte order mark is believed. Without one it is UTF-16 if one of the first two bytes is NUL, else UTF-8, and
    where it is not that, windows-1252, the encoding of programs that name none. Raises FileNotContacts for what is
    no text, or empty, and AddressBookTooLarge.
    """
    if len(data) > limits.FILE:
        raise AddressBookTooLarge
    encoding, mark = _marked(data)
    if encoding is None:
        _refuse_what_is_no_text(data)
        text = _unmarked(data)
    else:
        text = data[mark:].decode(encoding, "replace")
        _refuse_what_is_no_text(text[: limits.LOOKED_AT].encode("utf-8", "replace"))
    text = _with_newlines(text).rstrip("\n")
    if text.count("\n") > limits.LINES:
        raise AddressBookTooLarge
    return text


def _marked(data: bytes) -> tuple[str | None, int]:
    """The encoding that the first bytes name, and how many of them do."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    if len(data) >= 2 and data[0] != data[1] and 0 in data[:2]:
        return ("utf-16-be" if data[0] == 0 else "utf-16-le"), 0
    return None, 0


def _refuse_what_is_no_text(data: bytes) -> None:
    start = data[: limits.LOOKED_AT]
    if not start.strip() or b"\0" in start or start.startswith(_SIGNATURES) or _MARKUP.match(start):
        raise FileNotContacts
    first = start[:_FIRST]
    if len(_CONTROL.findall(first)) * _MOST_CONTROLS > len(first):
        raise FileNotContacts


def _unmarked(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        damaged = data.decode("utf-8", "replace")
    # Text of another encoding hardly ever makes whole characters of UTF-8.
    lost = damaged.count("\ufffd")
    whole = len(data) - len(damaged.encode("ascii", "ignore")) - lost
    return damaged if whole > 2 * lost else data.decode("windows-1252", "replace")


def _with_newlines(text: str) -> str:
    """The text with every line end a newline, where some are not."""
    if text.count("\r") == text.count("\r\n"):
        return text.replace("\r\n", "\n") if "\r" in text else text
    return text.replace("\r\n", "\n").replace("\r", "\n")
