"""A person at a browser, and everything the browser complains about meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, WebError

WAITING_MILLISECONDS = 15_000
PATIENCE = 40
NOTICEABLE = ("error", "warning", "assert")


@dataclass
class Visitor:
    """One browser profile. `expected` are the complaints that a test has foreseen."""

    context: BrowserContext
    hosts: Collection[str]
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def page(self, address: str = "") -> Page:
        """A new tab."""
        page = self.context.new_page()
        if address:
            page.goto(address)
        return page

    def popup(self, opener: Page, link: str) -> Page:
        """The window that the application opens for the consent."""
        with opener.expect_popup() as opened:
            opener.evaluate("link => ask(link)", link)
        popup = opened.value
        popup.wait_for_load_state()
        return popup

    def expect_trouble(self, *texts: str) -> None:
        """The browser is going to complain once of each of these: a part of the complaint."""
        self.expected += texts

    def heard(self, *troubles: str) -> None:
        """Remember complaints."""
        self.troubles += troubles

    def leave(self) -> None:
        """Close the browser; nothing may have gone wrong, nothing may have been asked of a third host."""
        self._hear_out()
        self.context.close()
        elsewhere = {origin for origin in map(_origin, self.requests) if origin not in self.hosts}
        unforeseen = list(self.troubles)
        for text in self.expected:
            found = [trouble for trouble in unforeseen if text in trouble]
            assert found, f"The browser did not complain: {text}"
            unforeseen.remove(found[0])
        assert not unforeseen, f"The browser complained: {unforeseen}"
        assert not elsewhere, f"The browser asked third hosts: {elsewhere}"

    def _hear_out(self) -> None:
        """Complaints come a moment later than what they are about."""
        for page in self.context.pages[:1]:
            for _ in range(PATIENCE):
                if all(any(text in trouble for trouble in self.troubles) for text in self.expected):
                    return
                page.wait_for_timeout(50)


def visiting(browser: Browser, hosts: Collection[str], **options: Any) -> Visitor:
    """A new profile. `hosts` are the origins that its pages may ask."""
    context = browser.new_context(**options)
    context.set_default_timeout(WAITING_MILLISECONDS)
    visitor = Visitor(context, hosts)

    def said(message: ConsoleMessage) -> None:
        if message.type in NOTICEABLE:
            visitor.heard(f"{message.type}: {message.text}")

    def thrown(error: WebError) -> None:
        visitor.heard(f"uncaught: {error.error}")

    def asked(request: Request) -> None:
        visitor.requests.append(request.url)

    context.on("console", said)
    context.on("weberror", thrown)
    context.on("request", asked)
    return visitor


def decide(consent: Page, decision: str, *, untick: Collection[str] = ()) -> None:
    """Press Allow or Deny on the provider's page, after unticking scopes, each named by its last part."""
    for scope in untick:
        consent.locator(f'input[value$="/{scope}"]').uncheck()
    consent.get_by_role("button", name=decision, exact=True).click()


def held_answer(consent: Page) -> str:
    """Press Allow and keep the browser from following the answer; the address it would have gone to."""
    found: list[str] = []

    def hold(route: Route) -> None:
        address = route.fetch(max_redirects=0).headers["location"]
        while "/callback?" not in address:
            address = consent.request.get(address, max_redirects=0).headers["location"]
        found.append(address)
        route.fulfill(status=204)

    with_answer = "**/consent/**"
    consent.route(with_answer, hold)
    with consent.expect_response(with_answer):
        decide(consent, "Allow")
    consent.unroute(with_answer)
    return found[0]


def _origin(address: str) -> str:
    """Scheme, host and port; nothing for what is no request to a server."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
