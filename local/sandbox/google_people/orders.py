"""The orders in which saved contacts can be listed."""

from collections.abc import Callable, Mapping
from typing import Final

from local.sandbox.stand_in.collection import Entry, Order, Place, by_change


def _latest_first(entry: Entry) -> Place:
    return (-entry.revision,)


def _by_name(part: str) -> Callable[[Entry], Place]:
    def place(entry: Entry) -> Place:
        names = (entry.value or {}).get("names") or [{}]
        return str(names[0].get(part, "")).casefold(), entry.revision

    return place


ORDERS: Final[Mapping[str, Order]] = {
    "LAST_MODIFIED_ASCENDING": by_change,
    "LAST_MODIFIED_DESCENDING": _latest_first,
    "FIRST_NAME_ASCENDING": _by_name("givenName"),
    "LAST_NAME_ASCENDING": _by_name("familyName"),
}
