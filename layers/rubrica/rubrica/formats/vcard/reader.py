"""Cards to records: the reading itself."""

import binascii
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from rubrica.domain.contacts import Record
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.cleaning import cleaned
from rubrica.formats.vcard import charsets, jcard
from rubrica.formats.vcard.draft import Draft
from rubrica.formats.vcard.framing import Frame, frames, plain_frame
from rubrica.formats.vcard.heads import Head, parse_head, split_quoted
from rubrica.formats.vcard.limits import CARD_LINES
from rubrica.formats.vcard.lines import is_old, logical_lines, without_photos
from rubrica.formats.vcard.properties import HANDLERS, Handler

_DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"q": binascii.a2b_qp, "b": binascii.a2b_base64}
_LIMITS: Final = {"NOTE": limits.NOTE} | dict.fromkeys(("N", "ADR", "ORG", "LABEL", "CATEGORIES"), limits.STRUCTURE)
# An e-mail address and a number are judged whole, once what surrounds them is taken off: a control character tells
# where they end.
_WHOLE: Final = frozenset({"EMAIL", "TEL"})
_SHORT: Final = 300


class _Property(NamedTuple):
    """What a head means, what takes its value, None where nothing of it is kept, and whether just as it stands."""

    head: Head
    take: Handler | None
    is_plain: bool


_NO_HEAD: Final = Head("")
# Books repeat a few dozen heads. Those that tell of a person are not remembered: long ones and address labels; nor
# are more than the first thousands, for no honest book has so many.
_PROPERTIES: Final[dict[str, _Property]] = {}
_MOST_PROPERTIES: Final = 4096
_LONGEST_HEAD: Final = 80


def read_file(chunks: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file given in pieces of any size, in its order and as they come; never more than one card
    is held. Places are "card 1", "card 2", ... There is at least one record: a file without a card is a rejected
    record, NOT_A_CARD or CARD_EMPTY. Raises nothing of its own, whatever the bytes are.
    """
    for number, frame in enumerate(frames(charsets.in_utf8(chunks)), 1):
        yield _record(frame, f"card {number}")


def read_card(text: str, place: str) -> list[Record]:
    """The records of one CardDAV object: its one card, or each of several, the second at place "…#2".

    A jCard (RFC 7095) is read too, since servers send it under the name of a vCard. There is at least one record,
    as with `read_file`.
    """
    plain = plain_frame(text)
    if plain is not None:
        return [_record(plain, place)]
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        text = jcard.to_vcard(text)
    cards = enumerate(frames([text.encode("utf-8", "replace")]), 1)
    return [_record(frame, place if number == 1 else f"{place}#{number}") for number, frame in cards]


def _record(frame: Frame, place: str) -> Record:
    """What a card was read as; a card cut short is kept where it tells something, and said to be so."""
    text, flaw = frame
    if not text:
        return Record(place, None, (flaw or Reason.CARD_EMPTY,))
    if len(text) > CARD_LINES and text.count("\n") > CARD_LINES:
        return Record(place, None, (Reason.CARD_TOO_LARGE,))
    draft = _read(text)
    if draft.is_empty and not draft.is_group:
        lost = Reason.LINES_LEFT_OUT in draft.flaws
        return Record(place, None, (flaw or (Reason.CARD_MALFORMED if lost else Reason.CARD_EMPTY),))
    if flaw:
        draft.flaws.add(flaw)
    value = draft.group() if draft.is_group else draft.contact(place)
    return Record(place, value, tuple(sorted(draft.flaws)) if draft.flaws else ())


def _read(card: str) -> Draft:
    """The draft of a card, from its text between BEGIN and END."""
    old = is_old(card)
    draft = Draft(is_old=old)
    known = _PROPERTIES.get
    head = _NO_HEAD
    for line in logical_lines(without_photos(card), old):
        name, colon, value = line.partition(":")
        if not colon:
            # The lines of a photo or a key in 2.1 need not be indented.
            if head.encoding != "b" and line.strip():
                draft.flaws.add(Reason.LINES_LEFT_OUT)
            continue
        found = known(name) or _property(name)
        head, take, is_plain = found
        if take is None:
            if not head.name:
                draft.flaws.add(Reason.LINES_LEFT_OUT)
        elif is_plain and len(line) < _SHORT and value.isprintable():
            value = value.strip()
            if value:
                take(draft, head, value)
        else:
            _take_with_care(draft, found, line, card)
    draft.settle()
    if len(card) > limits.KEPT_TEXT:
        draft.trim()
    return draft


def _property(text: str) -> _Property:
    """What stands before a colon, looked up in what the standards say."""
    head = parse_head(text)
    known = _Property(head, HANDLERS.get(head.name), not (head.encoding or head.is_open or head.is_cut))
    is_common = head.name and not head.label and len(text) < _LONGEST_HEAD
    if is_common and len(_PROPERTIES) < _MOST_PROPERTIES:
        _PROPERTIES[text] = known
    return known


def _take_with_care(draft: Draft, found: _Property, line: str, card: str) -> None:
    """A property that is encoded, quoted, long or holds more than printable characters."""
    head, take, _ = found
    value = line.partition(":")[2]
    if head.is_open:
        name, value = split_quoted(line)
        head, take, _ = _property(name)
    if head.is_cut:
        draft.flaws.add(Reason.VALUES_CAPPED)
    value, replaced = _plain(value, head, _others(draft, head, card))
    if replaced:
        draft.flaws.add(Reason.TEXT_REPLACED)
    value = (value if head.name in _WHOLE else _fitting(draft, head, cleaned(value))).strip()
    if take and value:
        take(draft, head, value)


def _fitting(draft: Draft, head: Head, value: str) -> str:
    limit = _LIMITS.get(head.name, limits.TEXT)
    if len(value) > limit:
        draft.flaws.add(Reason.TEXT_CUT)
    return value[:limit]


def _plain(value: str, head: Head, others: str) -> tuple[str, bool]:
    """The value decoded, and whether something of it was replaced."""
    if not head.encoding:
        return charsets.mended(value, head.charset, others)
    try:
        raw = _DECODERS[head.encoding](value.encode("utf-8", "surrogateescape"))
    except binascii.Error:
        return "", True
    return charsets.from_bytes(raw, head.charset, others)


def _others(draft: Draft, head: Head, card: str) -> str:
    """The charset of a property that names none of use, if others of the card name one; looked up once a card."""
    if head.charset not in charsets.NO_HELP:
        return ""
    if draft.other_charset is None:
        draft.other_charset = charsets.named_in(card)
    return draft.other_charset
