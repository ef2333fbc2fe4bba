"""The use cases put together over the stores in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rubrica.adapters.memory import (
    MemoryApps,
    MemoryDataKeys,
    MemoryFiles,
    MemoryImports,
    MemoryNotify,
    MemoryUpstreams,
    MemoryVault,
    MemoryWorkflow,
)
from rubrica.domain.consent import Way
from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Kept, unpack
from rubrica.domain.imports import Decision, Failed, Import, ImportId, State
from rubrica.domain.ledger import Entry
from rubrica.domain.turns import Turn
from rubrica.domain.views import LedgerQuery, SourceView, StartImport, Tenant
from rubrica.errors import RubricaError, ServerRefused
from rubrica.formats import contact_file
from rubrica.ports import Row
from rubrica.services.callback import Callback
from rubrica.services.close import Close
from rubrica.services.delete import Delete
from rubrica.services.open import OpenConsent
from rubrica.services.page_link import PageLink
from rubrica.services.poll import Poll
from rubrica.services.read import Read
from rubrica.services.receive import Receive
from rubrica.services.revoke import Revoke
from rubrica.services.settle import Settle
from rubrica.services.sign_in import SignIn
from rubrica.services.sources import ListSources
from rubrica.services.start import Start, StartLimits
from rubrica.services.sweep import Sweep
from rubrica.sources.upload.source import Upload
from tests.fakes import (
    APP,
    CREDENTIAL,
    RETENTION,
    SERVERS,
    TENANT,
    FixedClock,
    NumberedChance,
    Recorder,
    ScriptedSource,
    ScriptedTokens,
    any_import,
)

SLICE = 60.0
LONGEST = 90.0
SOURCES = {
    "carddav": SourceView("carddav", "CardDAV", "password", needs_server=True, hint=""),
    "icloud": SourceView("icloud", "Apple iCloud", "password", needs_server=False, hint=""),
    "google": SourceView("google", "Google", "consent", needs_server=False, hint="", include=["other_contacts"]),
    "microsoft": SourceView("microsoft", "Microsoft", "consent", needs_server=False, hint=""),
    "upload": SourceView("upload", "File", "upload", needs_server=False, hint=""),
    "cloudsponge": SourceView("cloudsponge", "Another service", "relay", needs_server=False, hint=""),
}
COMMAND = StartImport("carddav", CREDENTIAL, "user-7")
LONGEST_IMPORT = timedelta(hours=1)


def refuse_private(server: str) -> object:
    """Stands in for the check of an address."""
    if "private" in server:
        raise ServerRefused
    return server


@dataclass
class World:
    """Every store, and the use cases over them. `source` is what an import of any source reads."""

    source: ScriptedSource = field(default_factory=lambda: ScriptedSource([]))
    clock: FixedClock = field(default_factory=FixedClock)
    chance: NumberedChance = field(default_factory=NumberedChance)
    imports: MemoryImports = field(default_factory=MemoryImports)
    vault: MemoryVault = field(default_factory=MemoryVault)
    keys: MemoryDataKeys = field(default_factory=MemoryDataKeys)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    notify: MemoryNotify = field(default_factory=MemoryNotify)
    telemetry: Recorder = field(default_factory=Recorder)
    apps: MemoryApps = field(default_factory=lambda: MemoryApps({"google": APP}))
    files: MemoryFiles = field(default_factory=MemoryFiles)
    upstreams: MemoryUpstreams = field(default_factory=MemoryUpstreams)
    tokens: ScriptedTokens = field(default_factory=ScriptedTokens)
    starts_per_minute: int = 60

    @property
    def start(self) -> Start:
        limits = StartLimits(LONGEST_IMPORT, RETENTION, self.starts_per_minute)
        return Start(
            self.imports,
            self.vault,
            self.workflow,
            self.apps,
            self.upstreams,
            self.clock,
            self.chance,
            self.telemetry,
            SOURCES,
            SERVERS,
            refuse_private,
            limits,
        )

    @property
    def offer(self) -> ListSources:
        return ListSources(list(SOURCES.values()), self.apps, self.upstreams, self.telemetry)

    @property
    def open(self) -> OpenConsent:
        return OpenConsent(
            self.imports, self.workflow, self.clock, self.chance, self.telemetry, LONGEST_IMPORT, RETENTION
        )

    @property
    def file_link(self) -> PageLink:
        return PageLink(self.imports, self.clock, Way.FILE)

    @property
    def sign_in_link(self) -> PageLink:
        return PageLink(self.imports, self.clock, Way.SIGN_IN)

    @property
    def settle(self) -> Settle:
        return Settle(self.imports, self.workflow, self.clock, self.telemetry, LONGEST_IMPORT, RETENTION)

    @property
    def receive(self) -> Receive:
        return Receive(self.settle, self.files, self.vault, self.telemetry, contact_file.check)

    @property
    def sign_in(self) -> SignIn:
        return SignIn(self.settle, self.vault, self.telemetry, SOURCES, refuse_private)

    @property
    def callback(self) -> Callback:
        return Callback(
            self.imports,
            self.vault,
            self.workflow,
            self.notify,
            self.clock,
            self.telemetry,
            SERVERS,
            LONGEST_IMPORT,
            RETENTION,
        )

    @property
    def poll(self) -> Poll:
        uploads = Upload(self.files, contact_file.read)
        sources = {"carddav": self.source, "google": self.source, "cloudsponge": self.source, "upload": uploads}
        return Poll(self.imports, self.vault, self.keys, sources, self.tokens, self.clock, self.telemetry)

    @property
    def close(self) -> Close:
        return Close(self.imports, self.revoke, self.notify, self.clock, self.telemetry, RETENTION)

    @property
    def revoke(self) -> Revoke:
        return Revoke(self.vault, self.tokens.revoke, {"google"}, self.telemetry)

    @property
    def read(self) -> Read:
        return Read(self.imports, self.keys, self.clock)

    @property
    def delete(self) -> Delete:
        return Delete(self.imports, self.revoke, self.clock, self.telemetry)

    @property
    def sweep(self) -> Sweep:
        return Sweep(self.imports, self.workflow, self.close, self.clock, self.telemetry)

    def add(self, imp: Import | None = None, kept: Kept = CREDENTIAL) -> Import:
        """A new import, with what is kept sealed beside it."""
        imp = imp or any_import()
        row = Row(imp, credential=self.vault.seal(imp, kept.pack()))
        return self.imports.add(row, None, self.clock.now() + timedelta(seconds=60))[0]

    def imp(self, import_id: int = 1126) -> Import:
        """The import as it is stored."""
        return self.imports.rows[ImportId(import_id)].imp

    def kept(self, import_id: int = 1126) -> Kept | None:
        """What is kept sealed beside the import, None when there is nothing any more."""
        row = self.imports.rows[ImportId(import_id)]
        return None if row.credential is None else unpack(self.vault.open(row.imp, row.credential))

    def turn(self, polls: int, retry: int = 0, run: int = 1, import_id: int = 1126) -> Decision:
        """One call of the poll task."""
        turn = Turn(ImportId(import_id), run, polls, retry)
        return self.poll(turn, SLICE, LONGEST)

    def finish(self, failure: type[RubricaError] | None = None) -> Import:
        """Close the import."""
        self.close(ImportId(1126), failure)
        return self.imp()

    def imported(self) -> Import:
        """The import, started, read in one slice and closed."""
        self.add()
        decision = self.turn(0)
        assert not isinstance(decision, Failed)
        imp = self.finish()
        assert imp.state is State.COMPLETE
        return imp

    def contacts(self, limit: int = 500, tenant: Tenant = TENANT) -> list[Contact]:
        """All contacts, as a caller reads them who follows the cursors."""
        found: list[Contact] = []
        cursor = ""
        while True:
            page = self.read.contacts(tenant, ImportId(1126), cursor, limit)
            assert len(page.contacts) <= limit
            found.extend(page.contacts)
            cursor = page.next
            if not cursor:
                return found

    def ledger(self, limit: int = 500, query: LedgerQuery | None = None) -> Sequence[Entry]:
        """All lines of the ledger, as a caller reads them who follows the cursors."""
        found: list[Entry] = []
        query = query or LedgerQuery(frozenset(), "", limit)
        while True:
            page = self.read.ledger(TENANT, ImportId(1126), query)
            found.extend(page.entries)
            if not page.next:
                return found
            query = LedgerQuery(query.fates, page.next, query.limit)
