"""Open the link to a consent: bind it to this browser and send it to the provider."""

import re
from dataclasses import dataclass
from typing import Final

from rubrica.domain import consent
from rubrica.domain.consent import Consent, Opening
from rubrica.domain.imports import Import, ImportId, State, as_of
from rubrica.errors import ImportGone, LinkExpired, LinkUnknown
from rubrica.ports import Chance, Clock, Imports, Telemetry

_COOKIE: Final = re.compile(r"[A-Za-z0-9_-]{43,64}")


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie by which it will be known when it comes back."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class OpenConsent:
    """The use case."""

    imports: Imports
    clock: Clock
    chance: Chance
    telemetry: Telemetry

    def __call__(self, code: str, cookie: str) -> Departure | Import:
        """The way to the provider; or the import, when this browser has been there already.

        `cookie` is what the browser kept of an earlier opening, "" for nothing. Raises LinkUnknown, LinkExpired,
        LinkWornOut; PlatformTrouble.
        """
        imp, awaited = self._find(code, cookie)
        now = self.clock.now()
        if imp.state is State.ABANDONED:
            raise LinkExpired
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

    def _find(self, code: str, cookie: str) -> tuple[Import, Consent]:
        """The import of a link; of a settled one only for a browser that has opened it before."""
        number = consent.import_of_link(code)
        row = None if number is None else self.imports.get(ImportId(number))
        if row is None or row.imp.consent is None or row.imp.expired(self.clock.now()):
            raise LinkUnknown
        imp, awaited = as_of(row.imp, self.clock.now()), row.imp.consent
        opened = cookie and any(consent.same(it.browser, consent.digest(cookie)) for it in awaited.openings.values())
        if not opened and not consent.same(awaited.link, code):
            raise LinkUnknown
        return imp, awaited
