"""Finding every folder of contacts: those at the top, and those within them."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import AccessForbidden, AddressBookTooLarge, AnswerUnreadable, NoMailbox
from rubrica.sources.json_api.bookmark import Bookmark
from rubrica.sources.json_api.conversation import Absent, JsonApi, Lost
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.json_api.reading import record_of
from rubrica.sources.microsoft import links
from rubrica.sources.microsoft.graph import ContactFolder, Values
from rubrica.sources.microsoft.position import Folder

_TOP = Folder("", "")
# All folders stand in the cursor at once, which has to fit in a row of 400 KB.
_ID: Final = re.compile(r"[!-~]{1,512}")
_LONGEST_NAME: Final = 255


class Found(NamedTuple):
    """The folders in the order in which they were found, and the ledger's lines about those that stay closed."""

    folders: Sequence[Folder]
    refused: Sequence[Entry]


class Search:
    """Walks the folders level by level, at most `limits.in_flight` at a time, each once however they hang together."""

    def __init__(self, api: JsonApi, base: str, limits: Limits, *, mending: bool = False) -> None:
        self._api = api
        self._base = base
        self._limits = limits
        self._mending = mending

    def find(self, home: str) -> Found:
        """Every folder but the default one, whose id is `home`. Raises AddressBookTooLarge past the limits."""
        known: dict[str, Folder] = {}
        refused: list[Entry] = []
        level = [_TOP]
        with ThreadPoolExecutor(self._limits.in_flight, "folders") as workers:
            while level:
                below: list[Folder] = []
                for parent, children in zip(level, workers.map(self._children, level), strict=True):
                    if children is None:
                        refused.append(refusal(parent))
                    for child in children or ():
                        if child is None:
                            refused.append(refusal(parent, "childFolders"))
                        elif child.id not in known:
                            known[child.id] = child
                            below.append(child)
                if len(known) > self._limits.folders:
                    raise AddressBookTooLarge
                level = below
        return Found([folder for folder in known.values() if folder.id != home], refused)

    def _children(self, parent: Folder) -> list[Folder | None] | None:
        """The folders within a folder, None for one that cannot be told; None when they may not be seen, or are not
        there any more."""
        try:
            return list(self._listed(links.folders(self._base, parent.id)))
        except Lost:
            raise AnswerUnreadable from None
        except Absent:
            if not parent.id:
                raise AnswerUnreadable from None
        except (AccessForbidden, NoMailbox):
            if not parent.id:
                raise
        return None

    def _listed(self, first: str) -> Iterator[Folder | None]:
        bookmark = Bookmark()
        while True:
            page = self._page(bookmark.token or first)
            if not (page.records or page.next):
                # Not believed before a second look.
                page = self._page(bookmark.token or first)
            for it in page.records or ():
                folder, _ = record_of(ContactFolder, it)
                yield _folder(folder) if folder and _ID.fullmatch(folder.id or "") else None
            if not page.next:
                return
            count = len(page.records or ())
            if count + bookmark.read > self._limits.folders:
                raise AddressBookTooLarge
            bookmark = bookmark.turned(links.next_page(self._base, page.next), count, self._limits.pages)

    def _page(self, url: str) -> Values:
        page = self._api.page(url, Values, mending=self._mending)
        if page.records is None:
            raise AnswerUnreadable
        return page


def _folder(folder: ContactFolder) -> Folder:
    return Folder(folder.id or "", (folder.display_name or "").strip()[:_LONGEST_NAME])


def refusal(folder: Folder, within: str = "") -> Entry:
    """The ledger's line about a folder that cannot be read, or about one within it that cannot even be named."""
    place = "/".join(filter(None, ("contactFolders", folder.id, within if folder.id else "")))
    return Entry(place, Fate.REJECTED, (Reason.BOOK_REFUSED,))
