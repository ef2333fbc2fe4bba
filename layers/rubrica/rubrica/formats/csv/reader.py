"""CSV files to records: the reading itself."""

from collections.abc import Iterator

from rubrica.domain.contacts import Record
from rubrica.domain.ledger import Reason
from rubrica.formats.csv import encodings
from rubrica.formats.csv.contacts import Contacts
from rubrica.formats.csv.plan import plan, wide_enough
from rubrica.formats.csv.sheet import Sheet, sheet


def read(data: bytes) -> Iterator[Record]:
    """The records of a file, in its order and as they are made; none for a file with nothing but a header.

    Delimiter, encoding and header are found by content. Places are "row 2", "row 3", ... as a spreadsheet numbers
    its rows: the header is row 1 where nothing stands before it, and a row with line breaks in its cells is one row.
    Blank lines are counted and are no records; a row of empty cells is a rejected one, CARD_EMPTY. Values are Contact.

    Raises, before the first record, FileNotContacts for what is no text (an Excel workbook, an archive, a web
    page, an empty file) or has no columns (prose, LDIF), FileUnreadable for a file whose columns tell or reach nobody,
    and AddressBookTooLarge for one of more than limits.FILE bytes or limits.LINES lines. Nothing is raised afterwards.
    """
    return _records(sheet(encodings.text_of(data)))


def _records(found: Sheet) -> Iterator[Record]:
    # A row that ends before the header does is read by a plan of its own, or each would cost what the header has.
    order, full = found.order(), found.width
    readers = {full: Contacts(plan(found.layout, full), order)}
    for number, cells, flaw in found.rows():
        if any(cells):
            width = full if len(cells) >= full else wide_enough(len(cells), full)
            if width not in readers:
                readers[width] = Contacts(plan(found.layout[:width], width), order)
            yield readers[width].record(cells, f"row {number}", {flaw} if flaw else set())
        else:
            yield Record(f"row {number}", None, (flaw or Reason.CARD_EMPTY,))
