"""The Google source: every saved contact of an account, and the other contacts if they are wanted."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from rubrica.domain.credential import Access, Token
from rubrica.errors import CredentialLost
from rubrica.ports import Batch, Cursor, Egress
from rubrica.sources.json_api.limits import Limits

PEOPLE: Final = "https://people.googleapis.com"


@dataclass(frozen=True, slots=True)
class GooglePeople:
    """`ports.Source` for the People API at `base`. Everything announced is accounted for: announced = contacts +
    merged + rejected, where other contacts that were not allowed count as one."""

    egress: Egress
    base: str = PEOPLE
    limits: Limits = field(default_factory=Limits)

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """A batch for each page of the API; see `ports.Source`."""
        if not isinstance(access, Token):
            raise CredentialLost
        # The JSON decoder is loaded by the first import that needs it, not by every worker that starts.
        from rubrica.sources.google.reading import Reading

        yield from Reading(self.egress, self.base, access, self.limits, stopped).batches(cursor)
