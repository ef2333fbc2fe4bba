"""Stand-ins for the world, plainly written: time, chance, telemetry, a scripted source, and makers of values."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rubrica.domain.consent import App, AuthorizationServer
from rubrica.domain.contacts import Contact, Email, Group
from rubrica.domain.credential import Access, Code, Credential, Token
from rubrica.domain.imports import Import, ImportId, State, TenantId
from rubrica.domain.ledger import Entry
from rubrica.domain.views import Tenant
from rubrica.ports import Batch, Cursor

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
RETENTION = timedelta(hours=24)
TENANT = Tenant(TenantId("tenant-a"), "Example application")
OTHER_TENANT = Tenant(TenantId("tenant-b"), "Another application")

CANARY_PASSWORD = "canary-password-7f3a"
CANARY_NAME = "Canary Zz-Surname"
CANARY_EMAIL = "zz-canary@example.org"
CREDENTIAL = Credential("https://dav.example.com/", CANARY_EMAIL, CANARY_PASSWORD)

REDIRECT_URL = "https://app.example.com/imported"
ORIGIN = "https://app.example.com"
REGISTERED = replace(TENANT, redirect_urls=(REDIRECT_URL,), origins=(ORIGIN,))
"""The tenant, with what it may name for a browser's way back."""

HOME = "https://rubrica.example.com"
READING = "https://people.example.com/auth/contacts.readonly"
OTHERS = "https://people.example.com/auth/contacts.other.readonly"
SERVERS = {
    "google": AuthorizationServer(
        issuer="https://accounts.example.com",
        authorize="https://accounts.example.com/o/oauth2/v2/auth",
        token="https://accounts.example.com/token",
        scopes=(READING,),
        revoke="https://accounts.example.com/revoke",
        optional={"other_contacts": OTHERS},
        parameters={"access_type": "online"},
        announces_issuer=True,
    ),
    "microsoft": AuthorizationServer(
        issuer="https://login.example.org/{tenantid}/v2.0",
        authorize="https://login.example.org/{directory}/oauth2/v2.0/authorize",
        token="https://login.example.org/{directory}/oauth2/v2.0/token",
        scopes=("https://graph.example.org/Contacts.Read",),
    ),
}
"""Two authorization servers that differ as Google's and Microsoft's do."""
APP = App("client-of-example", "canary-client-secret")
CODE = "4/canary-code"
TOKEN = Token("ya29.canary-token", (READING,))


class FixedClock:
    """Stands still; `later` moves it on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def later(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class NumberedChance:
    """Ids 1001, 1002, … unless told others; tokens that are told apart by a number at their beginning."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = list(ids)
        self._next_id = 1000
        self._next_token = 0

    def import_id(self) -> int:
        if self._ids:
            return self._ids.pop(0)
        self._next_id += 1
        return self._next_id

    def token(self) -> str:
        self._next_token += 1
        return f"{self._next_token:04}-token-of-chance-xyz"


@dataclass
class Recorder:
    """Implements ports.Telemetry: remembers what was said."""

    events: list[tuple[str, dict[str, int | str]]] = field(default_factory=list)
    counts: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)

    def event(self, name: str, **fields: int | str) -> None:
        self.events.append((name, fields))

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        self.counts.append((name, value, dimensions))

    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@dataclass
class ScriptedSource:
    """Implements ports.Source. Plays its batches from the cursor on, which is the number of those before it.

    `before` has what happens before a batch is handed out, once: an error to raise, or a call to make.
    """

    batches: Sequence[Batch]
    before: dict[int, list[Exception | Callable[[], object]]] = field(default_factory=dict)
    opened_with: list[Access] = field(default_factory=list)
    cursors: list[Cursor | None] = field(default_factory=list)

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        self.opened_with.append(access)
        self.cursors.append(cursor)
        at = 0 if cursor is None else int(str(cursor["at"]))
        for index in range(at, len(self.batches) + 1):
            for step in self._due(index):
                if isinstance(step, Exception):
                    raise step
                step()
            if index < len(self.batches):
                yield self.batches[index]

    def _due(self, index: int) -> Iterable[Exception | Callable[[], object]]:
        waiting = self.before.get(index, [])
        while waiting:
            yield waiting.pop(0)


@dataclass
class ScriptedTokens:
    """Implements ports.Tokens: redeems every code for one token, and revokes it.

    `before` has what happens before a code is redeemed, once: an error to raise, or a call to make.
    """

    token: Token = TOKEN
    revokes: bool | None = True
    before: list[Exception | Callable[[], object]] = field(default_factory=list)
    redeemed: list[Code] = field(default_factory=list)
    revoked: list[tuple[ImportId, Token]] = field(default_factory=list)

    def redeem(self, imp: Import, code: Code) -> Token:
        self.redeemed.append(code)
        while self.before:
            step = self.before.pop(0)
            if isinstance(step, Exception):
                raise step
            step()
        return replace(self.token, include=code.include)

    def revoke(self, imp: Import, token: Token) -> bool | None:
        self.revoked.append((imp.id, token))
        return self.revokes


def any_import(**changes: Any) -> Import:
    """An import as it was just started, but for the changes."""
    deadline = NOW + timedelta(hours=1)
    imp = Import(
        id=ImportId(1126),
        tenant=TENANT.id,
        source="carddav",
        state=State.CREATED,
        created_at=NOW,
        deadline=deadline,
        expires_at=deadline + RETENTION,
        reference="user-7",
    )
    return replace(imp, **changes)


def any_contact(number: int = 1, **changes: Any) -> Contact:
    """One of the invented people, told from the others by a number."""
    contact = Contact(
        id=f"id{number:022}",
        uid=f"uid-{number}",
        place=f"/book/{number}.vcf",
        full_name=f"Person {number}",
        emails=(Email(f"person-{number}@example.com", "home", primary=True),),
    )
    return contact._replace(**changes)


def people(first: int, last: int) -> list[Contact]:
    """The invented people from one number to another, both included."""
    return [any_contact(number) for number in range(first, last + 1)]


def batches(
    *parts: Sequence[Contact],
    entries: Sequence[Entry] = (),
    groups: Sequence[Group] = (),
    announced: int | None = None,
) -> list[Batch]:
    """A source's batches, with the cursors that ScriptedSource reads; entries and groups come with the last."""
    made = [Batch(part, (), {"at": number}, announced) for number, part in enumerate(parts, 1)]
    made[-1] = replace(made[-1], entries=entries, groups=groups)
    return made


class Broken:
    """A client, or an adapter, that answers every call with the same error, and counts them."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any, **__: Any) -> Any:
            self.calls += 1
            raise self.error

        return call
