"""What an import over a JSON API may take."""

from dataclasses import dataclass
from typing import Final

LONGEST_TOKEN: Final = 16_384
"""Characters of a page token or of the address of a next page; it is kept in the cursor."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. `pages` is for one list, `records` for the whole import.
    `folders` may lie at any depth. `patience` is how often text that is not UTF-8 is asked for again.
    `profile_bytes` and `profile_wait` are for the user's own profile, which an import can do without."""

    records: int = 200_000
    pages: int = 4_000
    page_bytes: int = 32 * 1024 * 1024
    page_records: int = 10_000
    silence: float = 30.0
    folders: int = 200
    in_flight: int = 4
    patience: int = 2
    profile_bytes: int = 64 * 1024
    profile_wait: float = 2.0
