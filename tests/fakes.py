"""Stand-ins for the world, plainly written: time, chance, telemetry, a scripted source, and makers of values."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rubrica.domain.contacts import Contact, Email, Group
from rubrica.domain.credential import Credential
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
    credentials: list[Credential] = field(default_factory=list)
    cursors: list[Cursor | None] = field(default_factory=list)

    def read(
        self, credential: Credential, cursor: Cursor | None, stopped: Callable[[], bool]
    ) -> Generator[Batch, None, None]:
        self.credentials.append(credential)
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
