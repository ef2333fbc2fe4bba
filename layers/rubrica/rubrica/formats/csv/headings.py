"""What one column's name says about the column."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from rubrica.formats.csv import limits, words

_MAIL: Final = re.compile(r"(?<![a-z])[eE][-‐‑_ ]?[mM][aA][iI][lL]")
_CAMEL: Final = re.compile(r"(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_DIGITS: Final = "0123456789"

_NUMBER_TOLD: Final = re.compile(r"[^:]*:\s*[+(]{0,2}\d[\d ()/.-]{2,}")
"""TEL:555-0100 tells a number, and names no column."""

_INDEXED: Final = re.compile(r"([A-Za-z][A-Za-z -]{1,30}) (\d{1,4}) - ([A-Za-z ]{1,30})")
_SECTION: Final = re.compile(r"Section \d{1,4} - ")
_GOOGLE: Final = {
    "E-mail": (words.EMAIL, {"value": "value", "label": "label", "type": "label"}),
    "Phone": (words.PHONE, {"value": "value", "label": "label", "type": "label"}),
    "Website": (words.URL, {"value": "value"}),
    "Organization": (
        words.ORGANIZATION,
        {"name": words.COMPANY, "title": words.TITLE, "department": words.DEPARTMENT},
    ),
    "Address": (
        words.ADDRESS,
        {
            "label": "label", "type": "label", "formatted": words.FORMATTED, "street": words.STREET,
            "city": words.CITY, "po box": words.BOX, "region": words.REGION, "postal code": words.POSTAL_CODE,
            "country": words.COUNTRY, "extended address": words.EXTENDED,
        },
    ),
}  # fmt: skip
"""What Google's numbered columns are, before 2024 ("- Type") and since ("- Label")."""

_NOT_VOICE: Final = ("fax", "pager")
_SPECIAL: Final = ("mobile", "car", "callback", "radio", "isdn", "video", "tty", "main")
_PARTS: Final = (words.BOX, words.POSTAL_CODE, words.COUNTRY, words.REGION, words.CITY, words.STREET, words.ADDRESS)
_NAMES: Final = (words.FIRST, words.LAST)
_LONGEST_GUESS: Final = 6


class Heading(NamedTuple):
    """What a column holds: a field of its own (words.FIRST, ...) or one of several.

    `kind` is the field, and `part` how it is called; or words.EMAIL, PHONE, URL, ORGANIZATION, ADDRESS, and `part`
    is what of it, `type` what it is for, `number` which of several it belongs to. `is_sure` is False where only
    some of its words are known.
    """

    kind: str
    part: str = ""
    type: str = ""
    number: str = ""
    is_primary: bool = False
    is_sure: bool = True


def heading(name: str) -> Heading | None:
    """What a column of this name holds; None where nothing of a contact's is known by it."""
    name = name.strip()
    if not name or len(name) > limits.HEADING or _NUMBER_TOLD.fullmatch(name):
        return None
    indexed = _INDEXED.fullmatch(name)
    if indexed and not _SECTION.match(name):
        return _indexed(indexed[1], indexed[2], indexed[3])
    if name == "File As":  # of Google's; the other programs' is a number that stands for a way to sort
        return Heading(words.FULL)
    spelled = tokens(_SECTION.sub("", name))
    compact = "".join(spelled)
    field = words.PHRASES.get(compact) or words.PHRASES.get(compact.rstrip(_DIGITS))
    if field:
        return Heading(field, compact)
    return _of_several(spelled) if spelled else None


def tokens(name: str) -> list[str]:
    """The words and numbers of a name, in lower case, without diacritics and lone letters: "XHome Tel." is home tel."""
    name = _CAMEL.sub(" ", _MAIL.sub(" email ", name))
    plain = "".join(it for it in unicodedata.normalize("NFKD", name) if not unicodedata.combining(it))
    found = _WORD.findall(plain.casefold())
    return [it for it in found if len(it) > 1 or not it.isascii() or it.isdigit()]


def _indexed(kind: str, number: str, part: str) -> Heading | None:
    known = _GOOGLE.get(kind)
    meaning = known[1].get(part.lower()) if known else None
    return Heading(known[0], meaning, number="#" + number) if known and meaning else None


def _of_several(spelled: Sequence[str]) -> Heading | None:
    kinds, place, number, unknown = set[str](), "", "", False
    for token in spelled:
        if token in words.KINDS:
            kinds.add(words.KINDS[token])
        elif token in words.PLACES:
            place = place or words.PLACES[token]
        elif token.isdigit():
            number = token
        elif token not in words.FILLERS:
            unknown = True
    if unknown:
        return _guessed(spelled, kinds)
    primary = not words.PRIMARY.isdisjoint(spelled)
    return _reach(kinds, place, primary=primary) or _part_of_address(kinds, place, number)


def _guessed(spelled: Sequence[str], kinds: set[str]) -> Heading | None:
    """A column named with words of its own: "Customer email" is an e-mail address, as long as there is no better."""
    if len(spelled) > _LONGEST_GUESS:
        return None
    for start in range(len(spelled)):
        for end in (start + 1, start + 2):
            field = words.PHRASES.get("".join(spelled[start:end]))
            around = {*spelled[:start], *spelled[end:]}
            if field in _NAMES and words.BLOCKED.isdisjoint(around):
                return Heading(field, is_sure=False)
    if not words.BLOCKED.isdisjoint(spelled):
        return None
    found = _reach(kinds & {words.EMAIL, words.PHONE}, "", primary=False)
    return found and found._replace(is_sure=False)


def _reach(kinds: set[str], place: str, *, primary: bool) -> Heading | None:
    if words.EMAIL in kinds:
        return Heading(words.EMAIL, "value", place, is_primary=primary)
    if words.URL in kinds:
        return Heading(words.URL, "value")
    for kind in _NOT_VOICE:
        if kind in kinds:
            return Heading(words.PHONE, "value", f"{place} {kind}".strip())
    for kind in _SPECIAL:
        if kind in kinds:
            return Heading(words.PHONE, "value", f"{place} {kind}" if place and kind == "mobile" else kind)
    if words.PHONE in kinds:
        return Heading(words.PHONE, "value", place or ("main" if primary else ""))
    return None


def _part_of_address(kinds: set[str], place: str, number: str) -> Heading | None:
    for part in _PARTS:
        if part in kinds:
            return Heading(words.ADDRESS, part, place, number)
    return None
