"""Where one card ends and the next begins: a stream of bytes to the texts of its cards, in constant memory.

Cards are told apart as bytes and decoded one by one: a single emoji would make the text of its neighbours four times
as large.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rubrica.domain.ledger import Reason
from rubrica.formats.vcard import limits

# A line feed stands before each mark, which lets the search run from line to line. The lengths are bounded so that
# no mark is longer than a remainder that is carried from one block to the next.
_MARK: Final = re.compile(
    rb"\n(?=[BEAbea\xef])(?:\xef\xbb\xbf)?(?i:(AGENT[^:\n]{0,99}+:[ \t]{0,9})?(BEGIN)|END)"
    rb"[ \t]{0,9}:[ \t]{0,9}(?i:VCARD)[ \t\0\x1a]{0,99}$",
    re.M,
)
_AGENT: Final = re.compile(rb"\n(?i:AGENT)[^:\n]{0,99}:[ \t]{0,9}\Z")
_MARK_LENGTH: Final = 512
# Files put together from files without a last line end.
_GLUED: Final = b"END:VCARDBEGIN:VCARD"
_PARTED: Final = b"END:VCARD\nBEGIN:VCARD"
_NOTHING: Final = b"\xef\xbb\xbf\0\x1a \t\n"
_BEGIN: Final = "BEGIN:VCARD\n"
_END: Final = "\nEND:VCARD"
_PLAIN: Final = 65_536
_PROPERTY: Final = re.compile(rb"\n(?i:VERSION|FN|N|EMAIL|TEL)[;:]")


class Frame(NamedTuple):
    """The text between a card's BEGIN and END, each line with a line feed before it; and what is wrong with it.

    Bytes that are not UTF-8 are kept as lone surrogates (PEP 383).
    """

    text: str
    flaw: Reason | None = None


def frames(pieces: Iterable[bytes]) -> Iterator[Frame]:
    """The cards of a text in UTF-8, given in pieces of any size; at least one frame, even if it holds no card.

    A card that the next BEGIN or the end of the text cuts short is CARD_UNFINISHED; properties without a BEGIN
    are CARD_MALFORMED; a text without any card is one frame: CARD_EMPTY if it is blank, else NOT_A_CARD.
    """
    framer = _Framer()
    for block in _blocks(_line_feeds(pieces)):
        at = 0
        for mark in _MARK.finditer(block):
            start, end = mark.span()
            if at < start:
                framer.keep(block[at:start])
            at = end
            frame = framer.begin(nested=mark[1] is not None) if mark[2] else framer.end()
            if frame is not None:
                yield frame
        if at < len(block):
            framer.keep(block[at:])
    frame = framer.finish()
    if frame is not None:
        yield frame


def plain_frame(text: str) -> Frame | None:
    """The frame of a text that is one card and nothing else, as servers hand cards out; None for any other text,
    which `frames` reads. Both say the same of what both read."""
    if len(text) > _PLAIN:
        return None
    card = text.replace("\r\n", "\n").strip("\n")
    inner = card[len(_BEGIN) - 1 : -len(_END)]
    if not (card.startswith(_BEGIN) and card.endswith(_END)) or "\r" in inner or "VCARD" in inner.upper():
        return None
    return Frame(inner) if inner.isascii() or _is_whole(inner) else None


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Framer:
    """The state between two marks."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._open = False
        self._agents = 0
        self._found = False

    def keep(self, text: bytes) -> None:
        """Text up to the next mark; the card of an AGENT (2.1) is another person's and not kept."""
        if self._agents:
            return
        self._size += len(text)
        if self._size > limits.CARD_TEXT:
            self._parts.clear()
        else:
            self._parts.append(text)

    def begin(self, *, nested: bool) -> Frame | None:
        if self._open and (nested or (self._agents == 0 and self._after_agent())):
            self._agents += 1
            return None
        frame = self._close(Reason.CARD_UNFINISHED) if self._open or self._size else None
        self._open = True
        return frame

    def end(self) -> Frame | None:
        if self._agents:
            self._agents -= 1
            return None
        frame = self._close(None)
        self._open = False
        return frame

    def finish(self) -> Frame | None:
        blank = self._size <= limits.CARD_TEXT and not b"".join(self._parts).strip(_NOTHING)
        frame = self._close(Reason.CARD_UNFINISHED)
        if frame is None and not self._found:
            return Frame("", Reason.CARD_EMPTY if blank else Reason.NOT_A_CARD)
        return frame

    def _after_agent(self) -> bool:
        """Whether the last line read is an `AGENT:` whose value is the card that begins now."""
        tail = b""
        for part in reversed(self._parts):
            tail = part + tail
            if len(tail) > _MARK_LENGTH:
                break
        return _AGENT.search(tail[-_MARK_LENGTH:]) is not None

    def _close(self, flaw: Reason | None) -> Frame | None:
        """What ends here: a card, a card that lost its BEGIN, or nothing to speak of. The state is fresh after it."""
        text = b"".join(self._parts)
        too_large = self._size > limits.CARD_TEXT
        self._parts.clear()
        self._size = self._agents = 0
        if not self._open:
            if not _PROPERTY.search(text):
                return None
            text, flaw = b"", Reason.CARD_MALFORMED
        self._found = True
        return Frame(text.decode("utf-8", "surrogateescape"), Reason.CARD_TOO_LARGE if too_large else flaw)


def _line_feeds(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The text with every line end (CRLF, LF, CR, and the CR CR LF of careless copies) as one line feed."""
    held = b""
    for piece in pieces:
        text = held + piece if held else piece
        held = b"\r\r" if text.endswith(b"\r\r") else b"\r" if text.endswith(b"\r") else b""
        if held:
            text = text[: -len(held)]
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield text
    if held:
        yield b"\n"


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The text cut before line feeds, so that no mark is cut in two; it begins with a line feed of its own."""
    rest = b"\n"
    for piece in pieces:
        rest += piece
        cut = rest.rfind(b"\n", -_MARK_LENGTH)
        if cut < 0:  # the last line is longer than any mark
            cut = len(rest)
        yield rest[:cut].replace(_GLUED, _PARTED)
        rest = rest[cut:]
    yield rest.replace(_GLUED, _PARTED)
