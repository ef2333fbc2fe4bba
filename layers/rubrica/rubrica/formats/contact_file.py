"""A file of contacts, whatever it is: what is in it decides how it is read, never its name."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from rubrica.domain.contacts import Record
from rubrica.errors import FileNotContacts, FileUnreadable
from rubrica.formats.vcard import charsets, read_file

_LOOKED_AT: Final = 64 * 1024
_CARD_FIRST: Final = re.compile(rb"[\s\0]*BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE)
_CARD_SOMEWHERE: Final = re.compile(rb"^BEGIN[ \t]*:[ \t]*VCARD[ \t\0]*$", re.IGNORECASE | re.MULTILINE)


def read(data: bytes) -> Iterator[Record]:
    """The records of a vCard or CSV file, in its order.

    Raises FileNotContacts for anything else, FileUnreadable for rows whose columns cannot be told, and
    AddressBookTooLarge; all of them before the first record.
    """
    if _CARD_FIRST.match(_start(data)):
        return read_file([data])
    return _rows(data)


def check(data: bytes) -> None:
    """Whether a contact or a group is in the file. Raises FileNotContacts, FileUnreadable, AddressBookTooLarge."""
    if not any(record.value for record in read(data)):
        raise FileNotContacts


def _rows(data: bytes) -> Iterator[Record]:
    """The rows of a CSV file, or the cards of a file that has something else before the first one."""
    from rubrica.formats import csv  # cards do without it

    try:
        rows = csv.read(data)
        first = list(islice(rows, 1))
    except (FileNotContacts, FileUnreadable):
        if _CARD_SOMEWHERE.search(_start(data).replace(b"\r", b"\n")):
            return read_file([data])
        raise
    return chain(first, rows)


def _start(data: bytes) -> bytes:
    return b"".join(charsets.in_utf8([data[:_LOOKED_AT]]))
