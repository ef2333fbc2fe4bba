"""What the services and sources ask of the world, as protocols; `adapters/` holds the answers."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rubrica.domain.consent import App, Opening
from rubrica.domain.contacts import Contact, Group
from rubrica.domain.credential import Access, Code, File, Token
from rubrica.domain.imports import Import, ImportId, Progress, TenantId
from rubrica.domain.ledger import Entry
from rubrica.domain.views import StartImport, Switch, Tenant

# --- Time and chance --------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class Chance(Protocol):
    """Where random numbers come from."""

    def import_id(self) -> int:
        """A number from 1 to 2^31 - 1; two of the dialects need 32-bit integers."""

    def token(self) -> str:
        """At least 128 random bits as URL-safe text."""


# --- Outbound HTTP ----------------------------------------------------------------------------------------------------


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a provider. `silence` is how many seconds the server may go without sending a byte,
    `largest` how many bytes of body are read before the answer counts as too large. Once `stopped` says so,
    nobody waits for the answer any more: it ends with ServerSilent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    silence: float = 10.0
    largest: int = 64 * 1024 * 1024
    stopped: Callable[[], bool] = _never


class Answer(Protocol):
    """A provider's answer; its body is read once, in pieces, while the exchange is open."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names compare without regard to case."""

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces of at most 64 KiB.

        Raises AnswerTooLarge past the request's `largest`, AnswerTruncated when the body ends before its
        announced length, ServerSilent when nothing comes for `silence` seconds, AnswerEncoded when the
        server applied a Content-Encoding that was not asked for.
        """


class Egress(Protocol):
    """The only way out: every address is checked before it is connected to. Safe to use from several threads."""

    def exchange(self, request: Request) -> AbstractContextManager[Answer]:
        """Send one request; never follows a redirect and never repeats a request.

        Raises ServerRefused for an address that is not allowed, ServerNotFound when the name does not
        resolve, ServerUnreachable, ServerSilent, CertificateRefused, AnswerTruncated.
        """


class NameService(Protocol):
    """DNS beyond addresses (RFC 6764 section 3 and 4)."""

    def service(self, name: str) -> tuple[str, int] | None:
        """Target and port of the best SRV record under `name`, or None when there is none."""

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records under `name`; empty when there are none."""


# --- Sources ----------------------------------------------------------------------------------------------------------


Cursor = Mapping[str, object]
"""Where a source goes on: small, JSON-serializable, meaningful to that source only."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source read since the batch before it, and the cursor to go on after it.

    `entries` tells of every record that did not become a contact just as it was; records accepted whole
    need none. `announced` is how many records the source says there are in all, None while unknown.
    `groups` are group records read on the way; they are not contacts. `again` says that the source had to begin anew:
    what is stored already may be in the batch once more, and whoever takes it leaves that out. `owner` is whose address
    book it is, where the source tells; one batch of an import is enough. `nameless` says that the ids stand for what
    the contacts say: several of an import may have one, and whoever takes the batch tells them apart.
    """

    contacts: Sequence[Contact]
    entries: Sequence[Entry]
    cursor: Cursor
    announced: int | None = None
    groups: Sequence[Group] = ()
    again: bool = False
    owner: Contact | None = None
    nameless: bool = False


class NotYet(Exception):
    """Nothing can be read before somebody else has done something: the next slice asks again after `seconds`.

    `begun` says that what the user had to do is done.
    """

    def __init__(self, seconds: int, *, begun: bool) -> None:
        super().__init__()
        self.seconds = seconds
        self.begun = begun


class Source(Protocol):
    """A place contacts come from."""

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """Batches from `cursor` (None: the beginning) to the end; the iterator's end is the source's end.

        Once `stopped` says so the time is over: what the provider still owes then ends with ServerSilent.
        A batch repeated from the same cursor holds the same contacts under the same ids. The caller may
        close the iterator between two batches. Raises ImportFailure leaves, ProviderTrouble among them, and NotYet.
        """


# --- Consent ----------------------------------------------------------------------------------------------------------


class Apps(Protocol):
    """The applications that operators registered at providers."""

    def app(self, tenant: TenantId, source: str) -> App | None:
        """The tenant's own app for a source, else the installation's; None when neither is set up.

        Raises SecretsUnavailable.
        """


class Tokens(Protocol):
    """Access tokens, as the authorization servers of the sources hand them out."""

    def redeem(self, imp: Import, code: Code) -> Token:
        """Redeem a code, in one request. Raises ImportFailure leaves; ProviderTrouble means that the code was not used
        and may be sent again. Raises SecretsUnavailable."""

    def revoke(self, imp: Import, token: Token) -> bool | None:
        """End a token; whether the provider did so, None where the source's provider cannot. Never raises."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An import that another service has begun: its number there, and the page its user opens, "" for none."""

    import_id: int
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Another service of the CloudSponge kind: its base URL, our keys there, and the codes of what it is to read for
    us, in lower case."""

    address: str
    domain_key: str = field(repr=False)
    domain_password: str = field(repr=False)
    services: Sequence[str] = ()


class UpstreamAccounts(Protocol):
    """Our accounts at such services."""

    def upstream(self, tenant: TenantId) -> Upstream | None:
        """The tenant's own, else the installation's; None when neither is set up. Raises SecretsUnavailable."""


class Upstreams(Protocol):
    """Other services of the CloudSponge kind that run imports for a tenant."""

    def services(self, tenant: TenantId) -> Sequence[str]:
        """The codes of what the tenant's upstream reads, in lower case. Raises SecretsUnavailable."""

    def begin(self, tenant: TenantId, command: StartImport) -> Begun:
        """Begin an import there: with the command's credential, else by the user's consent.

        Raises UpstreamRefused, UpstreamNotConfigured, SecretsUnavailable.
        """


class Files(Protocol):
    """Files that users gave, sealed in parts beside their imports."""

    def keep(self, imp: Import, content: bytes) -> File:
        """Store the file; what opens it. Until an import's credential is that, it counts for nothing.

        Raises StorageUnavailable.
        """

    def read(self, file: File) -> bytes:
        """The whole file. Raises PageUnreadable when a part is missing or altered, StorageUnavailable."""


# --- Encryption -------------------------------------------------------------------------------------------------------


class Vault(Protocol):
    """Keeps credentials, under the key made for them and bound to one import of one tenant."""

    def seal(self, imp: Import, secret: bytes) -> bytes:
        """The secret, encrypted. Raises KeyUnavailable."""

    def reseal(self, imp: Import, sealed: bytes, secret: bytes) -> bytes:
        """Another secret, encrypted as `sealed` is, which has just been opened. Raises as open does."""

    def open(self, imp: Import, sealed: bytes) -> bytes:
        """The secret. Raises KeyUnavailable, or CredentialLost when it was not sealed for this import."""


class Sealer(Protocol):
    """Encrypts and opens what belongs to one import, with that import's data key."""

    def seal(self, kind: str, number: int, plain: bytes) -> bytes:
        """`plain`, encrypted and bound to the import and to this place in it."""

    def open(self, kind: str, number: int, sealed: bytes) -> bytes:
        """What was sealed. Raises PageUnreadable for anything altered, moved or cut."""


class DataKeys(Protocol):
    """One data key per import; only its wrapped form is ever stored."""

    def make(self, imp: Import) -> tuple[Sealer, bytes]:
        """A new data key's sealer and the wrapped key. Raises KeyUnavailable."""

    def unwrap(self, imp: Import, wrapped: bytes) -> Sealer:
        """The sealer of a wrapped key. Raises KeyUnavailable, or PageUnreadable when it is another import's."""


# --- Imports in store -------------------------------------------------------------------------------------------------


class PageKind(StrEnum):
    """What a stored page holds; the name is part of the item's key and of what it is sealed with."""

    CONTACTS = "page"
    LEDGER = "ledger"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Page:
    """One stored page: its place, its sealed bytes, at most 350 KB, and the turn that stored it."""

    kind: PageKind
    number: int
    body: bytes = field(repr=False)
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """An import and what is kept sealed beside it."""

    imp: Import
    credential: bytes | None = field(default=None, repr=False)
    data_key: bytes | None = field(default=None, repr=False)
    cursor: bytes | None = field(default=None, repr=False)
    owner: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to move one import on, held by one call of the poll task until a later turn takes it over.

    `turn` grows with every call that the workflow makes for the import, retries included, and is written
    beside everything the holder writes: a write of a holder that was overtaken fails, however late it comes.
    `until` is when the holder will have ended at the latest.
    """

    import_id: ImportId
    run: int
    turn: int
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """What one step moves on: pages, and with them the progress, the cursor and the key they are sealed with.

    `exhausted` says that this was the source's end. `owner` is None where nothing new is known of the owner.
    """

    pages: Sequence[Page]
    progress: Progress
    cursor: bytes = field(repr=False)
    data_key: bytes = field(repr=False)
    expires_at: datetime
    exhausted: bool = False
    owner: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a repeated start is known: a digest of tenant and Idempotency-Key, and one of what was asked."""

    key: str
    digest: str


class LeaseTaken(Exception):
    """This turn, or a later one, has had the import."""


class IdTaken(Exception):
    """The import id is in use."""


class Imports(Protocol):
    """The store of imports. Every change is one conditional write; every method may raise StorageUnavailable."""

    def add(self, row: Row, repeat: Repeat | None, due_at: datetime) -> tuple[Import, bool]:
        """Store a new import; for a repeated start, the import that the first one made. And whether this call added it.

        Raises IdTaken, or IdempotencyKeyReused when the key came with something else.
        """

    def repeated(self, repeat: Repeat, now: datetime) -> Import | None:
        """The import that the same request has added before, None when it is new. Raises IdempotencyKeyReused."""

    def count_start(self, tenant: TenantId, now: datetime) -> int:
        """Count one start of the tenant's in this minute; how many there are with it."""

    def get(self, import_id: ImportId) -> Row | None:
        """The import as last written (a strongly consistent read), expired or not; None when there is no row."""

    def take(self, lease: Lease) -> Row:
        """Take the lease and mark the import as importing; the row with it.

        Raises LeaseTaken when this turn or a later one of the run has had it, ImportGone when the import is
        absent, expired, closed, or in a later run.
        """

    def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
        """Store pages that follow `before`, then move progress and cursor on in one write.

        Until that write the pages count for nothing, and the next turn writes the same numbers anew.
        Raises LeaseTaken when the lease is no longer ours.
        """

    def release(self, lease: Lease, imp: Import, due_at: datetime) -> None:
        """End the slice, keeping troubles, wait, exhaustion and beginning of `imp`. Raises LeaseTaken."""

    def open_consent(self, import_id: ImportId, state: str, opening: Opening) -> None:
        """Remember one more opening of the consent's link, under the digest of its state; the consent is then awaited
        for as long as its answer may come.

        Raises LinkWornOut past MOST_OPENINGS, ImportGone when no consent is awaited.
        """

    def answer_consent(self, imp: Import, credential: bytes | None, due_at: datetime) -> tuple[Import, bool]:
        """Settle the consent that is awaited, once: `imp` is the import as it shall go on, with its `answered`.

        The import as it then stands, and whether this call settled it: another's answer wins. Raises ImportGone.
        """

    def refuse_file(self, import_id: ImportId, failure: str) -> None:
        """Remember the code of what was wrong with the last file, until the consent is answered or the import closed.

        An import that awaits no file stays as it is, and absent is fine.
        """

    def keep(self, lease: Lease, credential: bytes) -> None:
        """Put this in the place of the import's credential. Raises LeaseTaken."""

    def close(self, imp: Import) -> Row:
        """Write the terminal state of `imp` once, and delete credential and cursor.

        The import as it then stands, for another's terminal state wins, and the credential if this call deleted it.
        Raises ImportGone.
        """

    def restart(self, import_id: ImportId, run: int, now: datetime, due_at: datetime) -> bool:
        """Move the import to run `run`, if it is still due and has not moved on; whether it was moved."""

    def pages(self, import_id: ImportId, kind: PageKind, first: int, last: int) -> Iterator[Page]:
        """The stored pages of a kind from `first` to `last`, in order, fetched as they are asked for."""

    def due(self, now: datetime, limit: int) -> Sequence[ImportId]:
        """Imports whose time to be looked at has come, the longest overdue first."""

    def shred(self, import_id: ImportId, due_at: datetime) -> Row | None:
        """Mark the import purged, delete its data key and credential, then its pages. Absent is fine.

        The row as it was, with the credential that this call deleted; None when there was no row. The empty row stays
        until `due_at`, so that pages of a slice that still runs are found and deleted too.
        """

    def purge(self, import_id: ImportId, until: datetime) -> None:
        """Shred the import and take it from what is due. Its empty row, which says that it is gone, stays `until` then.

        Absent is fine.
        """


# --- Around an import -------------------------------------------------------------------------------------------------


class Workflow(Protocol):
    """The loop that moves an import on."""

    def start(self, import_id: ImportId, run: int) -> None:
        """Start run `run`; one that was started before is fine. Raises WorkflowUnavailable."""


class Notify(Protocol):
    """Tells the world that an import has ended."""

    def closed(self, imp: Import) -> None:
        """Announce the end, at least once, without contacts. Raises NotifyUnavailable."""


class KeyKind(StrEnum):
    """Which surface a key opens."""

    BEARER = "bearer"
    """One secret text, of the native surface."""
    DOMAIN = "domain"
    """A domain key and its password, of the CloudSponge dialect; the digest is of both together."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a tenant hears of the end of its imports, and the secret that signs what it hears (Standard Webhooks)."""

    address: str = field(repr=False)
    secret: bytes = field(repr=False)


class Webhooks(Protocol):
    """The webhooks of the tenants."""

    def webhook(self, tenant: TenantId) -> Webhook | None:
        """The tenant's webhook; None when it has none. Raises SecretsUnavailable."""


class Tenants(Protocol):
    """The applications that use this installation, and their keys. Only digests of keys are stored."""

    def by_key(self, digest: str) -> Tenant | None:
        """Whose key this is, disabled or not; None when it is nobody's."""

    def get(self, tenant: TenantId) -> Tenant | None:
        """The tenant of an id, disabled or not; None when there is none."""

    def add(self, tenant: Tenant, digests: Mapping[KeyKind, str]) -> None:
        """Store a new tenant with its first keys."""

    def all(self) -> Sequence[Tenant]:
        """Every tenant, by name."""

    def replace_key(self, tenant: TenantId, kind: KeyKind, digest: str, domain_key: str = "") -> bool:
        """Make this the tenant's only key of its kind, at once; whether there is such a tenant.

        `domain_key` is what to show of a pair of them.
        """

    def disable(self, tenant: TenantId) -> bool:
        """Refuse the tenant's keys from now on; whether there is such a tenant."""

    def enable(self, tenant: TenantId) -> bool:
        """Accept the tenant's keys from now on; whether there is such a tenant."""

    def allow(self, tenant: TenantId, redirect_urls: Sequence[str], origins: Sequence[str]) -> bool:
        """Make these the tenant's only redirect URLs and origins; whether there is such a tenant."""

    def switch(self, tenant: TenantId, switches: Collection[Switch]) -> bool:
        """Make these the only switches that are on; whether there is such a tenant."""

    def tell(self, tenant: TenantId, webhook: bool) -> bool:
        """Whether imports from now on tell the tenant of their end; whether there is such a tenant."""


class Telemetry(Protocol):
    """What may be said about a run: names from the code, ids and numbers; never a user's data."""

    def event(self, name: str, **fields: int | str) -> None:
        """One line of the log."""

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """One measurement."""
