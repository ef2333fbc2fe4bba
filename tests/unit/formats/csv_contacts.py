"""What the reader makes of a table that is written out in a test."""

from rubrica.domain.contacts import Contact, Record
from rubrica.formats.csv import read


def contacts(text: str | bytes) -> list[Contact]:
    data = text.encode() if isinstance(text, str) else text
    return [record.value for record in read(data) if isinstance(record.value, Contact)]


def contact(*lines: str) -> Contact:
    (one,) = contacts("\n".join(lines))
    return one


def records(*lines: str) -> list[Record]:
    return list(read("\n".join(lines).encode()))


def row(cells: dict[str, str], delimiter: str = ",") -> Contact:
    """The contact of one row with these cells under these headings."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells.values()]
    return contact(delimiter.join(cells), delimiter.join(quoted))
