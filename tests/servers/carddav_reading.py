"""Reading an address book to the end, for the tests against real and scripted servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rubrica.adapters.egress import GuardedEgress
from rubrica.domain.contacts import Contact, Group
from rubrica.domain.credential import Credential
from rubrica.domain.ledger import Entry, Fate
from rubrica.formats.vcard import read_card
from rubrica.ports import Cursor
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.source import CardDav
from rubrica.sources.registry import SOURCES, SourceInfo

QUICK = Limits(discovery_silence=0.6, listing_silence=0.6, fetch_silence=0.6)


@dataclass
class FakeNames:
    """`ports.NameService` from two dictionaries."""

    services: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def service(self, name: str) -> tuple[str, int] | None:
        self.asked.append(name)
        return self.services.get(name)

    def texts(self, name: str) -> Sequence[str]:
        return self.paths.get(name, ())


@dataclass
class Whole:
    """All that was read, and the cursor after each batch."""

    contacts: list[Contact] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    announced: int | None = None

    @property
    def names(self) -> list[str]:
        return [contact.full_name for contact in self.contacts]

    @property
    def rejected(self) -> dict[str, str]:
        """Place to reason."""
        return {entry.place: entry.reasons[0].value for entry in self.entries if entry.fate is Fate.REJECTED}

    def adds_up(self) -> bool:
        return self.announced == len(self.contacts) + len(self.groups) + len(self.rejected)


def source(
    limits: Limits = QUICK, info: SourceInfo = SOURCES["carddav"], names: FakeNames | None = None, start: str = ""
) -> CardDav:
    """The source over a real egress that may reach loopback."""
    egress = GuardedEgress(allow_loopback=True, longest=1.0)
    return CardDav(egress, names or FakeNames(), read_card, info, start, limits)


def read(
    server: str,
    cursor: Cursor | None = None,
    *,
    username: str = "alice",
    password: str = "sandbox-password",
    reader: CardDav | None = None,
) -> Whole:
    """Read from a server to the end."""
    whole = Whole()
    reader = reader or source()
    try:
        for batch in reader.read(Credential(server, username, password), cursor, lambda: False):
            whole.contacts += batch.contacts
            whole.groups += batch.groups
            whole.entries += batch.entries
            whole.cursors.append(batch.cursor)
            whole.announced = batch.announced
    finally:
        reader.egress.close()  # type: ignore[attr-defined]
    return whole
