"""Invented people as Outlook keeps them: contact resources with the variety that real mailboxes have."""

import base64
import random
from typing import Any, Final

from local.sandbox.people import Person
from local.sandbox.stand_in.truth import Truth

_CATEGORIES: Final = ("Blue category", "Holiday cards")
_ODD_EVERY: Final = 89


def outlook_id(kind: str, chance: random.Random) -> str:
    """An id as long as Outlook's, with the characters it has."""
    return kind + base64.urlsafe_b64encode(chance.randbytes(72)).decode() + "AAA="


def contact(person: Person, folder: str, name: str, chance: random.Random) -> tuple[dict[str, Any], Truth | None]:
    """A contact of a folder, and what an import must bring; None for nothing. `name` is "" for the default folder."""
    record: dict[str, Any] = {
        "id": outlook_id("AAMkADhi", chance),
        "parentFolderId": folder,
        "createdDateTime": "2024-11-19T07:18:19Z",
        "lastModifiedDateTime": f"2025-04-{person.number % 28 + 1:02}T07:18:20Z",
    }
    groups = frozenset((name,)) if name else frozenset()
    if person.number % _ODD_EVERY == 0:
        return _odd(record, person, groups)
    categories = [_CATEGORIES[person.number % 2]] if person.number % 5 == 0 else []
    birthday, known = _birthday(person)
    record |= {
        "displayName": person.full_name,
        "givenName": person.first_name,
        "surname": person.last_name,
        "fileAs": f"{person.last_name}, {person.first_name}",
        "emailAddresses": _addresses(person),
        "birthday": birthday,
        "categories": categories,
        "personalNotes": person.note,
        **_phones(person),
        **_belongings(person),
    }
    truth = Truth(
        names=(person.full_name, person.first_name, person.last_name),
        emails=person.emails,
        phones=person.phones,
        birthday=known,
        groups=groups | set(categories),
        note=person.note,
    )
    return record, truth


def _addresses(person: Person) -> list[dict[str, Any]]:
    """At most three; some mailboxes hold what is no address of the internet."""
    told = [
        {"name": person.full_name if place else address, "address": address}
        for place, address in enumerate(person.emails)
    ]
    if person.number % 37 == 0 and len(told) < 3:
        told.append({"name": person.full_name, "address": f"/o=ExchangeLabs/ou=Sample/cn=Recipients/cn={person.uid}"})
    if person.number % 41 == 0 and len(told) < 3:
        told.append({"name": "nobody", "address": ""})
    return told


def _phones(person: Person) -> dict[str, Any]:
    """The first is the mobile one, or all are at work."""
    if person.number % 4 == 0:
        return {"businessPhones": list(person.phones)}
    mobile, *rest = person.phones
    return {"mobilePhone": mobile, "homePhones": rest[:1], "businessPhones": rest[1:]}


def _birthday(person: Person) -> tuple[str | None, tuple[int | None, int, int] | tuple[()]]:
    """Outlook keeps noon; the year 1604 means that the year is not known."""
    year, month, day = map(int, person.birthday.split("-"))
    if person.number % 3 == 0:
        return None, ()
    if person.number % 7 == 0:
        return f"1604-{month:02}-{day:02}T11:59:00Z", (None, month, day)
    return f"{person.birthday}T11:59:00Z", (year, month, day)


def _belongings(person: Person) -> dict[str, Any]:
    number = person.number
    address = {"street": person.street, "city": person.city, "countryOrRegion": "United States"}
    some: dict[str, Any] = {"companyName": person.company, "jobTitle": person.title} if number % 3 else {}
    some |= {"homeAddress": address} if number % 2 else {"businessAddress": address}
    some |= {"department": "Samples"} if number % 6 == 0 else {}
    some |= {"nickName": f"Nick {number}"} if number % 14 == 0 else {}
    some |= {"businessHomePage": f"https://example.org/{number}"} if number % 12 == 0 else {}
    some |= {"imAddresses": [f"im.{number}@example.com"]} if number % 15 == 0 else {}
    return some


def _odd(record: dict[str, Any], person: Person, groups: frozenset[str]) -> tuple[dict[str, Any], Truth | None]:
    """Contacts that readers trip over: no name, lists that are null, nothing at all."""
    kind = person.number // _ODD_EVERY % 4
    if kind == 0:
        return record, None
    if kind == 1:
        record |= {"emailAddresses": None, "homePhones": None, "categories": None, "mobilePhone": person.phones[0]}
        return record, Truth(None, phones=person.phones[:1], groups=groups)
    if kind == 2:
        record |= {"companyName": person.company, "displayName": ""}
        return record, Truth(None, groups=groups)
    record["emailAddresses"] = [{"address": person.emails[0]}]
    return record, Truth(None, person.emails[:1], groups=groups)
