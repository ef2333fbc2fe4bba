"""Text to rows (RFC 4180, and what programs write instead), row by row, and past a row that is broken."""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from rubrica.domain.ledger import Reason
from rubrica.formats.csv import limits

if TYPE_CHECKING:
    import _csv

_QUOTE: Final = '"'
_LINE: Final = 32
"""To read a line costs as much as to read so many more characters."""

_BLANK: Final = re.compile(r"\n+")


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it, the first being 1, its cells, and what is wrong with it.

    A row without cells is one that cannot be read, and has a `flaw`.
    """

    number: int
    cells: list[str]
    flaw: Reason | None = None


class _Oversize(Exception):
    """The row is longer than rows may be."""


class _Lines:
    """The lines of a text from a place on; `start` is where the row being read begins, `at` how far it got, and
    `again` what it cost, in characters, to read what was gone back over."""

    __slots__ = ("_size", "_text", "again", "at", "start")

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._size = len(text)
        self.at = self.start = at
        self.again = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        at = self.at
        end = self._text.find("\n", at) + 1
        if not end:
            end = self._size
            if at >= end:
                raise StopIteration
        self.at = end
        if end - self.start > limits.ROW:
            raise _Oversize
        return self._text[at:end]

    @property
    def rest(self) -> bool:
        """Whether there is something left to read."""
        return self.at < self._size

    def past_blank_lines(self) -> int:
        """Go past the lines that have nothing in them; how many these are."""
        blank = _BLANK.match(self._text, self.at)
        self.at = blank.end() if blank else self.at
        return len(blank[0]) if blank else 0

    def row(self) -> str:
        """All lines of the row so far."""
        return self._text[self.start : self.at]

    def one_by_one(self) -> list[str]:
        """The lines that are left, without their ends, read."""
        rest = self._text[self.at :].removesuffix("\n")
        self.at = self._size
        return rest.split("\n")

    def back_to_second_line(self) -> str:
        """The row's first line, without its end; reading goes on after it."""
        self.again += self.at - self.start + _LINE * self._text.count("\n", self.start, self.at)
        self.at = self._text.find("\n", self.start) + 1 or self._size
        return self.row().removesuffix("\n")

    def to_end_of_row(self) -> bool:
        """Go to the line end at which all quotes are closed; False, and stay, if there is none."""
        at, is_open = self.start, False
        while at < self._size:
            end = self._text.find("\n", at) + 1 or self._size
            is_open ^= self._text.count(_QUOTE, at, end) % 2 == 1
            at = end
            if not is_open and at >= self.at:
                self.at = at
                return True
        return False


def rows(text: str, delimiter: str, at: int = 0) -> Iterator[Row]:
    """The rows of a text from a place on; blank lines are counted and left out.

    A quote that is never closed does not swallow the rows after it: its row ends with its line, and is
    CARD_UNFINISHED. After limits.READ_AGAIN characters of such rows no cell has lines any more. A row longer than
    limits.ROW, or with a cell beyond what the standard library reads, is CARD_TOO_LARGE.
    """
    lines = _Lines(text, at)
    number = width = 0
    while lines.rest:
        lines.start = lines.at
        try:
            for cells in _reader(lines, delimiter, strict=True):
                number += 1
                if cells:
                    width = len(cells)
                    yield Row(number, cells)
                else:
                    number += lines.past_blank_lines()
                lines.start = lines.at
        except (csv.Error, _Oversize):
            number += 1
            yield _mended(lines, delimiter, number, width)
            if lines.again > limits.READ_AGAIN:
                yield from _line_by_line(lines, delimiter, number, width)


@lru_cache(16)
def _dialect(delimiter: str, *, strict: bool) -> "_csv.Dialect":
    """Cells as RFC 4180 has them, but for blanks between a delimiter and a quote: a quote after them is one, too."""
    return csv.reader([], delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict).dialect


def _reader(lines: Iterable[str], delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(lines, _dialect(delimiter, strict=strict))


def _line_by_line(lines: _Lines, delimiter: str, number: int, width: int) -> Iterator[Row]:
    """The rest with every line as a row: it costs as much as lines there are, however their quotes are placed.

    A line that is no whole row, or not of as many cells as the row before, is CARD_UNFINISHED.
    """
    strict = _dialect(delimiter, strict=True)
    for at, line in enumerate(lines.one_by_one(), number + 1):
        try:
            cells = next(csv.reader((line,), strict)) if len(line) <= limits.ROW else None
            flaw = None if cells and len(cells) == width else Reason.CARD_UNFINISHED
        except csv.Error:
            cells, flaw = _only(line, delimiter), Reason.CARD_UNFINISHED
        if cells is None:
            yield Row(at, [], Reason.CARD_TOO_LARGE)
        elif cells:
            yield Row(at, cells, flaw)


def _mended(lines: _Lines, delimiter: str, number: int, width: int) -> Row:
    """The row at which strict reading failed, as well as it can be read; reading goes on after it.

    `width` is how many cells the row before had.
    """
    lines.at = lines.start
    cells = _next(lines, delimiter)
    if cells is not None and not _swallows(lines, delimiter, width):
        return Row(number, cells)
    if cells is None and lines.to_end_of_row():
        return Row(number, [], Reason.CARD_TOO_LARGE)
    line = lines.back_to_second_line()
    return Row(number, _only(line, delimiter) or [], Reason.CARD_UNFINISHED)


def _only(line: str, delimiter: str) -> list[str] | None:
    """A line as a row of its own; see `_next`."""
    return None if len(line) > limits.ROW else _next((line,), delimiter)


def _next(lines: Iterable[str], delimiter: str) -> list[str] | None:
    """The next row, by the rules that leave no quote without a meaning; None where it is too large."""
    try:
        return next(_reader(lines, delimiter, strict=False), [])
    except (csv.Error, _Oversize):
        return None


def _swallows(lines: _Lines, delimiter: str, width: int) -> bool:
    """Whether the row just read has other rows in it: its quote is never closed, or its second line is a row."""
    text = lines.row()
    _, newline, rest = text.partition("\n")
    if not newline or not rest:
        return False
    if not lines.rest and text.count(_QUOTE) % 2 == 1:
        return True
    return width > 1 and len(_only(rest.partition("\n")[0], delimiter) or []) == width
