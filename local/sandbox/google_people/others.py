"""Invented people as Google collects them from mail: little more than an address."""

import random
from typing import Any

from local.sandbox.google_people.persons import person_metadata
from local.sandbox.people import Person
from local.sandbox.stand_in.truth import Truth


def other_contact(person: Person, chance: random.Random) -> tuple[dict[str, Any], Truth]:
    """An "other contact", and what an import without profiles must bring."""
    source = {"type": "OTHER_CONTACT", "id": f"{chance.getrandbits(60):x}"}
    first = {"metadata": {"primary": True, "sourcePrimary": True, "source": source}}
    email = f"seen.{person.emails[0]}"
    record: dict[str, Any] = {
        "resourceName": f"otherContacts/c{chance.getrandbits(61)}",
        "metadata": person_metadata(person, source),
        "emailAddresses": [{**first, "value": email}],
    }
    names = None
    if person.number % 3:
        names = person.full_name, person.first_name, person.last_name
        name = {"displayName": names[0], "givenName": names[1], "familyName": names[2], "unstructuredName": names[0]}
        record["names"] = [{**first, **name}]
    phones = person.phones[:1] if person.number % 5 == 0 else ()
    if phones:
        record["phoneNumbers"] = [{**first, "value": phones[0]}]
    if person.number % 6 == 0:
        profile = {"metadata": {"source": {"type": "PROFILE", "id": f"2{person.number:020}"}}}
        record["organizations"] = [{**profile, "name": "Example Profile Works"}]
        record["photos"] = [{**profile, "url": "https://photos.example.com/default", "default": True}]
    return record, Truth(names, (email,), phones, primary_email=email)
