"""The machine's own clock and random numbers."""

import secrets
from datetime import UTC, datetime

from rubrica.domain.imports import LARGEST_ID


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
