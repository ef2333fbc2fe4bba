"""Close an import: write its terminal state once, delete its credential, revoke its token, tell the tenant."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from rubrica.domain.credential import Token, unpack
from rubrica.domain.imports import Import, ImportId, State, ended
from rubrica.errors import CredentialLost, ImportGone, ImportStalled, KeyUnavailable, RubricaError
from rubrica.ports import Clock, Imports, Notify, Row, Telemetry, Vault


@dataclass(frozen=True, slots=True)
class Close:
    """The use case; `retention` is how long contacts can be read after it, `revocable` are the sources whose tokens
    the provider ends when it is asked to, by `revoke`, which is ports.Tokens' own."""

    imports: Imports
    vault: Vault
    revoke: Callable[[Import, Token], bool | None]
    notify: Notify
    clock: Clock
    telemetry: Telemetry
    retention: timedelta
    revocable: Collection[str] = ()

    def __call__(self, import_id: ImportId, failure: type[RubricaError] | None, run: int | None = None) -> None:
        """Close the import: complete if its source was read to the end, whatever befell the workflow then, else failed.

        An import that is closed already stays as it is, one that is gone is left alone, and so is one that has
        moved on to another run than `run`. Raises PlatformTrouble; calling again is safe.
        """
        row = self.imports.get(import_id)
        if row is None or (run is not None and row.imp.run != run):
            return
        try:
            closed = row.imp if row.imp.terminal else self._close(row.imp, failure)
        except ImportGone:
            return
        if closed.terminal and closed.state is not State.PURGED:
            self.notify.closed(closed)

    def _close(self, imp: Import, failure: type[RubricaError] | None) -> Import:
        failure = None if imp.exhausted else failure or ImportStalled
        row = self.imports.close(ended(imp, failure, self.clock.now(), self.retention))
        if row.imp.terminal:  # a consent that came in the last moment is not abandoned
            self._report(row.imp)
        self._revoke(row)
        return row.imp

    def _revoke(self, row: Row) -> None:
        """End the token that the import's end has deleted here; at the provider it would live on for an hour.

        Only who closed the import has it, so the provider is asked once. An import never waits for this: what cannot
        be revoked is reported, and ends by itself.
        """
        if row.credential is None or row.imp.source not in self.revocable:
            return
        try:
            kept = unpack(self.vault.open(row.imp, row.credential))
        except (KeyUnavailable, CredentialLost, ValueError):
            self._report_revocation(row.imp, "unknown")
            return
        if isinstance(kept, Token):
            revoked = self.revoke(row.imp, kept)
            self._report_revocation(row.imp, "revoked" if revoked else "parked")

    def _report_revocation(self, imp: Import, outcome: str) -> None:
        self.telemetry.event("revocation", import_id=imp.id, source=imp.source, outcome=outcome)
        self.telemetry.count("Revocations", source=imp.source, outcome=outcome)

    def _report(self, imp: Import) -> None:
        self.telemetry.event(
            "closed",
            import_id=imp.id,
            source=imp.source,
            state=imp.state.value,
            failure=imp.failure,
            contacts=imp.progress.contacts,
            rejected=imp.progress.rejected,
        )
        self.telemetry.count("ImportsClosed", source=imp.source, state=imp.state.value, failure=imp.failure or "none")
