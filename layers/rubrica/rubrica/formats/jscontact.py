"""Contacts as JSContact 1.0 cards (RFC 9553), mapped as RFC 9555 maps their vCards.

RFC 9553 names no document of several cards, so write() makes a JSON array of them. A note, a label or a group
keeps its text; a type that JSContact has no word for becomes a label.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone

Members = Mapping[str, object]

_CONTEXTS: Final[Mapping[str, str]] = {"home": "private", "work": "work"}
_FEATURES: Final[Mapping[str, str]] = {
    "cell": "mobile",
    "fax": "fax",
    "main": "main-number",
    "mobile": "mobile",
    "pager": "pager",
    "text": "text",
    "textphone": "textphone",
    "video": "video",
    "voice": "voice",
}


def write(contacts: Iterable[Contact]) -> bytes:
    """A JSON array of cards, in UTF-8; half a surrogate pair becomes a question mark."""
    cards = [card(contact) for contact in contacts]
    return json.dumps(cards, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def card(contact: Contact) -> Members:
    """One contact as a Card; properties without a value are left out, as RFC 9553 section 1.3.4 has it."""
    properties = {
        "@type": "Card",
        "version": "1.0",
        "uid": contact.uid or contact.id,
        "name": _name(contact),
        "nicknames": _numbered("k", [{"name": contact.nickname}] if contact.nickname else []),
        "organizations": _numbered("o", map(_organization, contact.organizations)),
        "titles": _numbered("t", _titles(contact.organizations)),
        "emails": _numbered("e", map(_email, contact.emails)),
        "phones": _numbered("p", map(_phone, contact.phones)),
        "addresses": _numbered("a", map(_address, contact.addresses)),
        "anniversaries": _numbered("b", [_anniversary(contact.birthday)] if contact.birthday else []),
        "keywords": dict.fromkeys(contact.groups, True),
        "notes": _numbered("n", [{"note": contact.note}] if contact.note else []),
        "links": _numbered("l", ({"uri": url} for url in contact.urls)),
    }
    return _present(properties)


def _present(properties: Members) -> Members:
    return {name: value for name, value in properties.items() if value}


def _numbered(letter: str, values: Iterable[Members]) -> Members:
    """The values under ids of their own (RFC 9553 section 1.4.1); an empty value is left out and uses its number up."""
    return {f"{letter}{number}": value for number, value in enumerate(values, 1) if value}


def _name(contact: Contact) -> Members:
    parts = [
        ("title", contact.prefix),
        ("given", contact.first_name),
        ("given2", contact.middle_name),
        ("surname", contact.last_name),
        ("credential", contact.suffix),
    ]
    components = [{"kind": kind, "value": value} for kind, value in parts if value]
    return _present({"components": components, "full": contact.full_name})


def _organization(organization: Organization) -> Members:
    units = [{"name": organization.department}] if organization.department else []
    return _present({"name": organization.name, "units": units})


def _titles(organizations: Iterable[Organization]) -> Iterator[Members]:
    for number, organization in enumerate(organizations, 1):
        if organization.title:
            employer = f"o{number}" if organization.name or organization.department else ""
            yield _present({"name": organization.title, "kind": "title", "organizationId": employer})


def _email(email: Email) -> Members:
    contexts, _, label = _words(email.type)
    return _present(
        {"address": email.address, "contexts": contexts, "label": label, "pref": 1 if email.primary else None}
    )


def _phone(phone: Phone) -> Members:
    contexts, features, label = _words(phone.type)
    preference = 1 if phone.primary else None
    return _present(
        {"number": phone.number, "features": features, "contexts": contexts, "label": label, "pref": preference}
    )


def _words(kind: str) -> tuple[Members, Members, str]:
    """Contexts, features and label of a type: "work fax" is a context and a feature, "Boat" is a label."""
    words = kind.split()
    contexts = {_CONTEXTS[word]: True for word in words if word in _CONTEXTS}
    features = {_FEATURES[word]: True for word in words if word in _FEATURES}
    if all(word in _CONTEXTS or word in _FEATURES for word in words):
        return contexts, features, ""
    return {}, {}, kind


def _address(address: Address) -> Members:
    parts = [
        ("name", address.street),
        ("locality", address.city),
        ("region", address.region),
        ("postcode", address.postal_code),
        ("country", address.country),
    ]
    components = [{"kind": kind, "value": value} for kind, value in parts if value]
    contexts, _, label = _words(address.type)
    return _present({"components": components, "full": address.formatted, "contexts": contexts, "label": label})


def _anniversary(birthday: Birthday) -> Members:
    date = {"@type": "PartialDate", "year": birthday.year, "month": birthday.month, "day": birthday.day}
    return {"kind": "birth", "date": _present(date)}
