"""Where the import of a Google account stands: the cursor between two slices."""

from dataclasses import dataclass, field, replace
from typing import Any

from rubrica.errors import WorkerFailed
from rubrica.ports import Cursor
from rubrica.sources.json_api.bookmark import Bookmark

CONNECTIONS, OTHER_CONTACTS, END = "connections", "otherContacts", ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one of the account's lists; `announced` is how long the lists before it were, None while unknown."""

    part: str = CONNECTIONS
    bookmark: Bookmark = field(default_factory=Bookmark)
    announced: int | None = 0

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to read."""
        return self.part == END

    def then(self, part: str, announced: int | None) -> "Position":
        """The beginning of the next list."""
        return Position(part, Bookmark(), announced)

    def at(self, bookmark: Bookmark) -> "Position":
        """Another place in the same list."""
        return replace(self, bookmark=bookmark)

    def to_cursor(self) -> Cursor:
        """The position as JSON-serializable values."""
        return {"part": self.part, "announced": self.announced, **self.bookmark.pack()}

    @classmethod
    def from_cursor(cls, cursor: Cursor | None) -> "Position":
        """The position of a cursor that `to_cursor` made, None for the beginning; WorkerFailed for any other."""
        if cursor is None:
            return cls()
        values: dict[str, Any] = dict(cursor)
        try:
            return cls(values["part"], Bookmark.unpack(values), values["announced"])
        except KeyError:
            raise WorkerFailed from None
