"""The source that is an import at another service of the CloudSponge kind."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from rubrica.domain.credential import Access, Relay
from rubrica.domain.imports import TenantId
from rubrica.errors import CredentialLost, UpstreamKeyRefused
from rubrica.ports import Batch, Cursor, Egress, UpstreamAccounts
from rubrica.sources.json_api.limits import Limits


@dataclass(frozen=True, slots=True)
class CloudSponge:
    """`ports.Source` for an import that was begun elsewhere. The account's keys are read anew in every slice, so that
    an import goes on with keys that have been replaced. Everything announced is accounted for: announced = contacts +
    merged + rejected."""

    egress: Egress
    accounts: UpstreamAccounts
    limits: Limits = field(default_factory=Limits)

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """A batch for each page once the contacts are there, and NotYet before; see `ports.Source`."""
        if not isinstance(access, Relay):
            raise CredentialLost
        upstream = self.accounts.upstream(TenantId(access.tenant))
        if upstream is None:
            raise UpstreamKeyRefused
        # The JSON decoder is loaded by the first import that needs it, not by every worker that starts.
        from rubrica.sources.cloudsponge.conversation import Conversation
        from rubrica.sources.cloudsponge.reading import Reading

        yield from Reading(Conversation(self.egress, upstream, stopped), access, self.limits).batches(cursor)
