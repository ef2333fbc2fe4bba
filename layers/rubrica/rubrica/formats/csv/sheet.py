"""Where the rows of a file begin, what lies between their cells, and what its columns hold."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from rubrica.errors import FileNotContacts, FileUnreadable
from rubrica.formats.csv import dates, limits, words
from rubrica.formats.csv.evidence import is_borne_out, is_ldif
from rubrica.formats.csv.headings import Heading
from rubrica.formats.csv.layout import Layout, is_telling, known, layout
from rubrica.formats.csv.rows import Row, rows

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMED: Final = re.compile(r'"?sep=([^\n"])"?\n', re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s@,;:<>\"]{1,64}@[^\s@,;:<>\"]{1,255}")
_CARD: Final = "begin:vcard"
_ENOUGH: Final = 2


class Sheet(NamedTuple):
    """A file taken apart: the text's rows begin at `at`; `header` is the number of the last that is no contact."""

    text: str
    at: int
    delimiter: str
    header: int
    width: int
    layout: Layout

    def rows(self) -> Iterator[Row]:
        """The rows below the header; numbers count from the file's first row."""
        return (row for row in rows(self.text, self.delimiter, self.at) if row.number > self.header)

    def order(self) -> dates.Order:
        """In which order the file's dates are."""
        columns = [at for at, it in enumerate(self.layout) if it is not None and it.kind == words.BIRTHDAY]
        if not columns:
            return dates.Order.UNKNOWN
        last = columns[-1]
        told = (
            [cells[at] for at in (columns if len(cells) > last else columns[: bisect_left(columns, len(cells))])]
            for _, cells, _ in self.rows()
        )
        return dates.order(told, limits.ROWS_FOR_DATES)


def sheet(text: str) -> Sheet:
    """The file taken apart by its content.

    Raises FileUnreadable if no row names columns that tell or reach anybody, and none has an e-mail address in it;
    FileNotContacts where there are no columns at all, and for LDIF, which is something else.
    """
    if is_ldif(text):
        raise FileNotContacts
    named = _NAMED.match(text)
    at = named.end() if named else 0
    delimiters = (named[1],) if named else _DELIMITERS
    found = [_with_header(text, at, delimiter) for delimiter in delimiters]
    best = max(found, key=lambda it: (it is not None, it and known(it.layout), it and it.width), default=None)
    best = best or next(filter(None, (_without_header(text, at, it) for it in _DELIMITERS)), None)
    if best is None:
        raise FileUnreadable if any(_has_columns(text, at, it) for it in delimiters) else FileNotContacts
    return best


def _first_rows(text: str, at: int, delimiter: str, count: int) -> Iterator[Row]:
    """The rows at the beginning, of as many columns as are looked at."""
    found = islice(rows(text, delimiter, at), count)
    return (row._replace(cells=row.cells[: limits.COLUMNS]) for row in found)


def _has_columns(text: str, at: int, delimiter: str) -> bool:
    return any(len(row.cells) > 1 for row in _first_rows(text, at, delimiter, limits.ROWS_BEFORE_HEADER))


def _with_header(text: str, at: int, delimiter: str) -> Sheet | None:
    """The file by its header: the first row with two columns that are known, or else the first with one that the
    rows below it bear out.

    None of a vCard's lines is one, though "TEL;TYPE=CELL:1" begins like one.
    """
    first: Sheet | None = None
    below = _first_rows(text, at, delimiter, limits.ROWS_BEFORE_HEADER + limits.ROWS_AS_EVIDENCE)
    looked_at = list(islice(below, limits.ROWS_BEFORE_HEADER))
    for index, row in enumerate(tuple(looked_at), 1):
        if row.cells and row.cells[0].strip().lower() == _CARD:
            break
        if row.flaw is None and not any(map(_ADDRESS.fullmatch, row.cells)):
            columns = layout(row.cells)
            if is_telling(columns):
                found = Sheet(text, at, delimiter, row.number, len(columns), columns)
                if known(columns) >= _ENOUGH:
                    return found
                if first is None:
                    looked_at.extend(below)
                    first = found if is_borne_out(row.cells, columns, [it.cells for it in looked_at[index:]]) else None
    return first


def _without_header(text: str, at: int, delimiter: str) -> Sheet | None:
    """The file by its first row with an e-mail address in it; what stands before it is a header in other words."""
    is_first = True
    for row in _first_rows(text, at, delimiter, limits.ROWS_BEFORE_HEADER):
        cells = [cell.strip() for cell in row.cells]
        columns = [Heading(words.EMAIL, "value") if _ADDRESS.fullmatch(cell) else None for cell in cells]
        if any(columns):
            if is_first:
                columns = _with_names(cells, columns)
            return Sheet(text, at, delimiter, row.number - 1, len(columns), columns)
        is_first = is_first and not any(cells)
    return None


def _with_names(cells: Sequence[str], columns: Sequence[Heading | None]) -> list[Heading | None]:
    """The columns of a list without header: before the first address stand names."""
    names = next((at for at, it in enumerate(columns) if it is not None), 0)
    kinds: Sequence[str] = {1: (words.FULL,), 2: (words.FIRST, words.LAST)}.get(names, ())
    if names > 2:
        is_told_twice = cells[0] == f"{cells[1]} {cells[2]}"
        kinds = (words.FULL, words.FIRST, words.LAST) if is_told_twice else (words.FIRST, words.LAST)
    return [*map(Heading, kinds), *columns[len(kinds) :]]
