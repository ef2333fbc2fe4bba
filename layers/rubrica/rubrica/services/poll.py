"""Poll an import: take its lease, read one slice of its source, store it, and decide what comes next."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rubrica.domain.credential import Access, Code, Spent, Token, unpack
from rubrica.domain.imports import (
    Decision,
    Done,
    Exhausted,
    Failed,
    Import,
    Outcome,
    OutOfTime,
    Paused,
    Troubled,
    Wait,
    next_step,
    out_of_time,
)
from rubrica.domain.turns import Turn
from rubrica.errors import (
    ConsentNotRedeemed,
    CredentialLost,
    ImportFailure,
    ImportGone,
    PlatformTrouble,
    ProviderTrouble,
    StorageUnavailable,
    WorkerFailed,
)
from rubrica.ports import (
    Batch,
    Clock,
    DataKeys,
    Imports,
    Lease,
    LeaseTaken,
    NotYet,
    Row,
    Source,
    Telemetry,
    Tokens,
    Vault,
)
from rubrica.services.page_writer import PageWriter

_LEASE_PAUSE: Final = 5
"""Seconds to wait when another call holds the import."""

_SWEEP_GRACE: Final = timedelta(seconds=120)
"""How long after the expected next call the sweeper calls an import stalled."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time of a slice: when it has had `enough`, and when what is still awaited is given up."""

    enough: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Poll:
    """The use case. `sources` holds a reader for each source's name."""

    imports: Imports
    vault: Vault
    keys: DataKeys
    sources: Mapping[str, Source]
    tokens: Tokens
    clock: Clock
    telemetry: Telemetry

    def __call__(self, turn: Turn, seconds: float, longest: float) -> Decision:
        """Run one slice of about `seconds`, and of no more than `longest`; what the workflow shall do next.

        A slice takes no new batch after `seconds`, and waits for no answer any longer after `longest`.

        A turn's number grows with every call for its import, so that a retry takes over from the attempt that died.
        Raises PlatformTrouble, which the workflow retries.
        """
        now = self.clock.now()
        span = Span(now + timedelta(seconds=seconds), now + timedelta(seconds=longest))
        lease = Lease(turn.import_id, turn.run, turn.number, now, span.end + _SWEEP_GRACE)
        try:
            return self._run(self.imports.take(lease), lease, span)
        except LeaseTaken:
            return Wait(_LEASE_PAUSE)
        except ImportGone:
            return Done()
        except ImportFailure as failure:
            return Failed(failure)

    def _run(self, row: Row, lease: Lease, span: Span) -> Decision:
        if lease.now >= row.imp.deadline and not row.imp.exhausted:
            return Failed(out_of_time(row.imp))
        imp, outcome = self._slice(row, lease, span)
        now = self.clock.now()
        decision = next_step(imp, outcome, now)
        moved = _after(imp, outcome, decision, now)
        if not imp.exhausted:
            self.imports.release(lease, moved, (moved.resume_at or now) + _SWEEP_GRACE)
        self._report(row.imp, moved, decision, now - lease.now)
        return decision

    def _slice(self, row: Row, lease: Lease, span: Span) -> tuple[Import, Outcome]:
        if row.imp.exhausted:
            return row.imp, Exhausted()
        source = self.sources.get(row.imp.source)
        if source is None:
            raise WorkerFailed
        try:
            access = self._access(row, lease)
        except ProviderTrouble as trouble:
            return row.imp, Troubled(trouble)
        writer = PageWriter(self.imports, self.keys, row, lease)
        batches = source.read(access, writer.cursor(), lambda: self.clock.now() >= span.end)
        outcome = self._read(batches, writer, span.enough)
        return writer.imp, outcome

    def _access(self, row: Row, lease: Lease) -> Access:
        """What the source is read with; a consent's code is redeemed for it first."""
        if row.credential is None:
            raise CredentialLost
        match unpack(self.vault.open(row.imp, row.credential)):
            case Code() as code:
                return self._redeemed(row.imp, row.credential, lease, code)
            case Spent():
                raise ConsentNotRedeemed
            case access:
                return access

    def _redeemed(self, imp: Import, sealed: bytes, lease: Lease, code: Code) -> Access:
        """The token for a code. The code leaves the store before it is sent, so that it can never be sent twice."""
        try:
            self.imports.keep(lease, self.vault.reseal(imp, sealed, Spent().pack()))
            token = self.tokens.redeem(imp, code)
        except (ProviderTrouble, PlatformTrouble):
            self.imports.keep(lease, sealed)  # it was not used, so it may be sent again
            raise
        self._keep(imp, lease, self.vault.reseal(imp, sealed, token.pack()), token)
        return token

    def _keep(self, imp: Import, lease: Lease, sealed: bytes, token: Token) -> None:
        """Store the token, at a second try if need be. Whoever cannot keep it ends it: nobody else ever could."""
        try:
            try:
                self.imports.keep(lease, sealed)
            except StorageUnavailable:
                self.imports.keep(lease, sealed)
        except (LeaseTaken, StorageUnavailable):
            self.tokens.revoke(imp, token)
            raise

    def _read(self, batches: Generator[Batch, None, None], writer: PageWriter, enough: datetime) -> Outcome:
        """Take batches until the source or the time ends; what was read before a trouble is stored.

        The end of the source is stored together with its last page, where there is one.
        """
        outcome: Outcome = Exhausted()
        with closing(batches):
            try:
                for batch in batches:
                    writer.add(batch)
                    if self.clock.now() >= enough:
                        outcome = OutOfTime()
                        break
            except ProviderTrouble as error:
                outcome = Troubled(error)
            except NotYet as pause:
                outcome = Paused(pause.seconds, begun=pause.begun)
        writer.flush(exhausted=isinstance(outcome, Exhausted))
        return outcome

    def _report(self, before: Import, after: Import, decision: Decision, spent: timedelta) -> None:
        self.telemetry.event(
            "slice",
            import_id=after.id,
            source=after.source,
            contacts=after.progress.contacts - before.progress.contacts,
            pages=after.progress.pages - before.progress.pages,
            decision=type(decision).__name__,
            milliseconds=int(spent.total_seconds() * 1000),
        )


def _after(imp: Import, outcome: Outcome, decision: Decision, now: datetime) -> Import:
    """The import with what is to be remembered of this slice."""
    resume_at = now + timedelta(seconds=decision.seconds) if isinstance(decision, Wait) else None
    match outcome:
        case Troubled(error):
            return replace(imp, troubles=imp.troubles + 1, trouble=error.code, resume_at=resume_at)
        case Exhausted():
            return replace(imp, exhausted=True, troubles=0, trouble="", resume_at=None)
        case OutOfTime():
            return replace(imp, resume_at=None)
        case Paused(begun=begun):
            since = imp.begun_at or (now if begun else None)
            return replace(imp, troubles=0, trouble="", resume_at=resume_at, begun_at=since)
