"""What the columns of a file hold, taken together: what one name leaves open, the others decide."""

from collections.abc import Sequence
from typing import Final

from rubrica.formats.csv import limits, words
from rubrica.formats.csv.headings import Heading, heading, tokens

TELLING: Final = frozenset({words.EMAIL, words.PHONE, words.FIRST, words.LAST, words.FULL, words.NAME})
"""Columns by which a person can be told or reached."""

_NAMES: Final = (words.FIRST, words.LAST, words.FULL, words.NAME)
_PLACES_OF_YAHOO: Final = frozenset({"home", "work", "other"})

Layout = Sequence[Heading | None]
"""What each column holds, in their order."""


def layout(names: Sequence[str]) -> Layout:
    """What the columns with these names hold."""
    found = [heading(name) for name in names[: limits.COLUMNS]]
    if any("yahoo" in tokens(name) for name in names[: limits.COLUMNS]):
        found = [_of_yahoo(name) if it is None else it for name, it in zip(names, found, strict=False)]
    sure = {it.kind for it in found if it is not None and it.is_sure}
    if not sure.isdisjoint(_NAMES):
        sure.update(_NAMES)
    found = [None if it is not None and not it.is_sure and it.kind in sure else it for it in found]
    return _honors_told(_names_told(_addresses_told(found)))


def is_telling(found: Layout) -> bool:
    """Whether a person can be told or reached by these columns."""
    return any(it is not None and it.kind in TELLING for it in found)


def known(found: Layout) -> int:
    """How many columns are understood; those only guessed count for nothing."""
    return sum(it is not None and it.is_sure for it in found)


def _of_yahoo(name: str) -> Heading | None:
    """Yahoo calls its columns of numbers "Home", "Work" and "Other"."""
    place = name.strip().lower()
    return Heading(words.PHONE, "value", place) if place in _PLACES_OF_YAHOO else None


def _kinds(found: Layout) -> set[str]:
    return {it.kind for it in found if it is not None}


def _renamed(found: Layout, kind: str, *others: str) -> Layout:
    """The columns of a kind as of other kinds: the first of the first, all that follow of the last."""
    rest = list(others)
    return [
        it._replace(kind=rest.pop(0) if len(rest) > 1 else rest[0]) if it is not None and it.kind == kind else it
        for it in found
    ]


def _names_told(found: Layout) -> Layout:
    """Beside a column of first names alone, "Name" is the family name; beside one of family names, "Nombre" is the
    first name; by itself, or beside both, it is the whole name."""
    has_first, has_last = (kind in _kinds(found) for kind in (words.FIRST, words.LAST))
    if has_first == has_last:
        return _renamed(found, words.NAME, words.FULL)
    return _renamed(found, words.NAME, words.LAST if has_first else words.FIRST)


def _honors_told(found: Layout) -> Layout:
    """What "Title" is: the position, unless the file has another column for it, or one for what comes after a name;
    then it is what comes before a name. Of two, the second is the position."""
    kinds = _kinds(found)
    if words.TITLE in kinds:
        return _renamed(found, words.HONOR, words.PREFIX)
    if words.PREFIX in kinds:
        return _renamed(found, words.HONOR, words.TITLE)
    if sum(it is not None and it.kind == words.HONOR for it in found) > 1:
        return _renamed(found, words.HONOR, words.PREFIX, words.TITLE)
    return _renamed(found, words.HONOR, words.PREFIX if words.SUFFIX in kinds else words.TITLE)


def _addresses_told(found: Layout) -> Layout:
    """Beside a column for the street, "Address" is the whole address, else it is the street.

    A lone "City" that belongs to no place beside addresses that do is where someone is, and no address.
    """
    parts: dict[tuple[str, str], set[str]] = {}
    for it in found:
        if it is not None and it.kind == words.ADDRESS:
            parts.setdefault((it.type, it.number), set()).add(it.part)
    told: list[Heading | None] = []
    for it in found:
        if it is None or it.kind != words.ADDRESS or it.number.startswith("#"):
            told.append(it)
        elif it.part in (words.ADDRESS, words.STREET):
            told.append(_line(it, parts))
        else:
            is_lone = not it.type and len(parts) > 1 and len(parts[it.type, it.number]) == 1
            told.append(None if is_lone else it)
    return told


def _line(it: Heading, parts: dict[tuple[str, str], set[str]]) -> Heading:
    """A street, or one more line of it: "Street 2" belongs to the first address unless there is a "City 2"."""
    own = parts[it.type, it.number]
    number = it.number if own - {words.STREET, words.ADDRESS} else ""
    has_street = words.STREET in parts.get((it.type, number), ())
    is_whole = it.part == words.ADDRESS and has_street
    return it._replace(part=words.FORMATTED if is_whole else words.STREET, number=number)
