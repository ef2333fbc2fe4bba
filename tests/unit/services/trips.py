"""A person's browser on its trip to a consent and back."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rubrica.domain.consent import Return
from rubrica.domain.imports import Import
from rubrica.domain.views import StartImport
from rubrica.services.open import Departure
from tests.fakes import CANARY_EMAIL, CODE, HOME, ORIGIN, REDIRECT_URL, REGISTERED, SERVERS
from tests.unit.services.worlds import World

CONSENT_COMMAND = StartImport(
    "google",
    reference="user-7",
    include=("other_contacts",),
    login_hint=CANARY_EMAIL,
    redirect_url=REDIRECT_URL,
    origin=ORIGIN,
)


def started(world: World, **changes: Any) -> Import:
    """An import that awaits its consent."""
    return world.start(REGISTERED, replace(CONSENT_COMMAND, **changes), HOME)


@dataclass
class Browser:
    """Keeps its cookie, and the parameters of the authorization request that it was sent away with last."""

    world: World
    imp: Import
    cookie: str = ""
    state: str = ""
    asked: dict[str, str] | None = None

    def go(self) -> str:
        """Open the link; the state that the browser was sent away with."""
        assert self.imp.consent is not None
        opened = self.world.open(self.imp.consent.link, self.cookie)
        assert isinstance(opened, Departure)
        self.cookie = opened.cookie
        self.asked = dict(parse_qsl(urlsplit(opened.address).query))
        self.state = self.asked["state"]
        return self.state

    def answer(self, **changes: Any) -> Return:
        """What the provider answers that allows everything, but for the changes."""
        server = SERVERS[self.imp.source]
        issuer = server.issuer if server.announces_issuer else ""
        return replace(Return(self.state, CODE, issuer=issuer, source=self.imp.source), **changes)

    def denial(self, error: str = "access_denied") -> Return:
        """What the provider answers instead of a code."""
        return self.answer(code="", error=error)

    def come_back(self, answer: Return | None = None) -> Import:
        """Bring the answer."""
        return self.world.callback(answer or self.answer(), self.cookie)


def gone(world: World, **changes: Any) -> Browser:
    """A browser at the provider."""
    browser = Browser(world, started(world, **changes))
    browser.go()
    return browser


def allowed(world: World, **changes: Any) -> Browser:
    """A browser that has come back with a code."""
    browser = gone(world, **changes)
    browser.come_back()
    return browser
