"""How fast CSV files of contacts are read, in the layout that Google writes, and that nothing is lost."""

import gc
import sys
import time
from collections.abc import Sequence

from local.sandbox.people import card, people
from rubrica.domain.contacts import Contact
from rubrica.formats import csv_writer
from rubrica.formats.csv import read
from rubrica.formats.vcard import read_file

LEAST = 40_000
"""Contacts a second."""


def measure(count: int = 10_000, seed: int = 1, rounds: int = 5) -> tuple[float, int]:
    """Contacts a second in the best of several rounds over one invented book, and how many differ from the truth."""
    written = [record.value for record in read_file([card(person).encode() for person in people(count, seed)])]
    truth = [contact for contact in written if isinstance(contact, Contact)]
    book = csv_writer.write(truth)
    seconds = []
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        for _record in read(book):  # as an import does, which hands them on page by page
            pass
        seconds.append(time.process_time() - start)
    return len(truth) / min(seconds), _wrong([record.value for record in read(book)], truth)


def _wrong(found: Sequence[object], truth: Sequence[Contact]) -> int:
    return abs(len(found) - len(truth)) + sum(
        not isinstance(one, Contact) or _seen(one) != _seen(other) for one, other in zip(found, truth, strict=False)
    )


def _seen(contact: Contact) -> tuple[object, ...]:
    """What is compared with the truth: this layout has no place for the rest, or spells it otherwise."""
    emails = [email.address for email in contact.emails]
    return contact.first_name, contact.last_name, emails, [it.number for it in contact.phones], contact.note


def main() -> int:
    """Print the rate; status 1 if something was lost or it is less than it should be."""
    rate, wrong = measure()
    print(f"{'rubrica':20}{rate:10,.0f} contacts/s   not as written {wrong}")
    return 0 if rate >= LEAST and wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
