"""Bodies as bytes, and the headers that go with them."""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from rubrica.dialects.cloudsponge.requests import Form

CONTENT_TYPES: Final[Mapping[Form, str]] = MappingProxyType(
    {Form.JSON: "application/json; charset=utf-8", Form.XML: "application/xml; charset=utf-8"}
)


def headers(form: Form) -> Mapping[str, str]:
    """The headers of every answer: nobody may keep it, and nobody may take it for anything else than it is."""
    return {
        "Content-Type": CONTENT_TYPES[form],
        "Cache-Control": "no-cache, private, no-store, max-age=0, must-revalidate",
        "Pragma": "no-cache",
        "Expires": "Mon, 01 Jan 1990 00:00:00 GMT",
        "X-Content-Type-Options": "nosniff",
    }


def encode(body: Mapping[str, object]) -> bytes:
    """`body` as compact JSON in UTF-8; half a surrogate pair, which no JSON can carry, becomes a question mark."""
    return json_text(body).encode("utf-8", "replace")


def script(name: str, body: bytes) -> bytes:
    """A call of the function `name` with a JSON body, for pages of another origin (JSONP).

    It begins with a comment, so that no name can make it another kind of file.
    """
    # JSON may hold the two line ends that older scripts may not.
    safe = body.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
    return b"/**/" + name.encode("ascii") + b"(" + safe + b")"


def script_headers() -> Mapping[str, str]:
    """The headers of a script: a browser runs it where a page asks for it, and opens it nowhere."""
    return {
        **headers(Form.JSON),
        "Content-Type": "application/javascript; charset=utf-8",
        "Content-Disposition": "attachment; filename=f.txt",
    }


def _time(value: object) -> str:
    """ISO 8601 with three decimals and a numeric offset."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError


json_text: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_time
).encode
"""A body as JSON, which may still hold halves of surrogate pairs."""
