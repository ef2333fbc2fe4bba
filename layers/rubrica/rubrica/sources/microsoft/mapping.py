"""From a contact of Graph's to ours."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone, Record
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.birthdays import birthday
from rubrica.sources.json_api.intake import Intake
from rubrica.sources.microsoft.graph import EmailAddress, Person

_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?", re.ASCII)
_X500: Final = re.compile(r"(?:EX:)?/\w+=", re.IGNORECASE)


def record(person: Person, place: str, folder: str, flaws: set[Reason]) -> Record:
    """The contact that a person is. `place` is where it stands when it has no id; `folder` is its folder's name,
    "" for the default folder, which sorts nothing."""
    intake = Intake(flaws)
    text = intake.text
    uid = text(person.id)
    place = uid or place
    page = text(person.business_home_page)
    return intake.record(
        Contact(
            contact_id("microsoft", place),
            uid,
            place,
            text(person.display_name),
            text(person.given_name),
            text(person.middle_name),
            text(person.surname),
            text(person.title),
            text(person.generation),
            text(person.nick_name),
            _emails(person.email_addresses, intake),
            tuple(_phones(person, intake)),
            tuple(_addresses(person, intake)),
            _organizations(person, intake),
            _birthday(person.birthday, intake),
            _groups(folder, person.categories, intake),
            text(person.personal_notes, limits.NOTE),
            (page,) if page else (),
        )
    )


def _emails(values: Sequence[EmailAddress] | None, intake: Intake) -> tuple[Email, ...]:
    """Graph does not say which address is which, nor which one is preferred. Recipients of the same organization may
    have no address, or one of Exchange's own (X.500), that nobody outside can write to."""
    emails = []
    for it in intake.capped(values):
        address = intake.address(it.address)
        if address and not _X500.match(address):
            emails.append(Email(address))
        else:
            intake.left_out()
    return tuple(emails)


def _phones(person: Person, intake: Intake) -> Iterator[Phone]:
    if mobile := intake.number(person.mobile_phone):
        yield Phone(mobile, "mobile")
    for type_, numbers in (("home", person.home_phones), ("work", person.business_phones)):
        for told in intake.capped(numbers):
            if number := intake.number(told):
                yield Phone(number, type_)


def _addresses(person: Person, intake: Intake) -> Iterator[Address]:
    text = intake.text
    for type_, it in (
        ("home", person.home_address),
        ("work", person.business_address),
        ("other", person.other_address),
    ):
        if it is None:
            continue
        parts = text(it.street), text(it.city), text(it.state), text(it.postal_code), text(it.country_or_region)
        if any(parts):
            yield Address(type_, *parts)


def _organizations(person: Person, intake: Intake) -> tuple[Organization, ...]:
    text = intake.text
    told = Organization(text(person.company_name), text(person.department), text(person.job_title))
    return (told,) if any(told) else ()


def _birthday(told: str | None, intake: Intake) -> Birthday | None:
    """The date of a timestamp, which is at some hour in UTC that says nothing; 1604 stands for no year."""
    if not told:
        return None
    stamp = _TIMESTAMP.fullmatch(told.strip())
    found = birthday(stamp[1]) if stamp else None
    if found is None:
        intake.flaws.add(Reason.DATE_UNREADABLE)
    return found


def _groups(folder: str, categories: Sequence[str] | None, intake: Intake) -> tuple[str, ...]:
    names = [folder, *map(intake.text, intake.capped(categories))]
    return tuple(dict.fromkeys(filter(None, names)))
