"""Fetching cards: multiget in batches on a few connections, in order, and one by one what did not come back."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Final, NamedTuple

from rubrica.domain.ledger import Reason
from rubrica.errors import (
    AccessForbidden,
    AnswerEncoded,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    ImportFailure,
    NotAnAddressBook,
    ProviderTrouble,
    ProviderUnavailable,
    RedirectLoop,
    RedirectRefused,
    ServerSilent,
)
from rubrica.sources.carddav import bodies
from rubrica.sources.carddav.conversation import Call, Conversation, Reply, meaning, reading
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.listing import Card
from rubrica.sources.carddav.multistatus import ADDRESS_DATA, Row
from rubrica.sources.carddav.pace import Pace
from rubrica.sources.carddav.places import Place, key_of

_DIVISIBLE: Final = (
    ProviderUnavailable,
    ServerSilent,
    AnswerTruncated,
    AnswerMalformed,
    AnswerTooLarge,
    AccessForbidden,
    NotAnAddressBook,
)
"""Failures that one card among many may have caused."""

_OF_ONE_CARD: Final = (
    ProviderUnavailable,
    ServerSilent,
    AnswerTruncated,
    AnswerMalformed,
    AnswerEncoded,
    NotAnAddressBook,
    RedirectLoop,
    RedirectRefused,
)
"""Failures of a request for a single card that may be that card's own."""

_AHEAD: Final = 1
_TRIES: Final = 2


class Fetched(NamedTuple):
    """What came of one card: its text, or why there is none."""

    key: str
    text: str = ""
    reason: Reason | None = None


class Fetcher:
    """Fetches the cards of one book. Safe to use from several threads."""

    def __init__(self, conversation: Conversation, book: Book, limits: Limits, pace: Pace) -> None:
        self._conversation = conversation
        self._book = book
        self._limits = limits
        self._pace = pace

    def batches(self, cards: Sequence[Card], stop: Callable[[], None]) -> Generator[list[Fetched], None, None]:
        """The cards in their order, in batches as large as the server bears.

        Raises what the server's trouble means once every batch before it has been handed out. `stop` is
        called when the iterator ends or is closed, and must end all waiting.
        """
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
        too much for it. It is the first of the second half, so that no card is the one twice. After silence the
        next request would only be waited for as long again."""
        middle = len(cards) // 2
        single = None if isinstance(failure, ServerSilent) else self._single(cards[middle])
        if single is not None:
            found[single.key] = single
        self._collect(cards[:middle], found)
        self._collect(cards[middle if single is None else middle + 1 :], found)

    def _multiget(self, cards: Sequence[Card], found: dict[str, Fetched]) -> ImportFailure | None:
        """Ask for all cards at once; why that failed, if it did. What came before a failure is kept: each is whole."""
        body = bodies.multiget((card.path for card in cards), self._book.version)
        call = Call("REPORT", body, "1", self._limits.fetch_silence, self._limits.batch_bytes)
        began, before = monotonic(), len(found)
        wanted = {card.key for card in cards}
        try:
            with self._conversation.call(call, self._book.place) as reply:
                size = self._take(reply, wanted, found)
        except _DIVISIBLE as failure:
            self._note(failure)
            return failure
        self._pace.succeeded(len(found) - before, monotonic() - began, size)
        return None

    def _take(self, reply: Reply, wanted: set[str], found: dict[str, Fetched]) -> int:
        size = 0
        for row in reply.rows(reading(4 * len(wanted) + 16, self._limits.card_bytes)):
            card = _card(reply.place, row)
            if card is not None and card.key in wanted and card.key not in found:
                found[card.key] = card
                size += len(card.text)
        return size

    # --- One by one ---

    def _single(self, card: Card) -> Fetched | None:
        """The card by a GET of its own; None when the server failed twice at it."""
        for _ in range(_TRIES):
            try:
                return self._get(card)
            except _OF_ONE_CARD as failure:
                self._note(failure)
        return None

    def _last_try(self, card: Card, *, alone: bool) -> Fetched:
        """The card after all others of its batch: now a failure is the card's own, as long as the server works."""
        try:
            return self._get(card)
        except _OF_ONE_CARD as failure:
            self._note(failure)
            if alone:
                if isinstance(failure, AnswerTruncated) and self._pace.barren:
                    raise
                self._probe()
        return Fetched(card.key, reason=Reason.CARD_REFUSED)

    def _get(self, card: Card) -> Fetched:
        call = Call("GET", silence=self._limits.fetch_silence, largest=self._limits.card_bytes)
        began = monotonic()
        with self._conversation.call(call, self._book.place.at(card.path)) as reply:
            status = reply.answer.status
            if not 200 <= status < 300:
                return self._absent(card, reply)
            try:
                # Read whatever 2xx it is: an answer that breaks off is the server's trouble before it is the card's.
                text = _decoded(b"".join(reply.answer.chunks()))
            except AnswerTooLarge:
                self._pace.answered()
                return Fetched(card.key, reason=Reason.CARD_TOO_LARGE)
            if status != 200:
                return self._absent(card, reply)
        self._pace.succeeded(1, monotonic() - began, len(text))
        return Fetched(card.key, text)

    def _absent(self, card: Card, reply: Reply) -> Fetched:
        failure = meaning(reply.answer)
        if not isinstance(failure, AccessForbidden | NotAnAddressBook):
            raise failure
        self._pace.answered()
        missing = reply.answer.status in (404, 410)
        return Fetched(card.key, reason=Reason.CARD_MISSING if missing else Reason.CARD_REFUSED)

    def _probe(self) -> None:
        """Ask for the book itself. Raises what ails the server, if anything does."""
        call = Call("PROPFIND", bodies.LOOK, "0", self._limits.fetch_silence, self._limits.discovery_bytes)
        with self._conversation.call(call, self._book.place) as reply:
            for _ in reply.rows():
                self._pace.answered()

    def _note(self, failure: ImportFailure) -> None:
        """Count a failure. Raises it when it is the server's: it asks to wait, fails in a row, or is not wanted."""
        if self._conversation.stopped() or (isinstance(failure, ProviderTrouble) and failure.retry_after is not None):
            raise failure
        self._pace.failed(failure)


def _card(base: Place, row: Row) -> Fetched | None:
    """The card of a response; None for one that has to be fetched by itself."""
    try:
        key = key_of(base, row.href)
    except AnswerMalformed:
        return None
    if row.oversize:
        return Fetched(key, reason=Reason.CARD_TOO_LARGE)
    text = row.texts.get(ADDRESS_DATA, "")
    return Fetched(key, text) if text else None


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
