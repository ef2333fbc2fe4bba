"""What every dialect allows in the fields of a request, however they are spelled there."""

import re
from typing import Final

from rubrica.domain.credential import Credential
from rubrica.domain.imports import LARGEST_ID, ImportId
from rubrica.errors import FieldInvalid, ImportNotFound

LONGEST_SERVER: Final = 2000
LONGEST_USERNAME: Final = 320
LONGEST_PASSWORD: Final = 1024
LONGEST_REFERENCE: Final = 255
LONGEST_ADDRESS: Final = 2000

LARGEST_CREDENTIAL: Final = 4000
"""Bytes of a packed credential."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters and line breaks; also half a surrogate pair, which no encoding carries."""

_IMPORT_ID: Final = re.compile(r"[1-9][0-9]{0,9}")


def import_id(text: str) -> ImportId:
    """The id in a path: ASCII digits, no leading zero, 1 to 2^31 - 1. Raises ImportNotFound for anything else."""
    if not _IMPORT_ID.fullmatch(text) or int(text) > LARGEST_ID:
        raise ImportNotFound
    return ImportId(int(text))


def one_line(name: str, value: str) -> str:
    """`value`, unless there are control characters or line breaks in it. Raises FieldInvalid, for the field `name`."""
    if _CONTROL.search(value):
        raise FieldInvalid(name, "must not hold control characters or line breaks")
    return value


def credential(server: str, username: str, password: str) -> Credential:
    """What opens an address book, of values that keep their own rules. Raises FieldInvalid for what no server could
    take, and for more than can be kept.

    RFC 7617 section 2: a user name with a colon cannot be told from the password after it.
    """
    if ":" in username:
        raise FieldInvalid("username", "must not hold a colon")
    made = Credential(server, username, password)
    if len(made.pack()) > LARGEST_CREDENTIAL:
        raise FieldInvalid("password", "is too long together with server and username")
    return made
