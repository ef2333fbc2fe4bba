"""Open the link to a page of ours that takes a file, or user name and password."""

from dataclasses import dataclass

from rubrica.domain import consent
from rubrica.domain.consent import Way
from rubrica.domain.imports import Import, ImportId, as_of
from rubrica.errors import LinkExpired, LinkUnknown
from rubrica.ports import Clock, Imports


@dataclass(frozen=True, slots=True)
class PageLink:
    """The use case. `way` is what the page is for."""

    imports: Imports
    clock: Clock
    way: Way

    def __call__(self, code: str) -> Import:
        """The import that the link is for: it awaits what the page takes, or has been settled by it.

        The code is all it takes: whoever has it may see what has become of the import, and send what is asked for while
        nothing has come. Raises LinkUnknown, LinkExpired; PlatformTrouble.
        """
        now = self.clock.now()
        number = consent.import_of_link(code)
        row = None if number is None else self.imports.get(ImportId(number))
        if row is None or row.imp.consent is None or row.imp.expired(now):
            raise LinkUnknown
        awaited = row.imp.consent
        known = consent.same(awaited.link, code) or consent.same(awaited.answered, consent.digest(code))
        if awaited.way is not self.way or not known:
            raise LinkUnknown
        imp = as_of(row.imp, now)
        if imp.terminal and not awaited.answered:
            raise LinkExpired
        return imp
