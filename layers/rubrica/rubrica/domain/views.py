"""What a service hands to a dialect, and what a dialect hands to a service: the words both share."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Credential
from rubrica.domain.imports import TenantId
from rubrica.domain.ledger import Entry, Fate


@dataclass(frozen=True, slots=True)
class StartImport:
    """The command to start an import. `reference` is the caller's own word for the user, "" when not given."""

    source: str
    credential: Credential
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """Contacts in the source's order. `next` is the cursor of the following page, "" on the last one."""

    contacts: Sequence[Contact] = field(repr=False)
    total: int
    next: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Lines of the ledger in the source's order. `next` is as in ContactsPage."""

    entries: Sequence[Entry] = field(repr=False)
    next: str


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which lines of the ledger are asked for; no fates means all."""

    fates: frozenset[Fate]
    cursor: str
    limit: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source as the caller may offer it to a user. `hint` tells the user which sign-in is wanted."""

    name: str
    title: str
    method: str
    needs_server: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """An application that uses this installation."""

    id: TenantId
    name: str
    disabled: bool = False
