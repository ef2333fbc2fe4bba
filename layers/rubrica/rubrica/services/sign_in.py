"""Take the user name and password that a user gives on our page: seal them, settle the consent once, start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rubrica.domain.credential import Credential
from rubrica.domain.imports import Import
from rubrica.domain.views import SourceView
from rubrica.errors import ServerMissing
from rubrica.ports import Telemetry, Vault
from rubrica.services.settle import Settle


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use case. `check_server` raises ServerRefused for an address that no lookup could make acceptable."""

    settle: Settle
    vault: Vault
    telemetry: Telemetry
    sources: Mapping[str, SourceView]
    check_server: Callable[[str], object]

    def __call__(self, imp: Import, credential: Credential) -> Import:
        """The import as this credential left it, or as another did that was sent at the same time.

        `imp` awaits it. Whether the address book opens with it is found out by reading. Raises ServerMissing,
        ServerRefused, and the import still waits; LinkUnknown, LinkExpired; PlatformTrouble.
        """
        begun = self.settle.begun(imp)
        if self.sources[imp.source].lacks_server(credential):
            raise ServerMissing
        if credential.server:
            self.check_server(credential.server)
        standing, ours = self.settle(begun, self.vault.seal(imp, credential.pack()))
        if ours:
            self.telemetry.event("sign_in_received", import_id=imp.id, source=imp.source)
        return standing
