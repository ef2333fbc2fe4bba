"""What the services and sources ask of the world, as protocols; `adapters/` holds the answers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rubrica.domain.contacts import Contact, Group
from rubrica.domain.credential import Credential as Credential
from rubrica.domain.ledger import Entry

# --- Time and chance --------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class Chance(Protocol):
    """Where random numbers come from."""

    def import_id(self) -> int:
        """A number from 1 to 2^31 - 1; two of the dialects need 32-bit integers."""

    def token(self) -> str:
        """At least 128 random bits as URL-safe text."""

    def fraction(self) -> float:
        """A number in [0, 1), for jitter."""


# --- Outbound HTTP ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a provider. `silence` is how many seconds the server may go without sending a byte,
    `largest` how many bytes of body are read before the answer counts as too large."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    silence: float = 10.0
    largest: int = 64 * 1024 * 1024


class Answer(Protocol):
    """A provider's answer; its body is read once, in pieces, while the exchange is open."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names compare without regard to case."""

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces of at most 64 KiB.

        Raises AnswerTooLarge past the request's `largest`, AnswerTruncated when the body ends before its
        announced length, ServerSilent when nothing comes for `silence` seconds, AnswerEncoded when the
        server applied a Content-Encoding that was not asked for.
        """


class Egress(Protocol):
    """The only way out: every address is checked before it is connected to. Safe to use from several threads."""

    def exchange(self, request: Request) -> AbstractContextManager[Answer]:
        """Send one request; never follows a redirect and never repeats a request.

        Raises ServerRefused for an address that is not allowed, ServerNotFound when the name does not
        resolve, ServerUnreachable, ServerSilent, CertificateRefused, AnswerTruncated.
        """


class NameService(Protocol):
    """DNS beyond addresses (RFC 6764 section 3 and 4)."""

    def service(self, name: str) -> tuple[str, int] | None:
        """Target and port of the best SRV record under `name`, or None when there is none."""

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records under `name`; empty when there are none."""


# --- Sources ----------------------------------------------------------------------------------------------------------


Cursor = Mapping[str, object]
"""Where a source goes on: small, JSON-serializable, meaningful to that source only."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source read since the batch before it, and the cursor to go on after it.

    `entries` tells of every record that did not become a contact just as it was; records accepted whole
    need none. `announced` is how many records the source says there are in all, None while unknown.
    `groups` are group records read on the way; they are not contacts.
    """

    contacts: Sequence[Contact]
    entries: Sequence[Entry]
    cursor: Cursor
    announced: int | None = None
    groups: Sequence[Group] = ()


class Source(Protocol):
    """A place contacts come from."""

    def read(self, credential: Credential, cursor: Cursor | None) -> Iterator[Batch]:
        """Batches from `cursor` (None: the beginning) to the end; the iterator's end is the source's end.

        A batch repeated from the same cursor holds the same contacts under the same ids. The caller may
        close the iterator between two batches. Raises ImportFailure leaves, ProviderTrouble among them.
        """
