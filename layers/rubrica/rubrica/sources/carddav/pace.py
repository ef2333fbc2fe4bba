"""How many cards to ask for at once, and when a server is in trouble rather than a card."""

from threading import Lock
from typing import Final

from rubrica.errors import AnswerTruncated, ImportFailure, NotAnAddressBook, ServerSilent
from rubrica.sources.carddav.limits import Limits

_FAST: Final = 2.0
_WORTH_IT: Final = 0.95
_LIMIT: Final = 16
"""Failures in a row after which it may be the server: halving 500 cards down to a bad one takes 12."""

_REFUSALS: Final = 16
"""Cards refused or missing, without one that came, after which it may be the book."""

_WEIGHTS: Final[dict[type[ImportFailure], int]] = {ServerSilent: 6, AnswerTruncated: 2}
"""What counts for more than one failure, because it costs more. Four workers whose first requests all break off, and
one card that breaks off by itself, must stay below the limit until the first card comes."""


class Pace:
    """Shared by the workers of one book.

    Halves the batch on trouble; doubles it while answers come fast and more at once is cheaper by the card.
    """

    def __init__(self, limits: Limits, largest: int) -> None:
        self._lock = Lock()
        self._limits = limits
        self._largest = min(limits.largest_batch, largest)
        self._size = min(limits.first_batch, self._largest)
        self._best = float("inf")
        self._settled = False
        self._failures = 0
        self._cards = 0
        self._bytes = 0
        self.multiget = True
        """Whether the server is worth asking for several cards at once."""
        self._together = False
        self._refusals = 0
        self.hopeless = False
        """Whether the server hands out no card of this book, so that it is not asked any more."""
        self.failure: ImportFailure | None = None
        """Why cards did not come: the last answer that says more than that it is not what was asked for."""

    def batch(self) -> int:
        """How many cards the next batch shall hold."""
        with self._lock:
            if self.hopeless:
                return self._limits.largest_batch
            if not self._cards:
                return self._size
            average = max(self._bytes // self._cards, 1)
            return max(1, min(self._size, self._limits.batch_aim // average))

    def succeeded(self, cards: int, seconds: float, size: int) -> None:
        """Note that a request brought `cards` cards of `size` characters together."""
        with self._lock:
            self._failures = 0
            self._cards += cards
            self._bytes += size
            self._together = self._together or cards > 1
            if self._settled:
                # Halves of a batch that failed have shown what the server bears.
                self._size = max(self._size, min(cards, self._largest))
            elif cards >= self._size:
                self._grow(seconds / cards, seconds)

    @property
    def barren(self) -> bool:
        """Whether no card at all has come yet."""
        return not self._cards

    @property
    def failing(self) -> bool:
        """Whether so many requests failed in a row that it may be the server."""
        return self._failures >= _LIMIT

    @property
    def doubtful(self) -> bool:
        """Whether so many cards were refused, and none came, that it may be the whole book."""
        return self.barren and self._refusals >= _REFUSALS and not self.hopeless

    def answered(self) -> None:
        """Note that the server answered, if only that it is still there."""
        with self._lock:
            self._failures = 0

    def refused(self, failure: ImportFailure) -> None:
        """Note that the server answered about a card that it does not hand it over."""
        with self._lock:
            self._failures = 0
            self._refusals += 1
            self._remember(failure)

    def give_up(self) -> None:
        """Note that the server is not to be asked for the rest of the book."""
        self.hopeless = True

    def only_single(self) -> None:
        """Note that a card came by itself after a request for several had failed: when none ever worked, none will."""
        with self._lock:
            self.multiget = self.multiget and self._together

    def failed(self, failure: ImportFailure) -> bool:
        """Note a request that failed; whether there were too many in a row."""
        with self._lock:
            self._failures += _WEIGHTS.get(type(failure), 1)
            self._size = max(self._size // 2, 1)
            self._settled = True
            self._remember(failure)
            return self.failing

    def _remember(self, failure: ImportFailure) -> None:
        if self.failure is None or not isinstance(failure, NotAnAddressBook):
            self.failure = failure

    def _grow(self, each: float, seconds: float) -> None:
        if each > self._best * _WORTH_IT:
            self._settled = True
        elif seconds < _FAST:
            self._best = each
            self._size = min(self._size * 2, self._largest)
