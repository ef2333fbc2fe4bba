"""Field masks and read sources, and what they leave of a person or a label."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.sandbox.google_people.errors import invalid

PERSON_FIELDS: Final = frozenset(
    (
        "addresses",
        "ageRanges",
        "biographies",
        "birthdays",
        "calendarUrls",
        "clientData",
        "coverPhotos",
        "emailAddresses",
        "events",
        "externalIds",
        "genders",
        "imClients",
        "interests",
        "locales",
        "locations",
        "memberships",
        "metadata",
        "miscKeywords",
        "names",
        "nicknames",
        "occupations",
        "organizations",
        "phoneNumbers",
        "photos",
        "relations",
        "sipAddresses",
        "skills",
        "urls",
        "userDefined",
    )
)
OTHER_FIELDS: Final = frozenset(("emailAddresses", "metadata", "names", "phoneNumbers", "photos"))
GROUP_FIELDS: Final = frozenset(("clientData", "groupType", "memberCount", "metadata", "name"))
GROUP_DEFAULT: Final = frozenset(("groupType", "memberCount", "metadata", "name"))

_PREFIX: Final = "READ_SOURCE_TYPE_"
_SOURCES: Final = frozenset(("PROFILE", "CONTACT", "DOMAIN_CONTACT", "OTHER_CONTACT"))
_READ_AS: Final[Mapping[str, frozenset[str]]] = {
    "PROFILE": frozenset(("ACCOUNT", "PROFILE", "DOMAIN_PROFILE")),
    "CONTACT": frozenset(("CONTACT",)),
    "DOMAIN_CONTACT": frozenset(("DOMAIN_CONTACT",)),
    "OTHER_CONTACT": frozenset(("OTHER_CONTACT",)),
}


def mask(text: str, name: str, valid: frozenset[str]) -> frozenset[str]:
    """The fields that a mask names. Raises Refused for one that is empty or names what is not valid."""
    if not text:
        raise invalid(f"{name} mask is required. Please specify one or more valid paths.", name)
    fields = frozenset(text.split(","))
    for unknown in sorted(fields - valid):
        raise invalid(f'Invalid {name} mask path: "{unknown}".', name)
    return fields


def read_sources(told: Sequence[str]) -> frozenset[str]:
    """The read source types that a request names, without their prefix. Raises Refused for an unknown one."""
    names = frozenset(value.removeprefix(_PREFIX) for value in told)
    if any(not value.startswith(_PREFIX) for value in told) or names - _SOURCES - {"UNSPECIFIED"}:
        raise invalid("Invalid value at 'sources' (type.googleapis.com/google.people.v1.ReadSourceType)", "sources")
    return names - {"UNSPECIFIED"}


def source_types(names: frozenset[str]) -> frozenset[str]:
    """The types of `metadata.source` whose values may be returned."""
    return frozenset().union(*(_READ_AS[name] for name in names))


def masked_person(person: Mapping[str, Any], fields: frozenset[str], types: frozenset[str]) -> dict[str, Any]:
    """What is returned of a person: its name and etag, and the values of `fields` that come from `types`."""
    shown = {name: person[name] for name in ("resourceName", "etag") if name in person}
    for name, value in person.items():
        if name in fields:
            left = _of_metadata(value, types) if name == "metadata" else _of_values(value, types)
            if left != []:
                shown[name] = left
    return shown


def _of_values(values: object, types: frozenset[str]) -> object:
    return [value for value in values if _type(value) in types] if isinstance(values, list) else values


def _type(value: object) -> str:
    """Where a value comes from; one that does not say so was stored by the user."""
    source = ((value if isinstance(value, dict) else {}).get("metadata") or {}).get("source") or {}
    return str(source.get("type", "CONTACT"))


def _of_metadata(metadata: object, types: frozenset[str]) -> object:
    if not isinstance(metadata, dict) or "sources" not in metadata:
        return metadata
    sources = [source for source in metadata["sources"] if source.get("type", "CONTACT") in types]
    return {**metadata, "sources": sources}


def masked_group(group: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """What is returned of a label; its members are not."""
    shown = {name: group[name] for name in ("resourceName", "etag") if name in group}
    shown |= {name: group[name] for name in sorted(fields) if name in group}
    if "name" in fields and "formattedName" in group:
        shown["formattedName"] = group["formattedName"]
    return shown
