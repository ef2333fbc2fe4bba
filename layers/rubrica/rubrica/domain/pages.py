"""Stored pages: contacts, groups and ledger entries as compressed compact JSON.

Positions, not names, carry the meaning of a contact's fields: a page lives for hours and is read by the
version that wrote it or the next, so fields are only ever appended to the named tuples.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Group, Organization, Phone
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import PageUnreadable

LARGEST_PAGE: Final = 350_000
"""Bytes of one sealed page; an item of DynamoDB's holds at most 400 KB with its keys."""

LARGEST_PLAIN: Final = 64_000_000
"""Bytes of one page opened; nothing we write comes near it, so more is not ours."""

OWNER: Final = "owner"
"""What the owner of an address book is sealed as: there is one, beside the pages."""

_COMPRESSION: Final = 7
"""6 takes a microsecond less for each contact, and 2 per cent more of the table; more than 7 takes twice as long."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

Record = TypeVar("Record", Contact, Group, Entry)


class Sheet(NamedTuple):
    """What is stored under one page number: contacts, and the ledger's lines about them and what lay between them."""

    contacts: Sequence[Contact]
    entries: Sequence[Entry]
    packed_contacts: bytes
    packed_entries: bytes


def pack(records: Sequence[Contact] | Sequence[Group] | Sequence[Entry]) -> bytes:
    """The records of one page, compressed."""
    return zlib.compress(_encode(records).encode("utf-8", "replace"), _COMPRESSION)


def unpack_contacts(packed: bytes) -> list[Contact]:
    """The contacts of a page. Raises PageUnreadable."""
    return _unpack(packed, _contact)


def unpack_groups(packed: bytes) -> list[Group]:
    """The groups of a page. Raises PageUnreadable."""
    return _unpack(packed, lambda fields: _group(*fields))


def unpack_entries(packed: bytes) -> list[Entry]:
    """The ledger entries of a page. Raises PageUnreadable."""
    return _unpack(packed, lambda fields: _entry(*fields))


def weight(contact: Contact) -> int:
    """About how many bytes the contact takes in an answer, the names of its fields included."""
    values = len(contact.emails) + len(contact.phones) + 2 * len(contact.addresses) + len(contact.organizations)
    return 400 + 80 * values + len(_encode(contact).encode("utf-8", "replace"))


def split(contacts: Sequence[Contact], entries: Sequence[Entry], largest: int = LARGEST_PAGE) -> list[Sheet]:
    """Contacts and ledger lines as sheets, in order, whose pages have at most `largest` bytes each.

    The line about a contact stays with the contact. A contact that alone is larger than a page becomes a line of
    the ledger.
    """
    if not contacts and not entries:
        return []
    sheet = Sheet(contacts, entries, pack(contacts), pack(entries) if entries else b"")
    if max(len(sheet.packed_contacts), len(sheet.packed_entries)) <= largest:
        return [sheet]
    if len(contacts) == 1 and len(sheet.packed_contacts) > largest:
        alone = frozenset({contacts[0].id})
        return split((), [_too_large(contacts[0]), *(it for it in entries if not _tells_of(it, alone))], largest)
    first, second = _halves(contacts, entries)
    if not any(first):
        return [sheet]
    return [*split(*first, largest), *split(*second, largest)]


def split_groups(groups: Sequence[Group], largest: int = LARGEST_PAGE) -> list[bytes]:
    """The groups as packed pages of at most `largest` bytes each; a group too large for one goes on in the next."""
    if not groups:
        return []
    packed = pack(groups)
    if len(packed) <= largest:
        return [packed]
    if len(groups) > 1:
        middle = len(groups) // 2
        halves = groups[:middle], groups[middle:]
    else:
        group, middle = groups[0], len(groups[0].members) // 2
        halves = [group._replace(members=group.members[:middle])], [group._replace(members=group.members[middle:])]
    return [body for half in halves for body in split_groups(half, largest)]


def _halves(contacts: Sequence[Contact], entries: Sequence[Entry]) -> list[tuple[Sequence[Contact], Sequence[Entry]]]:
    middle = len(contacts) // 2
    parts = contacts[:middle], contacts[middle:]
    owners = [frozenset(contact.id for contact in part if contact.id) for part in parts]
    loose = [entry for entry in entries if not any(_tells_of(entry, ids) for ids in owners)]
    between = loose[: len(loose) // 2], loose[len(loose) // 2 :]
    return [
        (part, [*some, *(entry for entry in entries if _tells_of(entry, ids))])
        for part, some, ids in zip(parts, between, owners, strict=True)
    ]


def _tells_of(entry: Entry, ids: frozenset[str]) -> bool:
    return entry.fate is Fate.ACCEPTED and entry.contact_id in ids


def _too_large(contact: Contact) -> Entry:
    return Entry(contact.place, Fate.REJECTED, (Reason.CARD_TOO_LARGE,))


def told(entries: Iterable[Entry]) -> frozenset[str]:
    """The ids of the contacts that the lines tell of themselves; others were accepted whole."""
    return frozenset(entry.contact_id for entry in entries if entry.fate is Fate.ACCEPTED and entry.contact_id)


def _unpack(packed: bytes, record: Callable[[Any], Record]) -> list[Record]:
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(packed, LARGEST_PLAIN)
        if inflate.eof:
            return [record(fields) for fields in json.loads(plain)]
    except (zlib.error, ValueError, TypeError, RecursionError):
        # The error's text may repeat what the page holds.
        raise PageUnreadable from None
    raise PageUnreadable


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


def _group(uid: str, name: str, members: list[str]) -> Group:
    return Group(uid, name, tuple(members))


def _entry(place: str, fate: str, reasons: list[str], contact_id: str) -> Entry:
    return Entry(place, Fate(fate), tuple(map(Reason, reasons)), contact_id)
