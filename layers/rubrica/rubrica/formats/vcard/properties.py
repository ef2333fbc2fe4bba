"""What each property of a card means for the contact (RFC 6350 section 6, RFC 2426 section 3)."""

import re
from collections.abc import Callable
from typing import Final

from rubrica.domain.contacts import Address, Email, Phone
from rubrica.domain.ledger import Reason
from rubrica.formats import limits, reach
from rubrica.formats.birthdays import birthday
from rubrica.formats.cleaning import cleaned
from rubrica.formats.email_addresses import bare_address
from rubrica.formats.vcard.draft import Draft
from rubrica.formats.vcard.heads import Head
from rubrica.formats.vcard.limits import MEMBERS

Handler = Callable[[Draft, Head, str], None]
"""Takes a property's value, unfolded, decoded, stripped and not empty, into the draft."""

_ESCAPE: Final = re.compile(r"\\([nN,;:\\])")
_ESCAPED: Final = {"n": "\n", "N": "\n"}
# Backslashes of 2.1 are literal, but programs that write 3.0 escapes into it exist; no word is taken for one.
_OLD_ESCAPE: Final = re.compile(r"\\([,;]|n(?![a-z]))")
_APPLE_LABEL: Final = re.compile(r"_\$!<(.*)>!\$_\Z")
_APPLE_WORDS: Final = {"homefax": "home fax", "workfax": "work fax", "otherfax": "other fax", "homepage": "home page"}
_LOOSE: Final = {";": (" ;", "; "), ",": (" ,", ", ")}
_NO_ADDRESS: Final = [""] * 7
_NO_NAME: Final = [""] * 5


# --- Texts ------------------------------------------------------------------------------------------------------------


def _text(draft: Draft, value: str) -> str:
    """The text without its escapes."""
    if "\\" not in value:
        return value
    escapes = _OLD_ESCAPE if draft.is_old else _ESCAPE
    return escapes.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), value).strip()


def _parts(draft: Draft, value: str, separator: str) -> list[str]:
    """The texts between separators; an escaped separator separates nothing, in 2.1 neither."""
    if "\\" not in value:
        parts = value.split(separator)
        before, after = _LOOSE[separator]
        return [part.strip() for part in parts] if before in value or after in value else parts
    # Control characters stand for escapes meanwhile: none is left in a value.
    value = value.replace("\\\\", "\0").replace("\\" + separator, "\1")
    return [_text(draft, part.replace("\1", separator).replace("\0", "\\\\")) for part in value.split(separator)]


def _listed(part: str) -> str:
    """A part of a name that may hold several names between commas ("Philip,Paul")."""
    return " ".join(part.replace(",", " ").split())


# --- Names ------------------------------------------------------------------------------------------------------------


def _uid(draft: Draft, _: Head, value: str) -> None:
    if not draft.uid:
        draft.uid = _identifier(_text(draft, value))


def _identifier(value: str) -> str:
    """A UID as members name it: without the scheme that 4.0 puts before it."""
    return value[9:] if value[:9].lower() == "urn:uuid:" else value


def _full_name(draft: Draft, _: Head, value: str) -> None:
    if not draft.full_name:
        draft.full_name = _text(draft, value)


def _name(draft: Draft, _: Head, value: str) -> None:
    if draft.name != ("", "", "", "", ""):
        return
    last, first, middle, prefix, suffix = (_parts(draft, value, ";") + _NO_NAME)[:5]
    if "," in value:
        middle, prefix, suffix = _listed(middle), _listed(prefix), _listed(suffix)
    draft.name = (last, first, middle, prefix, suffix)


def _nickname(draft: Draft, _: Head, value: str) -> None:
    if not draft.nickname:
        draft.nickname = _text(draft, value)


# --- Ways to reach someone --------------------------------------------------------------------------------------------


def _unbroken(draft: Draft, text: str, whole: Callable[[str], str]) -> str:
    """What of an address or a number stands before a control character; said where more was lost than blanks."""
    kept = cleaned(whole(text))
    if kept.split() != cleaned(text).split():
        draft.flaws.add(Reason.LINES_LEFT_OUT)
    return kept


def _email(draft: Draft, head: Head, value: str) -> None:
    emails = draft.emails
    if len(emails) >= limits.VALUES:
        draft.flaws.add(Reason.VALUES_CAPPED)
        return
    address = _text(draft, value)
    if not address.isprintable():
        address = _unbroken(draft, address, reach.address)
    if ":" in address or "<" in address:
        address = bare_address(address)
    if len(address) > limits.EXACT:
        draft.flaws.add(Reason.TEXT_CUT)
    elif address:
        if head.is_marked:
            draft.marked_emails.append((len(emails), head))
        emails.append(Email(address, head.type))


def _phone(draft: Draft, head: Head, value: str) -> None:
    phones = draft.phones
    if len(phones) >= limits.VALUES:
        draft.flaws.add(Reason.VALUES_CAPPED)
        return
    number = _text(draft, value)
    if not number.isprintable():
        number = _unbroken(draft, number, reach.number)
    if ":" in number and number[:4].lower() == "tel:":
        number = number[4:].strip()
    if len(number) > limits.EXACT:
        draft.flaws.add(Reason.TEXT_CUT)
    elif number:
        if head.is_marked:
            draft.marked_phones.append((len(phones), head))
        phones.append(Phone(number, head.type))


def _address(draft: Draft, head: Head, value: str) -> None:
    addresses = draft.addresses
    if len(addresses) >= limits.VALUES:
        draft.flaws.add(Reason.VALUES_CAPPED)
        return
    parts = _parts(draft, value, ";") + _NO_ADDRESS
    box, extended, street, city, region, postal_code, country = parts[:7]
    if box or extended:
        street = "\n".join(part for part in (box, extended, street) if part)
    formatted = _text(draft, head.label) if head.label else ""
    if street or city or region or postal_code or country or formatted:
        if head.group:
            draft.marked_addresses.append((len(addresses), head))
        addresses.append(Address(head.type, street, city, region, postal_code, country, formatted))


def _mailing_label(draft: Draft, head: Head, value: str) -> None:
    if len(draft.mailing_labels) < limits.VALUES:
        draft.mailing_labels.append((head.type, _text(draft, value)))


# --- Work, days and the rest ------------------------------------------------------------------------------------------


def _organization(draft: Draft, _: Head, value: str) -> None:
    if len(draft.organizations) >= limits.VALUES:
        draft.flaws.add(Reason.VALUES_CAPPED)
        return
    name, *units = _parts(draft, value, ";")
    department = ", ".join(filter(None, units)) if units else ""
    if name or department:
        draft.organizations.append((name, department))


def _birthday(draft: Draft, head: Head, value: str) -> None:
    if draft.birthday is None:
        draft.birthday = birthday(_text(draft, value), head.omitted_year)
        if draft.birthday is None:
            draft.flaws.add(Reason.DATE_UNREADABLE)


def _note(draft: Draft, _: Head, value: str) -> None:
    if len(draft.note) >= limits.NOTE:
        draft.flaws.add(Reason.TEXT_CUT)
        return
    note = _text(draft, value)
    draft.note = f"{draft.note}\n{note}" if draft.note else note
    if len(draft.note) > limits.NOTE:
        draft.note = draft.note[: limits.NOTE]
        draft.flaws.add(Reason.TEXT_CUT)


def _several(field: Callable[[Draft], list[str]], most: int = limits.VALUES) -> Handler:
    """A handler for a property whose values, one a line, go into a list of texts."""

    def take(draft: Draft, _: Head, value: str) -> None:
        values = field(draft)
        text = _text(draft, value)
        if len(values) >= most:
            draft.flaws.add(Reason.VALUES_CAPPED)
        elif text:
            values.append(text)

    return take


def _categories(draft: Draft, _: Head, value: str) -> None:
    for name in _parts(draft, value, ","):
        if len(draft.groups) >= limits.VALUES:
            draft.flaws.add(Reason.VALUES_CAPPED)
            return
        if name and name not in draft.groups:
            draft.groups.append(name)


# --- Groups and labels ------------------------------------------------------------------------------------------------


def _kind(draft: Draft, _: Head, value: str) -> None:
    draft.is_group = draft.is_group or value.strip().lower() == "group"


def _member(draft: Draft, _: Head, value: str) -> None:
    if len(draft.members) >= MEMBERS:
        draft.flaws.add(Reason.VALUES_CAPPED)
        return
    draft.members.append(_identifier(_text(draft, value)))


def _label(draft: Draft, head: Head, value: str) -> None:
    """Apple's own labels are words of a vocabulary, written `_$!<Home>!$_`; others are the user's words."""
    label = _text(draft, value)
    built_in = _APPLE_LABEL.match(label)
    if built_in is not None:
        word = built_in[1].lower()
        label = _APPLE_WORDS.get(word, word)
    if head.group and label and len(draft.labels) < 8 * limits.VALUES:
        draft.labels.setdefault(head.group, label)


HANDLERS: Final[dict[str, Handler]] = {
    "UID": _uid,
    "FN": _full_name,
    "N": _name,
    "NICKNAME": _nickname,
    "EMAIL": _email,
    "TEL": _phone,
    "ADR": _address,
    "LABEL": _mailing_label,
    "ORG": _organization,
    "TITLE": _several(lambda draft: draft.titles),
    "ROLE": _several(lambda draft: draft.roles),
    "BDAY": _birthday,
    "NOTE": _note,
    "URL": _several(lambda draft: draft.urls),
    "CATEGORIES": _categories,
    "KIND": _kind,
    "X-ADDRESSBOOKSERVER-KIND": _kind,
    "MEMBER": _member,
    "X-ADDRESSBOOKSERVER-MEMBER": _member,
    "X-ABLABEL": _label,
}
"""The properties Rubrica keeps, by name. Photos, keys, sounds and all others are left out without a word."""
