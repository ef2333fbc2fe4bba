"""Cards to records: the reading itself."""

import binascii
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rubrica.domain.contacts import Record
from rubrica.domain.ledger import Reason
from rubrica.formats.vcard import charsets, jcard, limits
from rubrica.formats.vcard.draft import Draft
from rubrica.formats.vcard.framing import Frame, frames
from rubrica.formats.vcard.heads import Head, parse_head, split_quoted
from rubrica.formats.vcard.lines import is_old, logical_lines, without_photos
from rubrica.formats.vcard.properties import HANDLERS, Handler

_DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"q": binascii.a2b_qp, "b": binascii.a2b_base64}
_SHORT: Final = 300
_LIMITS: Final = {"NOTE": limits.NOTE, "CATEGORIES": limits.STRUCTURE} | dict.fromkeys(
    ("N", "ADR", "ORG", "LABEL"), limits.STRUCTURE
)
# An e-mail address and a number are judged whole, once what surrounds them is taken off.
_WHOLE: Final = frozenset({"EMAIL", "TEL"})


def read_file(chunks: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file given in pieces of any size, in its order and as they come; never more than one card
    is held. Places are "card 1", "card 2", ... There is at least one record: a file without a card is a rejected
    record, NOT_A_CARD or CARD_EMPTY. Raises nothing of its own, whatever the bytes are.
    """
    for number, frame in enumerate(frames(charsets.decoded(chunks)), 1):
        yield _record(frame, f"card {number}")


def read_card(text: str, place: str) -> list[Record]:
    """The records of one CardDAV object: its one card, or each of several, the second at place "…#2".

    A jCard (RFC 7095) is read too, since servers send it under the name of a vCard. There is at least one record,
    as with `read_file`.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        text = jcard.to_vcard(text)
    return [
        _record(frame, place if number == 1 else f"{place}#{number}") for number, frame in enumerate(frames([text]), 1)
    ]


def _record(frame: Frame, place: str) -> Record:
    """What a card was read as; a card cut short is kept where it tells something, and said to be so."""
    if not frame.text:
        return Record(place, None, (frame.flaw or Reason.CARD_EMPTY,))
    draft = _read(frame.text)
    if draft is None:
        return Record(place, None, (Reason.CARD_TOO_LARGE,))
    if draft.is_empty and not draft.is_group:
        return Record(place, None, (frame.flaw or (Reason.CARD_MALFORMED if draft.lines_lost else Reason.CARD_EMPTY),))
    if frame.flaw:
        draft.flaws.add(frame.flaw)
    reasons = tuple(sorted(draft.flaws)) if draft.flaws else ()
    return Record(place, draft.group() if draft.is_group else draft.contact(place), reasons)


def _read(text: str) -> Draft | None:
    """The draft of a card, or None if it has more lines than can be held."""
    if len(text) > limits.CARD_LINES and text.count("\n") > limits.CARD_LINES:
        return None
    old = is_old(text)
    draft = Draft(is_old=old)
    head = Head("")
    for line in logical_lines(without_photos(text), old):
        name, colon, value = line.partition(":")
        before = head
        head, take = _PROPERTIES.get(name) or _property(name)
        if take is not None and head.is_plain and len(line) < _SHORT and value.isprintable():
            value = value.strip()
            if value:
                take(draft, head, value)
        elif take is not None:
            _take_with_care(draft, line, text)
        elif not head.name and line.strip():
            # The lines of a photo in 2.1 need not be indented.
            if before.encoding == "b" and not colon:
                head = before
            else:
                draft.lines_lost = True
    if draft.lines_lost:
        draft.flaws.add(Reason.LINES_LEFT_OUT)
    draft.settle()
    if len(text) > limits.KEPT_TEXT:
        draft.trim()
    return draft


_Property = tuple[Head, Handler | None]
# Books repeat a few dozen heads. Long ones are not remembered, for they hold addresses; nor are those past the first
# thousands, for no honest book has so many.
_PROPERTIES: Final[dict[str, _Property]] = {"": (Head("", is_plain=False), None)}
_MOST_PROPERTIES: Final = 4096
_LONGEST_HEAD: Final = 80


def _property(text: str) -> _Property:
    """What a head means, and what takes its value, None where Rubrica keeps nothing of it."""
    head = parse_head(text)
    known = head, HANDLERS.get(head.name)
    if head.name and len(text) < _LONGEST_HEAD and len(_PROPERTIES) < _MOST_PROPERTIES:
        _PROPERTIES[text] = known
    return known


def _take_with_care(draft: Draft, line: str, card: str) -> None:
    """A property that is encoded, quoted, long or holds more than printable characters."""
    name, _, value = line.partition(":")
    head, take = _PROPERTIES.get(name) or _property(name)
    if head.is_open:
        name, value = split_quoted(line)
        head, take = _property(name)
    value, replaced = _plain(value, head, card)
    if replaced:
        draft.flaws.add(Reason.TEXT_REPLACED)
    limit = _LIMITS.get(head.name, limits.TEXT)
    if len(value) > limit and head.name not in _WHOLE:
        value = value[:limit]
        draft.flaws.add(Reason.TEXT_CUT)
    value = value.strip()
    if take is not None and value:
        take(draft, head, value)


def _plain(value: str, head: Head, card: str) -> tuple[str, bool]:
    """The value decoded, and whether something of it was replaced."""
    if not head.encoding:
        return charsets.mended(value, head.charset, card)
    try:
        raw = _DECODERS[head.encoding](value.encode("utf-8", "surrogateescape"))
    except binascii.Error:
        return "", True
    text, replaced = charsets.from_bytes(raw, head.charset, card)
    return charsets.cleaned(text), replaced
