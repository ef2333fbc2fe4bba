"""The parameters of a call, from wherever its client put them.

Three places count, for any method: the query of the address, an urlencoded body, a multipart body. Empty values are
absent, unknown names are passed over, and what could be understood in two ways is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from rubrica.dialects import form_data
from rubrica.dialects.fields import LONGEST_ADDRESS, LONGEST_PASSWORD, LONGEST_SERVER, LONGEST_USERNAME
from rubrica.dialects.octets import octets_of, text_of
from rubrica.errors import FieldInvalid, RequestTooLarge

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a body; also of a query."""

MOST_FIELDS: Final = 100
"""Parameters in one place, unknown ones included."""

LONGEST_ECHO: Final = 2048
"""Bytes of `echo` in UTF-8."""

LONGEST_KEY: Final = 512

_KNOWN: Final = frozenset(
    {
        *("domain_key", "domain_password", "service", "username", "password", "server"),
        *("include", "user_id", "tracking_string", "echo", "redirect_url", "csv", "start", "count", "callback"),
    }
)
"""Names have no other spelling: every client sends them in lower case."""

_KEYS: Final = frozenset({"domain_key", "domain_password"})
"""Whose calls these are is said once in one place, even where it is the same."""

_LONGEST: Final[Mapping[str, int]] = MappingProxyType(
    {
        "domain_key": LONGEST_KEY,
        "domain_password": LONGEST_KEY,
        "username": LONGEST_USERNAME,
        "password": LONGEST_PASSWORD,
        "server": LONGEST_SERVER,
        "redirect_url": LONGEST_ADDRESS,
    }
)
"""Characters. What is not listed is measured where it is read."""

_Place = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call was given, each name once. Shows nothing of it: passwords are among the values."""

    _values: Mapping[str, str] = field(repr=False)
    _names: frozenset[str] = field(repr=False)
    _query_names: frozenset[str] = field(repr=False)

    def get(self, name: str) -> str:
        """The value, "" when it is absent or empty."""
        return self._values.get(name, "")

    def given(self, name: str) -> bool:
        """Whether the name was there, be it with an empty value."""
        return name in self._names

    def in_query(self, name: str) -> bool:
        """Whether the value stood in the address, where proxies and histories keep it."""
        return name in self._query_names


def parameters(query: str, content_type: str, body: bytes) -> Parameters:
    """The parameters of a call, whatever its method: of the raw `query`, and of a `body` that is a form.

    A body of another type, or of none, is ignored. Raises RequestTooLarge past 64 KiB; FieldInvalid for a parameter
    with two values, for a key twice in one place, for a value that is too long, for more than MOST_FIELDS, and for a
    multipart body that breaks RFC 7578.
    """
    octets = octets_of(query)
    if max(len(octets), len(body)) > LARGEST_BODY:
        raise RequestTooLarge
    in_query, in_body = _known(_urlencoded(octets)), _known(_form(content_type, body))
    values = _merged(_said(in_query), _said(in_body))
    _check_lengths(values)
    return Parameters(values, frozenset({*in_query, *in_body}), frozenset(_said(in_query)))


def _form(content_type: str, body: bytes) -> Sequence[tuple[str, str]]:
    media_type = content_type.partition(";")[0].strip().lower()
    if not body:
        return ()
    if media_type == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if media_type == "multipart/form-data":
        return form_data.fields(content_type, body, MOST_FIELDS)
    return ()


def _urlencoded(octets: bytes) -> Sequence[tuple[str, str]]:
    """Each name and value is read as bytes first, one letter of ISO-8859-1 for each, and then as what they say."""
    try:
        found = parse_qsl(
            octets.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise FieldInvalid("parameters", f"may be at most {MOST_FIELDS}") from None
    return [(name, text_of(value.encode("latin-1"))) for name, value in found]


def _known(pairs: Sequence[tuple[str, str]]) -> _Place:
    """No first or last is guessed: one reader would take the one, another the other."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in _KNOWN:
            continue
        earlier = found.get(name, "")
        if name in found and (name in _KEYS or (earlier and value and earlier != value)):
            raise FieldInvalid("parameters", f"hold {name} twice")
        found[name] = earlier or value
    return found


def _said(place: _Place) -> _Place:
    return {name: value for name, value in place.items() if value}


def _merged(one: _Place, other: _Place) -> _Place:
    for name in sorted(one.keys() & other.keys()):
        if one[name] != other[name]:
            raise FieldInvalid("parameters", f"hold one {name} in the address and another one in the body")
    return {**one, **other}


def _check_lengths(values: _Place) -> None:
    for name, longest in _LONGEST.items():
        if len(values.get(name, "")) > longest:
            raise FieldInvalid(name, f"may have at most {longest:,} characters")
    if len(values.get("echo", "").encode("utf-8", "replace")) > LONGEST_ECHO:
        raise FieldInvalid("echo", f"may have at most {LONGEST_ECHO:,} bytes of UTF-8")
