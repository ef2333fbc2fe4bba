"""What a caller of /v1 may send: text and bytes in, commands and queries out, or an error that names the field."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from rubrica.dialects.fields import (
    LONGEST_ADDRESS,
    LONGEST_PASSWORD,
    LONGEST_REFERENCE,
    LONGEST_SERVER,
    LONGEST_USERNAME,
    credential,
    one_line,
)
from rubrica.dialects.strict_json import read_object
from rubrica.domain.credential import Credential
from rubrica.domain.ledger import Fate
from rubrica.domain.views import LedgerQuery, StartImport
from rubrica.errors import CursorInvalid, FieldInvalid, NotAuthenticated

LONGEST_SOURCE: Final = 64
MOST_INCLUDED: Final = 16
LONGEST_CURSOR: Final = 1024
LONGEST_KEY: Final = 255
LONGEST_BEARER: Final = 512

MOST_ITEMS: Final = 1000
USUAL_ITEMS: Final = 500

_LIMIT: Final = re.compile(r"[1-9][0-9]{0,3}")
_CURSOR: Final = re.compile(rf"[A-Za-z0-9._~=-]{{0,{LONGEST_CURSOR}}}")
# A comma is where a gateway joins two headers of the same name.
_IDEMPOTENCY_KEY: Final = re.compile(rf"[!-+\--~]{{1,{LONGEST_KEY}}}")
# RFC 6750 section 2.1; RFC 9110 section 11.1: the scheme's name has no case.
_BEARER: Final = re.compile(rf"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{{1,{LONGEST_BEARER}}}=*)")


class ContactsQuery(NamedTuple):
    """Which contacts are asked for; `cursor` is "" for the beginning."""

    cursor: str
    limit: int


def start_import(body: bytes) -> StartImport:
    """The command in the body of POST /v1/imports; unknown keys are ignored.

    Raises RequestTooLarge, RequestMalformed, and FieldInvalid for the first field that breaks its rule.
    """
    fields = read_object(body)
    return StartImport(
        source=_text(fields, "source", LONGEST_SOURCE),
        credential=_credential(fields),
        reference=_text(fields, "user_id", LONGEST_REFERENCE, required=False),
        include=_include(fields),
        login_hint=_text(fields, "login_hint", LONGEST_USERNAME, required=False),
        redirect_url=_text(fields, "redirect_url", LONGEST_ADDRESS, required=False),
        origin=_text(fields, "origin", LONGEST_ADDRESS, required=False),
        service=_text(fields, "service", LONGEST_SOURCE, required=False).lower(),
    )


def _credential(fields: Mapping[str, object]) -> Credential | None:
    """What there is of it, None when that is nothing: the source decides what of it is needed, and may want none."""
    given = {name for name in ("server", "username", "password") if fields.get(name) is not None}
    if not given:
        return None
    return credential(
        server=_text(fields, "server", LONGEST_SERVER, required=False),
        username=_text(fields, "username", LONGEST_USERNAME) if "username" in given else "",
        password=_text(fields, "password", LONGEST_PASSWORD) if "password" in given else "",
    )


def _include(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Each word once, in the caller's order."""
    words = fields.get("include")
    if words is None:
        return ()
    if not isinstance(words, list) or len(words) > MOST_INCLUDED:
        raise FieldInvalid("include", f"has to be a list of at most {MOST_INCLUDED} words")
    return tuple(dict.fromkeys(_text({"include": word or 0}, "include", LONGEST_SOURCE) for word in words))


def _text(fields: Mapping[str, object], name: str, longest: int, *, required: bool = True) -> str:
    value = fields.get(name)
    if value is None and not required:
        return ""
    shortest = 1 if required else 0
    if not isinstance(value, str) or not shortest <= len(value) <= longest:
        raise FieldInvalid(name, f"has to be a text of {shortest} to {longest:,} characters")
    return one_line(name, value)


def contacts_query(params: Mapping[str, str]) -> ContactsQuery:
    """The query of GET /v1/imports/{id}/contacts. Raises FieldInvalid for `limit`, CursorInvalid for `cursor`."""
    return ContactsQuery(_cursor(params), _limit(params))


def ledger_query(params: Mapping[str, str]) -> LedgerQuery:
    """The query of GET /v1/imports/{id}/ledger; `outcome` may name several, joined by commas.

    Raises FieldInvalid for `limit` and `outcome`, CursorInvalid for `cursor`.
    """
    return LedgerQuery(fates=_outcomes(params), cursor=_cursor(params), limit=_limit(params))


def _limit(params: Mapping[str, str]) -> int:
    text = params.get("limit", str(USUAL_ITEMS))
    if not _LIMIT.fullmatch(text) or int(text) > MOST_ITEMS:
        raise FieldInvalid("limit", f"has to be a whole number from 1 to {MOST_ITEMS:,}")
    return int(text)


def _cursor(params: Mapping[str, str]) -> str:
    """Only its letters are looked at here: what they mean is the reader's, who checks it again."""
    text = params.get("cursor", "")
    if not _CURSOR.fullmatch(text):
        raise CursorInvalid
    return text


def _outcomes(params: Mapping[str, str]) -> frozenset[Fate]:
    text = params.get("outcome", "")
    if not text:
        return frozenset()
    try:
        return frozenset(Fate(word) for word in text.split(",", len(Fate)))
    except ValueError:
        rule = f"has to be one or more of {', '.join(Fate)}, joined by commas"
        raise FieldInvalid("outcome", rule) from None


def idempotency_key(headers: Mapping[str, str]) -> str:
    """The Idempotency-Key, "" when there is none. Raises FieldInvalid unless it is 1 to 255 visible ASCII characters.

    A comma is refused: it is how a gateway hands on a header that came twice.
    """
    values = _values(headers, "idempotency-key")
    if not values:
        return ""
    if len(values) > 1 or not _IDEMPOTENCY_KEY.fullmatch(values[0]):
        raise FieldInvalid("Idempotency-Key", f"has to be 1 to {LONGEST_KEY} visible ASCII characters without a comma")
    return values[0]


def bearer(headers: Mapping[str, str]) -> str:
    """The key in 'Authorization: Bearer <key>' (RFC 6750 section 2.1).

    Raises NotAuthenticated when it is missing, sent twice, or of another form; no first or last is guessed.
    """
    values = _values(headers, "authorization")
    found = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    if found is None:
        raise NotAuthenticated
    return found[1]


def _values(headers: Mapping[str, str], name: str) -> list[str]:
    return [value for key, value in headers.items() if key.lower() == name]
