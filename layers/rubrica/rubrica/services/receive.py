"""Take the file that a user gives: see that there are contacts in it, keep it, settle the consent once, start."""

from collections.abc import Callable
from dataclasses import dataclass

from rubrica.domain.given_up import FILE_REFUSALS
from rubrica.domain.imports import Import
from rubrica.ports import Files, Telemetry, Vault
from rubrica.services.settle import Settle


@dataclass(frozen=True, slots=True)
class Receive:
    """The use case. `check` looks at a file's content."""

    settle: Settle
    files: Files
    vault: Vault
    telemetry: Telemetry
    check: Callable[[bytes], None]

    def __call__(self, imp: Import, content: bytes) -> Import:
        """The import as this file left it, or as another did that was sent at the same time.

        `imp` awaits its file. To choose a file is the consent, so it is settled as one is: once. Raises one of
        FILE_REFUSALS, and the import waits for another file, and ends with this if none comes; LinkUnknown,
        LinkExpired; PlatformTrouble.
        """
        begun = self.settle.begun(imp)
        try:
            self.check(content)
        except FILE_REFUSALS as refusal:
            self.settle.imports.refuse_file(imp.id, refusal.code)
            raise
        sealed = self.vault.seal(imp, self.files.keep(begun, content).pack())
        standing, ours = self.settle(begun, sealed)
        if ours:
            self.telemetry.event("file_received", import_id=imp.id, source=imp.source, bytes=len(content))
        return standing
