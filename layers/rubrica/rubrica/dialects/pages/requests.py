"""What a browser brings: the parameters of a provider's answer, and the cookie by which the browser is known."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from rubrica.dialects.form_data import fields
from rubrica.domain.consent import STATE_MARK, Return
from rubrica.errors import FieldInvalid, ReturnRefused

LONGEST_ANSWER: Final = 16_384
LONGEST_CODE: Final = 4_096
LONGEST_VALUE: Final = 2_048
MOST_PARAMETERS: Final = 50

HOP: Final = "hop"
"""Marks the one redirect that fetches the browser itself."""

_KNOWN: Final = ("state", "code", "error", "error_code", "iss", "scope")
# RFC 6749 appendix A.11: what a code may consist of.
_CODE: Final = re.compile(rf"[\x20-\x7e]{{0,{LONGEST_CODE}}}")

COOKIE_SECONDS: Final = 1_200


def returned(query: str, source: str) -> Return:
    """A provider's answer; `source` is the one in the path, "" on the shared path.

    Unknown parameters are ignored, texts for people above all. Raises ReturnRefused when one that matters comes
    twice, is too long, or has characters that it cannot have.
    """
    known = _parameters(query)
    code, error = known.get("code", ""), known.get("error", "") or known.get("error_code", "")
    if not _CODE.fullmatch(code):
        raise ReturnRefused
    return Return(
        state=known.get("state", ""),
        code=code,
        error=error,
        issuer=known.get("iss", ""),
        scope=known.get("scope", ""),
        source=source,
    )


def posted(content_type: str, body: bytes) -> str:
    """A form as it would stand in a query. PHP's relays repeat what they get as multipart/form-data.

    Raises ReturnRefused.
    """
    try:
        if content_type.lower().startswith("multipart/form-data"):
            return urlencode(fields(content_type, body, MOST_PARAMETERS))
        return body.decode("ascii")
    except (FieldInvalid, UnicodeError):
        raise ReturnRefused from None


def is_hop(query: str) -> bool:
    """Whether the browser has been fetched already. Raises ReturnRefused."""
    return any(name == HOP for name, _ in _pairs(query))


def hop(path: str, query: str) -> str:
    """The same answer as path and query on this host, to be opened by the browser itself. Raises ReturnRefused."""
    return f"{path}?{urlencode({**_parameters(query), HOP: '1'})}"


def is_proxy_test(query: str) -> bool:
    """Whether a CloudSponge client asks if its proxy page hands on what it gets. Raises ReturnRefused."""
    given = dict(_pairs(query))
    return "proxy-test" in (given.get("import_id"), dict(parse_qsl(given.get("state", ""))).get("import_id"))


def cookie_name(*, secure: bool) -> str:
    """With TLS the name itself forbids other hosts to set it (RFC 6265bis section 4.1.3.2)."""
    return "__Host-rubrica" if secure else "rubrica"


def cookie(cookies: Sequence[str], *, secure: bool) -> str:
    """The browser's cookie, "" when there is none or more than one."""
    name = cookie_name(secure=secure) + "="
    found = [text.removeprefix(name) for text in cookies if text.startswith(name)]
    return found[0] if len(found) == 1 else ""


def _parameters(query: str) -> Mapping[str, str]:
    pairs = [(name, value) for name, value in _rejoined(_pairs(query)) if name in _KNOWN and value]
    if len({name for name, _ in pairs}) != len(pairs):
        raise ReturnRefused
    if any(len(value) > (LONGEST_CODE if name == "code" else LONGEST_VALUE) for name, value in pairs):
        raise ReturnRefused
    return dict(pairs)


def _rejoined(pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """A state that was handed on without being encoded has fallen in two."""
    if ("state", STATE_MARK) not in pairs:
        return pairs
    rest = next((f"&{name}={value}" for name, value in pairs if name == "import_id"), "")
    return [(name, value + rest if (name, value) == ("state", STATE_MARK) else value) for name, value in pairs]


def _pairs(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST_ANSWER:
        raise ReturnRefused
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise ReturnRefused from None
