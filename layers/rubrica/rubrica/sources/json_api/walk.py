"""Going through the lists of an account, turn by turn, and beginning one anew when the provider lost the place."""

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Protocol, Self, TypeVar

from rubrica.ports import Batch, Cursor
from rubrica.sources.json_api.bookmark import Bookmark
from rubrica.sources.json_api.conversation import Doubted, Lost


class Standing(Protocol):
    """Where an import of an account stands."""

    @property
    def bookmark(self) -> Bookmark:
        """The place in the list that is being read."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to read."""

    def at(self, bookmark: Bookmark) -> Self:
        """Another place in the same list."""

    def to_cursor(self) -> Cursor:
        """The position as JSON-serializable values."""


Position = TypeVar("Position", bound=Standing)


def walk(
    position: Position,
    turn: Callable[[Position], tuple[Batch, Position]],
    forget: Callable[[], None],
    *,
    resumed: bool,
) -> Generator[Batch, None, None]:
    """A batch for each turn, from `position` to the end.

    When the provider lost the place, the list is begun anew, once; `forget` then hears that what comes once more was
    not there twice. What a `resumed` reading hands over may be stored already: a list may have shifted meanwhile.
    What is doubted ends the reading with its failure, after a batch of nothing from which the next one asks again.
    """
    doubted: Doubted | None = None
    while not position.ended:
        try:
            batch, position = turn(position)
        except Doubted as doubt:
            doubted, position = doubt, position.at(position.bookmark.doubted())
            batch = Batch((), (), position.to_cursor())
        except Lost:
            position = position.at(position.bookmark.anew())
            forget()
            batch = Batch((), (), position.to_cursor(), again=True)
        yield replace(batch, again=True) if resumed else batch
        if doubted is not None:
            raise doubted.failure
