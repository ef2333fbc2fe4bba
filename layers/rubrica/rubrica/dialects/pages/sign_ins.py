"""User name and password in a form that a browser sends (application/x-www-form-urlencoded)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from rubrica.dialects import fields
from rubrica.dialects.fields import LONGEST_PASSWORD, LONGEST_SERVER, LONGEST_USERNAME
from rubrica.domain.credential import Credential
from rubrica.errors import FieldInvalid, SignInIncomplete, SignInMalformed

LARGEST_FORM: Final = 64 * 1024
"""Bytes."""

MOST_FIELDS: Final = 16
"""Of a form; ours has three at most."""

_OF_A_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST: Final = (("username", LONGEST_USERNAME), ("password", LONGEST_PASSWORD), ("server", LONGEST_SERVER))


@dataclass(frozen=True, slots=True)
class Entered:
    """What a user entered, whatever it is good for. Never logged, and the password is never shown again."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    server: str = field(default="", repr=False)


NOTHING: Final = Entered()


def entered(content_type: str, body: bytes) -> Entered:
    """What is in the form; what is missing there is "". Blanks around a user name or an address are none of it.

    Raises SignInMalformed for a form that is none, holds a field twice or bytes that are not UTF-8, and for a value
    that is too long or holds control characters.
    """
    if content_type.partition(";")[0].strip().lower() != _OF_A_FORM or len(body) > LARGEST_FORM:
        raise SignInMalformed
    values = _values(body)
    found = Entered(
        username=values.get("username", "").strip(),
        password=values.get("password", ""),
        server=values.get("server", "").strip(),
    )
    try:
        for name, longest in _LONGEST:
            if len(fields.one_line(name, getattr(found, name))) > longest:
                raise SignInMalformed
    except FieldInvalid:
        raise SignInMalformed from None
    return found


def credential(found: Entered, *, needs_server: bool) -> Credential:
    """The credential in it; where no server is needed, none is named. Raises SignInIncomplete, SignInMalformed."""
    if not found.username or not found.password:
        raise SignInIncomplete
    try:
        return fields.credential(found.server if needs_server else "", found.username, found.password)
    except FieldInvalid:
        raise SignInMalformed from None


def _values(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        # Its text may repeat what was sent.
        raise SignInMalformed from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise SignInMalformed
    return dict(pairs)
