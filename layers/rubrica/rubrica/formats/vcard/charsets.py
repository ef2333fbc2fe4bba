"""Bytes to text: what encoding a file is in, and what a CHARSET parameter means.

The text of a card is decoded as UTF-8 with bytes that are not UTF-8 kept as lone surrogates (PEP 383), so that
a value can be turned back to its bytes and read in the charset its own property names.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from encodings.aliases import aliases
from itertools import chain
from typing import Final

_NO_TEXT: Final = frozenset(
    {"idna", "punycode", "rot_13", "uu_codec", "hex_codec", "base64_codec", "bz2_codec", "zlib_codec", "quopri_codec"}
    | {"unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "tactis"}
)
# Only names Python ships are looked up: `codecs.lookup` tries an import for every name it does not know.
_CODECS: Final = {name: name for name in aliases.values() if name not in _NO_TEXT} | {
    alias: name for alias, name in aliases.items() if name not in _NO_TEXT
}

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")

_CHARSET: Final = re.compile(r"\n[^:\n]{1,80};(?i:CHARSET)=\"?(?!(?i:UTF-?8))([\w.-]{1,40})")
UNKNOWN: Final = "unknown"
"""Stands for a charset that Python does not know."""

NO_HELP: Final = ("", "utf_8", UNKNOWN)
"""What says nothing of bytes that are not UTF-8."""

_LONGEST_NAME: Final = 50
_PIECE: Final = 256 * 1024
_MARK_LENGTH: Final = 4
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def in_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A file given in pieces of any size, as UTF-8 without a byte order mark, in pieces of at most 256 KiB.

    UTF-16 and UTF-32 are recognized, with a mark or by the first characters, and turned into UTF-8; everything
    else goes through as it is.
    """
    rest = iter(pieces)
    start = b""
    for piece in rest:
        start += piece
        if len(start) >= _MARK_LENGTH:
            break
    encoding, mark = _encoding(start)
    small = (piece[at : at + _PIECE] for piece in chain([start[mark:]], rest) for at in range(0, len(piece), _PIECE))
    return small if encoding == "utf-8" else _recoded(small, encoding)


def _recoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def _encoding(start: bytes) -> tuple[str, int]:
    """The encoding a file begins in, and the length of its byte order mark."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    if len(start) >= 2 and start[0] != start[1] and 0 in start[:2]:
        return ("utf-16-be" if start[0] == 0 else "utf-16-le"), 0
    return "utf-8", 0


def codec(charset: str) -> str:
    """The codec for a charset by the name a property gives it; UNKNOWN where Python has none, "" for no name."""
    if len(charset) > _LONGEST_NAME:
        return UNKNOWN
    return _CODECS.get(charset.strip().lower().replace("-", "_"), UNKNOWN if charset else "")


def named_in(card: str) -> str:
    """The codec for the charset that some property of the card names, "" if none does."""
    match = _CHARSET.search(card)
    return codec(match[1]) if match else ""


def from_bytes(raw: bytes, charset: str, others: str = "") -> tuple[str, bool]:
    """`raw` as text, and whether something of it had to be replaced. Charsets are what `codec` gives.

    A named charset is believed. Without one, bytes that are UTF-8 are UTF-8; others are in the charset that the
    card names for `others` of its properties, or in windows-1252, the encoding of programs that name none. An
    unknown charset is read as if it were not named, and counts as replaced.
    """
    if charset not in NO_HELP:
        text = raw.decode(charset, "replace")
        return text, "\ufffd" in text
    unknown = charset == UNKNOWN and not raw.isascii()
    try:
        return raw.decode("utf-8"), unknown
    except UnicodeDecodeError:
        text = _not_utf8(raw, others)
        return text, unknown or "\ufffd" in text


def _not_utf8(raw: bytes, others: str) -> str:
    """Bytes of an unnamed charset, unless they are UTF-8 with some damage."""
    if others not in NO_HELP:
        return raw.decode(others, "replace")
    damaged = raw.decode("utf-8", "replace")
    if any(character > "\x7f" and character != "\ufffd" for character in damaged):
        return damaged
    return raw.decode("windows-1252", "replace")


def mended(value: str, charset: str, others: str = "") -> tuple[str, bool]:
    """A value with its raw bytes read; and whether something was replaced."""
    if _RAW_BYTE.search(value) or "\x1b" in value:  # ISO-2022-JP is 7-bit and announces itself by escapes
        return from_bytes(value.encode("utf-8", "surrogateescape"), charset, others)
    return value, False
