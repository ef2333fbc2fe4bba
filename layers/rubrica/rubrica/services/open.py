"""Open the link to a consent: bind it to this browser and send it to the provider, or on to another service."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rubrica.domain import consent
from rubrica.domain.consent import Consent, Opening, Way
from rubrica.domain.imports import Import, ImportId, State, as_of, importing
from rubrica.errors import ImportGone, LinkExpired, LinkUnknown
from rubrica.ports import Chance, Clock, Imports, Row, Telemetry, Workflow
from rubrica.services.begin import START_GRACE, begin

_COOKIE: Final = re.compile(r"[A-Za-z0-9_-]{43,64}")


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie by which it will be known when it comes back; "" when it will not."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class OpenConsent:
    """The use case. `longest` is how long an import that is passed on may take, `retention` how long it is kept."""

    imports: Imports
    workflow: Workflow
    clock: Clock
    chance: Chance
    telemetry: Telemetry
    longest: timedelta
    retention: timedelta

    def __call__(self, code: str, cookie: str) -> Departure | Import:
        """The way to the provider; or the import, when this browser has been there already.

        `cookie` is what the browser kept of an earlier opening, "" for nothing. Raises LinkUnknown, LinkExpired,
        LinkWornOut; PlatformTrouble.
        """
        row, awaited = self._find(code, cookie)
        imp, now = row.imp, self.clock.now()
        if imp.state is State.ABANDONED:
            raise LinkExpired
        if awaited.way is Way.RELAY and not imp.terminal:
            return self._pass_on(row, awaited, now)
        if imp.state is not State.AWAITING_CONSENT:
            return imp
        if now >= imp.created_at + consent.LINK_LIFE:
            raise LinkExpired
        cookie = cookie if _COOKIE.fullmatch(cookie) else self.chance.token() + self.chance.token()
        state = consent.state_of(imp.id, self.chance.token())
        opening = Opening(consent.digest(cookie), now + consent.RETURN_LIFE)
        try:
            self.imports.open_consent(imp.id, consent.digest(state), opening)
        except ImportGone:
            raise LinkExpired from None
        self.telemetry.event("consent_opened", import_id=imp.id, source=imp.source)
        return Departure(consent.departure(awaited.address, state, cookie), cookie)

    def _pass_on(self, row: Row, awaited: Consent, now: datetime) -> Departure:
        """Nobody comes back from another service, so its import is watched from the first opening on."""
        if row.imp.state is State.AWAITING_CONSENT:
            settled = replace(row.imp, consent=replace(awaited, answered=consent.digest(awaited.link)))
            passed_on = importing(settled, now, self.longest, self.retention)
            try:
                standing, ours = self.imports.answer_consent(passed_on, row.credential, now + START_GRACE)
            except ImportGone:
                raise LinkExpired from None
            if ours:
                begin(self.workflow, self.telemetry, standing)
                self.telemetry.count("ImportsStarted", source=standing.source)
        return Departure(awaited.address, "")

    def _find(self, code: str, cookie: str) -> tuple[Row, Consent]:
        """The import of a link; of a settled one only for a browser that has opened it before, but for a relay's: no
        browser is known by then."""
        number = consent.import_of_link(code)
        row = None if number is None else self.imports.get(ImportId(number))
        if row is None or row.imp.consent is None or row.imp.expired(self.clock.now()):
            raise LinkUnknown
        awaited = row.imp.consent
        if awaited.way.on_our_page:
            raise LinkUnknown
        opened = cookie and any(consent.same(it.browser, consent.digest(cookie)) for it in awaited.openings.values())
        passed_on = awaited.way is Way.RELAY and consent.same(awaited.answered, consent.digest(code))
        if not (opened or passed_on or consent.same(awaited.link, code)):
            raise LinkUnknown
        return replace(row, imp=as_of(row.imp, self.clock.now())), awaited
