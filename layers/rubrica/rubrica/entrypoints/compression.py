"""Bodies as a function hands them to the gateway: compressed where the caller can read that, and never too large.

A Lambda function answers with at most 6 MB, and bytes travel in it as base64.
"""

import re
import zlib
from collections.abc import Iterable
from typing import Final

from rubrica.errors import AnswerTooLong

LARGEST_BODY: Final = 4_600_000
"""Bytes of one body: in base64, with its headers, they stay below 6,291,556."""

_GZIP: Final = 31
"""Tells zlib to write the format of RFC 1952."""

_LEVEL: Final = 5
_CODING: Final = re.compile(r"([A-Za-z*-]+)(?:[ \t]*;[ \t]*[Qq]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")


def reads_gzip(accept_encoding: str) -> bool:
    """Whether a caller that sends this header can read gzip (RFC 9110 section 12.5.3)."""
    weights = {
        found[1].lower(): float(found[2] or 1)
        for coding in accept_encoding.split(",")
        if (found := _CODING.fullmatch(coding.strip(" \t")))
    }
    return max(weights.get("gzip", weights.get("*", 0)), weights.get("x-gzip", 0)) > 0


def packed(chunks: Iterable[bytes], *, gzip: bool) -> bytes:
    """The whole body, compressed if `gzip` says so. Raises AnswerTooLong as soon as it is."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if gzip else None
    body = bytearray()
    for chunk in chunks:
        body += compressor.compress(chunk) if compressor else chunk
        if len(body) > LARGEST_BODY:
            raise AnswerTooLong
    body += compressor.flush() if compressor else b""
    if len(body) > LARGEST_BODY:
        raise AnswerTooLong
    return bytes(body)
