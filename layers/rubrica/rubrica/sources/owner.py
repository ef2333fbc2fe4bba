"""Whose address book it is, as far as an import keeps it: the owner lies in the import's row, where there is little
room (docs/data.md)."""

from typing import Final

from rubrica.domain.contacts import Contact, Email

_MOST: Final = 10
"""E-mail addresses of an owner."""


def owner_of(told: Contact) -> Contact | None:
    """The name and at most ten e-mail addresses, each once and the primary one among them; None when there is neither.

    An address in the place of a name is no name: where none is known, some write the address there.
    """
    known: dict[str, Email] = {}
    for email in told.emails:
        known.setdefault(email.address.lower(), email)
    full, first, middle, last = (
        "" if name.lower() in known else name
        for name in (told.full_name, told.first_name, told.middle_name, told.last_name)
    )
    if not (full or first or middle or last or known):
        return None
    return Contact(
        id=told.id,
        uid=told.uid,
        place=told.place,
        full_name=full,
        first_name=first,
        middle_name=middle,
        last_name=last,
        prefix=told.prefix,
        suffix=told.suffix,
        emails=_few(tuple(known.values())),
    )


def _few(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    if len(emails) <= _MOST:
        return emails
    return tuple(sorted(emails, key=lambda it: not it.primary)[:_MOST])
