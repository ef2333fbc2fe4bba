r"""Contacts as vCard 4.0 (RFC 6350): folded, escaped, one card after the other.

Whatever a value holds, it cannot end its line: every kind of line break becomes the two characters \n, and other
control characters are left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rubrica.domain.contacts import Address, Birthday, Contact, Organization

LONGEST_LINE: Final = 75
"""Octets of a line without its line break (RFC 6350 section 3.2)."""

# Some readers take every line break that Unicode knows for the end of a line.
_BREAK: Final = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SPECIAL: Final = re.compile(r"([\\,;])")
_ESCAPES: Final = str.maketrans({"^": "^^", '"': "^'", "\n": "^n"})
"""RFC 6868: what a quoted parameter value may not hold as it is."""

_TYPES: Final = {
    "cell": "cell",
    "fax": "fax",
    "home": "home",
    "mobile": "cell",
    "pager": "pager",
    "text": "text",
    "textphone": "textphone",
    "video": "video",
    "voice": "voice",
    "work": "work",
}
_PLAIN_TYPES: Final = {"home": "home", "work": "work"}
"""All that EMAIL and ADR know (RFC 6350 section 5.6)."""


def write(contacts: Iterable[Contact]) -> bytes:
    """The contacts as one stream of vCards, in UTF-8; half a surrogate pair becomes a question mark."""
    lines = (fold(line) for contact in contacts for line in _card(contact))
    return "".join(lines).encode("utf-8", "replace")


def fold(line: str) -> str:
    """The content line with its line break, folded to 75 octets a line and never inside a character."""
    if line.isascii() and len(line) <= LONGEST_LINE:
        return line + "\r\n"
    return "\r\n ".join(_pieces(line)) + "\r\n"


def _pieces(line: str) -> Iterator[str]:
    octets = line.encode("utf-8", "replace")
    start, room = 0, LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        yield octets[start:end].decode()
        start, room = end, LONGEST_LINE - 1
    yield octets[start:].decode()


def _card(contact: Contact) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    if contact.uid or contact.id:
        yield f"UID;VALUE=text:{_text(contact.uid or contact.id)}"
    yield from _names(contact)
    yield from _birthday(contact.birthday)
    yield from _ways(contact)
    yield from _organizations(contact.organizations)
    if contact.groups:
        yield f"CATEGORIES:{','.join(map(_text, contact.groups))}"
    if contact.note:
        yield f"NOTE:{_text(contact.note)}"
    yield from (f"URL:{_uri(url)}" for url in contact.urls)
    yield "END:VCARD"


def _names(contact: Contact) -> Iterator[str]:
    parts = (contact.last_name, contact.first_name, contact.middle_name, contact.prefix, contact.suffix)
    yield f"FN:{_text(_shown(contact))}"
    if any(parts):
        yield f"N:{';'.join(map(_text, parts))}"
    if contact.nickname:
        yield f"NICKNAME:{_text(contact.nickname)}"


def _shown(contact: Contact) -> str:
    """RFC 6350 section 6.2.1 wants an FN in every card: the best there is."""
    parts = (contact.prefix, contact.first_name, contact.middle_name, contact.last_name, contact.suffix)
    composed = " ".join(part for part in parts if part)
    others = [organization.name for organization in contact.organizations]
    others += [email.address for email in contact.emails]
    others += [phone.number for phone in contact.phones]
    candidates = [contact.full_name, composed, contact.nickname, *others]
    return next(filter(None, candidates), "")


def _birthday(birthday: Birthday | None) -> Iterator[str]:
    """RFC 6350 section 4.3.1; two dashes stand for the year that is not known."""
    if birthday is not None:
        year = "--" if birthday.year is None else f"{birthday.year:04}"
        yield f"BDAY:{year}{birthday.month:02}{birthday.day:02}"


def _ways(contact: Contact) -> Iterator[str]:
    """How to reach the person; a custom label stands in a group beside the value, where most readers look for it."""
    properties = [("EMAIL", it.type, _PLAIN_TYPES, _preference(it.primary), it.address) for it in contact.emails]
    properties += [("TEL", it.type, _TYPES, _preference(it.primary), it.number) for it in contact.phones]
    for number, (name, kind, known, preference, value) in enumerate(properties, 1):
        yield from _labelled(f"{name}{preference}", number, kind, known, _text(value))
    for number, address in enumerate(contact.addresses, len(properties) + 1):
        yield from _labelled(f"ADR{_formatted(address)}", number, address.type, _PLAIN_TYPES, _postal(address))


def _labelled(name: str, number: int, kind: str, known: dict[str, str], value: str) -> Iterator[str]:
    words = kind.split()
    if all(word in known for word in words):
        types = ",".join(known[word] for word in words)
        name, _, parameters = name.partition(";")
        yield ";".join(filter(None, [name, f"TYPE={types}" if types else "", parameters])) + f":{value}"
    else:
        yield f"item{number}.{name}:{value}"
        yield f"item{number}.X-ABLabel:{_text(kind)}"


def _preference(primary: bool) -> str:
    return ";PREF=1" if primary else ""


def _formatted(address: Address) -> str:
    return f';LABEL="{_clean(address.formatted).translate(_ESCAPES)}"' if address.formatted else ""


def _postal(address: Address) -> str:
    parts = ("", "", address.street, address.city, address.region, address.postal_code, address.country)
    return ";".join(map(_text, parts))


def _organizations(organizations: Sequence[Organization]) -> Iterator[str]:
    """Groups tell which title belongs to which of several organizations."""
    for number, organization in enumerate(organizations, 1):
        group = f"org{number}." if len(organizations) > 1 else ""
        if organization.name or organization.department:
            department = f";{_text(organization.department)}" if organization.department else ""
            yield f"{group}ORG:{_text(organization.name)}{department}"
        if organization.title:
            yield f"{group}TITLE:{_text(organization.title)}"


def _text(value: str) -> str:
    """A text value (RFC 6350 section 4.1)."""
    return _SPECIAL.sub(r"\\\1", _clean(value)).replace("\n", "\\n")


def _uri(value: str) -> str:
    """A URI is not text (RFC 6350 section 4.2): nothing is escaped, and a line break has no place in it."""
    return _clean(value).replace("\n", "")


def _clean(value: str) -> str:
    return _CONTROL.sub("", _BREAK.sub("\n", value))
