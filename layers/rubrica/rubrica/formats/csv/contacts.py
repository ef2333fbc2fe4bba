"""Rows to contacts."""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final, TypeVar

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone, Record
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.cleaning import cleaned
from rubrica.formats.csv import dates
from rubrica.formats.csv.plan import Plan, Value
from rubrica.formats.email_addresses import bare_address
from rubrica.formats.fitting import fitted

_SEVERAL: Final = ":::"
"""What Google puts between several values in one cell, and programs after it."""

_EDGE: Final = "¦"
"""Put between the cells of a row to look at all at once; one in a cell does no harm."""

_GUARDED: Final = re.compile(r"'(?=[=+\-@\t\r＝＋－＠])")
_FORMULA: Final = re.compile(r'="([^"]*)"')
_ADDRESSES: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+(?:\s*[,;]\s*[^\s@,;<>\"]+@[^\s@,;<>\"]+)+\s*[,;]?")
_X500: Final = re.compile(r"(?:EX:)?/\w+=", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[,;]")
_BETWEEN_GROUPS: Final = re.compile(r":::|[;\n]")
_OF_THE_SYSTEM: Final = frozenset({"mycontacts", "my contacts", "starred", "starred in android"})
"""Google's groups that say how it shows a contact, not how the user sorted it."""

_LABELS: Final = frozenset(
    {"home", "work", "other", "mobile", "main", "pager", "fax", "car", "isdn", "radio", "callback", "telex", "tty"}
    | {"home fax", "work fax", "other fax", "work mobile", "work pager", "company main", "assistant", "google voice"}
)
"""Google's own words for what a value is for; all others are the user's."""

_MOST_LABELS: Final = 4_096
_PLAIN: Final = 600

_NAME: Final = Contact._fields.index("full_name")
_GROUPS: Final = Contact._fields.index("groups")

Reachable = TypeVar("Reachable", Email, Phone)
V = TypeVar("V")


class Contacts:
    """Makes contacts of the rows of one file."""

    __slots__ = ("_labels", "_order", "_plan")

    def __init__(self, plan: Plan, order: dates.Order) -> None:
        self._plan = plan
        self._order = order
        self._labels: dict[str, tuple[str, bool]] = {"": ("", False)}

    def record(self, row: list[str], place: str, flaws: set[Reason]) -> Record:
        """What a row is read as; its list is used up. `flaws` are what is known to be wrong with it."""
        plan = self._plan
        if len(row) > plan.width and any(map(str.strip, row[plan.width :])):
            flaws.add(Reason.LINES_LEFT_OUT)
        row[plan.width :] = [""] * (plan.width + 1 - min(len(row), plan.width))
        text = _EDGE + _EDGE.join(row)
        if len(text) > _PLAIN or not _is_plain(text):
            row = self._tidied(row, text, flaws)
        for own, other in plan.spare:
            row[own] = row[own] or row[other]
        contact = self._contact(row, place, flaws)
        if not (any(contact[_NAME:_GROUPS]) or contact.note or contact.urls):
            return Record(place, None, (_cause(flaws),))
        if len(text) > limits.KEPT_TEXT:
            contact = fitted(contact, flaws)
        return Record(place, contact, tuple(sorted(flaws)) if flaws else ())

    def _tidied(self, row: Sequence[str], text: str, flaws: set[Reason]) -> list[str]:
        """The cells as they are meant: without what no output could carry, what a spreadsheet needs, and excess."""
        tidied = list(row) if _is_plain(text) else [_tidied(cell) if cell else "" for cell in row]
        if "\ufffd" in text:
            flaws.add(Reason.TEXT_REPLACED)
        if len(text) > limits.TEXT:
            most = self._plan.limits.get
            for index, cell in enumerate(tidied):
                if len(cell) > most(index, limits.TEXT):
                    flaws.add(Reason.TEXT_CUT)
                    tidied[index] = cell[: most(index, limits.TEXT)]
        return tidied

    def _contact(self, row: Sequence[str], place: str, flaws: set[Reason]) -> Contact:
        plan = self._plan
        full, first, middle, last, prefix, suffix, nickname, note, day, month, year = plan.single(row)
        return Contact(
            "", "", place, full, first, middle, last, prefix, suffix, nickname,
            self._emails(row, flaws),
            self._phones(row, flaws),
            self._addresses(row, flaws),
            self._organizations(row, flaws),
            self._birthday(day, month, year, flaws) if day or month or year else None,
            self._groups(row, flaws) if plan.groups else (),
            note,
            _urls([row[index] for index in plan.urls], flaws) if plan.urls else (),
        )  # fmt: skip

    # --- Ways to reach someone ---

    def _emails(self, row: Sequence[str], flaws: set[Reason]) -> tuple[Email, ...]:
        found: list[Email] = []
        for value in self._plan.emails:
            cell = row[value.cell]
            if not cell:
                continue
            type_, primary = self._type(row, value)
            for told in _several(cell) if "," in cell or ";" in cell or _SEVERAL in cell else (cell,):
                address = _address(told) if ":" in told or "<" in told or '"' in told else told
                if len(address) > limits.EXACT:
                    flaws.add(Reason.TEXT_CUT)
                elif "@" in address and not ("/" in address and _X500.match(address)):
                    found.append(Email(address, type_, primary))
                elif told:
                    flaws.add(Reason.LINES_LEFT_OUT)
        return _settled(found, flaws)

    def _phones(self, row: Sequence[str], flaws: set[Reason]) -> tuple[Phone, ...]:
        found: list[Phone] = []
        for value in self._plan.phones:
            cell = row[value.cell]
            if not cell:
                continue
            type_, primary = self._type(row, value)
            for told in cell.split(_SEVERAL) if _SEVERAL in cell else (cell,):
                number = told[4:].strip() if ":" in told and told[:4].lower() == "tel:" else told.strip()
                if len(number) > limits.EXACT:
                    flaws.add(Reason.TEXT_CUT)
                elif number:
                    found.append(Phone(number, type_, primary))
            if len(found) > limits.VALUES:
                break
        return _settled(found, flaws)

    def _type(self, row: Sequence[str], value: Value) -> tuple[str, bool]:
        label = row[value.label]
        if not label:
            return value.type, value.is_primary
        known = self._labels.get(label)
        if known is None:
            known = _label(label)
            if len(self._labels) < _MOST_LABELS:
                self._labels[label] = known
        return known

    def _addresses(self, row: Sequence[str], flaws: set[Reason]) -> tuple[Address, ...]:
        found = []
        for block in self._plan.addresses:
            told = block.cells(row)
            if not any(told):
                continue
            formatted, city, region, postal_code, country, street, *others = told
            if any(others):
                street = "\n".join(filter(None, (*others[:2], street, *others[2:])))
            type_ = _label(row[block.label])[0] if row[block.label] else block.type
            found.append(Address(type_, street, city, region, postal_code, country, formatted))
            if len(found) > limits.VALUES:
                break
        return tuple(_capped(found, flaws))

    def _organizations(self, row: Sequence[str], flaws: set[Reason]) -> tuple[Organization, ...]:
        """The second name in a cell goes with the second title, and so on."""
        found: list[Organization] = []
        for cells in self._plan.organizations:
            told = cells(row)
            if not any(told):
                continue
            text = _EDGE.join(told)
            if _SEVERAL in text or len(text) > limits.TEXT:
                rows = zip_longest(*(it.split(_SEVERAL) for it in told), fillvalue="")
                found += [Organization(*[_short(it.strip(), flaws) for it in parts]) for parts in rows if any(parts)]
            else:
                found.append(Organization(*told))
            if len(found) > limits.VALUES:
                break
        return tuple(_capped(found, flaws))

    # --- Days ---

    def _birthday(self, day: str, month: str, year: str, flaws: set[Reason]) -> Birthday | None:
        if self._plan.has_birth_parts and len(day) <= 2:
            found = dates.of_parts(year, month, day)
        elif not day or dates.is_none(day):
            return None
        else:
            found = dates.birthday(day, self._order)
        if found is None:
            flaws.add(Reason.DATE_UNREADABLE)
        return found

    def _groups(self, row: Sequence[str], flaws: set[Reason]) -> tuple[str, ...]:
        """Names of groups; Google's may have a semicolon in them, and a star marks those of the system."""
        names: dict[str, None] = {}
        for index, is_google in self._plan.groups:
            cell = row[index]
            if cell:
                for told in cell.split(_SEVERAL) if is_google else _BETWEEN_GROUPS.split(cell):
                    name = _short(told.strip(), flaws)
                    name = name[2:] if is_google and name[:2] == "* " else name
                    if name and not (is_google and name.lower() in _OF_THE_SYSTEM):
                        names[name] = None
        return tuple(_capped(list(names), flaws))


def _cause(flaws: set[Reason]) -> Reason:
    """Why there is nothing in a row."""
    if Reason.CARD_UNFINISHED in flaws:
        return Reason.CARD_UNFINISHED
    return Reason.CARD_MALFORMED if Reason.LINES_LEFT_OUT in flaws else Reason.CARD_EMPTY


def _is_plain(row: str) -> bool:
    """Whether the cells of a row mean what they say. Nothing is as quick to look as this, and most rows are."""
    return (
        row.isprintable()
        and "¦ " not in row
        and " ¦" not in row
        and "¦'" not in row
        and "¦=" not in row
        and "\ufffd" not in row
    )


def _tidied(cell: str) -> str:
    """A cell without what no output could carry, and without what keeps a spreadsheet from reckoning with it."""
    cell = cleaned(cell).strip()
    if _GUARDED.match(cell):
        return cell[1:].strip()
    formula = _FORMULA.fullmatch(cell) if cell[:2] == '="' else None
    return formula[1].strip() if formula else cell


def _several(cell: str) -> Sequence[str]:
    """The addresses in a cell; a list of bare ones may have commas or semicolons between them."""
    if _SEVERAL in cell:
        return [part.strip() for part in cell.split(_SEVERAL)]
    if _ADDRESSES.fullmatch(cell):
        return [part for part in map(str.strip, _BETWEEN.split(cell)) if part]
    return (cell,)


def _address(told: str) -> str:
    """An address out of what surrounds it; quotes around the whole of it are none of its own (`"a b"@example.com`)."""
    return bare_address(told[1:-1].strip() if told[0] == told[-1] == '"' else told)


def _label(label: str) -> tuple[str, bool]:
    """A label as the type that it is, and whether Google's star marks the value as the one to use first."""
    primary = label[:1] == "*"
    type_ = label[1:].strip() if primary else label
    return (type_.lower() if type_.lower() in _LABELS else type_[: limits.TEXT]), primary


def _settled(found: list[Reachable], flaws: set[Reason]) -> tuple[Reachable, ...]:
    """As many values as are kept, of which one at most is primary."""
    if len(found) < 2:
        return tuple(found)
    kept = _capped(found, flaws)
    first = next((index for index, it in enumerate(kept) if it.primary), len(kept))
    for index in range(first + 1, len(kept)):
        if kept[index].primary:
            kept[index] = kept[index]._replace(primary=False)
    return tuple(kept)


def _capped(found: list[V], flaws: set[Reason]) -> list[V]:
    if len(found) > limits.VALUES:
        flaws.add(Reason.VALUES_CAPPED)
        return found[: limits.VALUES]
    return found


def _short(text: str, flaws: set[Reason]) -> str:
    if len(text) > limits.TEXT:
        flaws.add(Reason.TEXT_CUT)
        return text[: limits.TEXT]
    return text


def _urls(cells: Iterable[str], flaws: set[Reason]) -> tuple[str, ...]:
    told = [part.strip() for cell in cells if cell for part in cell.split(_SEVERAL)]
    return tuple(_capped([_short(it, flaws) for it in told if it], flaws))
