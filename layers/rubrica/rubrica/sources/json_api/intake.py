"""Takes the values of one record within the limits that hold for every contact, and remembers what was left out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from rubrica.domain.contacts import Contact, Record
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.formats import limits, reach
from rubrica.formats.cleaning import cleaned
from rubrica.formats.fitting import fitted

V = TypeVar("V")

_NAME: Final = Contact._fields.index("full_name")
_GROUPS: Final = Contact._fields.index("groups")
_MOST_TEXTS: Final = limits.KEPT_TEXT // limits.TEXT


class Intake:
    """The limits at work on one record; `flaws` are what was left out of it."""

    __slots__ = ("flaws",)

    def __init__(self, flaws: set[Reason]) -> None:
        self.flaws = flaws

    def text(self, told: str | None, most: int = limits.TEXT) -> str:
        """A text without what no output could carry, cut where it is too long; "" for none."""
        if not told:
            return ""
        text = cleaned(told).strip()
        if len(text) > most:
            self.flaws.add(Reason.TEXT_CUT)
            return text[:most]
        return text

    def address(self, told: str | None) -> str:
        """An e-mail address as `reach.address` keeps it; "" for one so long that it would have to be cut."""
        if not told:
            return ""
        return told.strip() if len(told) <= limits.EXACT and told.isprintable() else self._whole(told, reach.address)

    def number(self, told: str | None) -> str:
        """A number as `reach.number` keeps it, in the same way."""
        if not told:
            return ""
        return told.strip() if len(told) <= limits.EXACT and told.isprintable() else self._whole(told, reach.number)

    def _whole(self, told: str, kept: Callable[[str], str]) -> str:
        """What has to be looked at more closely."""
        text = kept(told)
        if text != told.strip():
            self.left_out()
        text = cleaned(text)
        if len(text) > limits.EXACT:
            self.flaws.add(Reason.TEXT_CUT)
            return ""
        return text

    def capped(self, values: Sequence[V] | None) -> Sequence[V]:
        """As many values of a field as are kept."""
        if not values:
            return ()
        if len(values) > limits.VALUES:
            self.flaws.add(Reason.VALUES_CAPPED)
            return values[: limits.VALUES]
        return values

    def left_out(self) -> None:
        """Remember that a value of no use was left out."""
        self.flaws.add(Reason.LINES_LEFT_OUT)

    def record(self, contact: Contact) -> Record:
        """The contact with what was left out of it, or the reason why it is none."""
        if not (any(contact[_NAME:_GROUPS]) or contact.note or contact.urls):
            return Record(contact.place, None, (Reason.CARD_EMPTY,))
        if _texts(contact) > _MOST_TEXTS:
            contact = fitted(contact, self.flaws)
        return Record(contact.place, contact, tuple(sorted(self.flaws)))


def _texts(contact: Contact) -> int:
    """At most how many texts of full length the contact's repeated values can be."""
    single = len(contact.emails) + len(contact.phones) + len(contact.groups) + len(contact.urls)
    return 2 * single + 3 * len(contact.organizations) + 7 * len(contact.addresses)


class Sorter:
    """Sorts the records of one slice into contacts and lines of the ledger, each contact once."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def sorted(self, records: Iterable[Record]) -> tuple[list[Contact], list[Entry]]:
        """The contacts and the ledger's lines about what did not become one just as it was."""
        contacts: list[Contact] = []
        entries: list[Entry] = []
        for place, contact, reasons in records:
            if not isinstance(contact, Contact):
                entries.append(Entry(place, Fate.REJECTED, reasons))
            elif contact.id in self._known:
                entries.append(Entry(place, Fate.MERGED, (Reason.SAME_RECORD,), contact.id))
            else:
                self._known.add(contact.id)
                contacts.append(contact)
                if reasons:
                    entries.append(Entry(place, Fate.ACCEPTED, reasons, contact.id))
        return contacts, entries
