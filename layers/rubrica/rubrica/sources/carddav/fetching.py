"""Fetching cards: multiget in batches on a few connections, in order, and one by one what did not come back."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final

from rubrica.domain.ledger import Reason
from rubrica.errors import AnswerTruncated, ImportFailure, ProviderTrouble, ServerSilent
from rubrica.sources.carddav.asking import DIVISIBLE, OF_ONE_CARD, Asking, Fetched
from rubrica.sources.carddav.conversation import Conversation
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.listing import Card
from rubrica.sources.carddav.pace import Pace

_AHEAD: Final = 1
_TRIES: Final = 2
_LOOKS_AFTER_FAILURES: Final = 3
_LOOKS_AFTER_REFUSALS: Final = 16
"""How many cards from all over the book are tried before the server is judged by the first ones."""


class Fetcher:
    """Fetches the cards of one book. Safe to use from several threads."""

    def __init__(self, conversation: Conversation, book: Book, limits: Limits, pace: Pace) -> None:
        self._conversation = conversation
        self._asking = Asking(conversation, book, limits, pace)
        self._limits = limits
        self._pace = pace
        self._cards: Sequence[Card] = ()
        self._judging = Lock()
        self._out = False

    def batches(self, cards: Sequence[Card], stop: Callable[[], None]) -> Generator[list[Fetched], None, None]:
        """The cards in their order, in batches as large as the server bears.

        Raises what the server's trouble means once every batch before it has been handed out. `stop` is
        called when the iterator ends or is closed, and must end all waiting. A server that hands out none of
        the first cards, nor any of some from all over the book, is not asked for the rest: those are refused.
        """
        self._cards = [card for card in cards if card.path]
        workers = ThreadPoolExecutor(self._limits.connections, "carddav")
        under_way: deque[Future[list[Fetched]]] = deque()
        position = 0
        try:
            while position < len(cards) or under_way:
                while position < len(cards) and len(under_way) < self._limits.connections + _AHEAD:
                    batch = cards[position : position + self._pace.batch()]
                    under_way.append(workers.submit(self.batch, batch))
                    position += len(batch)
                yield under_way.popleft().result()
        finally:
            if under_way:
                stop()
            workers.shutdown(wait=False, cancel_futures=True)

    def batch(self, cards: Sequence[Card]) -> list[Fetched]:
        """What came of these cards, in their order."""
        found = {card.key: Fetched(card.key, reason=Reason.CARD_REFUSED) for card in cards if not card.path}
        self._collect([card for card in cards if card.path], found)
        for card in cards:
            if card.key not in found:
                found[card.key] = self._last_try(card, alone=not found)
        return [found[card.key] for card in cards]

    # --- Several at once ---

    def _collect(self, cards: Sequence[Card], found: dict[str, Fetched]) -> None:
        """Fetch the cards, dividing them where a request for all fails. Cards on which even a single request
        fails are left out: whether it is them or the server shows in how their neighbours fare."""
        if self._pace.hopeless:
            return
        failure = self._multiget(cards, found) if cards and self._pace.multiget else None
        left = [card for card in cards if card.key not in found]
        if failure is not None and len(left) > 1:
            self._divide(left, failure, found)
            return
        for card in left:
            single = self._single(card)
            if single is not None:
                found[card.key] = single
                if failure is not None and single.reason is None:
                    self._pace.only_single()

    def _divide(self, cards: Sequence[Card], failure: ImportFailure, found: dict[str, Fetched]) -> None:
        """Fetch the cards in two halves, after one by itself: if it comes, the server works and only the request was
        too much for it. It is the first of the second half, so that no card is the one twice. One that is refused
        by itself may still come by a multiget: not every server knows GET. After silence the next request would only
        be waited for as long again."""
        middle = len(cards) // 2
        single = None if isinstance(failure, ServerSilent) else self._single(cards[middle])
        if single is not None and single.has_come:
            found[single.key] = single
        self._collect(cards[:middle], found)
        self._collect([card for card in cards[middle:] if card.key not in found], found)

    def _multiget(self, cards: Sequence[Card], found: dict[str, Fetched]) -> ImportFailure | None:
        """Ask for all cards at once; why that failed, if it did."""
        try:
            self._asking.several(cards, found)
        except DIVISIBLE as failure:
            self._note(failure)
            return failure
        return None

    # --- One by one ---

    def _single(self, card: Card) -> Fetched | None:
        """The card by a GET of its own; None when the server failed twice at it."""
        for _ in range(_TRIES):
            if self._pace.hopeless:
                break
            try:
                return self._one(card)
            except OF_ONE_CARD as failure:
                self._note(failure)
        return None

    def _last_try(self, card: Card, *, alone: bool) -> Fetched:
        """The card after all others of its batch: now a failure is the card's own, as long as the server works."""
        refused = Fetched(card.key, reason=Reason.CARD_REFUSED)
        if self._pace.hopeless:
            return refused
        try:
            return self._one(card)
        except OF_ONE_CARD as failure:
            self._note(failure)
            if alone:
                if isinstance(failure, AnswerTruncated) and self._pace.barren:
                    raise
                self._asking.look()
        return refused

    def _one(self, card: Card) -> Fetched:
        fetched = self._asking.one(card)
        if self._pace.doubtful:
            self._judge_refusals()
        return fetched

    # --- Whether it is the cards or the server ---

    def _note(self, failure: ImportFailure) -> None:
        """Count a failure. Raises it when it is the server's: it asks to wait, is not wanted, or fails in a row at
        whatever card."""
        if self._conversation.stopped() or (isinstance(failure, ProviderTrouble) and failure.retry_after is not None):
            raise failure
        if not self._pace.failed(failure):
            return
        with self._judging:
            if self._out or isinstance(failure, ServerSilent):
                raise failure
            if self._pace.failing and not self._asking.any_comes(self._spread(_LOOKS_AFTER_FAILURES)):
                self._out = True
                raise failure

    def _judge_refusals(self) -> None:
        with self._judging:
            if self._pace.doubtful and not self._asking.any_comes(self._spread(_LOOKS_AFTER_REFUSALS)):
                self._pace.give_up()

    def _spread(self, count: int) -> Sequence[Card]:
        """So many cards from all over the book, the last of them first."""
        step = -(-len(self._cards) // count) or 1
        return self._cards[::-step][:count]
