"""Birthdays as vCards and most others write them: ISO 8601, whole and truncated, timestamps, a year that means none."""

import re
from datetime import date
from typing import Final

from rubrica.domain.contacts import Birthday

_DATES: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)(?:[T ].*)?\Z",
        r"--(?P<month>\d\d)-?(?P<day>\d\d)(?:T.*)?\Z",
        r"(?P<year>\d{4})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)(?:[T ].*)?\Z",
        r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})\Z",
    )
)
# Address books without a place for "no year" store a leap year that no living person was born in.
_NO_YEAR: Final = (0, 1604)
_LEAP_YEAR: Final = 1604
_WHOLE_DATE: Final = len("1990-12-31")
_LONGEST: Final = 64


def birthday(text: str, omitted_year: int = 0) -> Birthday | None:
    """The birthday a BDAY value tells, or None where it tells no day of a month, or a day that does not exist.

    `omitted_year` is the year that X-APPLE-OMIT-YEAR says stands for none.
    """
    if len(text) == _WHOLE_DATE:
        try:
            whole = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return Birthday(None if whole.year in (_LEAP_YEAR, omitted_year) else whole.year, whole.month, whole.day)
    if len(text) > _LONGEST:
        return None
    for pattern in _DATES:
        match = pattern.match(text)
        if match is not None:
            parts = match.groupdict()
            return _existing(int(parts.get("year") or 0), int(parts["month"]), int(parts["day"]), omitted_year)
    return None


def _existing(year: int, month: int, day: int, omitted_year: int) -> Birthday | None:
    known = None if year in _NO_YEAR or year == omitted_year else year
    try:
        date(known or _LEAP_YEAR, month, day)
    except ValueError:
        return None
    return Birthday(known, month, day)
