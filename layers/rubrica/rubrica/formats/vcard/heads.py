"""The head of a property: what stands before the colon, "item1.TEL;TYPE=WORK,VOICE;PREF=1"."""

import re
from typing import Final, NamedTuple

from rubrica.formats.vcard.charsets import codec
from rubrica.formats.vcard.limits import HEAD

_NAME: Final = re.compile(r"(?:([A-Za-z0-9_.-]+)\.)?([A-Za-z][A-Za-z0-9_-]*)[ \t]*\Z")
_QUOTED: Final = re.compile('[^":]*+(?:"[^"]*+"[^":]*+)*+:')
_CARET: Final = re.compile(r"\^([n'^])")
_CARETS: Final = {"n": "\n", "'": '"', "^": "^"}

_ENCODINGS: Final = {"quoted-printable": "q", "base64": "b", "b": "b", "q": "q"}
_PLAIN_ENCODINGS: Final = frozenset({"7bit", "8bit"})
# Types that say how something travels or that it is preferred, not what it is for.
_SILENT_TYPES: Final = frozenset(
    {"pref", "voice", "internet", "msg", "text", "dom", "intl", "postal", "parcel", "x400", "iphone", ""}
)
# The vocabulary of the standards and of address books that follow them; other words are the user's own.
_PLACES: Final = ("home", "work", "other")
_WORDS: Final = {"cell": "mobile"} | {
    word: word for word in (*_PLACES, "mobile", "fax", "pager", "main", "car", "isdn", "video", "modem", "bbs", "pcs")
}
_TYPES: Final = 8


class Head(NamedTuple):
    """A property's name, in upper case, and what its parameters say.

    `name` is "" where no property name stands. `type` is the free text of domain.contacts ("work fax", "mobile");
    `preference` is 0 for none, else 1 (most) to 100; `encoding` is "q", "b" or ""; `charset` is a codec of
    `charsets.codec`; `label` is an address's own text; `omitted_year` is Apple's word for no year. `is_marked` says
    that there is a group or a preference, `is_open` that a quote is not closed, `is_cut` that there are more parameters
    than are read.
    """

    name: str
    group: str = ""
    type: str = ""
    preference: int = 0
    encoding: str = ""
    charset: str = ""
    label: str = ""
    omitted_year: int = 0
    is_marked: bool = False
    is_open: bool = False
    is_cut: bool = False


def split_quoted(line: str) -> tuple[str, str]:
    """Head and value of a line whose head has a quoted parameter value with a colon in it.

    A quote that is never closed quotes nothing.
    """
    quoted = _QUOTED.match(line)
    if quoted is not None:
        return quoted[0][:-1], line[quoted.end() :]
    head, _, value = line.partition(":")
    return head.replace('"', ""), value


def parse_head(text: str) -> Head:
    """The head of a property, of any version: with or without TYPE=, quotes, RFC 6868 carets, in any case."""
    is_cut = len(text) > HEAD
    name, *parameters = _split(text) if not is_cut else _split(text[:HEAD])[:-1] or [text]
    match = _NAME.match(name)
    if match is None:
        return Head("")
    group = (match[1] or "").lower()
    if not (parameters or is_cut):
        return Head(match[2].upper(), group, is_marked=group != "")
    types, values = _parameters(parameters)
    preference = _preference(values.get("PREF", ""), types)
    return Head(
        name=match[2].upper(),
        group=group,
        type=_type(types),
        preference=preference,
        encoding=_ENCODINGS.get(values.get("ENCODING", "").lower(), ""),
        charset=codec(values.get("CHARSET", "")),
        label=_CARET.sub(lambda caret: _CARETS[caret[1]], values.get("LABEL", "")),
        omitted_year=_number(values.get("X-APPLE-OMIT-YEAR", "")),
        is_marked=group != "" or preference > 0,
        is_open=text.count('"') % 2 == 1,
        is_cut=is_cut,
    )


def _split(text: str) -> list[str]:
    """The parts between semicolons; one inside of quotes separates nothing."""
    if '"' not in text:
        return text.split(";")
    outside_and_inside = text.split('"')
    outside_and_inside[::2] = [segment.replace(";", "\0") for segment in outside_and_inside[::2]]
    return "".join(outside_and_inside).split("\0")


def _parameters(parameters: list[str]) -> tuple[list[str], dict[str, str]]:
    """The types, and the first value of every other parameter; a bare word of 2.1 is an encoding or a type."""
    types: list[str] = []
    values: dict[str, str] = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        name, value = name.strip().upper(), value.strip()
        if not equals:
            word = name.lower()
            value = parameter.strip()
            name = "ENCODING" if word in _ENCODINGS else "" if word in _PLAIN_ENCODINGS else "TYPE"
        if name == "TYPE":
            types += [word.strip() for word in value.split(",")]
        else:
            values.setdefault(name, value)
    return types, values


def _type(types: list[str]) -> str:
    """The types as one text: the place first, then what the thing is; a custom type as it is spelled."""
    words = dict.fromkeys(_WORDS.get(word.lower(), word) for word in types if word.lower() not in _SILENT_TYPES)
    return " ".join(sorted(list(words)[:_TYPES], key=lambda word: word not in _PLACES))


def _preference(preference: str, types: list[str]) -> int:
    if any(word.lower() == "pref" for word in types):
        return 1
    return min(_number(preference), 100)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
