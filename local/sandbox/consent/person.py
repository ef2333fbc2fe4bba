"""A person who consents, without a browser: for the demo and for tests."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

LOOPBACK: Final = {"127.0.0.1", "localhost"}
MOST_REDIRECTS: Final = 10
WAITING_SECONDS: Final = 30


class NotConsented(Exception):
    """The person did not get through; the message tells where it ended, by status and title only."""


class Person:
    """Opens addresses and keeps cookies, as one browser would."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def consent(self, url: str, *, allow: bool = True, untick: Sequence[str] = (), follow_callback: bool = True) -> str:
        """Open `url`, a consent link or an authorization request, and press Allow or Deny.

        `untick` names scopes, whole or by their last part. Answers with the text of the page at the end or, if
        the callback is not to be followed, with its address. Raises NotConsented, also for an error page at the end.
        """
        answer = self._to_page_or_callback(self._get(url))
        if not answer.is_redirect:
            answer = self._to_page_or_callback(self._submit(answer, allow, untick))
        callback = _target(answer)
        if not follow_callback:
            return callback
        page = self.open(callback)
        if not page.ok:
            raise NotConsented(_where(page))
        return page.text

    def open(self, url: str) -> requests.Response:
        """What is at `url` or where it redirects to; a redirect that leaves this machine is not followed."""
        answer = self._get(url)
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect or urlsplit(_target(answer)).hostname not in LOOPBACK:
                return answer
            answer = self._get(_target(answer))
        raise NotConsented(_where(answer))

    def _get(self, url: str) -> requests.Response:
        return self._send("GET", url, [])

    def _send(self, method: str, url: str, fields: list[tuple[str, str]]) -> requests.Response:
        answer = self.session.request(method, url, data=fields, allow_redirects=False, timeout=WAITING_SECONDS)
        for cookie in self.session.cookies:
            # Browsers hold loopback for secure, and send it cookies that are marked so.
            cookie.secure = False
        return answer

    def _to_page_or_callback(self, answer: requests.Response) -> requests.Response:
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect or _is_callback(_target(answer)):
                return answer
            answer = self._get(_target(answer))
        raise NotConsented(_where(answer))

    def _submit(self, page: requests.Response, allow: bool, untick: Sequence[str]) -> requests.Response:
        form = _ConsentForm(page)
        missing = [name for name in untick if not any(_names(name, scope) for scope in form.scopes)]
        if missing or not form.found:
            raise NotConsented(_where(page))
        fields = [("scope", scope) for scope in form.scopes if not any(_names(name, scope) for name in untick)]
        fields.append(("decision", "allow" if allow else "deny"))
        return self._send("POST", form.action, fields)


def consent(url: str, *, allow: bool = True, untick: Sequence[str] = (), follow_callback: bool = True) -> str:
    """What `Person.consent` does, as a new person."""
    return Person().consent(url, allow=allow, untick=untick, follow_callback=follow_callback)


class _ConsentForm(HTMLParser):
    """The form of a consent page: where it goes to, and the scopes that are ticked."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self.action = page.url
        self.found = False
        self.scopes: list[str] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what matters."""
        given = dict(attrs)
        if tag == "form":
            self.action = urljoin(self.action, given.get("action") or self.action)
        elif tag == "input" and given.get("name") == "scope" and "checked" in given:
            self.scopes.append(given.get("value") or "")
        elif tag == "button" and given.get("name") == "decision":
            self.found = True


def _names(name: str, scope: str) -> bool:
    return name in (scope, scope.rsplit("/", 1)[-1])


def _target(answer: requests.Response) -> str:
    return urljoin(answer.url, answer.headers["location"])


def _is_callback(url: str) -> bool:
    """Whether `url` carries the answer of an authorization server (RFC 6749 sections 4.1.2 and 4.1.2.1)."""
    query = parse_qs(urlsplit(url).query)
    return "response_type" not in query and ("code" in query or "error" in query)


def _where(answer: requests.Response) -> str:
    title = answer.text.partition("<title>")[2].partition("</title>")[0]
    return f"ended with status {answer.status_code}: {title or 'no consent page'}"
