"""From JSON to typed records: fast where an answer is what it should be, and otherwise what can be read of it.

Each record of a page stays undecoded until it is read by itself, so that one that is not as promised costs no other.
"""

import codecs
import json
import re
from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_origin

import msgspec

from rubrica.domain.ledger import Reason
from rubrica.errors import AnswerTooLarge, AnswerUnreadable

_BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NO_CHARACTER: Final = "\ufffd"
_UTF8: Final = codecs.getincrementaldecoder("utf-8")
_PIECE: Final = 256 * 1024
_LONGEST_NUMBER: Final = 20
_MOST_OBJECTS: Final = 250_000
_MOST_COMMAS: Final = 1_000_000
"""More of them than any page of a thousand contacts has; each takes many times its own length of memory."""

_LARGEST_MENDED: Final = 8 * 1024 * 1024
"""Bytes of a page, a record or an error that are read with patience, which takes several times their memory."""


class Page(msgspec.Struct):
    """One page of a list. A subclass names the fields as its API does.

    `records` are `msgspec.Raw`, or decoded values where the page could not be read in one go. `next` leads to the page
    after it, `total` is the length of the list, `error` what came in the place of a page.
    """

    records: list[msgspec.Raw] | None = None
    next: str | None = None
    total: int | None = None
    error: Any = None

    @property
    def announced(self) -> int | None:
        """How many records there are in all, if the answer says so and it is a number of things."""
        return self.total if self.total is not None and self.total >= 0 else None


P = TypeVar("P", bound=Page)
R = TypeVar("R", bound=msgspec.Struct)


@cache
def _decoder(kind: type[R]) -> "msgspec.json.Decoder[R]":
    return msgspec.json.Decoder(kind)


def page_of(kind: type[P], body: bytes) -> P:
    """The page in an answer's body. Raises AnswerUnreadable for what is no page, AnswerTooLarge for one of dust."""
    if _is_dust(body):
        raise AnswerTooLarge
    try:
        page: P = _decoder(kind).decode(body)
    except _BROKEN:
        return _salvaged_page(kind, body)
    return page


def is_utf8(body: bytes) -> bool:
    """Whether a body is in UTF-8 from end to end, found out without a copy of it."""
    if body.isascii():
        return True
    decoder = _UTF8()
    try:
        for start in range(0, len(body), _PIECE):
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def error_in(body: bytes) -> object:
    """The `error` of an answer's body; None when there is none to be read."""
    if _is_dust(body):
        return None
    try:
        told = _loaded(body)
    except (ValueError, RecursionError):
        return None
    return told.get("error") if isinstance(told, dict) else None


def record_of(kind: type[R], told: object) -> tuple[R | None, set[Reason]]:
    """A record of a page, None where it is none, and what it took to read it."""
    if isinstance(told, msgspec.Raw):
        try:
            return _decoder(kind).decode(told), set()
        except _BROKEN:
            pass
        try:
            told = _loaded(bytes(told))
        except (ValueError, RecursionError):
            return None, set()
    if not isinstance(told, dict):
        return None, set()
    salvage = _Salvage()
    return salvage.struct(told, kind), salvage.flaws


def _is_dust(body: bytes) -> bool:
    """Whether a body is made of so many small values that they would fill the memory."""
    return body.count(b"{") + body.count(b"[") > _MOST_OBJECTS or body.count(b",") > _MOST_COMMAS


def _loaded(body: bytes) -> object:
    """JSON that may be not quite so: bytes that are no UTF-8, bare control characters, endless numbers.

    Raises ValueError, also for too much of it, and RecursionError.
    """
    if len(body) > _LARGEST_MENDED:
        raise ValueError
    return json.loads(body.decode("utf-8-sig", "replace"), strict=False, parse_int=_integer)


def _integer(text: str) -> int | None:
    return int(text) if len(text) <= _LONGEST_NUMBER else None


def _salvaged_page(kind: type[P], body: bytes) -> P:
    try:
        told = _loaded(body)
    except (ValueError, RecursionError):
        raise AnswerUnreadable from None
    if not isinstance(told, dict):
        raise AnswerUnreadable
    found = {field.name: told.get(field.encode_name) for field in msgspec.structs.fields(kind)}
    if not (isinstance(found["records"], list | None) and isinstance(found["next"], str | None)):
        raise AnswerUnreadable
    if found["next"] and _SURROGATE.search(found["next"]):
        # No address can carry it.
        raise AnswerUnreadable
    return kind(**(found | {"total": found["total"] if type(found["total"]) is int else None}))


class _Salvage:
    """Reads what can be read of a value that is not quite of its kind, and remembers what was left out."""

    def __init__(self) -> None:
        self.flaws: set[Reason] = set()

    def struct(self, told: Mapping[str, object], kind: type[R]) -> R:
        """The fields of an object that can be read."""
        fields = [field for field in msgspec.structs.fields(kind) if field.encode_name in told]
        return kind(**{field.name: self.read(told[field.encode_name], field.type) for field in fields})

    def read(self, told: object, kind: object) -> object:
        """The value as its kind; None for what is not there or not to be read."""
        if told is None:
            return None
        kind = _bare(kind)
        if get_origin(kind) is list and isinstance(told, list):
            return [value for item in told if (value := self.read(item, get_args(kind)[0])) is not None]
        if isinstance(kind, type):
            if issubclass(kind, msgspec.Struct) and isinstance(told, dict):
                return self.struct(told, kind)
            if kind is str and isinstance(told, str):
                return self._text(told)
            if type(told) is kind:
                return told
        self.flaws.add(Reason.LINES_LEFT_OUT)
        return None

    def _text(self, told: str) -> str:
        text = _SURROGATE.sub(_NO_CHARACTER, told)
        if _NO_CHARACTER in text:
            self.flaws.add(Reason.TEXT_REPLACED)
        return text


def _bare(kind: object) -> object:
    """The kind without the None that it may be instead."""
    parts = get_args(kind)
    return next(part for part in parts if part is not NoneType) if NoneType in parts else kind
