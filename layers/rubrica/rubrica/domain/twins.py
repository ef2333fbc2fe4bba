"""Contacts of a source that gives them no names: several may say exactly the same, and are still several."""

from collections.abc import Iterable, Sequence

from rubrica.domain.contacts import Contact
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Entry, Fate, Reason


class Twins:
    """Tells the contacts of one import apart whose ids stand for what they say.

    The first that says something keeps its id, each further one gets one made of that id and its number among those
    alike. So whatever the order, the pages and the slices in which the same contacts come, their ids are the same.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """`taken` are the ids of the contacts that the import has stored already."""
        self._taken = set(taken)
        self._alike: dict[str, int] = {}

    def apart(self, contacts: Iterable[Contact], entries: Iterable[Entry]) -> tuple[Sequence[Contact], Sequence[Entry]]:
        """The contacts under ids that no other has, and the ledger's lines with them. One with the uid of another is
        the same contact: of it there is only a line left."""
        kept: list[Contact] = []
        lines = {entry.place: entry for entry in entries}
        for contact in contacts:
            place = contact.place
            if contact.uid and contact.id in self._taken:
                lines[place] = Entry(place, Fate.MERGED, (Reason.SAME_RECORD,), contact.id)
                continue
            own = self._own(contact.id)
            kept.append(contact._replace(id=own))
            if place in lines:
                lines[place] = lines[place]._replace(contact_id=own)
        return kept, list(lines.values())

    def _own(self, alike: str) -> str:
        """The first id of those alike that is free. They are counted, for there may be thousands of them."""
        own, number = alike, self._alike.get(alike, 1)
        while own in self._taken:
            number += 1
            own = contact_id(alike, str(number))
        self._taken.add(own)
        if number > 1:
            self._alike[alike] = number
        return own
