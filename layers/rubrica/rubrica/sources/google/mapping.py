"""From a Person of the People API to a contact."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from rubrica.domain.contacts import Address, Contact, Email, Organization, Phone, Record
from rubrica.domain.contacts import Birthday as DateOfBirth
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.birthdays import birthday
from rubrica.sources.google.labels import Labels
from rubrica.sources.google.people import (
    Birthday,
    FieldMetadata,
    Membership,
    Name,
    Person,
    PostalAddress,
    Value,
)
from rubrica.sources.google.people import Organization as Employer
from rubrica.sources.json_api.intake import Intake
from rubrica.sources.owner import owner_of

_PHONE_TYPES: Final[Mapping[str | None, str]] = MappingProxyType(
    {
        "homeFax": "home fax",
        "workFax": "work fax",
        "otherFax": "other fax",
        "workMobile": "work mobile",
        "workPager": "work pager",
        "googleVoice": "google voice",
    }
)
"""Google's words of more than one word; its others are as they should be, and what is not Google's is the user's."""

_ISO_DATE: Final = re.compile(r"(?:\d{4}|-)-\d\d-\d\d", re.ASCII)
_NO_NAME: Final = Name()
_OWN_PROFILE: Final = "people/me"


class _Preferable(Protocol):
    metadata: FieldMetadata | None


F = TypeVar("F", bound=_Preferable)


def record(person: Person, place: str, labels: Labels, flaws: set[Reason]) -> Record:
    """The contact that a person is. `place` is where it stands when it has no name of its own."""
    intake = Intake(flaws)
    text = intake.text
    name = _chosen(person.names) or _NO_NAME
    uid = text(person.resource_name)
    place = uid or place
    return intake.record(
        Contact(
            contact_id("google", place),
            uid,
            place,
            text(name.display_name or name.unstructured_name),
            text(name.given_name),
            text(name.middle_name),
            text(name.family_name),
            text(name.honorific_prefix),
            text(name.honorific_suffix),
            _only(person.nicknames, intake),
            _emails(person.email_addresses, intake),
            _phones(person.phone_numbers, intake),
            _addresses(person.addresses, intake),
            _organizations(person.organizations, intake),
            _birthday(person.birthdays, intake),
            _groups(person.memberships, labels, intake),
            _only(person.biographies, intake, limits.NOTE),
            tuple([url for it in intake.capped(person.urls) if (url := text(it.value))]) if person.urls else (),
        )
    )


def owner(profile: Person) -> Contact | None:
    """Whose account it is, by the user's own profile: names and e-mail addresses. None when it tells neither."""
    value = record(profile, _OWN_PROFILE, Labels({}, 0, set()), set()).value
    return owner_of(value) if isinstance(value, Contact) else None


def _is_primary(value: _Preferable) -> bool:
    return value.metadata is not None and value.metadata.primary is True


def _chosen(values: Sequence[F] | None) -> F | None:
    """The primary one of several, else the first."""
    if not values:
        return None
    return values[0] if len(values) == 1 else next(filter(_is_primary, values), values[0])


def _only(values: Sequence[Value] | None, intake: Intake, most: int = limits.TEXT) -> str:
    value = _chosen(values)
    return intake.text(value.value, most) if value is not None else ""


def _emails(values: Sequence[Value] | None, intake: Intake) -> tuple[Email, ...]:
    emails = []
    preferred = False
    for it in intake.capped(values):
        address = intake.address(it.value)
        if address:
            primary = not preferred and _is_primary(it)
            preferred = preferred or primary
            emails.append(Email(address, intake.text(it.type), primary))
    return tuple(emails)


def _phones(values: Sequence[Value] | None, intake: Intake) -> tuple[Phone, ...]:
    phones = []
    preferred = False
    for it in intake.capped(values):
        number = intake.number(it.value)
        if number:
            primary = not preferred and _is_primary(it)
            preferred = preferred or primary
            phones.append(Phone(number, _PHONE_TYPES.get(it.type) or intake.text(it.type), primary))
    return tuple(phones)


def _addresses(values: Sequence[PostalAddress] | None, intake: Intake) -> tuple[Address, ...]:
    text = intake.text
    addresses = []
    for it in intake.capped(values):
        street = it.street_address
        if it.extended_address or it.po_box:
            street = "\n".join(filter(None, (street, it.extended_address, it.po_box)))
        address = Address(
            text(it.type),
            text(street),
            text(it.city),
            text(it.region),
            text(it.postal_code),
            text(it.country or it.country_code),
            text(it.formatted_value),
        )
        if any(address[1:]):
            addresses.append(address)
    return tuple(addresses)


def _organizations(values: Sequence[Employer] | None, intake: Intake) -> tuple[Organization, ...]:
    text = intake.text
    told = [Organization(text(it.name), text(it.department), text(it.title)) for it in intake.capped(values)]
    return tuple([organization for organization in told if any(organization)])


def _birthday(values: Sequence[Birthday] | None, intake: Intake) -> DateOfBirth | None:
    """The date of birth that tells a day, the primary one first. Year 0 is no year; month or day 0 is no day."""
    if not values:
        return None
    for it in sorted(values, key=lambda value: not _is_primary(value)) if len(values) > 1 else values:
        text = it.text or ""
        if it.date is not None:
            text = f"{it.date.year or 0:04}-{it.date.month or 0:02}-{it.date.day or 0:02}"
        found = birthday(text) if _ISO_DATE.fullmatch(text.strip()) else None
        if found is not None:
            return found
    intake.flaws.add(Reason.DATE_UNREADABLE)
    return None


def _groups(values: Sequence[Membership] | None, labels: Labels, intake: Intake) -> tuple[str, ...]:
    names: list[str] = []
    for it in intake.capped(values):
        group = it.contact_group_membership
        if group is None:
            # A member of a Workspace domain, which is no label.
            continue
        name = labels.name(group.contact_group_resource_name or "")
        if name is None:
            intake.left_out()
        elif name and name not in names:
            names.append(name)
    return tuple(names)
