"""A CardDAV server with one book that plays tricks."""

from collections.abc import Iterator
from contextlib import contextmanager

from carddav_reading import Whole, read
from scripted_server import Reaction, ScriptedServer, Seen, Trick, book, is_book, listed, multistatus, serving

BOOK = "/home/book/"

LONG = 60.0
"""Seconds that a server takes which nobody waits for; a loaded machine may take a good part of them as well."""


def on(what: str, reaction: Reaction) -> Trick:
    """React like this to every request of a method or report."""
    return lambda seen: reaction if what in (seen.method, seen.report) else None


def once(trick: Trick) -> Trick:
    """Play a trick the first time only."""
    left = [trick]

    def play(seen: Seen) -> Reaction | None:
        reaction = left[0](seen) if left else None
        if reaction is not None:
            left.clear()
        return reaction

    return play


@contextmanager
def faulty(count: int, *tricks: Trick) -> Iterator[ScriptedServer]:
    with serving({BOOK: book(count)}, *tricks) as server:
        yield server


def read_faulty(count: int, *tricks: Trick) -> Whole:
    with faulty(count, *tricks) as server:
        return read(server.url)


def relisted(*hrefs: str) -> Trick:
    """List the book as these paths, whatever it holds."""

    def trick(seen: Seen) -> Reaction | None:
        if seen.method == "PROPFIND" and seen.path == BOOK:
            return multistatus(is_book(BOOK), *map(listed, hrefs))
        return None

    return trick
