"""Whether the rows below a row that looks like a header bear it out: a word in a sentence is no column's name."""

import re
from collections.abc import Sequence
from typing import Final

from rubrica.formats.csv import words
from rubrica.formats.csv.layout import TELLING, Layout

_NAMED_VALUE: Final = re.compile(r"[^:]{1,64}:+<?\s*[^\s:]")
_ADDRESS: Final = re.compile(
    r"(?:mailto:|[^<@]{0,100}<)?[^\s@,;:<>\"]{1,64}@[^\s@,;:<>\"]{1,255}(?:\W.*)?", re.IGNORECASE | re.DOTALL
)
_LOOKED_AT: Final = 200
_LEAST_DIGITS: Final = 3
_MOST_WORDS: Final = 4

_LDIF: Final = re.compile(r"(?:(?:[# \t]|version:)[^\n]*\n|\n)*dn::?\s*\S", re.IGNORECASE)


def is_ldif(text: str) -> bool:
    """Whether a text is LDIF (RFC 2849): entries that begin with their distinguished name."""
    return _LDIF.match(text) is not None


def is_borne_out(header: Sequence[str], found: Layout, below: Sequence[Sequence[str]]) -> bool:
    """Whether rows below a header of which no two columns are known speak for it.

    A sure column of names needs nothing. One of addresses or numbers needs a value that is one; guessed ones of
    names, of which there must be two, need short ones in a table. Where there is no value at all, the name has to
    be sure. `name: value` is no header.
    """
    if _is_named_value(header):
        return False
    telling = [(at, it) for at, it in enumerate(found) if it is not None and it.kind in TELLING]
    if any(it.is_sure and it.kind not in _REACHES for _, it in telling):
        return True
    values = [(it.kind, row[at][:_LOOKED_AT].strip()) for row in below for at, it in telling if len(row) > at]
    values = [(kind, value) for kind, value in values if value]
    if not values:
        return any(it.is_sure for _, it in telling)
    if any(kind in _REACHES and _REACHES[kind](value) for kind, value in values):
        return True
    names = [value for kind, value in values if kind not in _REACHES]
    is_table = sum(len(row) > 1 for row in below) * 2 > len(below)
    return len(telling) > 1 and is_table and sum(map(_is_name, names)) * 2 > len(names)


def _is_named_value(header: Sequence[str]) -> bool:
    """Whether a row is `name: value`, in one cell or in two."""
    filled = [cell.strip() for cell in header if cell.strip()]
    if len(filled) == 2:
        return filled[0].endswith(":") and not filled[1].endswith(":")
    return len(filled) == 1 and _NAMED_VALUE.match(filled[0]) is not None


def _is_address(value: str) -> bool:
    return _ADDRESS.fullmatch(value) is not None


def _is_number(value: str) -> bool:
    """Whether a number is in it, and no more letters than digits."""
    digits = sum(map(str.isdigit, value))
    return digits >= _LEAST_DIGITS and sum(map(str.isalpha, value)) <= digits


def _is_name(value: str) -> bool:
    return len(value.split()) <= _MOST_WORDS and not any(map(str.isdigit, value))


_REACHES: Final = {words.EMAIL: _is_address, words.PHONE: _is_number}
