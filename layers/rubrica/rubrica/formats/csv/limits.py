"""How much of a CSV file is read, beside the limits that hold for every contact (formats.limits)."""

from typing import Final

FILE: Final = 32 * 1024 * 1024
"""Bytes of a file; a larger one is refused whole. The upload has a smaller limit of its own."""

LINES: Final = 200_000
"""Lines of a file, those inside of cells included; a file with more is refused whole."""

LOOKED_AT: Final = 64 * 1024
"""Bytes at the start that tell whether a file is text at all."""

ROW: Final = 1024 * 1024
"""Characters of one row, with the lines inside its cells; a longer one is rejected without being taken apart."""

COLUMNS: Final = 4_096
"""Columns of the header that are looked at; cells beyond are surplus."""

HEADING: Final = 64
"""Characters of a column's name; a longer one names nothing."""

ROWS_BEFORE_HEADER: Final = 20
"""Rows among which the header is looked for: LinkedIn puts a notice before it."""

ROWS_AS_EVIDENCE: Final = 100
"""Rows, beside those, that are asked whether what is below a header is what it says."""

ROWS_FOR_DATES: Final = 2_000
"""Rows among which the first date is looked for that tells whether the day or the month comes first."""

READ_AGAIN: Final = 4 * 1024 * 1024
"""Characters of rows that are given up, whose later lines are read once more as rows of their own, each line counted as
some more; after so many, every line is a row."""
