"""Which cells of a row make which part of a contact: the layout, turned around once, so that rows are read by index."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from rubrica.formats import limits
from rubrica.formats.csv import words
from rubrica.formats.csv.headings import Heading
from rubrica.formats.csv.layout import Layout

_SINGLE: Final = (
    words.FULL, words.FIRST, words.MIDDLE, words.LAST, words.PREFIX, words.SUFFIX, words.NICKNAME, words.NOTE,
    words.BIRTHDAY, words.BIRTH_MONTH, words.BIRTH_YEAR,
)  # fmt: skip
_ORGANIZATION: Final = (words.COMPANY, words.DEPARTMENT, words.TITLE)
_PARTS: Final = (
    *(words.FORMATTED, words.CITY, words.REGION, words.POSTAL_CODE, words.COUNTRY),
    *(words.STREET, words.BOX, words.EXTENDED),
)

_LIMITS: Final = {words.NOTE: limits.NOTE} | dict.fromkeys(
    (words.EMAIL, words.PHONE, words.URL, words.GROUPS, words.ORGANIZATION, *_ORGANIZATION), limits.KEPT_TEXT
)
"""Cells that may be longer than others: what several values in them are is judged one by one."""

_LINES: Final = (words.STREET, words.FORMATTED)

_NARROWEST: Final = 8

_LABELS_OF_GOOGLE: Final = ("labels", "groupmembership")

Cells = Callable[[Sequence[str]], Sequence[str]]


class Value(NamedTuple):
    """A column with one of several values; `label` is the column that tells its type, or the empty one."""

    cell: int
    label: int
    type: str
    is_primary: bool


class AddressCells(NamedTuple):
    """The columns of one address: formatted, city, region, postal code, country, street, box, extended, and the
    street's further lines."""

    cells: Cells
    label: int
    type: str


class Plan(NamedTuple):
    """The columns by what they are for. A row has `width` cells and an empty one behind them, which stands for
    columns that the file does not have.

    `single` takes the cells in the order of _SINGLE. `spare` are further columns of the same field, by the
    column that they stand in for. `organizations` are columns of name, department and title; `groups` are
    columns with names of groups, and whether they are Google's. `limits` are how many characters are taken of the
    cells that may be longer than limits.TEXT.
    """

    width: int
    single: Cells
    spare: Sequence[tuple[int, int]]
    emails: Sequence[Value]
    phones: Sequence[Value]
    addresses: Sequence[AddressCells]
    organizations: Sequence[Cells]
    groups: Sequence[tuple[int, bool]]
    urls: Sequence[int]
    limits: Mapping[int, int]
    has_birth_parts: bool


def wide_enough(cells: int, width: int) -> int:
    """How many columns the plan has by which a row of so many cells is read, fewer than the `width` of the header: few
    different numbers, and hardly more than twice what is in the row."""
    return min(width, max(_NARROWEST, 1 << (cells - 1).bit_length()))


def plan(found: Layout, width: int) -> Plan:
    """The plan for a layout; `width` is how many columns of the header are in it."""
    columns = [(index, it) for index, it in enumerate(found) if it is not None]
    single = {kind: [index for index, it in columns if it.kind == kind] for kind in (*_SINGLE, *_ORGANIZATION)}
    return Plan(
        width=width,
        single=itemgetter(*[(single[kind] or [width])[0] for kind in _SINGLE]),
        spare=[(own[0], other) for own in single.values() for other in own[1:]],
        emails=_values(columns, words.EMAIL, width),
        phones=_values(columns, words.PHONE, width),
        addresses=_addresses(columns, width),
        organizations=_organizations(columns, single, width),
        groups=[(index, it.part in _LABELS_OF_GOOGLE) for index, it in columns if it.kind == words.GROUPS],
        urls=[index for index, it in columns if it.kind == words.URL],
        limits={index: _LIMITS[it.kind] for index, it in columns if it.kind in _LIMITS}
        | {index: limits.STRUCTURE for index, it in columns if it.kind == words.ADDRESS and it.part in _LINES},
        has_birth_parts=bool(single[words.BIRTH_YEAR] or single[words.BIRTH_MONTH]),
    )


def _values(columns: Sequence[tuple[int, Heading]], kind: str, width: int) -> list[Value]:
    labels = {it.number: index for index, it in columns if it.kind == kind and it.part == "label"}
    return [
        Value(index, labels.get(it.number, width) if it.number else width, it.type, it.is_primary)
        for index, it in columns
        if it.kind == kind and it.part == "value"
    ]


def _addresses(columns: Sequence[tuple[int, Heading]], width: int) -> list[AddressCells]:
    blocks: dict[tuple[str, str], dict[str, list[int]]] = {}
    for index, it in columns:
        if it.kind == words.ADDRESS:
            blocks.setdefault((it.type, it.number), {}).setdefault(it.part, []).append(index)
    found = []
    for (type_, _), parts in blocks.items():
        label = parts.pop("label", [width])[0]
        if parts:
            cells = [(parts.get(part) or [width])[0] for part in _PARTS] + parts.get(words.STREET, [])[1:]
            found.append(AddressCells(itemgetter(*cells), label, type_))
    return found


def _organizations(
    columns: Sequence[tuple[int, Heading]], single: Mapping[str, Sequence[int]], width: int
) -> list[Cells]:
    """The columns of one organization, and Google's numbered ones."""
    blocks: dict[str, dict[str, int]] = {}
    if any(single[kind] for kind in _ORGANIZATION):
        blocks[""] = {kind: single[kind][0] for kind in _ORGANIZATION if single[kind]}
    for index, it in columns:
        if it.kind == words.ORGANIZATION:
            blocks.setdefault(it.number, {})[it.part] = index
    return [itemgetter(*[parts.get(part, width) for part in _ORGANIZATION]) for parts in blocks.values()]
