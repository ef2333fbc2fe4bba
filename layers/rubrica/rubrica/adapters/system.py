"""The machine's own clock and random numbers."""

import gc
import secrets
from datetime import UTC, datetime

from rubrica.domain.imports import LARGEST_ID


def settle() -> None:
    """Take what start-up made out of the garbage collector's rounds, and make the rounds rarer.

    A slice makes hundreds of thousands of small values and hardly a cycle. Looking again and again through all that
    the SDK keeps for good took a third of its time (`python -m bench.slice`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class SystemClock:
    """Implements ports.Clock."""

    def now(self) -> datetime:
        """See ports.Clock."""
        return datetime.now(UTC)


class SystemChance:
    """Implements ports.Chance with the operating system's cryptographic generator."""

    def import_id(self) -> int:
        """See ports.Chance."""
        return secrets.randbelow(LARGEST_ID) + 1

    def token(self) -> str:
        """See ports.Chance."""
        return secrets.token_urlsafe(18)
