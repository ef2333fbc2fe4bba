"""The normalized contact: one shape for every source, dialect and output format.

Values are named tuples: immutable, compact, compared by value, and several times
cheaper to build than frozen dataclasses, which counts at 10,000 cards a second
(docs/adr/0003-contact-values-are-named-tuples.md).
"""

from typing import NamedTuple

from rubrica.domain.ledger import Reason


class Email(NamedTuple):
    """One e-mail address, as the source spells it; `type` is free text, "" when the source names none."""

    address: str
    type: str = ""
    primary: bool = False


class Phone(NamedTuple):
    """One number, as the source spells it.

    `type` is lower case for the source's own vocabulary ("home", "mobile", "work fax", "pager")
    and verbatim for a custom label. A number that is not for voice has "fax" or "pager" in it.
    """

    number: str
    type: str = ""
    primary: bool = False


class Address(NamedTuple):
    """One postal address. Lines of a part are joined by newlines; `formatted` is the source's own label text."""

    type: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    formatted: str = ""


class Organization(NamedTuple):
    """A company, with the person's department and position in it."""

    name: str = ""
    department: str = ""
    title: str = ""


class Birthday(NamedTuple):
    """A date of birth; `year` is None where the source keeps only the day."""

    year: int | None
    month: int
    day: int


class Contact(NamedTuple):
    """One person or organization of an address book.

    `id` is stable for the same record of the same source; "" until the import assigns it.
    `uid` is the source's own identifier (vCard UID, provider id), `place` where the record was found
    (a path on the server, or "card 17" of a file). At most one e-mail and one phone are primary.
    """

    id: str = ""
    uid: str = ""
    place: str = ""
    full_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    organizations: tuple[Organization, ...] = ()
    birthday: Birthday | None = None
    groups: tuple[str, ...] = ()
    note: str = ""
    urls: tuple[str, ...] = ()


class Group(NamedTuple):
    """A named group that the source keeps as a record of its own; `members` are the contacts' `uid`s.

    A source that names the groups on the contact itself fills `Contact.groups` and needs no such record.
    """

    uid: str
    name: str
    members: tuple[str, ...] = ()


class Record(NamedTuple):
    """What one record of a source was read as: a contact, a group, or nothing, and why.

    `reasons` is empty for a record read whole; with a `value` it names what was left out of it,
    without one it says why the record was rejected.
    """

    place: str
    value: Contact | Group | None
    reasons: tuple[Reason, ...] = ()
