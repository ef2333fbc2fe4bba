"""Invented people as Google keeps them: Person resources with all the variety that real accounts have."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.sandbox.people import Person
from local.sandbox.stand_in.truth import Truth

Values = list[dict[str, Any]]

LABELS: Final[Mapping[str, str]] = {
    "Friends": "contactGroups/1f0a3c2d0b5e6a71",
    "Family": "contactGroups/2c9d4e1f0a7b8c35",
    "Choir": "contactGroups/3b6e7f0a1c2d4e98",
    "Neighbours": "contactGroups/4a1b2c3d0e9f8a76",
    "Book club": "contactGroups/5d8c7b6a0f1e2d43",
}
"""The user's own labels: name and resource name."""

_PHONE_TYPES: Final = ("mobile", "work", "home", "workFax", "homeFax", "pager", "main", "workMobile", "Boat house")
_EMAIL_TYPES: Final = ("home", "work", "other", "Newsletter", None)
_ODD_EVERY: Final = 97


def saved_contact(person: Person, chance: random.Random) -> tuple[dict[str, Any], Truth | None]:
    """A contact the user saved, and what an import of what the user stored must bring; None for nothing."""
    if person.number % _ODD_EVERY == 0:
        return odd_contact(person, chance)
    resource, source = _ids("people", chance), {"type": "CONTACT", "id": f"{chance.getrandbits(60):x}"}
    phones, birthday, labels = _typed(person, chance), _birthday(person), _labels(person)
    primary = len(person.emails) - 1 if person.number % 11 == 0 else 0
    names, name = _names(person, source)
    record = {
        "resourceName": resource,
        "metadata": person_metadata(person, source),
        "names": names,
        "emailAddresses": _emails(person, source, primary),
        "phoneNumbers": _phones(phones, person, source),
        "birthdays": [{"metadata": _meta(source, True), **birthday}] if birthday else [],
        "memberships": _memberships(labels, person, source),
        "biographies": _note(person, source),
        **_belongings(person, source),
    }
    _mix_profile(record, person)
    truth = Truth(
        names=name,
        emails=person.emails,
        phones=tuple(phones),
        birthday=_truth_of(birthday),
        groups=frozenset(labels),
        note=person.note,
        primary_email=person.emails[primary],
    )
    return {field: value for field, value in record.items() if value != []}, truth


def own_profile() -> dict[str, Any]:
    """Who the sample account belongs to: the one who signs in at the sandbox, with an address of hers besides."""
    source = {"type": "PROFILE", "id": "112660000000000000001"}
    name = {"displayName": "Alice Example", "givenName": "Alice", "familyName": "Example"}
    account = {"primary": True, "verified": True, "source": {**source, "type": "ACCOUNT"}, "sourcePrimary": True}
    return {
        "resourceName": f"people/{source['id']}",
        "names": [{"metadata": _meta(source, True), **name, "displayNameLastFirst": "Example, Alice"}],
        "emailAddresses": [
            {"metadata": {"source": source}, "value": "alice.example@example.org", "type": "home"},
            {"metadata": account, "value": "alice@example.com"},
        ],
        "photos": [{"metadata": _meta(source, True), "url": "https://photos.example.com/alice", "default": True}],
    }


def person_metadata(person: Person, source: Mapping[str, Any]) -> dict[str, Any]:
    """PersonMetadata with the one source that every record has."""
    day, minute = person.number // 1440 % 28 + 1, person.number % 1440
    moment = f"2025-03-{day:02}T{minute // 60:02}:{minute % 60:02}:07.123456Z"
    told = {"sources": [{**source, "etag": f"#{person.uid[:10]}=", "updateTime": moment}], "objectType": "PERSON"}
    if person.number % 60 == 0:
        told["previousResourceNames"] = [f"people/c{person.number}000"]
    return told


def _ids(kind: str, chance: random.Random) -> str:
    return f"{kind}/c{chance.getrandbits(61)}"


def _meta(source: Mapping[str, Any], primary: bool = False) -> dict[str, Any]:
    return {**({"primary": True, "sourcePrimary": True} if primary else {}), "source": dict(source)}


def _names(person: Person, source: Mapping[str, Any]) -> tuple[Values, tuple[str, str, str]]:
    prefix = "Dr." if person.number % 13 == 0 else ""
    middle = "Maria" if person.number % 17 == 0 else ""
    display = " ".join(part for part in (prefix, person.first_name, middle, person.last_name) if part)
    name = {
        "metadata": _meta(source, True),
        "displayName": display,
        "familyName": person.last_name,
        "givenName": person.first_name,
        "displayNameLastFirst": f"{person.last_name}, {person.first_name}",
        "unstructuredName": display,
    }
    name |= {"middleName": middle} if middle else {}
    name |= {"honorificPrefix": prefix} if prefix else {}
    return [name], (display, person.first_name, person.last_name)


def _emails(person: Person, source: Mapping[str, Any], primary: int) -> Values:
    values = []
    for place, address in enumerate(person.emails):
        kind = _EMAIL_TYPES[(person.number + place) % len(_EMAIL_TYPES)]
        typed = {"type": kind, "formattedType": kind.title()} if kind else {}
        values.append({"metadata": _meta(source, place == primary), "value": address, **typed})
    return values


def _typed(person: Person, chance: random.Random) -> list[str]:
    """The numbers as somebody would type them."""
    forms = ("{0}", "({1}) {2}-{3}", "{1}.{2}.{3}", "+1 {1} {2} {3}")
    return [chance.choice(forms).format(number, *number.split("-")[1:]) for number in person.phones]


def _phones(typed: Sequence[str], person: Person, source: Mapping[str, Any]) -> Values:
    values = []
    for place, number in enumerate(typed):
        kind = _PHONE_TYPES[(person.number + place) % len(_PHONE_TYPES)]
        value = {"metadata": _meta(source, place == 0), "value": number, "type": kind, "formattedType": kind.title()}
        if (person.number + place) % 5:
            value["canonicalForm"] = f"+1{''.join(filter(str.isdigit, number))[-10:]}"
        values.append(value)
    return values


def _birthday(person: Person) -> dict[str, Any]:
    year, month, day = map(int, person.birthday.split("-"))
    if person.number % 3 == 0:
        return {}
    if person.number % 7 == 0:
        return {"date": {"month": month, "day": day}, "text": f"{month}/{day}"}
    if person.number % 43 == 0:
        return {"text": "some day in spring"}
    return {"date": {"year": year, "month": month, "day": day}}


def _truth_of(birthday: Mapping[str, Any]) -> tuple[int | None, int, int] | tuple[()] | None:
    if "date" in birthday:
        date = birthday["date"]
        return date.get("year"), date["month"], date["day"]
    return None if birthday else ()


def _labels(person: Person) -> list[str]:
    own = ["Neighbours"] if person.number % 9 == 0 else ["Book club"] if person.number % 10 == 0 else []
    return [] if person.number % 4 == 0 else [*person.groups, *own]


def _memberships(labels: Sequence[str], person: Person, source: Mapping[str, Any]) -> Values:
    system = ["contactGroups/myContacts", *(["contactGroups/starred"] if person.number % 20 == 0 else [])]
    return [
        {
            "metadata": {"source": dict(source)},
            "contactGroupMembership": {
                "contactGroupId": name.partition("/")[2],
                "contactGroupResourceName": name,
            },
        }
        for name in [*system, *(LABELS[label] for label in labels)]
    ]


def _note(person: Person, source: Mapping[str, Any]) -> Values:
    if not person.note:
        return []
    return [{"metadata": _meta(source, True), "value": person.note, "contentType": "TEXT_PLAIN"}]


def _belongings(person: Person, source: Mapping[str, Any]) -> dict[str, Any]:
    number, more = person.number, {"metadata": _meta(source)}
    organizations = [{"metadata": _meta(source, True), "name": person.company, "title": person.title, "current": True}]
    if number % 10 == 0:
        organizations.append({**more, "name": "Example Club", "department": "Board", "type": "work"})
    address = {
        "metadata": _meta(source, True),
        "formattedValue": f"{person.street}\n{person.city}\nUS",
        "type": "home",
        "formattedType": "Home",
        "streetAddress": person.street,
        "city": person.city,
        "country": "US",
        "countryCode": "US",
    }
    default = {"default": True} if number % 4 else {}
    photo = {"metadata": _meta(source, True), "url": f"https://photos.example.com/{person.uid}=s100", **default}
    own = {"metadata": _meta(source, True), "key": "Shoe size", "value": str(36 + number % 12)}
    return {
        "organizations": organizations if number % 3 else [],
        "addresses": [address] if number % 2 else [],
        "urls": [{**more, "value": f"https://example.org/{number}", "type": "homePage"}] if number % 12 == 0 else [],
        "nicknames": [{**more, "value": f"Nick {number}"}] if number % 14 == 0 else [],
        "relations": [{**more, "person": "Robin Sample", "type": "spouse"}] if number % 30 == 0 else [],
        "events": [{**more, "date": {"month": 6, "day": 14}, "type": "anniversary"}] if number % 25 == 0 else [],
        "userDefined": [own] if number % 16 == 0 else [],
        "photos": [photo],
    }


def _mix_profile(record: dict[str, Any], person: Person) -> None:
    """What comes from the other person's own profile: not what the user stored."""
    if person.number % 6:
        return
    source = {"type": "PROFILE", "id": f"1{person.number:020}"}
    record["metadata"]["sources"].append({**source, "profileMetadata": {"userTypes": ["GOOGLE_USER"]}})
    own = {"metadata": _meta(source), "displayName": f"Profile of {person.number}", "givenName": "Profile"}
    address = {"metadata": {**_meta(source), "verified": True}, "value": f"profile.{person.number}@example.net"}
    record["names"].append(own)
    record["emailAddresses"].append(address)
    if person.number % 12 == 0:
        record["birthdays"].append({"metadata": _meta(source), "date": {"year": 1901, "month": 1, "day": 1}})


# --- contacts that are odd --------------------------------------------------------------------------------------------


def odd_contact(person: Person, chance: random.Random) -> tuple[dict[str, Any], Truth | None]:
    """Contacts that readers trip over: a name that is null, no metadata, words nobody knows, nothing at all."""
    record: dict[str, Any] = {"resourceName": _ids("people", chance)}
    email, phone = person.emails[0], person.phones[0]
    kind = person.number // _ODD_EVERY % 6
    if kind == 0:
        return {**record, "photos": [{"url": "https://photos.example.com/default", "default": True}]}, None
    if kind == 1:
        record |= {"names": None, "phoneNumbers": None, "memberships": None, "emailAddresses": [{"value": email}]}
        return record, Truth(None, (email,))
    if kind == 2:
        name = {"displayName": person.full_name, "givenName": person.first_name, "familyName": person.last_name}
        record |= {"names": [name], "emailAddresses": [{"value": email}], "phoneNumbers": [{"value": phone}]}
        return record, Truth((person.full_name, person.first_name, person.last_name), (email,), (phone,))
    source = {"type": "CONTACT", "id": f"{chance.getrandbits(60):x}"}
    record["metadata"] = person_metadata(person, source)
    if kind == 3:
        record["metadata"]["objectType"] = "HOLOGRAM"
        record["phoneNumbers"] = [{"metadata": _meta(source), "value": phone, "type": "TELEPATHY_2031"}]
        record["biographies"] = [{"metadata": _meta(source), "value": "Hums.", "contentType": "TEXT_RUNES"}]
        return record, Truth(None, phones=(phone,), note="Hums.")
    if kind == 4:
        record["organizations"] = [{"metadata": _meta(source), "name": person.company}]
        return record, Truth(None)
    record["emailAddresses"] = [{"metadata": _meta(source, True), "value": email}]
    return record, Truth(None, (email,), primary_email=email)
