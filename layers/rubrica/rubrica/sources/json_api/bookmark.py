"""Where the reading of one paged list stands, and when it goes round in circles."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

from rubrica.errors import AnswerUnreadable, PagesRepeat
from rubrica.sources.json_api.limits import LONGEST_TOKEN

_OLD: Final = ("token", "page", "read", "again", "mark")
_NEW: Final = ("total", "doubts")
"""Not in the cursors of imports that were running when these were added."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place in a list: `token` leads to the page to read next, "" to the first; `page` is how many have been read.

    `read` counts their records. `again` says that the list had to be begun anew. `mark` is a digest of an earlier
    token: every place whose number is a power of two leaves one, and a token that comes back to it repeats (Brent's
    way to find a circle, which needs to keep one token however many slices an import takes). `total` is the length of
    the list as it was told last. `doubts` counts how often in a row what came from here was not believed.
    """

    token: str = ""
    page: int = 0
    read: int = 0
    again: bool = False
    mark: str = ""
    total: int | None = None
    doubts: int = 0

    def turned(self, token: str, records: int, most_pages: int, total: int | None = None) -> "Bookmark":
        """After one more page of so many records, which names the next by `token` and may tell the list's length.

        Raises PagesRepeat when it leads back, or when there is no end in sight; AnswerUnreadable for no token at all.
        """
        if len(token) > LONGEST_TOKEN:
            raise AnswerUnreadable
        page, digest = self.page + 1, _digest(token)
        if token == self.token or digest == self.mark or page >= most_pages:
            raise PagesRepeat
        return replace(
            self,
            token=token,
            page=page,
            read=self.read + records,
            mark=self.mark if page & (page - 1) else digest,
            total=self.total if total is None else total,
            doubts=0,
        )

    def doubted(self) -> "Bookmark":
        """At the same place, from which is asked again."""
        return replace(self, doubts=self.doubts + 1)

    def anew(self) -> "Bookmark":
        """At the beginning again, because the provider forgot the place. Raises AnswerUnreadable the second time."""
        if self.again:
            raise AnswerUnreadable
        return Bookmark(again=True)

    def pack(self) -> Mapping[str, object]:
        """As JSON-serializable values."""
        return {name: getattr(self, name) for name in (*_OLD, *_NEW)}

    @classmethod
    def unpack(cls, values: Mapping[str, Any]) -> "Bookmark":
        """What was packed. Raises KeyError."""
        return cls(**{name: values[name] for name in _OLD}, **{name: values[name] for name in _NEW if name in values})


def _digest(token: str) -> str:
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
