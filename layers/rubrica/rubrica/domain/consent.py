"""The consent: one trip of a person's browser to a provider and back, and what may be believed of its return.

RFC 6749 (authorization code), RFC 7636 (PKCE), RFC 9207 (issuer), RFC 9700 (best current practice).

Nothing secret of it is stored. The browser keeps one random cookie; of it, and of every state, only a digest is kept
here, and the PKCE verifier is derived from cookie and state, so that only the browser that went can come back.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from rubrica.errors import (
    ReturnAnswered,
    ReturnExpired,
    ReturnRefused,
)

LINK_LIFE: Final = timedelta(minutes=10)
"""How long the link to a consent can be opened."""

RETURN_LIFE: Final = timedelta(minutes=10)
"""How long after an opening its answer may come."""

MOST_OPENINGS: Final = 10
"""How often one link can be opened: in a second browser, after a reload, by a program that looks at links."""

# Crockford's letters: none that are mistaken for another.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LETTERS: Final = 7
_RANDOM_LETTERS: Final = 12
_LINK: Final = re.compile(rf"[{_LETTERS}]{{{_ID_LETTERS + _RANDOM_LETTERS}}}")
STATE_MARK: Final = "_csAuth=1"
"""How a state begins. Applications' own pages that hand answers on, written for the CloudSponge API, look for this
form: a query in itself, with the name import_id in it."""
_STATE: Final = re.compile(STATE_MARK + r"&import_id=([1-9][0-9]{0,9})\.[A-Za-z0-9_-]{20,64}")
_DIRECTORY: Final = "{tenantid}"


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """A provider's authorization server, and what is asked of it.

    `scopes` are needed; `optional` names, by the word that a caller includes, what may be asked beyond. `parameters`
    are the provider's own. `issuer` may hold "{tenantid}", as Microsoft's does; `announces_issuer` says that an
    answer without `iss` is not the server's (RFC 9207 section 2.4). Addresses may hold "{directory}". `revoke` is ""
    where tokens cannot be revoked.
    """

    issuer: str
    authorize: str
    token: str
    scopes: Sequence[str]
    revoke: str = ""
    optional: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    announces_issuer: bool = False

    def is_issuer(self, named: str) -> bool:
        """Whether an answer that names this issuer, "" for none, can be the server's."""
        if not named:
            return not self.announces_issuer
        before, directory, after = self.issuer.partition(_DIRECTORY)
        if not directory:
            return named == self.issuer
        inner = named.removeprefix(before).removesuffix(after)
        return named == before + inner + after and re.fullmatch(r"[0-9a-f-]{36}", inner) is not None


@dataclass(frozen=True, slots=True)
class App:
    """An application that an operator registered at a provider.

    `redirect_uri` is where the provider sends the browser, "" for the installation's own address; `directory` is
    Microsoft's: which accounts may sign in.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str = ""
    directory: str = "common"


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of the link: a digest of the browser's cookie, and until when its answer may come."""

    browser: str
    until: datetime


class Way(StrEnum):
    """Where the link to a consent leads."""

    PROVIDER = "provider"
    """To a provider's authorization server, and back here."""
    FILE = "file"
    """To a page of ours that takes a file: to choose it is the consent."""
    RELAY = "relay"
    """To another service, which asks the user itself; nobody comes back from there."""
    SIGN_IN = "sign_in"
    """To a page of ours that asks for user name and password: to send them is the consent."""

    @property
    def on_our_page(self) -> bool:
        """Whether a page of ours takes what is asked for, from whoever has the link."""
        return self in _PATHS


_PATHS: Final[Mapping[Way, str]] = MappingProxyType({Way.FILE: "csv", Way.SIGN_IN: "sign-in"})
"""How the links to pages of ours begin."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What an import keeps of its consent.

    `link` is the code of the link to it, `address` the authorization request but for state and challenge; of a relay
    it is the other service's own page, of what a page of ours asks for "".
    `redirect_url` is where the application wants the browser back, `origin` whom a popup tells; "" for neither.
    `openings` stand under the digests of their states; `answered` is the digest of the answer that settled it.
    `refused` is the code of what was wrong with the last file, while another one is awaited.
    """

    link: str = field(repr=False)
    address: str = field(repr=False)
    redirect_uri: str
    include: Sequence[str] = ()
    redirect_url: str = ""
    origin: str = ""
    openings: Mapping[str, Opening] = field(default_factory=dict)
    answered: str = ""
    way: Way = Way.PROVIDER
    refused: str = ""

    @property
    def path(self) -> str:
        """The path of the link, on the installation's own address."""
        return f"/{_PATHS.get(self.way, 'n')}/{self.link}"


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brings back. `source` is the one its path names, "" on the shared path; `scope` what the provider
    says was allowed, "" when it says nothing."""

    state: str = field(repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str = ""
    scope: str = ""
    source: str = ""


# --- The link ---------------------------------------------------------------------------------------------------------


def link_code(import_id: int, chance: str) -> str:
    """The code of an import's link, to be read aloud if need be: the id and 60 bits of `chance`."""
    drawn = int.from_bytes(hashlib.sha256(chance.encode()).digest()[:8])
    return _letters(import_id, _ID_LETTERS) + _letters(drawn, _RANDOM_LETTERS)


def import_of_link(code: str) -> int | None:
    """The id in a link's code; None when it is no code."""
    if not _LINK.fullmatch(code):
        return None
    number = 0
    for letter in code[:_ID_LETTERS]:
        number = number * 32 + _LETTERS.index(letter)
    return number


def same(one: str, other: str) -> bool:
    """Whether two texts are the same; the time taken tells nothing about where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _letters(number: int, count: int) -> str:
    return "".join(_LETTERS[number >> (5 * place) & 31] for place in reversed(range(count)))


# --- The way there ----------------------------------------------------------------------------------------------------


def authorization_address(
    server: AuthorizationServer, app: App, redirect_uri: str, include: Sequence[str], login_hint: str
) -> str:
    """The authorization request (RFC 6749 section 4.1.1) but for state and challenge. Asks for no refresh token."""
    scopes = [*server.scopes, *(server.optional[word] for word in include)]
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        **server.parameters,
    }
    # Who is named need not be asked which account it shall be.
    asked |= {"login_hint": login_hint} if login_hint else {"prompt": "select_account"}
    return f"{server.authorize.format(directory=app.directory)}?{urlencode(asked, quote_via=quote)}"


def state_of(import_id: int, chance: str) -> str:
    """A state; `chance` makes it impossible to guess."""
    return f"{STATE_MARK}&import_id={import_id}.{chance}"


def import_of_state(state: str) -> int | None:
    """The id in a state; None when it is none of ours."""
    found = _STATE.fullmatch(state)
    return int(found[1]) if found else None


def digest(secret: str) -> str:
    """What is stored of a state or a cookie. They are random and long, so a plain SHA-256 leaves nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def verifier(cookie: str, state: str) -> str:
    """The PKCE code verifier of this browser for this state: 43 characters (RFC 7636 section 4.1)."""
    return _url_safe(hmac.digest(cookie.encode(), f"pkce {state}".encode(), "sha256"))


def departure(address: str, state: str, cookie: str) -> str:
    """Where the browser goes: the authorization request with its state and S256 challenge (RFC 7636 section 4.3)."""
    challenge = _url_safe(hashlib.sha256(verifier(cookie, state).encode()).digest())
    asked = {"state": state, "code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{address}&{urlencode(asked)}"


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# --- The way back -----------------------------------------------------------------------------------------------------


def fingerprint(answer: Return) -> str:
    """A digest that tells a repeated answer from another one, in everything that decides what it comes to."""
    return digest(f"{answer.state}\n{answer.code}\n{answer.error}\n{answer.scope}")


def check_return(
    source: str, consent: Consent, server: AuthorizationServer, answer: Return, cookie: str, now: datetime
) -> None:
    """Whether the answer belongs to this consent and was brought by the browser that went for it.

    Raises ReturnRefused, ReturnAnswered when another answer has settled it, and ReturnExpired for one that comes too
    late; the one that settled it may be repeated at any time.
    """
    opening = consent.openings.get(digest(answer.state))
    if opening is None:
        raise ReturnRefused("state")
    if not cookie or not same(opening.browser, digest(cookie)):
        raise ReturnRefused("cookie")
    if answer.source not in ("", source):
        raise ReturnRefused("path")
    # The shared path gets answers from applications' own pages, which hand on four parameters, and `iss` is none.
    if (answer.issuer or answer.source) and not server.is_issuer(answer.issuer):
        raise ReturnRefused("issuer")
    if bool(answer.code) == bool(answer.error):
        raise ReturnRefused
    if consent.answered and not same(consent.answered, fingerprint(answer)):
        raise ReturnAnswered
    if not consent.answered and now >= opening.until:
        raise ReturnExpired


_OURS: Final = frozenset({"import_id", "state", "failure"})


def return_address(redirect_url: str, data: Mapping[str, str]) -> str:
    """The application's address with our data in its query: ours, once, whatever it said under the same names.

    It may say nothing under a name of ours that is not told now either: that would be taken for ours.
    """
    before, mark, fragment = redirect_url.partition("#")
    path, _, query = before.partition("?")
    ours = _OURS | data.keys()
    theirs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in ours]
    return f"{path}?{urlencode([*theirs, *data.items()], quote_via=quote)}{mark}{fragment}"
