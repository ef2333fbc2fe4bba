"""A contact in CloudSponge's shape."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Phone

Record = Mapping[str, object]

_Value = TypeVar("_Value", Email, Phone)


def record(contact: Contact, *, with_address: bool) -> dict[str, object]:
    """The contact, its keys in the order in which they were recorded.

    What is not known is "" or []; but a type is null, and dob, birthday, title and job_title are left out.
    """
    nameless = not (contact.first_name or contact.last_name)
    return {
        "first_name": contact.full_name if nameless else contact.first_name,
        "last_name": contact.last_name,
        "phone": [_phone(phone, first=not index) for index, phone in enumerate(_primary_first(contact.phones))],
        "email": [_email(email, first=not index) for index, email in enumerate(_primary_first(contact.emails))],
        "address": [_address(address) for address in contact.addresses] if with_address else [],
        "groups": list(contact.groups),
        **_birthday(contact.birthday),
        "companies": [each.name for each in contact.organizations if each.name],
        **_titles(contact),
        "photos": [],
        "locations": [],
    }


def owner_record(owner: Contact | None, *, with_address: bool) -> dict[str, object]:
    """Whose address book it is. Some clients do not look whether it is there, so it always is, be it empty."""
    owner = owner or Contact()
    named = {"external_id": owner.uid} if owner.uid else {}
    return {"owner": True, **record(owner, with_address=with_address), **named}


def _primary_first(values: Sequence[_Value]) -> Sequence[_Value]:
    """The entry that is marked always came first."""
    if len(values) < 2 or values[0].primary:
        return values
    return sorted(values, key=lambda value: not value.primary)


def _phone(phone: Phone, *, first: bool) -> Record:
    told = {"number": phone.number, "type": phone.type or None}
    return {**told, "primary": True} if first and phone.primary else told


def _email(email: Email, *, first: bool) -> Record:
    told = {"address": email.address, "type": email.type or None}
    return {**told, "primary": True} if first and email.primary else told


def _address(address: Address) -> Record:
    return {
        "type": address.type or None,
        "street": address.street,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "formatted": address.formatted or _formatted(address),
    }


def _formatted(address: Address) -> str:
    """The parts as on an envelope, for clients that show nothing else; no country's own order is claimed."""
    town = ", ".join(filter(None, (address.city, " ".join(filter(None, (address.region, address.postal_code))))))
    return "\n".join(filter(None, (address.street, town, address.country)))


def _birthday(birthday: Birthday | None) -> Record:
    """RFC 3339's full-date where the year is known, and the day in any case."""
    if birthday is None:
        return {}
    day = f"{birthday.month:02}-{birthday.day:02}"
    return {"birthday": day} if birthday.year is None else {"dob": f"{birthday.year:04}-{day}", "birthday": day}


def _titles(contact: Contact) -> Record:
    """How the person is addressed, and the first position that is named."""
    position = next((each.title for each in contact.organizations if each.title), "")
    told = {"title": contact.prefix, "job_title": position}
    return {name: value for name, value in told.items() if value}
