"""Where the rows of a file begin, what lies between their cells, and what its columns hold."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from rubrica.errors import FileUnreadable
from rubrica.formats.csv import dates, limits, words
from rubrica.formats.csv.headings import Heading
from rubrica.formats.csv.layout import Layout, is_telling, known, layout
from rubrica.formats.csv.rows import Row, rows

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMED: Final = re.compile(r'"?sep=([^\n"])"?\n', re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s@,;:<>\"]{1,64}@[^\s@,;:<>\"]{1,255}")
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
        column = next((at for at, it in enumerate(self.layout) if it is not None and it.kind == words.BIRTHDAY), None)
        if column is None:
            return dates.Order.UNKNOWN
        some = islice(self.rows(), limits.ROWS_FOR_DATES)
        return dates.order(row.cells[column] for row in some if len(row.cells) > column)


def sheet(text: str) -> Sheet:
    """The file taken apart by its content. Raises FileUnreadable if no row names columns that tell or reach anybody,
    and none has an e-mail address in it."""
    named = _NAMED.match(text)
    at = named.end() if named else 0
    found = [_with_header(text, at, delimiter) for delimiter in ([named[1]] if named else _DELIMITERS)]
    best = max(found, key=lambda it: (it is not None, it and known(it.layout), it and it.width), default=None)
    best = best or next(filter(None, (_without_header(text, at, it) for it in _DELIMITERS)), None)
    if best is None:
        raise FileUnreadable
    return best


def _with_header(text: str, at: int, delimiter: str) -> Sheet | None:
    """The file by its header: the first row with two columns that are known, or else the first with one."""
    first: Sheet | None = None
    for row in islice(rows(text, delimiter, at), limits.ROWS_BEFORE_HEADER):
        if row.flaw is None and not any(map(_ADDRESS.fullmatch, row.cells[: limits.COLUMNS])):
            columns = layout(row.cells)
            if is_telling(columns):
                found = Sheet(text, at, delimiter, row.number, len(columns), columns)
                if known(columns) >= _ENOUGH:
                    return found
                first = first or found
    return first


def _without_header(text: str, at: int, delimiter: str) -> Sheet | None:
    """The file by its first row with an e-mail address in it; what stands before it is a header in other words."""
    is_first = True
    for row in islice(rows(text, delimiter, at), limits.ROWS_BEFORE_HEADER):
        cells = [cell.strip() for cell in row.cells[: limits.COLUMNS]]
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
