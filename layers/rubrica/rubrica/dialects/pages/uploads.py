"""The file in a form that a browser sends (RFC 7578, multipart/form-data)."""

from typing import Final

from rubrica.errors import FileIncomplete, FileMissing, FileTooLarge

MOST_MEGABYTES: Final = 4
LARGEST_FILE: Final = MOST_MEGABYTES * 1024 * 1024
"""Bytes. A function is called with at most 6 MB, and a file in them is written in base64."""

MOST_PARTS: Final = 16
"""Of a form; ours has one."""

_OF_A_FORM: Final = "multipart/form-data"


def uploaded(content_type: str, declared: str, body: bytes) -> bytes:
    """The one file in a form. `declared` is the length that the request named, "" for none.

    Raises FileMissing where there is no file, or an empty one, FileTooLarge, and FileIncomplete for a form that was
    cut short, is none, or holds more than one file.
    """
    if declared and declared != str(len(body)):
        raise FileIncomplete
    # Pages that take no file do without it.
    from multipart import parse_options_header

    kind, options = parse_options_header(content_type)
    if kind != _OF_A_FORM or not body:
        raise FileMissing
    try:
        files = [content for content in _files(options.get("boundary", ""), body) if content]
    except ValueError:
        # The parser's errors are such, and their texts may repeat what was sent.
        raise FileIncomplete from None
    if len(files) > 1:
        raise FileIncomplete
    if not files:
        raise FileMissing
    if len(files[0]) > LARGEST_FILE:
        raise FileTooLarge
    return files[0]


def _files(boundary: str, body: bytes) -> list[bytes]:
    """The contents of all parts that have a file's name. Raises ValueError."""
    from multipart import MultipartSegment, PushMultipartParser

    found: list[bytes] = []
    is_file = False
    # A file's name, which nobody reads, may be in any charset.
    how = {"max_segment_count": MOST_PARTS, "header_charset": "latin-1", "strict": True}
    with PushMultipartParser(boundary, **how) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                is_file = event.filename is not None
                found += [b""] if is_file else []
            elif event and is_file:
                found[-1] += event
    return found
