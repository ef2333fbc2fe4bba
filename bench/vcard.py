"""How fast vCards are read, beside vobject, in one process and over the same cards; and that nothing is lost."""

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import vobject  # type: ignore[import-untyped]

from local.sandbox.people import card, people
from rubrica.domain.contacts import Contact
from rubrica.formats.vcard import read_file

CHUNK = 64 * 1024


class Row(NamedTuple):
    """One reader's line: cards, CPU seconds, and on how many cards it differed from the truth."""

    reader: str
    cards: int
    seconds: float
    lost: int
    wrong: int

    @property
    def rate(self) -> float:
        """Cards a second."""
        return self.cards / self.seconds


class Seen(NamedTuple):
    """What is compared with the truth."""

    full_name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    note: str


def measure(count: int = 10_000, seed: int = 1, rounds: int = 3) -> list[Row]:
    """The rows of Rubrica and of vobject over one generated mixed book.

    Both are measured in turn, so that a busy moment of the machine meets both, and the best round of each counts.
    """
    persons = list(people(count, seed))
    cards = [card(person) for person in persons]
    truth = [Seen(person.full_name, person.emails, person.phones, person.note) for person in persons]
    book = "".join(cards).encode()
    readers: dict[str, Callable[[], list[Seen]]] = {
        "rubrica": lambda: _with_rubrica(book),
        "vobject (allowQP)": lambda: _with_vobject(cards),
    }
    rows = [_row(name, read, truth) for _ in range(rounds) for name, read in readers.items()]
    return [min((row for row in rows if row.reader == name), key=lambda row: row.seconds) for name in readers]


def _row(reader: str, read: Callable[[], list[Seen]], truth: Sequence[Seen]) -> Row:
    gc.collect()
    start = time.process_time()
    seen = read()
    seconds = time.process_time() - start
    wrong = sum(one != other for one, other in zip(seen, truth, strict=False))
    return Row(reader, len(truth), seconds, len(truth) - len(seen), wrong)


def _chunks(book: bytes) -> Iterator[bytes]:
    return (book[at : at + CHUNK] for at in range(0, len(book), CHUNK))


def _with_rubrica(book: bytes) -> list[Seen]:
    contacts = (record.value for record in read_file(_chunks(book)))
    return [
        Seen(
            contact.full_name,
            tuple([email.address for email in contact.emails]),
            tuple([phone.number for phone in contact.phones]),
            contact.note,
        )
        for contact in contacts
        if isinstance(contact, Contact)
    ]


def _with_vobject(cards: Iterable[str]) -> list[Seen]:
    return [
        Seen(
            component.fn.value,
            tuple(line.value for line in component.contents.get("email", ())),
            tuple(line.value.removeprefix("tel:") for line in component.contents.get("tel", ())),
            "".join(line.value for line in component.contents.get("note", ())),
        )
        for text in cards
        for component in vobject.readComponents(text, allowQP=True)
    ]


def main() -> int:
    """Print the rows; status 1 if something was lost or the reader is less than nine times as fast."""
    rubrica, peer = measure()
    for row in (rubrica, peer):
        print(f"{row.reader:20}{row.rate:10,.0f} cards/s   lost {row.lost}, not as written {row.wrong}")
    factor = rubrica.rate / peer.rate
    print(f"{'':20}{factor:10.1f} times as fast")
    return 0 if factor >= 9 and rubrica.lost == rubrica.wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
