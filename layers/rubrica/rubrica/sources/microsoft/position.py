"""Where the import of a Microsoft account stands: the cursor between two slices."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from rubrica.errors import WorkerFailed
from rubrica.ports import Cursor
from rubrica.sources.json_api.bookmark import Bookmark

DEFAULT, FOLDERS, FOLDER, END = "default", "folders", "folder", ""


class Folder(NamedTuple):
    """A folder of contacts, by its id; `name` is as the user sees it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the default folder, before the search for the others, or in the first of `folders`.

    `folders` are those still to be read, `home` is the default folder's id once it is known. `read` counts the records
    of the folders before.
    """

    part: str = DEFAULT
    bookmark: Bookmark = field(default_factory=Bookmark)
    home: str = ""
    folders: Sequence[Folder] = ()
    read: int = 0

    @property
    def read_in_all(self) -> int:
        """How many records have been read."""
        return self.read + self.bookmark.read

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to read."""
        return self.part == END

    def at(self, bookmark: Bookmark) -> "Position":
        """Another place in the same folder."""
        return replace(self, bookmark=bookmark)

    def then(self, part: str, folders: Sequence[Folder], records: int) -> "Position":
        """The beginning of the next folder, or of the search, after `records` more."""
        return replace(self, part=part, bookmark=Bookmark(), folders=folders, read=self.read_in_all + records)

    def to_cursor(self) -> Cursor:
        """The position as JSON-serializable values."""
        return {
            "part": self.part,
            "home": self.home,
            "folders": [list(folder) for folder in self.folders],
            "before": self.read,
            **self.bookmark.pack(),
        }

    @classmethod
    def from_cursor(cls, cursor: Cursor | None) -> "Position":
        """The position of a cursor that `to_cursor` made, None for the beginning; WorkerFailed for any other."""
        if cursor is None:
            return cls()
        values: dict[str, Any] = dict(cursor)
        try:
            folders = [Folder(*told) for told in values["folders"]]
            return cls(values["part"], Bookmark.unpack(values), values["home"], folders, values["before"])
        except (KeyError, TypeError):
            raise WorkerFailed from None
