"""The sample address book, and the check that an import brought all of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.sandbox.people import Person, broken_card, card, people

PEOPLE: Final = 500
BROKEN: Final = "broken.vcf"


@dataclass(frozen=True, slots=True)
class Book:
    """Cards by file name, the people behind the good ones, and the names of the broken ones."""

    cards: dict[str, str]
    people: Mapping[str, Person]
    broken: frozenset[str]

    def faults(self, contacts: Sequence[Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What is wrong with an import of this book, one text each; nothing when all of it arrived."""
        arrived = {_file(contact["place"]): contact for contact in contacts}
        if len(arrived) != len(contacts) or len({contact["id"] for contact in contacts}) != len(contacts):
            yield "a contact came twice"
        for name, person in self.people.items():
            if name not in arrived:
                yield f"{name} did not arrive"
            elif different := differences(person, arrived[name]):
                yield f"{name} arrived with another {different}"
        yield from (f"{name} is no card of the book" for name in sorted(arrived.keys() - self.people.keys()))
        rejected = {_file(entry["place"]) for entry in ledger if entry["outcome"] == "rejected"}
        for name in sorted(self.broken ^ rejected):
            yield f"{name} is {'not ' if name in self.broken else ''}rejected in the ledger"


def sample_book(count: int = PEOPLE, seed: int = 1) -> Book:
    """`count` invented people, and one card that is broken."""
    known = {f"person-{person.number:05}.vcf": person for person in people(count, seed)}
    cards = {name: card(person) for name, person in known.items()}
    cards[BROKEN] = broken_card()
    return Book(cards, known, frozenset({BROKEN}))


def differences(person: Person, contact: Mapping[str, Any]) -> str:
    """The first field in which a contact is not what the card said; "" when there is none."""
    birthday = contact["birthday"] or {"year": 0, "month": 0, "day": 0}
    pairs = {
        "name": (person.full_name, contact["full_name"]),
        "first name": (person.first_name, contact["first_name"]),
        "last name": (person.last_name, contact["last_name"]),
        "e-mail address": (list(person.emails), [email["address"] for email in contact["emails"]]),
        "phone number": (_digits(person.phones), _digits([phone["number"] for phone in contact["phones"]])),
        "birthday": (person.birthday, "{year}-{month:02}-{day:02}".format(**birthday)),
        "note": (person.note, contact["note"]),
    }
    return next((field for field, (told, came) in pairs.items() if told != came), "")


def _digits(numbers: Sequence[str]) -> list[str]:
    return [re.sub(r"\D", "", number) for number in numbers]


def _file(place: str) -> str:
    return place.rpartition("/")[2]
