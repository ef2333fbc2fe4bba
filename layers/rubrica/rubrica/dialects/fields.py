"""What every dialect allows in the fields of a request, however they are spelled there."""

import re
from typing import Final

from rubrica.domain.imports import LARGEST_ID, ImportId
from rubrica.errors import ImportNotFound

LONGEST_SERVER: Final = 2000
LONGEST_USERNAME: Final = 320
LONGEST_PASSWORD: Final = 1024
LONGEST_REFERENCE: Final = 255
LONGEST_ADDRESS: Final = 2000

LARGEST_CREDENTIAL: Final = 4000
"""Bytes of a packed credential."""

_IMPORT_ID: Final = re.compile(r"[1-9][0-9]{0,9}")


def import_id(text: str) -> ImportId:
    """The id in a path: ASCII digits, no leading zero, 1 to 2^31 - 1. Raises ImportNotFound for anything else."""
    if not _IMPORT_ID.fullmatch(text) or int(text) > LARGEST_ID:
        raise ImportNotFound
    return ImportId(int(text))
