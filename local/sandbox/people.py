"""Address books of invented people, with the truth about each, for the demo, the tests and the measurements.

Nobody here exists: the addresses are at example.com, .org and .net (RFC 2606), the numbers are in the range set
aside for fiction (555-0100 to 555-0199 in every area code). The same seed gives the same people.
"""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.sandbox.names import COMPANIES, LATIN, NOTES, OTHER_SCRIPTS, STREETS, Names

Style = str
"""How a card is written: one of STYLES."""

STYLES: Final = ("3.0", "3.0-apple", "4.0", "2.1")
_SHARES: Final = (36, 24, 20, 20)
_NON_LATIN: Final = 0.3
_WITH_PHOTO: Final = 0.05
_PHOTO: Final = (3_000, 12_700)
_LABELS: Final = ("_$!<Other>!$_", "School", "Holiday home")


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about an invented person; `style` is how their address book would write the card."""

    number: int
    style: Style
    uid: str
    first_name: str
    last_name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    company: str
    title: str
    street: str
    city: str
    birthday: str
    groups: tuple[str, ...]
    note: str
    photo: bytes

    @property
    def full_name(self) -> str:
        """The name as the card's FN has it."""
        return f"{self.first_name} {self.last_name}"


def people(count: int, seed: int = 1) -> Iterator[Person]:
    """`count` people: 60 % written as vCard 3.0 (40 % of these as Apple does), 20 % as 4.0, 20 % as 2.1; 30 % with
    names that are not in Latin script; 5 % with a photo, 4 to 17 KB in base64."""
    chance = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    for number in range(1, count + 1):
        yield _person(number, chance)


def _person(number: int, chance: random.Random) -> Person:
    names: Names = chance.choice(OTHER_SCRIPTS) if chance.random() < _NON_LATIN else LATIN
    handle = f"{chance.choice(LATIN.first).lower()}.{number}"
    photo = chance.randbytes(chance.randrange(*_PHOTO)) if chance.random() < _WITH_PHOTO else b""
    return Person(
        number=number,
        style=chance.choices(STYLES, _SHARES)[0],
        uid=f"{chance.getrandbits(64):016x}-{number}",
        first_name=chance.choice(names.first),
        last_name=chance.choice(names.last),
        emails=tuple(f"{handle}@{place}" for place in _some(chance, ("example.com", "example.org", "example.net"))),
        phones=tuple(_phone(chance) for _ in _some(chance, ("mobile", "work", "home"))),
        company=chance.choice(COMPANIES),
        title=chance.choice(("Engineer", "Teacher", "Baker", "Head of Research, Europe")),
        street=f"{chance.randrange(1, 200)} {chance.choice(STREETS)}",
        city=chance.choice(names.cities),
        birthday=f"{chance.randrange(1940, 2010)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        groups=tuple(_some(chance, ("Friends", "Family", "Choir"))),
        note=" ".join(chance.choice(NOTES) for _ in range(chance.randrange(1, 4))) if chance.random() < 0.5 else "",
        photo=photo,
    )


def _some(chance: random.Random, values: tuple[str, ...]) -> list[str]:
    return list(values[: chance.randrange(1, len(values) + 1)])


def _phone(chance: random.Random) -> str:
    return f"+1-{chance.randrange(201, 990)}-555-01{chance.randrange(100):02}"


def card(person: Person, style: Style = "") -> str:
    """The person's vCard in `style`, or in their own: CRLF line ends, folded at 75 octets."""
    style = style or person.style
    lines = _old_lines(person) if style == "2.1" else _lines(person, style)
    return "".join(f"{line}\r\n" for line in ["BEGIN:VCARD", f"VERSION:{style[:3]}", *lines, "END:VCARD"])


def broken_card(uid: str = "broken-card") -> str:
    """A card that a real server stores and serves, and that no reader can make a contact of: a UID and blanks.

    Radicale, which reads every card with vobject, serves it from a file of its folder; such cards are what a
    synchronization that broke off leaves behind.
    """
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN: \r\nN:;;;;\r\nEND:VCARD\r\n"


# --- vCard 3.0 and 4.0 ------------------------------------------------------------------------------------------------


def _lines(person: Person, style: Style) -> list[str]:
    first, last = _escaped(person.first_name), _escaped(person.last_name)
    lines = [
        f"UID:{'urn:uuid:' if style == '4.0' else ''}{person.uid}",
        f"FN:{_escaped(person.full_name)}",
        f"N:{last};{first};;;",
        *_reach(person, style),
        f"ORG:{_escaped(person.company)}",
        f"TITLE:{_escaped(person.title)}",
        f"ADR;TYPE=HOME:;;{_escaped(person.street)};{_escaped(person.city)};;;",
        f"BDAY:{person.birthday.replace('-', '') if style == '4.0' else person.birthday}",
        f"CATEGORIES:{','.join(map(_escaped, person.groups))}",
    ]
    if person.note:
        lines.append(f"NOTE:{_escaped(person.note)}")
    if person.photo:
        data = base64.b64encode(person.photo).decode()
        lines.append(f"PHOTO:data:image/jpeg;base64,{data}" if style == "4.0" else f"PHOTO;ENCODING=b;TYPE=JPEG:{data}")
    return [_folded(line) for line in lines]


def _reach(person: Person, style: Style) -> list[str]:
    if style == "3.0-apple":
        return _apple_reach(person)
    if style == "4.0":
        phones = [
            f'TEL;VALUE=uri;TYPE="{kind},voice":tel:{number.replace(" ", "-")}' for kind, number in _kinds(person)
        ]
        return [f"EMAIL;TYPE=home;PREF={place}:{email}" for place, email in enumerate(person.emails, 1)] + phones
    phones = [f"TEL;TYPE={kind.upper()},VOICE:{number}" for kind, number in _kinds(person)]
    return [f"EMAIL;TYPE=INTERNET:{email}" for email in person.emails] + phones


def _apple_reach(person: Person) -> list[str]:
    """As an iPhone writes it: types one by one, own labels in a group with what they label."""
    lines = [f"EMAIL;type=INTERNET;type=HOME;type=pref:{person.emails[0]}"]
    for place, email in enumerate(person.emails[1:], 1):
        lines += [f"item{place}.EMAIL;type=INTERNET:{email}", f"item{place}.X-ABLabel:{_LABELS[place]}"]
    lines += [f"TEL;type={kind.upper()};type=VOICE:{number}" for kind, number in _kinds(person)[:-1]]
    place = len(person.emails)
    return [*lines, f"item{place}.TEL:{person.phones[-1]}", f"item{place}.X-ABLabel:{_LABELS[0]}"]


def _kinds(person: Person) -> list[tuple[str, str]]:
    return list(zip(("cell", "work", "home"), person.phones, strict=False))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, no character cut in two (RFC 6350 section 3.2)."""
    if len(line) * 4 <= 75 or (line.isascii() and len(line) <= 75):
        return line
    pieces, octets = [""], 0
    for character in line:
        size = len(character.encode())
        if octets + size > 75:
            pieces.append("")
            octets = 1
        pieces[-1] += character
        octets += size
    return "\r\n ".join(pieces)


# --- vCard 2.1 --------------------------------------------------------------------------------------------------------


def _old_lines(person: Person) -> list[str]:
    """As phones of old write it: bare types, quoted-printable with soft breaks, a backslash that is a backslash."""
    kinds = [f"TEL;{kind.upper()};VOICE:{number}" for kind, number in _kinds(person)]
    lines = [
        f"UID:{person.uid}",
        _quoted("N", f"{person.last_name};{person.first_name};;;"),
        _quoted("FN", person.full_name),
        *(f"EMAIL;INTERNET:{email}" for email in person.emails),
        *kinds,
        _quoted("ORG", person.company.replace(";", "\\;")),
        _quoted("TITLE", person.title),
        _quoted("ADR;HOME", f";;{person.street};{person.city};;;"),
        f"BDAY:{person.birthday}",
    ]
    if person.note:
        lines.append(_quoted("NOTE", person.note))
    if person.photo:
        data = base64.b64encode(person.photo).decode()
        body = "\r\n".join(f" {data[at : at + 72]}" for at in range(0, len(data), 72))
        lines.append(f"PHOTO;JPEG;ENCODING=BASE64:\r\n{body}\r\n")
    return lines


def _quoted(name: str, value: str) -> str:
    """The property, in quoted-printable if it is not plain; a soft break may part the bytes of a character."""
    if value.isascii() and value.isprintable() and len(value) < 60:
        return f"{name}:{value}"
    pieces, length = [""], len(name) + 42
    for byte in value.encode():
        piece = chr(byte) if 0x20 <= byte < 0x7F and byte != 0x3D else f"={byte:02X}"
        if length + len(piece) > 75:
            pieces.append("")
            length = 0
        pieces[-1] += piece
        length += len(piece)
    return f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + "=\r\n".join(pieces)
