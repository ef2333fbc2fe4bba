"""The Microsoft source: every contact in every folder of an account."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from rubrica.domain.credential import Access, Token
from rubrica.errors import CredentialLost
from rubrica.ports import Batch, Cursor, Egress
from rubrica.sources.json_api.limits import Limits

GRAPH: Final = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True)
class MicrosoftGraph:
    """`ports.Source` for Microsoft Graph at `base`. Everything listed is accounted for: announced = contacts +
    merged + rejected, where a folder that is refused counts as one."""

    egress: Egress
    base: str = GRAPH
    limits: Limits = field(default_factory=Limits)

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """A batch for each page of the API, and one for the folders; see `ports.Source`."""
        if not isinstance(access, Token):
            raise CredentialLost
        # The JSON decoder is loaded by the first import that needs it, not by every worker that starts.
        from rubrica.sources.microsoft.reading import Reading

        yield from Reading(self.egress, self.base, access, self.limits, stopped).batches(cursor)
