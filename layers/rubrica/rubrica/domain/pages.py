"""Stored pages: contacts, groups and ledger entries as compressed compact JSON.

Positions, not names, carry the meaning of a contact's fields: a page lives for hours and is read by the
version that wrote it or the next, so fields are only ever appended to the named tuples.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any, Final

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Group, Organization, Phone
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import PageUnreadable

LARGEST_PAGE: Final = 350_000
"""Bytes of one sealed page; an item of DynamoDB's holds at most 400 KB with its keys."""

LARGEST_PLAIN: Final = 64_000_000
"""Bytes of one page opened; nothing we write comes near it, so more is not ours."""

_COMPRESSION: Final = 6


def pack(records: Sequence[Contact] | Sequence[Group] | Sequence[Entry]) -> bytes:
    """The records of one page, compressed."""
    plain = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(plain.encode("utf-8", "replace"), _COMPRESSION)


def unpack_contacts(packed: bytes) -> list[Contact]:
    """The contacts of a page. Raises PageUnreadable."""
    return [_contact(fields) for fields in _unpack(packed)]


def unpack_groups(packed: bytes) -> list[Group]:
    """The groups of a page. Raises PageUnreadable."""
    return [Group(uid, name, tuple(members)) for uid, name, members in _unpack(packed)]


def unpack_entries(packed: bytes) -> list[Entry]:
    """The ledger entries of a page. Raises PageUnreadable."""
    return [
        Entry(place, Fate(fate), tuple(map(Reason, reasons)), contact_id)
        for place, fate, reasons, contact_id in _unpack(packed)
    ]


def weight(contact: Contact) -> int:
    """About how many characters the contact takes as JSON."""
    values = len(contact.emails) + len(contact.phones) + 2 * len(contact.addresses) + len(contact.organizations)
    return 400 + len(contact.note) + 80 * values


def split(records: Sequence[Contact], largest: int = LARGEST_PAGE) -> list[bytes]:
    """The contacts as one or more packed pages of at most `largest` bytes each, in order.

    A single contact is never split: the readers' limits keep one far below a page.
    """
    packed = pack(records)
    if len(packed) <= largest or len(records) <= 1:
        return [packed]
    middle = len(records) // 2
    return [*split(records[:middle], largest), *split(records[middle:], largest)]


def _unpack(packed: bytes) -> list[Any]:
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(packed, LARGEST_PLAIN)
        if inflate.unconsumed_tail or not inflate.eof:
            raise PageUnreadable
        records = json.loads(plain)
    except (zlib.error, ValueError):
        raise PageUnreadable from None
    if not isinstance(records, list):
        raise PageUnreadable
    return records


def _contact(fields: list[Any]) -> Contact:
    contact = Contact(*fields)
    return contact._replace(
        emails=tuple(Email(*value) for value in contact.emails),
        phones=tuple(Phone(*value) for value in contact.phones),
        addresses=tuple(Address(*value) for value in contact.addresses),
        organizations=tuple(Organization(*value) for value in contact.organizations),
        birthday=Birthday(*contact.birthday) if contact.birthday else None,
        groups=tuple(contact.groups),
        urls=tuple(contact.urls),
    )
