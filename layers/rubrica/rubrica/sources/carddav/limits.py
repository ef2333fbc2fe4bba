"""What a CardDAV import may take."""

from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    Listing may be silent for long: a server that has not yet cached 10,000 cards thinks for 10 to 45 seconds.
    """

    cards: int = 200_000
    books: int = 200
    paths: int = 64 * _MIB
    card_bytes: int = _MIB
    total_bytes: int = 2_000_000_000
    discovery_bytes: int = 4 * _MIB
    listing_bytes: int = 128 * _MIB
    batch_bytes: int = 16 * _MIB
    batch_aim: int = 4 * _MIB
    discovery_silence: float = 10.0
    listing_silence: float = 120.0
    fetch_silence: float = 20.0
    connections: int = 4
    first_batch: int = 100
    largest_batch: int = 500
