"""Pages of a list, and the tokens that lead from one to the next and from one sync to the next."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.sandbox.google_people.account import Clock
from local.sandbox.google_people.errors import invalid, sync_token_expired
from local.sandbox.google_people.parameters import binding
from local.sandbox.stand_in.collection import Collection, Entry, Order, Place
from local.sandbox.stand_in.seals import Seal
from local.sandbox.stand_in.wire import Answer, Request, Twist, encoded

SYNC_TOKEN_SECONDS: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a call asks for it; `totals` are the names under which its length is told."""

    collection: Collection
    name: str
    totals: tuple[str, ...]
    size: int
    order: Order
    encode: Callable[[Entry], bytes]
    syncs: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins. `revision` and `full_sync` are of the first page: what the next sync begins from."""

    page: int
    after: Place | None
    since: int | None
    revision: int
    full_sync: float


@dataclass(slots=True)
class Pager:
    """Makes pages; tokens live as long as the process, or until they are expired."""

    clock: Clock
    seal: Seal = field(default_factory=lambda: Seal(secrets.token_bytes(32)))
    epoch: dict[str, int] = field(default_factory=lambda: {"page": 0, "sync": 0})

    def page_number(self, request: Request) -> int:
        """Which page a request asks for."""
        return int((self.seal.open(request.value("pageToken")) or {}).get("page", 1))

    def begins_full_sync(self, request: Request) -> bool:
        """Whether a request asks for the first page of everything."""
        return not request.value("pageToken") and not request.value("syncToken")

    def expire(self, kind: str) -> None:
        """No "page" or "sync" token given until now is good any more."""
        self.epoch[kind] += 1

    def answer(self, request: Request, listing: Listing, twist: Twist) -> Answer:
        """One page. Raises Refused."""
        here = self._position(request, listing, twist)
        part = listing.collection.page(listing.order, listing.size, after=here.after, since=here.since)
        entries, after, more = part.entries, part.next, part.next is not None
        if twist.empty_page:
            entries, after, more = [], here.after, True
        tail: dict[str, Any] = {name: part.total for name in listing.totals if part.total}
        if twist.repeat_token:
            tail["nextPageToken"] = request.value("pageToken") or self._page_token(request, here, here.after, 1)
        elif more:
            tail["nextPageToken"] = self._page_token(request, here, after, here.page + 1)
        elif listing.syncs:
            tail["nextSyncToken"] = self._sync_token(request, here)
        return Answer(body=_body(listing, entries, tail))

    def _position(self, request: Request, listing: Listing, twist: Twist) -> Position:
        if request.value("pageToken"):
            return self._from_page_token(request, twist)
        revision = listing.collection.revision
        if request.value("syncToken"):
            since, full_sync = self._from_sync_token(request)
            return Position(1, None, since, revision, full_sync)
        return Position(1, None, None, revision, self.clock.now())

    def _from_page_token(self, request: Request, twist: Twist) -> Position:
        told = self._opened(request, "page")
        if told["epoch"] != self.epoch["page"] or twist.expire_page_token:
            raise invalid("Page token is expired.", "pageToken")
        if told["bound"] != binding(request, "pageToken"):
            raise invalid("All other parameters must match the call that provided the page token.", "pageToken")
        after = None if told["after"] is None else tuple(told["after"])
        return Position(told["page"], after, told["since"], told["revision"], told["full_sync"])

    def _from_sync_token(self, request: Request) -> tuple[int, float]:
        told = self._opened(request, "sync")
        old = self.clock.now() - told["full_sync"] > SYNC_TOKEN_SECONDS
        if old or told["epoch"] != self.epoch["sync"]:
            raise sync_token_expired()
        if told["bound"] != binding(request, "pageToken", "syncToken", "requestSyncToken"):
            raise invalid("All other parameters must match the call that provided the sync token.", "syncToken")
        return told["revision"], told["full_sync"]

    def _opened(self, request: Request, kind: str) -> Mapping[str, Any]:
        told = self.seal.open(request.value(f"{kind}Token"))
        if told is None or told["kind"] != kind:
            raise invalid(f"Invalid {kind} token.", f"{kind}Token")
        return told

    def _page_token(self, request: Request, here: Position, after: Place | None, page: int) -> str:
        return self.seal.close(
            {
                "kind": "page",
                "epoch": self.epoch["page"],
                "bound": binding(request, "pageToken"),
                "page": page,
                "after": after,
                "since": here.since,
                "revision": here.revision,
                "full_sync": here.full_sync,
            }
        )

    def _sync_token(self, request: Request, here: Position) -> str:
        return self.seal.close(
            {
                "kind": "sync",
                "epoch": self.epoch["sync"],
                "bound": binding(request, "pageToken", "syncToken", "requestSyncToken"),
                "revision": here.revision,
                "full_sync": here.full_sync,
            }
        )


def _body(listing: Listing, entries: list[Entry], tail: Mapping[str, Any]) -> bytes:
    """What is empty or zero is left out, as protocol buffers do in JSON."""
    pieces = []
    if entries:
        pieces.append(encoded(listing.name) + b":[" + b",".join(map(listing.encode, entries)) + b"]")
    pieces += [encoded(name) + b":" + encoded(value) for name, value in tail.items()]
    return b"{" + b",".join(pieces) + b"}"
