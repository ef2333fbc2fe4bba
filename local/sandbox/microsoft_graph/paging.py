"""Pages of a list or of a delta query, and the links from one to the next."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from local.sandbox.microsoft_graph.errors import Refused, identify
from local.sandbox.stand_in.collection import Collection, Entry, Place, by_change
from local.sandbox.stand_in.seals import Seal, fingerprint
from local.sandbox.stand_in.wire import Answer, Request, Twist, encoded

CONTENT_TYPE: Final = (
    "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
)
SKIP_TOKEN: Final = "$skiptoken"  # noqa: S105 - the name of a parameter
DELTA_TOKEN: Final = "$deltatoken"  # noqa: S105 - the name of a parameter


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a call asks for it. `head` are annotations of the answer; with `delta` it is a delta query."""

    collection: Collection
    encode: Callable[[Entry], bytes]
    head: Mapping[str, Any]
    size: int
    preferred: bool = False
    delta: bool = False
    select: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins; `since` is the revision whose changes are asked for, `revision` that of the first page."""

    page: int
    after: Place | None
    since: int | None
    revision: int


@dataclass(slots=True)
class Pager:
    """Makes pages; tokens live as long as the process, or until they are expired."""

    seal: Seal = field(default_factory=lambda: Seal(secrets.token_bytes(32)))
    epoch: dict[str, int] = field(default_factory=lambda: {SKIP_TOKEN: 0, DELTA_TOKEN: 0})

    def expire(self, name: str) -> None:
        """No token of this name given until now is good any more."""
        self.epoch[name] += 1

    def page_number(self, request: Request) -> int:
        """Which page a request asks for."""
        return int((self.seal.open(request.value(SKIP_TOKEN)) or {}).get("page", 1))

    def told(self, request: Request, twist: Twist) -> Mapping[str, Any]:
        """What the request's token says; {} without one. Raises Refused."""
        for name in (SKIP_TOKEN, DELTA_TOKEN):
            if request.values(name):
                found = self.seal.open(request.value(name))
                if found is None or found["name"] != name or found["bound"] != _bound(request):
                    raise Refused(400, "BadRequest", f"The {name} is not valid for this request.")
                if found["epoch"] != self.epoch[name] or (twist.expire_page_token and name == SKIP_TOKEN):
                    raise _gone(request.path)
                return found
        return {}

    def answer(self, request: Request, listing: Listing, told: Mapping[str, Any], twist: Twist) -> Answer:
        """One page; `told` is what the request's token says."""
        here = _position(request, listing, told)
        part = listing.collection.page(by_change, listing.size, after=here.after, since=here.since)
        entries, after, more = part.entries, part.next, part.next is not None
        if twist.empty_page:
            entries, after, more = [], here.after, True
        link: dict[str, str] = {}
        if twist.repeat_token:
            link["@odata.nextLink"] = self._link(request, listing, SKIP_TOKEN, replace(here, page=here.page - 1))
        elif more:
            link["@odata.nextLink"] = self._link(request, listing, SKIP_TOKEN, replace(here, after=after))
        elif listing.delta:
            link["@odata.deltaLink"] = self._link(request, listing, DELTA_TOKEN, here)
        ids = identify(request)
        applied = {"Preference-Applied": f"odata.maxpagesize={listing.size}"} if listing.preferred else {}
        return Answer(200, _body(listing, entries, link), CONTENT_TYPE, {**ids, **applied})

    def _link(self, request: Request, listing: Listing, name: str, to: Position) -> str:
        """An absolute URL on this server. A delta query keeps its parameters in the token."""
        kept = [] if listing.delta else [pair for pair in request.query if pair[0] not in (SKIP_TOKEN, "$skip")]
        base = {"name": name, "epoch": self.epoch[name], "bound": _bound(request, kept)}
        if listing.delta:
            base["select"] = listing.select
        if name == DELTA_TOKEN:
            meaning = {**base, "since": to.revision}
        else:
            meaning = {
                **base,
                "page": to.page + 1,
                "after": to.after,
                "since": to.since,
                "revision": to.revision,
                "size": listing.size,
            }
        query = urlencode([*kept, (name, self.seal.close(meaning))], quote_via=quote, safe="$,")
        return f"{request.base}{quote(request.path)}?{query}"


def _position(request: Request, listing: Listing, told: Mapping[str, Any]) -> Position:
    revision = listing.collection.revision
    if "page" in told:
        after = None if told["after"] is None else tuple(told["after"])
        return Position(told["page"], after, told["since"], told["revision"])
    since = told.get("since")
    skip = int(request.value("$skip", "0"))
    start = listing.collection.page(by_change, skip, since=since).next if skip else None
    if skip and start is None:
        start = (revision,)
    return Position(1, start, since, revision)


def _bound(request: Request, query: list[tuple[str, str]] | None = None) -> str:
    """What must be as it was when the token was given: the path, and the parameters of the link."""
    pairs = request.query if query is None else query
    return fingerprint(request.path, sorted(pair for pair in pairs if pair[0] not in (SKIP_TOKEN, DELTA_TOKEN)))


def _gone(path: str) -> Refused:
    """A delta query has to begin anew; of a list the page has to be asked for anew."""
    if path.rstrip("()").endswith("/delta"):
        return Refused(410)
    return Refused(400, "ErrorInvalidUrlQuerySkipToken", "The skip token has expired.")


def _body(listing: Listing, entries: list[Entry], link: Mapping[str, str]) -> bytes:
    pieces = [encoded(name) + b":" + encoded(value) for name, value in listing.head.items()]
    pieces.append(b'"value":[' + b",".join(map(listing.encode, entries)) + b"]")
    pieces += [encoded(name) + b":" + encoded(url) for name, url in link.items()]
    return b"{" + b",".join(pieces) + b"}"
