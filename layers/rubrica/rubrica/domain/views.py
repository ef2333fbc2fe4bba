"""What a service hands to a dialect, and what a dialect hands to a service: the words both share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Credential
from rubrica.domain.imports import Import, TenantId
from rubrica.domain.ledger import Entry, Fate


@dataclass(frozen=True, slots=True)
class StartImport:
    """The command to start an import. `reference` is the caller's own word for the user, "" when not given.

    `credential` is for sources that want a password. The others are for a consent: what to `include` beyond the
    source's own, whom the user is likely to sign in as, where the browser goes in the end, and who opened the popup.
    `parts` are the parts of a contact that a dialect hands over only when they were asked for. `service` is another
    service's own code of what is to be read there. `by_page` lets a page of ours ask the user for the password, where
    the source wants one.
    """

    source: str
    credential: Credential | None = None
    reference: str = ""
    include: Sequence[str] = ()
    login_hint: str = field(default="", repr=False)
    redirect_url: str = ""
    origin: str = ""
    parts: Sequence[str] = ()
    service: str = ""
    by_page: bool = False


@dataclass(frozen=True, slots=True)
class ContactsSpan:
    """`count` contacts of a complete import from the one numbered `start` (from 0) on, of `imp.progress.contacts`.

    They are fetched as they are iterated over, once; that may raise PageUnreadable and PlatformTrouble. `owner` is
    whose address book it is, as far as the source tells.
    """

    imp: Import
    owner: Contact | None = field(repr=False)
    start: int
    count: int
    contacts: Iterator[Contact] = field(repr=False)


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
    """One source as the caller may offer it to a user. `hint` tells the user which sign-in is wanted.

    `include` are the words for what can be asked for beyond the source's own. `configured` is false while a source
    that wants a consent lacks the operator's app at the provider.
    """

    name: str
    title: str
    method: str
    needs_server: bool
    hint: str
    include: Sequence[str] = ()
    configured: bool = True

    def lacks_server(self, credential: Credential) -> bool:
        """Whether nothing in the credential says where the address book is."""
        return self.needs_server and not credential.server and "@" not in credential.username


class Switch(StrEnum):
    """What is off for a tenant unless its operator switches it on: older clients need it, and it costs safety."""

    QUERY_CREDENTIALS = "query_credentials"
    """Keys in the query of an address, where proxies and histories keep them."""
    JSONP = "jsonp"
    """Answers as scripts, which pages of any origin can load."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An application that uses this installation.

    `redirect_urls` are the addresses that a browser may be sent back to, `origins` the web origins whose pages may
    open a popup; both hold for exactly what is written. `domain_key` is the public half of its CloudSponge keys, ""
    while it has none. `webhook` says whether it is told of the end of its imports.
    """

    id: TenantId
    name: str
    disabled: bool = False
    redirect_urls: Sequence[str] = ()
    origins: Sequence[str] = ()
    switches: frozenset[Switch] = frozenset()
    domain_key: str = ""
    webhook: bool = False
