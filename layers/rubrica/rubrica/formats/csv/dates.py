"""Birthdays as spreadsheets write them: ISO 8601, and day, month and year in the order of some country."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

from rubrica.domain.contacts import Birthday
from rubrica.formats.birthdays import birthday as day_of

_NUMBERS: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ,].*)?", re.ASCII | re.DOTALL)
_NONE: Final = re.compile(r"0{1,4}([/.-])0{1,2}\1(?:0{1,4}|1900|1899)(?:[T ].*)?", re.ASCII)
_LONGEST: Final = 64
_MONTHS: Final = 12
_DAYS: Final = 31


class Order(Enum):
    """Whether the day or the month comes first in this file; UNKNOWN if nothing tells, or not always the same."""

    UNKNOWN = 0
    DAY = 1
    MONTH = 2


def order(rows: Iterable[Sequence[str]], most: int) -> Order:
    """What the dates in rows tell of their order. If none of the first `most` rows tells it, no more are looked at; if
    one does, all are, for another may tell otherwise, and then none is believed."""
    told = Order.UNKNOWN
    for count, texts in enumerate(rows):
        if told is Order.UNKNOWN and count >= most:
            break
        for text in texts:
            found = _told(text) if text else Order.UNKNOWN
            if found is not Order.UNKNOWN:
                if told is not Order.UNKNOWN and found is not told:
                    return Order.UNKNOWN
                told = found
    return told


def _told(text: str) -> Order:
    """What one date tells: of a day and a month, the number above 12 is the day. With dots the day is always first."""
    match = _NUMBERS.fullmatch(text.strip()[:_LONGEST])
    if match and match[2] != ".":
        first, second = int(match[1]), int(match[3])
        if 1 <= second <= _MONTHS < first <= _DAYS:
            return Order.DAY
        if 1 <= first <= _MONTHS < second <= _DAYS:
            return Order.MONTH
    return Order.UNKNOWN


def is_none(text: str) -> bool:
    """Whether this is how a program writes that there is no date (Outlook: 0/0/00)."""
    return _NONE.fullmatch(text[:_LONGEST]) is not None


def birthday(text: str, told: Order) -> Birthday | None:
    """The date, or None where it is none, or might be another one: 2/3/1980 in a file that does not tell its order."""
    match = _NUMBERS.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return day_of(text)
    first, second = int(match[1]), int(match[3])
    if match[2] == "." or first > _MONTHS or first == second:
        is_day_first = True
    elif second > _MONTHS:
        is_day_first = False
    elif told is Order.UNKNOWN:
        return None
    else:
        is_day_first = told is Order.DAY
    day, month = (first, second) if is_day_first else (second, first)
    return day_of(f"{match[4]}-{month:02}-{day:02}")


def of_parts(year: str, month: str, day: str) -> Birthday | None:
    """The date of the three columns that Thunderbird keeps."""
    if not (_is_number(month, 2) and _is_number(day, 2)):
        return None
    known = year if _is_number(year, 4) and len(year) == 4 else "0000"
    return day_of(f"{known}-{int(month):02}-{int(day):02}")


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest
