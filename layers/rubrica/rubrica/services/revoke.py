"""Revoke the token of an import that is over: at the provider it would live on for about an hour."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rubrica.domain.credential import Token, unpack
from rubrica.domain.imports import Import
from rubrica.errors import CredentialLost, KeyUnavailable
from rubrica.ports import Row, Telemetry, Vault


@dataclass(frozen=True, slots=True)
class Revoke:
    """The use case; `ask` is ports.Tokens' revoke, `revocable` are the sources whose provider listens to it."""

    vault: Vault
    ask: Callable[[Import, Token], bool | None]
    revocable: Collection[str]
    telemetry: Telemetry

    def __call__(self, row: Row) -> None:
        """End the token among what was deleted from the import's row, if there was one.

        Nobody waits for this: what cannot be revoked is reported, and ends by itself. Never raises a RubricaError.
        """
        if row.credential is None or row.imp.source not in self.revocable:
            return
        try:
            kept = unpack(self.vault.open(row.imp, row.credential))
        except (KeyUnavailable, CredentialLost, ValueError):
            self._report(row.imp, "unknown")
            return
        if isinstance(kept, Token):
            self._report(row.imp, "revoked" if self.ask(row.imp, kept) else "parked")

    def _report(self, imp: Import, outcome: str) -> None:
        self.telemetry.event("revocation", import_id=imp.id, source=imp.source, outcome=outcome)
        self.telemetry.count("Revocations", source=imp.source, outcome=outcome)
