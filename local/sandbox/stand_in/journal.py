"""What was asked and how it was answered: never a token, a query value or a contact."""

import threading
from collections import Counter, deque
from typing import Any, Final, NamedTuple

from local.sandbox.stand_in.wire import Request

_KEPT: Final = 10_000


class Flight(NamedTuple):
    """A request in flight: how many there were with it, and how often the journal had been cleared before."""

    number: int
    era: int


class Journal:
    """Counters and the last 10,000 requests; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._now = self._era = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was. Requests that are being answered still count as such, and are forgotten when they end."""
        with self._lock:
            self._era += 1
            self._most = 0
            self._counts: Counter[tuple[str, int]] = Counter()
            self._seen: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def enter(self) -> Flight:
        """One request more is in flight."""
        with self._lock:
            self._now += 1
            self._most = max(self._most, self._now)
            return Flight(self._now, self._era)

    def leave(self, flight: Flight, request: Request, status: int) -> None:
        """A request is no longer in flight, and remembered; `status` is 0 when it got no answer."""
        names = sorted({name for name, _ in request.query})
        entry = {"path": request.path, "query": names, "status": status, "in_flight": request.in_flight}
        with self._lock:
            self._now -= 1
            if flight.era == self._era:
                self._counts[request.path, status] += 1
                self._seen.append(entry)

    def report(self) -> dict[str, Any]:
        """The counters as JSON."""
        with self._lock:
            counts: dict[str, dict[str, int]] = {}
            for (path, status), number in sorted(self._counts.items()):
                counts.setdefault(path, {})[str(status)] = number
            return {
                "max_in_flight": self._most,
                "in_flight": self._now,
                "counts": counts,
                "requests": list(self._seen),
            }
