"""Take the file that a user gives: see that there are contacts in it, keep it, settle the consent once, start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from rubrica.domain import consent
from rubrica.domain.consent import Consent
from rubrica.domain.imports import Import, State, importing
from rubrica.errors import ImportGone, LinkExpired, LinkUnknown
from rubrica.ports import Clock, Files, Imports, Telemetry, Vault, Workflow
from rubrica.services.begin import START_GRACE, begin


@dataclass(frozen=True, slots=True)
class Receive:
    """The use case. `check` looks at a file's content; `longest` is how long the import may take from now on,
    `retention` how long it is kept then."""

    imports: Imports
    files: Files
    vault: Vault
    workflow: Workflow
    clock: Clock
    telemetry: Telemetry
    check: Callable[[bytes], None]
    longest: timedelta
    retention: timedelta

    def __call__(self, imp: Import, content: bytes) -> Import:
        """The import as this file left it, or as another did that was sent at the same time.

        `imp` awaits its file. To choose a file is the consent, so it is settled as one is: once. Raises
        FileNotContacts, FileUnreadable, AddressBookTooLarge, and the import still waits for another file; LinkUnknown,
        LinkExpired; PlatformTrouble.
        """
        if imp.consent is None:
            raise LinkUnknown
        self.check(content)
        begun = self._begun(imp, imp.consent)
        sealed = self.vault.seal(imp, self.files.keep(begun, content).pack())
        try:
            standing, ours = self.imports.answer_consent(begun, sealed, self.clock.now() + START_GRACE)
        except ImportGone:
            raise LinkExpired from None
        if ours:
            self.telemetry.event("file_received", import_id=imp.id, source=imp.source, bytes=len(content))
            begin(self.workflow, self.telemetry, standing)
            self.telemetry.count("ImportsStarted", source=imp.source)
        elif standing.state is State.ABANDONED:
            raise LinkExpired
        return standing

    def _begun(self, imp: Import, awaited: Consent) -> Import:
        now = self.clock.now()
        settled = replace(imp, consent=replace(awaited, answered=consent.digest(awaited.link)), begun_at=now)
        return importing(settled, now, self.longest, self.retention)
