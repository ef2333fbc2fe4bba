"""The fields of a multipart/form-data body (RFC 7578), without its files."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rubrica.dialects.octets import text_of
from rubrica.errors import FieldInvalid

if TYPE_CHECKING:
    from multipart import MultipartSegment

LONGEST_BOUNDARY: Final = 200
"""RFC 2046 section 5.1.1 allows 70; some clients are more generous."""

_CHARSETS: Final = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252"}
)
"""Charsets that are believed; another one says no more than none. Python's codecs hold more than charsets."""

_OPTION: Final = re.compile(r';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"(?:\\.|[^\\"])*"|[^;]*)')
"""A parameter of a header (RFC 9110 section 5.6.6)."""


def fields(content_type: str, body: bytes, most: int) -> list[tuple[str, str]]:
    """Name and value of every field, in order, without files. Raises FieldInvalid for more than `most` parts, for a
    body that breaks RFC 7578, and for one that two readers could take apart in two ways."""
    # Nearly every call does without it.
    from multipart import MultipartError, ParserLimitReached, parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY or _times("boundary", content_type) != 1:
        raise _broken()
    try:
        return list(_fields(boundary.encode("latin-1", "replace"), body, most))
    except ParserLimitReached:
        raise FieldInvalid("body", f"may hold at most {most} parts with short headers") from None
    except (MultipartError, ValueError):
        # The parser's text may repeat what the body holds.
        raise _broken() from None


def _fields(boundary: bytes, body: bytes, most: int) -> Iterator[tuple[str, str]]:
    from multipart import MultipartSegment, PushMultipartParser

    # Every byte is a letter of ISO-8859-1, so that a file's name in any charset breaks nothing.
    with PushMultipartParser(boundary, len(body), max_segment_count=most, header_charset="latin-1") as parser:
        part = None
        content = bytearray()
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                part, content = event, bytearray()
            elif event:
                content += event
            elif part is not None and not _is_file(part):
                yield part.name or "", _text(bytes(content), part.charset or "")


def _is_file(part: "MultipartSegment") -> bool:
    """Raises ValueError for a part that says twice, or not at all, what it is."""
    said = [value for name, value in part.headerlist if name == "Content-Disposition"]
    if len(said) != 1 or _times("name", said[0]) != 1:
        raise ValueError
    return _times("filename", said[0]) > 0


def _times(option: str, header: str) -> int:
    """How often the header has the parameter; one that names its charset (RFC 8187) counts as the same."""
    return sum(name.lower().removesuffix("*") == option for name in _OPTION.findall(header))


def _text(content: bytes, charset: str) -> str:
    if charset.lower() not in _CHARSETS:
        return text_of(content)
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return text_of(content)


def _broken() -> FieldInvalid:
    return FieldInvalid("body", "has to be multipart/form-data as RFC 7578 describes it, whole and with its boundary")
