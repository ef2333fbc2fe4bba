"""Reading a Microsoft account: the default folder, then every other folder, one after another.

The pages of one folder hang together by their links, and folders are few: reading several at a time would save little
and make the cursor a set of places instead of one.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from rubrica.domain.contacts import Record
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Reason
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerUnreadable,
    NoMailbox,
    ProviderUnavailable,
)
from rubrica.ports import Batch, Cursor, Egress
from rubrica.sources.json_api.conversation import Absent, JsonApi, Lost
from rubrica.sources.json_api.intake import Intake, Sorter
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.reading import record_of
from rubrica.sources.json_api.walk import walk
from rubrica.sources.microsoft import links
from rubrica.sources.microsoft.folders import Search, refusal
from rubrica.sources.microsoft.graph import Person, Values
from rubrica.sources.microsoft.mapping import record
from rubrica.sources.microsoft.position import DEFAULT, END, FOLDER, FOLDERS, Folder, Position

_DEFAULT = Folder("", "")


class Reading:
    """One reading, from a cursor to the end or to where the caller leaves it."""

    def __init__(self, egress: Egress, base: str, token: Token, limits: Limits, stopped: Callable[[], bool]) -> None:
        self._api = JsonApi(egress, token, limits, stopped)
        self._base = base
        self._limits = limits
        self._sorter = Sorter()

    def batches(self, cursor: Cursor | None) -> Generator[Batch, None, None]:
        """A batch for each page of a folder, and one for the search of the folders."""
        yield from walk(Position.from_cursor(cursor), self._turn, self._forget, resumed=cursor is not None)

    def _forget(self) -> None:
        self._sorter = Sorter()

    def _turn(self, position: Position) -> tuple[Batch, Position]:
        """One step's batch, and the position after it."""
        if position.part == FOLDERS:
            return self._search(position)
        if position.part == FOLDER:
            try:
                return self._page(position, position.folders[0])
            except (Absent, AccessForbidden, NoMailbox):
                return self._refused(position)
        try:
            return self._page(position, _DEFAULT)
        except Absent:
            raise NoMailbox from None

    def _search(self, position: Position) -> tuple[Batch, Position]:
        search = Search(self._api, self._base, self._limits, mending=self._mending(position))
        found = search.find(position.home)
        after = self._next(position, found.folders, len(found.refused))
        return Batch((), found.refused, after.to_cursor(), _announced(after)), after

    def _refused(self, position: Position) -> tuple[Batch, Position]:
        """A folder that may not be read, or was deleted meanwhile, costs no other."""
        after = self._next(position, position.folders[1:], 1)
        lines = (refusal(position.folders[0]),)
        return Batch((), lines, after.to_cursor(), _announced(after), again=position.bookmark.again), after

    def _page(self, position: Position, folder: Folder) -> tuple[Batch, Position]:
        bookmark = position.bookmark
        url = bookmark.token or links.contacts(self._base, folder.id)
        page = self._api.page(url, Values, resuming=bool(bookmark.token), mending=self._mending(position))
        if page.records is None:
            raise AnswerUnreadable
        if not (page.records or page.next):
            self._look_again(bookmark.token or links.one_contact(self._base, folder.id))
        people = [record_of(Person, told) for told in page.records]
        place = f"{'contacts' if position.part == DEFAULT else f'contactFolders/{folder.id}'} page {bookmark.page + 1}"
        contacts, entries = self._sorter.sorted(_records(people, place, folder.name))
        if position.part == DEFAULT and not position.home:
            position = replace(position, home=_parent(people))
        if position.read_in_all + len(people) > self._limits.records:
            raise AddressBookTooLarge
        if page.next:
            link = links.next_page(self._base, page.next)
            after = position.at(bookmark.turned(link, len(people), self._limits.pages))
        elif position.part == DEFAULT:
            after = position.then(FOLDERS, (), len(people))
        else:
            after = self._next(position, position.folders[1:], len(people))
        return Batch(contacts, entries, after.to_cursor(), _announced(after), again=bookmark.again), after

    def _next(self, position: Position, folders: Sequence[Folder], records: int) -> Position:
        """The beginning of the next folder, or the end."""
        return position.then(FOLDER if folders else END, folders, records)

    def _mending(self, position: Position) -> bool:
        return position.bookmark.doubts >= self._limits.patience

    def _look_again(self, url: str) -> None:
        """A second look at a folder, or a page at its end, that had nothing: ProviderUnavailable if it has after all,
        and the folder is read from there again."""
        try:
            page = self._api.page(url, Values, mending=True)
        except (Lost, Absent):
            raise AnswerUnreadable from None
        if page.records is None:
            raise AnswerUnreadable
        if page.records:
            raise ProviderUnavailable


def _records(people: Sequence[tuple[Person | None, set[Reason]]], place: str, folder: str) -> Iterator[Record]:
    name = Intake(set()).text(folder)
    for number, (person, flaws) in enumerate(people, 1):
        if person is None:
            yield Record(f"{place} #{number}", None, (Reason.CARD_MALFORMED,))
        else:
            yield record(person, f"{place} #{number}", name, flaws)


def _parent(people: Sequence[tuple[Person | None, set[Reason]]]) -> str:
    """The id of the folder that these are in, "" when none says so."""
    return next((person.parent_folder_id for person, _ in people if person and person.parent_folder_id), "")


def _announced(after: Position) -> int | None:
    """Graph's own count counts what it never lists, so that what there is in all is known at the end."""
    return after.read if after.part == END else None
