"""What was asked and how it was answered: never a token, a query value or a contact."""

import threading
from collections import Counter, deque
from typing import Any, Final

from local.sandbox.stand_in.wire import Request

_KEPT: Final = 10_000


class Journal:
    """Counters and the last 10,000 requests; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._now = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was; requests that are being answered still count as such."""
        with self._lock:
            self._most = 0
            self._counts: Counter[tuple[str, int]] = Counter()
            self._seen: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def enter(self) -> int:
        """One request more is in flight; how many there are now."""
        with self._lock:
            self._now += 1
            self._most = max(self._most, self._now)
            return self._now

    def leave(self, request: Request, status: int) -> None:
        """A request is no longer in flight, and remembered; `status` is 0 when it got no answer."""
        names = sorted({name for name, _ in request.query})
        entry = {"path": request.path, "query": names, "status": status, "in_flight": request.in_flight}
        with self._lock:
            self._now -= 1
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
