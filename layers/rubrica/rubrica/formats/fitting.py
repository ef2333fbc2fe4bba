"""A contact within the room that it has in a page of the store."""

from bisect import bisect_right
from itertools import accumulate

from rubrica.domain.contacts import Contact
from rubrica.domain.ledger import Reason
from rubrica.formats import limits


def fitted(contact: Contact, flaws: set[Reason]) -> Contact:
    """The contact without the values at the end of its longest lists that go beyond limits.KEPT_TEXT; VALUES_CAPPED
    is added to `flaws` if there are any."""
    room, kept = limits.KEPT_TEXT, {}
    for name in ("emails", "phones", "organizations", "groups", "urls", "addresses"):
        values = getattr(contact, name)
        sizes = list(accumulate(map(_size, values)))
        fitting = bisect_right(sizes, room)
        if fitting < len(values):
            kept[name] = values[:fitting]
            flaws.add(Reason.VALUES_CAPPED)
        room -= sizes[fitting - 1] if fitting else 0
    return contact._replace(**kept)


def _size(value: str | tuple[object, ...]) -> int:
    return len(value) if isinstance(value, str) else sum(len(part) for part in value if isinstance(part, str))
