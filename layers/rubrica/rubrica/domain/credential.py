"""What opens a source: a password that the user gave, or the consent that a provider noted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A server, user name and password. Never logged, never shown: `repr` hides everything."""

    server: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)

    def pack(self) -> bytes:
        """The credential as bytes, to be sealed at once."""
        return _packed("password", self.server, self.username, self.password)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code (RFC 6749 section 4.1.2) with what it takes to redeem it, once.

    `verifier` is the PKCE code verifier (RFC 7636), `redirect_uri` the one that the code came to. `include` are the
    caller's choices, for which scopes were asked beyond the source's own.
    """

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    include: Sequence[str] = ()

    def pack(self) -> bytes:
        """The code as bytes, to be sealed at once."""
        return _packed("code", self.code, self.verifier, self.redirect_uri, *self.include)


@dataclass(frozen=True, slots=True)
class Spent:
    """A code that was sent to the provider: what came of it was never stored. It is not sent again."""

    def pack(self) -> bytes:
        """The mark as bytes."""
        return _packed("spent")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `scopes` are what the user allowed, `include` what the caller chose beyond the source's own."""

    token: str = field(repr=False)
    scopes: Sequence[str] = ()
    include: Sequence[str] = ()

    def pack(self) -> bytes:
        """The token as bytes, to be sealed at once."""
        return _packed("token", self.token, " ".join(self.scopes), *self.include)


@dataclass(frozen=True, slots=True)
class Relay:
    """An import that runs at another service, under that service's number and its code of what is read.

    `tenant` is whose account there it runs in: the keys themselves are not kept with an import.
    """

    import_id: int
    service: str
    tenant: str

    def pack(self) -> bytes:
        """The import's name as bytes, to be sealed at once."""
        return _packed("relay", str(self.import_id), self.service, self.tenant)


@dataclass(frozen=True, slots=True)
class File:
    """A file that the user gave: the import it lies beside, in so many sealed parts, and the key that opens them."""

    import_id: int
    parts: int
    key: str = field(repr=False)

    def pack(self) -> bytes:
        """The file's key as bytes, to be sealed at once."""
        return _packed("file", str(self.import_id), str(self.parts), self.key)


Access = Credential | Token | Relay | File
"""What a source is read with."""

Kept = Credential | Code | Spent | Token | Relay | File
"""What is kept sealed beside an import."""


def unpack(secret: bytes) -> Kept:
    """What was packed. Raises ValueError for anything else."""
    match json.loads(secret):
        case ["password", str(server), str(username), str(password)]:
            return Credential(server, username, password)
        case ["code", str(code), str(verifier), str(redirect_uri), *include]:
            return Code(code, verifier, redirect_uri, tuple(include))
        case ["spent"]:
            return Spent()
        case ["token", str(token), str(scopes), *include]:
            return Token(token, tuple(scopes.split()), tuple(include))
        case ["relay", str(import_id), str(service), str(tenant)]:
            return Relay(int(import_id), service, tenant)
        case ["file", str(import_id), str(parts), str(key)]:
            return File(int(import_id), int(parts), key)
        case _:
            raise ValueError


def _packed(*parts: str) -> bytes:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
