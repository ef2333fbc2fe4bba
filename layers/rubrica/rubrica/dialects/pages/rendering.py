"""How every page is made: one template, everything escaped, and the headers that fence it in."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Mood = Literal["asking", "underway", "done", "trouble"]

_SIGNS: Final[Mapping[Mood, str]] = MappingProxyType(
    {
        "asking": "M24 34V15M16 22l8-8 8 8",
        "underway": "M24 12v13l8 5",
        "done": "M14 25l7 7 13-15",
        "trouble": "M24 13v14M24 34v.5",
    }
)
"""What is drawn in the circle: an arrow up, a clock's hands, a tick, an exclamation mark."""

_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)


# What a policy could take for something else, a registered address may well hold, but not its host.
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class Page(NamedTuple):
    """An answer to a browser: status, headers, and HTML."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the page that opened the window is told, and the only origin that may hear it. `stay` keeps it open."""

    origin: str
    import_id: int
    state: str
    failure: str
    stay: bool


class Words(NamedTuple):
    """What a page says: what happened, what it means or how to do better, and what to do next where that is left."""

    title: str
    advice: str
    next: str = ""


class FileForm(NamedTuple):
    """A form for a file of up to `most` megabytes, sent to the address that the page has. The answer may lead to
    `origin` ("" for this host alone), and `keeps_opener` keeps the tie to the window that opened the page. `problem`
    is what was wrong with what came before, to be said above the form; its `next` is not."""

    most: int
    origin: str = ""
    keeps_opener: bool = False
    problem: Words | None = None


class SignInForm(NamedTuple):
    """A form for user name and password, with the source's `hint`, and for a server's address where one is needed.
    It may begin with what was entered before, but never with a password. The rest is as in FileForm."""

    hint: str
    needs_server: bool
    username: str = ""
    server: str = ""
    origin: str = ""
    keeps_opener: bool = False
    problem: Words | None = None


Form = FileForm | SignInForm


def render(
    words: Words, mood: Mood, status: int = 200, message: Message | None = None, form: Form | None = None
) -> Page:
    """The page. Without a `message` it runs no script, and without one or a form that keeps it, it has no tie to the
    window that opened it. Its title, which a browser reads out first, tells of a form's problem as well."""
    problem = form.problem if form else None
    name = f"Problem: {words.title}" if problem else words.title
    role = "alert" if mood == "trouble" else "status"
    texts = {"title": words.title, "advice": words.advice, "mood": mood, "sign": _SIGNS[mood], "role": role}
    rest = _next(words.next) + _telling(message) + _saying(problem) + _asking(form)
    body = _template("page.html").substitute(_escaped({**texts, "name": name}), style=_text("page.css"), rest=rest)
    return Page(status, {**_ALWAYS, **_fences(message is not None, form)}, body)


def _next(text: str) -> str:
    return f'<p class="next">{escape(text)}</p>\n' if text else ""


def _telling(message: Message | None) -> str:
    if message is None:
        return ""
    texts = {
        "origin": message.origin,
        "import_id": str(message.import_id),
        "state": message.state,
        "failure": message.failure,
        "stay": "yes" if message.stay else "",
    }
    return _template("telling.html").substitute(_escaped(texts), script=_text("opener.js"))


def _saying(problem: Words | None) -> str:
    if problem is None:
        return ""
    return _template("problem.html").substitute(_escaped({"title": problem.title, "advice": problem.advice}))


def _asking(form: Form | None) -> str:
    match form:
        case FileForm(most=most):
            return _template("upload.html").substitute(most=str(most))
        case SignInForm():
            texts = _escaped({"hint": form.hint, "username": form.username, "server": form.server})
            server = _template("server.html").substitute(texts) if form.needs_server else ""
            return _template("sign_in.html").substitute(texts, server_field=server)
        case _:
            return ""


def _escaped(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {name: escape(text) for name, text in texts.items()}


def _fences(tells: bool, form: Form | None) -> Mapping[str, str]:
    """What separates the page from others. The style and the script are allowed by their hashes, and nothing else.

    An opener policy of same-origin would cut window.opener, so a page that has something to tell does without;
    so must every page and redirect before it, for their policies count as well.
    """
    script = f"; script-src {_hash('opener.js')}" if tells else ""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {_hash('page.css')}{script}; img-src data:; "
            f"frame-ancestors 'none'; base-uri 'none'; form-action {_targets(form)}"
        ),
        "Cross-Origin-Opener-Policy": "unsafe-none" if tells or (form and form.keeps_opener) else "same-origin",
    }


def _targets(form: Form | None) -> str:
    """Where a form may lead. Browsers hold a redirect after it to that, too (CSP level 3, section 6.4.1)."""
    if form is None:
        return "'none'"
    return f"'self' {form.origin}" if _ORIGIN.fullmatch(form.origin) else "'self'"


@cache
def _text(name: str) -> str:
    """A file beside this one."""
    return files(__package__).joinpath(name).read_text("utf-8")


@cache
def _template(name: str) -> Template:
    return Template(_text(name))


@cache
def _hash(name: str) -> str:
    """The source expression that allows an inline element with exactly this text (CSP level 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()}'"
