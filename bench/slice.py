"""What a slice costs from a server's answer to the encrypted page, on one core; and what 100,000 cards take of memory.

The source, the page writer and the encryption are the real ones. The server is a recording in this process, and the
store keeps the pages in memory, so that nothing but our own work is measured.
"""

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol
from xml.sax.saxutils import escape

from local.sandbox.people import card, people
from rubrica.adapters.aes import AesSealer
from rubrica.adapters.memory import MemoryImports, MemoryVault
from rubrica.adapters.system import SystemClock, settle
from rubrica.domain.credential import Access, Code, Credential, Token
from rubrica.domain.imports import Done, Import, ImportId, State, TenantId
from rubrica.domain.turns import Turn
from rubrica.errors import ConsentNotRedeemed
from rubrica.formats.vcard import read_card
from rubrica.ports import Request, Row, Sealer, Source
from rubrica.services.poll import Poll
from rubrica.sources.carddav.source import CardDav

CARDS: Final = 10_000
MANY: Final = 100_000
BOOK: Final = "/book/"
IMPORT: Final = ImportId(1)
TENANT: Final = TenantId("t1")
_NAMES: Final = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
_NUMBERS: Final = re.compile(rb"/book/(\d+)\.vcf")
_PIECE: Final = 64 * 1024


class Speed(NamedTuple):
    """Contacts that became encrypted pages, and the processor time it took."""

    contacts: int
    seconds: float

    @property
    def rate(self) -> float:
        """Contacts a second."""
        return self.contacts / self.seconds


class Recorded(Protocol):
    """A provider within this process."""

    spent: float
    """Processor time of the recording itself, which is not the slice's."""


class NoNames:
    """`ports.NameService` of a network without service records."""

    def service(self, name: str) -> tuple[str, int] | None:
        """None."""
        return None

    def texts(self, name: str) -> Sequence[str]:
        """Nothing."""
        return ()


class Said(NamedTuple):
    """An answer of a recording; implements ports.Answer."""

    body: bytes
    status: int = 207
    headers: Mapping[str, str] = {"Content-Type": "application/xml"}

    def chunks(self) -> Iterator[bytes]:
        """See ports.Answer."""
        for at in range(0, len(self.body), _PIECE):
            yield self.body[at : at + _PIECE]


class Recording:
    """A CardDAV server of one book, as far as a first import asks it; implements ports.Egress."""

    def __init__(self, count: int, text: Callable[[int], str]) -> None:
        self._count = count
        self._text = text
        self.spent = 0.0
        """Processor time of the recording itself, which is not the slice's."""

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Said]:
        """See ports.Egress."""
        began = time.thread_time()
        said = Said(self._answer(request))
        self.spent += time.thread_time() - began
        yield said

    def _answer(self, request: Request) -> bytes:
        if request.method == "REPORT":
            rows = [self._card(int(number)) for number in _NUMBERS.findall(request.body)]
        else:
            rows = [_row(BOOK, "<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype>")]
            if request.headers["Depth"] == "1":
                rows += [_row(f"{BOOK}{number}.vcf", '<d:getetag>"1"</d:getetag>') for number in range(self._count)]
        return f"<d:multistatus {_NAMES}>{''.join(rows)}</d:multistatus>".encode()

    def _card(self, number: int) -> str:
        return _row(f"{BOOK}{number}.vcf", f"<c:address-data>{escape(self._text(number))}</c:address-data>")


def _row(href: str, properties: str) -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


class OwnKeys:
    """A data key without the key service; implements ports.DataKeys."""

    def make(self, imp: Import) -> tuple[Sealer, bytes]:
        """See ports.DataKeys."""
        key = os.urandom(32)
        return AesSealer(imp, key), key

    def unwrap(self, imp: Import, wrapped: bytes) -> Sealer:
        """See ports.DataKeys."""
        return AesSealer(imp, wrapped)


class _Silence:
    def event(self, name: str, **fields: int | str) -> None:
        pass

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        pass


class _NoTokens:
    """Implements ports.Tokens: nobody consents here."""

    def redeem(self, imp: Import, code: Code) -> Token:
        raise ConsentNotRedeemed

    def revoke(self, imp: Import, token: Token) -> None:
        return None


def slice_of(recording: Recording) -> Speed:
    """Import the whole recording in one slice."""
    credential = Credential(f"https://dav.example.org{BOOK}", "alice", "an app password")
    return timed(CardDav(recording, NoNames(), read_card), credential, recording)


def timed(source: Source, access: Access, recording: Recorded) -> Speed:
    """Import by a source in one slice; what its recording spent is not counted."""
    settle()  # as the worker does when it starts
    began, before = time.process_time(), recording.spent
    contacts = imported(source, access)
    return Speed(contacts, time.process_time() - began - (recording.spent - before))


def imported(source: Source, access: Access) -> int:
    """Read a source to its end in one slice, into encrypted pages; how many contacts are in them."""
    return stored(source, access).rows[IMPORT].imp.progress.contacts


def stored(source: Source, access: Access) -> MemoryImports:
    """Read a source to its end in one slice; the store with its encrypted pages, under IMPORT of TENANT."""
    imports, vault, now = MemoryImports(), MemoryVault(), datetime.now(UTC)
    later = now + timedelta(hours=1)
    imp = Import(IMPORT, TENANT, "any", State.CREATED, now, later, later)
    imports.add(Row(imp, credential=vault.seal(imp, access.pack())), None, later)
    poll = Poll(imports, vault, OwnKeys(), {"any": source}, _NoTokens(), SystemClock(), _Silence())
    if not isinstance(poll(Turn(IMPORT, 1, 0, 0), 3_000, 3_300), Done):
        raise TypeError("the source was not read to its end")
    return imports


def measure(rounds: int = 3) -> Speed:
    """The fastest of several slices over a generated mixed book."""
    cards = [card(person) for person in people(CARDS, 7)]
    return max((slice_of(Recording(CARDS, cards.__getitem__)) for _ in range(rounds)), key=lambda speed: speed.rate)


def resident_megabytes(count: int = MANY) -> float:
    """The largest resident size of a process that imports `count` cards, made as they are asked for."""
    done = subprocess.run(
        [sys.executable, "-c", f"from bench.slice import resident; print(resident({count}))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def resident(count: int) -> float:
    """Megabytes that this process has had resident at most, once it has imported `count` cards."""
    people_of_one_kind = [card(person) for person in people(200, 3)]
    speed = slice_of(Recording(count, lambda number: people_of_one_kind[number % 200]))
    if speed.contacts != count:
        raise ValueError("contacts are missing")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the rows; status 1 if one misses what it should reach."""
    from bench import json_slice  # which measures by what is defined here

    reached = True
    for name, measured, least in (
        ("CardDAV", measure, 4_000),
        ("People", json_slice.people, 8_000),
        ("Graph", json_slice.graph, 8_000),
    ):
        speed = measured()
        reached = reached and speed.rate >= least
        told = f"{speed.rate:8,.0f} contacts/s from answer to page, {speed.contacts} contacts"
        print(f"slice, {name:17}{told}, at least {least:,}")
    megabytes = resident_megabytes()
    print(f"{MANY:,} cards           {megabytes:8.0f} MB resident at most, pages included, less than 400")
    return 0 if reached and megabytes < 400 else 1


if __name__ == "__main__":
    sys.exit(main())
