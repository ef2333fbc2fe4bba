"""An ordered set of JSON records that remembers in which order they were changed, and which are gone."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Place = tuple[Any, ...]
"""Place in an order: comparable, and the revision last, so that no two are equal."""


@dataclass(slots=True)
class Entry:
    """A record at a revision; `value` is None once it is deleted. `encoded` keeps what was made of it."""

    key: str
    revision: int
    value: Mapping[str, Any] | None = field(repr=False)
    encoded: dict[object, bytes] = field(default_factory=dict, repr=False)


Order = Callable[[Entry], Place]


def by_change(entry: Entry) -> Place:
    """First changed first."""
    return (entry.revision,)


class Slice(NamedTuple):
    """Some entries of a list; `next` is the place to go on from, None at the end, `total` the length of the list."""

    entries: list[Entry]
    next: Place | None
    total: int


class Collection:
    """Records by key. Safe to use from several threads; a list once given does not change."""

    def __init__(self, records: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> None:
        self._lock: Final = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._orders: dict[tuple[Order, int | None], tuple[list[Entry], list[Place]]] = {}
        self.revision = 0
        for key, value in records:
            self.put(key, value)

    def __len__(self) -> int:
        with self._lock:
            return sum(entry.value is not None for entry in self._entries.values())

    def put(self, key: str, value: Mapping[str, Any] | None) -> None:
        """Set a record, or delete it with None; either is a change."""
        with self._lock:
            self.revision += 1
            self._entries[key] = Entry(key, self.revision, value)
            self._orders.clear()

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The record of a key; None when there is none."""
        entry = self._entries.get(key)
        return entry.value if entry else None

    def values(self) -> list[Mapping[str, Any]]:
        """All records, first changed first."""
        return [entry.value for entry in self._ordered(by_change, None)[0] if entry.value is not None]

    def page(self, order: Order, size: int, *, after: Place | None = None, since: int | None = None) -> Slice:
        """The next `size` entries after a place.

        With `since`, the entries changed after that revision, deleted ones too; without, those that are there.
        """
        entries, places = self._ordered(order, since)
        start = 0 if after is None else bisect_right(places, after)
        end = start + size
        return Slice(entries[start:end], places[end - 1] if end < len(entries) else None, len(entries))

    def _ordered(self, order: Order, since: int | None) -> tuple[list[Entry], list[Place]]:
        with self._lock:
            known = self._orders.get((order, since))
            if known is None:
                chosen = [entry for entry in self._entries.values() if _belongs(entry, since)]
                chosen.sort(key=order)
                known = self._orders[order, since] = chosen, [order(entry) for entry in chosen]
            return known


def _belongs(entry: Entry, since: int | None) -> bool:
    return entry.value is not None if since is None else entry.revision > since
