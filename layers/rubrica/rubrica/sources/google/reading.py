"""Reading a Google account: its labels, then the saved contacts, then the other contacts if they are wanted."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from rubrica.domain.contacts import Contact, Record
from rubrica.domain.credential import Token
from rubrica.domain.granting import allowed
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import AddressBookTooLarge, AnswerUnreadable, ConsentUnticked, ProviderUnavailable
from rubrica.ports import Batch, Cursor, Egress
from rubrica.sources.google import sign_in
from rubrica.sources.google.labels import Labels, labels_of
from rubrica.sources.google.mapping import owner, record
from rubrica.sources.google.people import Connections, ContactGroup, ContactGroups, OtherContacts, Person
from rubrica.sources.google.position import CONNECTIONS, END, OTHER_CONTACTS, Position
from rubrica.sources.json_api.bookmark import Bookmark
from rubrica.sources.json_api.conversation import Absent, Doubted, JsonApi, Lost
from rubrica.sources.json_api.intake import Sorter
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.reading import Page, record_of
from rubrica.sources.json_api.walk import walk

_PAGE_SIZE: Final = 1000
_FEW: Final = 20
"""One in so many may be missing of what Google announced: lists that were 2 % short for good have been seen
(https://github.com/rapidwebltd/php-google-people-api/issues/24), and contacts can be deleted while a list is read."""
_ANYWAY: Final = 3
"""So many may be missing of a short list, too."""


class _List(NamedTuple):
    """A list of the API. Its parameters are the same on every page, as the API demands."""

    path: str
    kind: type[Page]
    parameters: Mapping[str, str]

    def url(self, base: str, token: str) -> str:
        """The address of the page that a token leads to, "" to the first."""
        asked = {"pageSize": _PAGE_SIZE, **self.parameters, "prettyPrint": "false"}
        return f"{base}{self.path}?{urlencode(asked | ({'pageToken': token} if token else {}))}"


_LISTS: Final[Mapping[str, _List]] = MappingProxyType(
    {
        CONNECTIONS: _List(
            "/v1/people/me/connections",
            Connections,
            {
                "personFields": "addresses,biographies,birthdays,emailAddresses,memberships,metadata,names,nicknames,"
                "organizations,phoneNumbers,urls",
                # Not what the other person's own profile says of them: only what the user stored.
                "sources": "READ_SOURCE_TYPE_CONTACT",
            },
        ),
        OTHER_CONTACTS: _List(
            "/v1/otherContacts", OtherContacts, {"readMask": "emailAddresses,metadata,names,phoneNumbers"}
        ),
    }
)
_LABELS: Final = _List("/v1/contactGroups", ContactGroups, {"groupFields": "groupType,memberCount,name"})
_PROFILE: Final = "/v1/people/me?personFields=names%2CemailAddresses&prettyPrint=false"


class Reading:
    """One reading, from a cursor to the end or to where the caller leaves it."""

    def __init__(self, egress: Egress, base: str, token: Token, limits: Limits, stopped: Callable[[], bool]) -> None:
        self._api = JsonApi(egress, token, limits, stopped)
        self._base = base
        self._token = token
        self._limits = limits
        self._sorter = Sorter()
        self._known_labels: Labels | None = None
        self._looked_again = False

    def batches(self, cursor: Cursor | None) -> Generator[Batch, None, None]:
        """A batch for each page; the very first says whose account it is, if the profile tells."""
        batches = walk(Position.from_cursor(cursor), self._turn, self._forget, resumed=cursor is not None)
        if cursor is None:
            # Only now: an account that does not let its contacts be read is not asked for anything else.
            yield from (replace(first, owner=self._owner()) for first in islice(batches, 1))
        yield from batches

    def _owner(self) -> Contact | None:
        limits = self._limits
        body = self._api.glance(self._base + _PROFILE, limits.profile_bytes, limits.profile_wait)
        profile = None if body is None else record_of(Person, msgspec.Raw(body))[0]
        return None if profile is None else owner(profile)

    def _forget(self) -> None:
        self._sorter = Sorter()

    def _turn(self, position: Position) -> tuple[Batch, Position]:
        try:
            return self._step(position)
        except Absent:
            raise AnswerUnreadable from None

    def _step(self, position: Position) -> tuple[Batch, Position]:
        """One page's batch, and the position after it."""
        if position.part != OTHER_CONTACTS:
            return self._page(position)
        if not allowed([sign_in.OTHER_CONTACTS_SCOPE], self._token.scopes):
            return _unticked(position)
        try:
            return self._page(position)
        except ConsentUnticked:
            return _unticked(position)

    def _page(self, position: Position) -> tuple[Batch, Position]:
        wanted, bookmark = _LISTS[position.part], position.bookmark
        mending = bookmark.doubts >= self._limits.patience
        labels = self._labels(mending) if position.part == CONNECTIONS else Labels({}, 0, set())
        url = wanted.url(self._base, bookmark.token)
        page = self._api.page(url, wanted.kind, resuming=bool(bookmark.token), mending=mending)
        told: Sequence[object] = page.records or ()
        total = _sum(position.announced, page.announced)
        self._check(bookmark.read + len(told), total or 0)
        missing = () if page.next else self._missing(position, page, labels)
        contacts, entries = self._sorter.sorted(self._read(told, position, labels, mending))
        after = self._after(position, page)
        return Batch(contacts, [*entries, *missing], after.to_cursor(), total, again=bookmark.again), after

    def _after(self, position: Position, page: Page) -> Position:
        bookmark, count = position.bookmark, len(page.records or ())
        if page.next:
            return position.at(bookmark.turned(page.next, count, self._limits.pages, page.announced))
        more = position.part == CONNECTIONS and sign_in.OTHER_CONTACTS in self._token.include
        length = _length(bookmark, page)
        length = bookmark.read + count if length is None else length
        return position.then(OTHER_CONTACTS if more else END, _sum(position.announced, length))

    def _missing(self, position: Position, page: Page, labels: Labels) -> Sequence[Entry]:
        """The ledger's lines about the few that a list announced and did not have at a second look either.

        Raises ProviderUnavailable for a list that cannot be empty, Doubted for one that cannot have ended.
        """
        bookmark = position.bookmark
        read, length = bookmark.read + len(page.records or ()), _length(bookmark, page)
        if position.part == CONNECTIONS and not read:
            if max(labels.saved, page.announced or 0):
                # Nothing, and yet the labels have members: asked again, and never called an empty address book.
                raise ProviderUnavailable
            if not (labels.names or bookmark.doubts):
                # Every account has the labels of the system.
                raise Doubted(ProviderUnavailable())
        length = length or 0
        missing = length - read
        if missing > 0 and (not bookmark.doubts or missing > max(_ANYWAY, length // _FEW)):
            raise Doubted(AnswerUnreadable())
        return [_lost(position, number) for number in range(1, missing + 1)]

    def _check(self, read: int, announced: int) -> None:
        if max(read, announced) > self._limits.records:
            raise AddressBookTooLarge

    def _read(self, told: Sequence[object], position: Position, labels: Labels, mending: bool) -> Iterable[Record]:
        """The records of a page. Where one has a label that is not known, the labels are read once more in a slice."""
        place = f"{position.part} page {position.bookmark.page + 1}"
        records = list(_records(told, place, labels))
        if labels.unknown and not self._looked_again:
            self._looked_again, self._known_labels = True, None
            return _records(told, place, self._labels(mending))
        return records

    def _labels(self, mending: bool) -> Labels:
        """The account's labels, read once in a slice."""
        if self._known_labels is None:
            self._known_labels = labels_of(self._groups(mending))
        return self._known_labels

    def _groups(self, mending: bool) -> Iterator[ContactGroup]:
        bookmark = Bookmark()
        while True:
            try:
                page = self._api.page(_LABELS.url(self._base, bookmark.token), _LABELS.kind, mending=mending)
            except Lost:
                raise AnswerUnreadable from None
            for it in page.records or ():
                group, _ = record_of(ContactGroup, it)
                if group is not None:
                    yield group
            if not page.next:
                return
            bookmark = bookmark.turned(page.next, 0, self._limits.pages)


def _records(told: Sequence[object], place: str, labels: Labels) -> Iterator[Record]:
    for number, it in enumerate(told, 1):
        person, flaws = record_of(Person, it)
        if person is None:
            yield Record(f"{place} #{number}", None, (Reason.CARD_MALFORMED,))
        elif person.metadata is None or not person.metadata.deleted:
            yield record(person, f"{place} #{number}", labels, flaws)


def _length(bookmark: Bookmark, page: Page) -> int | None:
    """How long the list is, as far as it was told until now."""
    return bookmark.total if page.announced is None else page.announced


def _lost(position: Position, number: int) -> Entry:
    return Entry(f"{position.part} missing #{number}", Fate.REJECTED, (Reason.CARD_MISSING,))


def _unticked(position: Position) -> tuple[Batch, Position]:
    """The user did not allow the other contacts: the import goes on without them, and says so."""
    after = replace(position, part=END, bookmark=Bookmark(), announced=_sum(position.announced, 1))
    entry = Entry(OTHER_CONTACTS, Fate.REJECTED, (Reason.SCOPE_UNTICKED,))
    return Batch((), (entry,), after.to_cursor(), after.announced, again=position.bookmark.again), after


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
