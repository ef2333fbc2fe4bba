"""From a contact of the CloudSponge API to one of ours."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from rubrica.domain import contacts as ours
from rubrica.domain.contacts import Birthday, Contact, Organization, Record
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Reason
from rubrica.formats.birthdays import birthday
from rubrica.sources.cloudsponge.answers import Address, Email, Person, Phone
from rubrica.sources.json_api.intake import Intake

_WHOLE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY: Final = re.compile(r"\d\d-\d\d", re.ASCII)
_CONTENT: Final = Contact._fields.index("full_name")

_Reach = TypeVar("_Reach", ours.Email, ours.Phone)


def record(person: Person, place: str, service: str, flaws: set[Reason]) -> Record:
    """The contact that a person is.

    The API gives contacts no names of their own, so what a contact says is its identity: two which say the same have
    one id, until they are told apart.
    """
    intake = Intake(flaws)
    read = intake.record(_contact(person, place, intake))
    if not isinstance(read.value, Contact):
        return read
    return read._replace(value=read.value._replace(id=_identity(read.value, service)))


def _identity(contact: Contact, service: str) -> str:
    if contact.uid:
        return contact_id("cloudsponge", service, "named", contact.uid)
    said = json.dumps(contact[_CONTENT:], ensure_ascii=False, separators=(",", ":"))
    return contact_id("cloudsponge", service, "saying", said)


def _contact(person: Person, place: str, intake: Intake) -> Contact:
    text = intake.text
    first, last = text(person.first_name), text(person.last_name)
    return Contact(
        uid=text(person.external_id),
        place=place,
        full_name=" ".join(filter(None, (first, last))),
        first_name=first,
        last_name=last,
        prefix=text(person.title),
        emails=_emails(person.email, intake),
        phones=_phones(person.phone, intake),
        addresses=_addresses(person.address, intake),
        organizations=_organizations(person, intake),
        birthday=_birthday(person, intake),
        groups=tuple([name for it in intake.capped(person.groups) if (name := text(it))]),
    )


def _emails(values: Sequence[Email | None] | None, intake: Intake) -> tuple[ours.Email, ...]:
    """Entries without an address say nothing, even if they are the primary ones."""
    return _one_primary(
        ours.Email(address, intake.text(it.type), it.primary is True)
        for it in intake.capped(values)
        if it is not None and (address := intake.address(it.address))
    )


def _phones(values: Sequence[Phone | None] | None, intake: Intake) -> tuple[ours.Phone, ...]:
    return _one_primary(
        ours.Phone(number, intake.text(it.type), it.primary is True)
        for it in intake.capped(values)
        if it is not None and (number := intake.number(it.number))
    )


def _one_primary(found: Iterable[_Reach]) -> tuple[_Reach, ...]:
    """Of several that are called primary, the first one is."""
    values = list(found)
    first = next((at for at, it in enumerate(values) if it.primary), None)
    return tuple(it._replace(primary=False) if it.primary and at != first else it for at, it in enumerate(values))


def _addresses(values: Sequence[Address | None] | None, intake: Intake) -> tuple[ours.Address, ...]:
    text = intake.text
    told = [
        ours.Address(
            text(it.type),
            text(it.street),
            text(it.city),
            text(it.region),
            text(it.postal_code),
            text(it.country),
            text(it.formatted),
        )
        for it in intake.capped(values)
        if it is not None
    ]
    return tuple(address for address in told if any(address[1:]))


def _organizations(person: Person, intake: Intake) -> tuple[Organization, ...]:
    """The API names one job, and does not say at which company: it is taken to be the first."""
    names = [name for it in intake.capped(person.companies) if (name := intake.text(it))]
    title = intake.text(person.job_title)
    if not names:
        return (Organization(title=title),) if title else ()
    return (Organization(names[0], title=title), *map(Organization, names[1:]))


def _birthday(person: Person, intake: Intake) -> Birthday | None:
    """The whole date, else the day. A text that is no date is told of, unless the other one is."""
    whole, day = (person.dob or "").strip(), (person.birthday or "").strip()
    found = birthday(whole) if _WHOLE.fullmatch(whole) else None
    if found is None and _DAY.fullmatch(day):
        found = birthday(f"--{day}")
    if found is None and (whole or day):
        intake.flaws.add(Reason.DATE_UNREADABLE)
    return found
