"""Settle a consent by what a page of ours was given: once, and start the workflow."""

from dataclasses import dataclass, replace
from datetime import timedelta

from rubrica.domain import consent
from rubrica.domain.imports import Import, importing
from rubrica.errors import ImportGone, LinkExpired, LinkUnknown
from rubrica.ports import Clock, Imports, Telemetry, Workflow
from rubrica.services.begin import START_GRACE, begin


@dataclass(frozen=True, slots=True)
class Settle:
    """What the use cases of such pages share. `longest` is how long the import may take from now on, `retention` how
    long it is kept then."""

    imports: Imports
    workflow: Workflow
    clock: Clock
    telemetry: Telemetry
    longest: timedelta
    retention: timedelta

    def begun(self, imp: Import) -> Import:
        """The import as it will be: read from now on, its link known by a digest alone. Raises LinkUnknown."""
        if imp.consent is None:
            raise LinkUnknown
        now = self.clock.now()
        answered = replace(imp.consent, answered=consent.digest(imp.consent.link))
        return importing(replace(imp, consent=answered, begun_at=now), now, self.longest, self.retention)

    def __call__(self, begun: Import, sealed: bytes) -> tuple[Import, bool]:
        """The import as this answer left it, or as another did that was sent at the same time; and whether it was
        this one. Raises LinkExpired; PlatformTrouble."""
        try:
            standing, ours = self.imports.answer_consent(begun, sealed, self.clock.now() + START_GRACE)
        except ImportGone:
            raise LinkExpired from None
        if ours:
            begin(self.workflow, self.telemetry, standing)
            self.telemetry.count("ImportsStarted", source=standing.source)
        elif standing.consent and not standing.consent.answered:
            raise LinkExpired
        return standing, ours
