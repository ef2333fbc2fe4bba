"""How long a server asks to wait, and what the time is there."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from rubrica.ports import Answer

_LONGEST_WAIT: Final = 7 * 24 * 3600


def retry_after(answer: Answer) -> int | None:
    """Seconds of a Retry-After header (RFC 9110 section 10.2.3), a date counted from the server's own clock."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), _LONGEST_WAIT)
    until, now = http_date(text), http_date(answer.headers.get("Date", "")) or datetime.now(UTC)
    if until is None:
        return None
    return min(max(int((until - now).total_seconds()), 0), _LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    """The moment that a header names (RFC 9110 section 5.6.7), None for anything else."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
