"""Where a CardDAV import stands: the cursor between two slices."""

from dataclasses import dataclass, replace
from typing import Any

from rubrica.errors import ServerRefused, WorkerFailed
from rubrica.ports import Cursor
from rubrica.sources.carddav.discovery import Book
from rubrica.sources.carddav.places import Place, given


@dataclass(frozen=True, slots=True)
class Position:
    """The books found, how many records are announced in all, and how far the reading has come.

    `book` counts from 0; `after` is the key of the last card done in it, "" at its beginning. `size` is how many
    characters of cards have been read. `trusted` is the place that the user's word vouches for. Paths may hold a
    user's name, so a cursor is stored encrypted only.
    """

    trusted: Place
    books: tuple[Book, ...]
    announced: int
    book: int = 0
    after: str = ""
    size: int = 0

    def next_book(self) -> "Position":
        """The beginning of the book after this one."""
        return replace(self, book=self.book + 1, after="")

    def moved(self, after: str, more: int, size: int) -> "Position":
        """After the card `after`, with `more` records found beyond what was announced."""
        return replace(self, after=after, announced=self.announced + more, size=self.size + size)

    def to_cursor(self) -> Cursor:
        """The position as JSON-serializable values."""
        return {
            "trusted": self.trusted.url,
            "books": [[book.place.url, book.version] for book in self.books],
            "announced": self.announced,
            "book": self.book,
            "after": self.after,
            "size": self.size,
        }

    @classmethod
    def from_cursor(cls, cursor: Cursor) -> "Position":
        """The position of a cursor that `to_cursor` made; WorkerFailed for any other."""
        values: dict[str, Any] = dict(cursor)
        try:
            books = tuple(Book(given(url), str(version)) for url, version in values.pop("books"))
            return cls(trusted=given(values.pop("trusted")), books=books, **values)
        except (AttributeError, KeyError, ServerRefused, TypeError, ValueError):
            raise WorkerFailed from None
