"""Reads a multistatus body (RFC 4918 section 13) piece by piece, handing out each response as it is complete.

Names are compared by namespace and local name, never by prefix or position. Memory does not grow with the body:
only the response being read is kept. A DOCTYPE is refused before anything in it can act.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple
from xml.parsers import expat

from rubrica.errors import AnswerMalformed, AnswerTooLarge, AnswerTruncated, NotAnAddressBook

DAV: Final = "DAV: "
CARDDAV: Final = "urn:ietf:params:xml:ns:carddav "
CALDAV: Final = "urn:ietf:params:xml:ns:caldav "
"""Namespaces as they stand before a local name here: with the blank that separates the two."""

HREF: Final = DAV + "href"
ADDRESS_DATA: Final = CARDDAV + "address-data"

_STATUS: Final = re.compile(r"\s*HTTP/\d(?:\.\d)?\s+(\d{3})(?!\d)", re.ASCII)
_GARBAGE: Final = 0
_BROKEN_OFF: Final = frozenset({"no element found", "unclosed token", "partial character", "unclosed CDATA section"})
_LONGEST_TOKEN: Final = 256 * 1024
_HOLD_OFF: Final = 2 * 64 * 1024


class ReaderLimits(NamedTuple):
    """What one multistatus body may hold: nesting, elements within one response, responses, characters of one
    property, and elements in all. A property past its limit is left out and its response marked as oversize; the
    rest ends the reading."""

    depth: int = 32
    elements: int = 20_000
    rows: int = 250_000
    text: int = 1024 * 1024
    total: int = 3_000_000


class Child(NamedTuple):
    """An element inside a property: its name, its text, and its attributes as name, value, name, value …"""

    name: str
    text: str
    attributes: tuple[str, ...]


class Row(NamedTuple):
    """One response.

    `status` is the response's own status, None when it has none, 0 for one that cannot be read. `texts` are the
    texts of the properties that were found (propstat 2xx, or without a status), `children` what stands inside them.
    """

    href: str
    status: int | None
    texts: dict[str, str]
    children: dict[str, tuple[Child, ...]]
    oversize: bool

    def hrefs(self, name: str) -> list[str]:
        """The hrefs inside a property."""
        return [child.text.strip() for child in self.children.get(name, ()) if child.name == HREF]

    def has(self, name: str, child: str) -> bool:
        """Whether a property holds an element of this name."""
        return any(found.name == child for found in self.children.get(name, ()))


class Multistatus:
    """One body being read. `token` is its sync-token once read (RFC 6578), "" when it has none."""

    def __init__(self, limits: ReaderLimits | None = None) -> None:
        self.token = ""
        self._limits = limits or ReaderLimits()
        self._ready: list[Row] = []
        self._path: list[str] = []
        self._count = 0
        self._rows = 0
        self._total = 0
        self._text: list[str] = []
        self._kept = 0
        self._begin_response()
        self._parser = self._make_parser()

    def rows(self, pieces: Iterable[bytes]) -> Iterator[Row]:
        """The responses in order.

        Raises AnswerMalformed for XML that is broken or carries a DOCTYPE, AnswerTruncated for XML that breaks
        off, AnswerTooLarge past a limit, NotAnAddressBook for a document that is no multistatus.
        """
        fed = 0
        for piece in pieces:
            fed += len(piece)
            yield from self._parsed(piece, final=False)
            if fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN + _HOLD_OFF:
                raise AnswerTooLarge
        if not fed:
            raise AnswerMalformed
        yield from self._parsed(b"", final=True)

    def _parsed(self, piece: bytes, *, final: bool) -> list[Row]:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            broken_off = final and expat.ErrorString(error.code) in _BROKEN_OFF
            raise (AnswerTruncated if broken_off else AnswerMalformed) from None
        except (LookupError, ValueError):
            # An encoding that Python does not know, or knows but cannot use byte by byte.
            raise AnswerMalformed from None
        ready, self._ready = self._ready, []
        return ready

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.buffer_size = 64 * 1024
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse
        return parser

    def _begin_response(self) -> None:
        self._href = ""
        self._status: int | None = None
        self._oversize = False
        self._texts: dict[str, str] = {}
        self._children: dict[str, tuple[Child, ...]] = {}
        self._elements = 0
        self._begin_propstat()

    def _begin_propstat(self) -> None:
        self._found: dict[str, str] = {}
        self._inside: dict[str, list[Child]] = {}
        self._propstat: int | None = None

    def _start(self, name: str, attributes: list[str]) -> None:
        path = self._path
        path.append(name)
        depth = len(path)
        self._elements += 1
        self._total += 1
        if depth == 2:
            # What was too long before it, white space say, is not its own.
            self._oversize = False
        if depth == 1:
            if name != _MULTISTATUS:
                raise NotAnAddressBook
        elif depth > self._limits.depth or self._elements > self._limits.elements or self._total > self._limits.total:
            raise AnswerTooLarge
        elif depth == 6 and path[3] == _PROP:
            self._inside.setdefault(path[4], []).append(Child(name, "", tuple(attributes)))
        self._text = []
        self._kept = 0

    def _characters(self, text: str) -> None:
        self._kept += len(text)
        if self._kept <= self._limits.text:
            self._text.append(text)
        else:
            self._oversize = True

    def _end(self, name: str) -> None:
        depth = len(self._path)
        if depth < 7:
            action = _ACTIONS.get((depth, name))
            if action is not None:
                action(self)
            elif depth == 5 and self._path[3] == _PROP:
                self._end_property(name)
            elif depth == 6 and self._path[3] == _PROP:
                self._end_child(name)
        self._path.pop()

    def _end_property(self, name: str) -> None:
        # Only the text that stands directly in the property's end counts; what held elements is in `_inside`.
        if self._kept <= self._limits.text:
            self._found[name] = "".join(self._text)
        self._text = []

    def _end_child(self, name: str) -> None:
        children = self._inside[self._path[4]]
        children[-1] = Child(name, "".join(self._text), children[-1].attributes)
        self._text = []

    def _end_href(self) -> None:
        self._href = self._href or "".join(self._text).strip()

    def _end_status(self) -> None:
        self._status = _status("".join(self._text))

    def _end_propstat_status(self) -> None:
        self._propstat = _status("".join(self._text))

    def _end_propstat(self) -> None:
        # A propstat without a status is taken for 200: what it holds was found.
        if self._propstat is None or 200 <= self._propstat < 300:
            self._texts.update(self._found)
            self._children.update({name: tuple(children) for name, children in self._inside.items()})
        self._begin_propstat()

    def _end_response(self) -> None:
        self._rows += 1
        if self._rows > self._limits.rows:
            raise AnswerTooLarge
        self._ready.append(Row(self._href, self._status, self._texts, self._children, self._oversize))
        self._begin_response()

    def _end_token(self) -> None:
        self.token = "".join(self._text).strip()


def _status(line: str) -> int:
    match = _STATUS.match(line)
    return int(match[1]) if match else _GARBAGE


def _refuse(*_declaration: object) -> None:
    raise AnswerMalformed


_MULTISTATUS: Final = DAV + "multistatus"
_PROP: Final = DAV + "prop"
_ACTIONS: Final[dict[tuple[int, str], Callable[[Multistatus], None]]] = {
    (2, DAV + "response"): Multistatus._end_response,
    (2, DAV + "sync-token"): Multistatus._end_token,
    (3, HREF): Multistatus._end_href,
    (3, DAV + "status"): Multistatus._end_status,
    (3, DAV + "propstat"): Multistatus._end_propstat,
    (4, DAV + "status"): Multistatus._end_propstat_status,
}
