"""How fast an address book is read over CardDAV: the decoding alone, and a whole import beside vdirsyncer's."""

import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from local.sandbox.people import card, people
from local.sandbox.radicale import BOOK, Radicale, running_radicale
from rubrica.adapters.egress import GuardedEgress
from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Credential
from rubrica.formats.vcard import read_card
from rubrica.sources.carddav import CardDav
from rubrica.sources.carddav.multistatus import ADDRESS_DATA, Multistatus

CARDS = 10_000
BATCH = 500
PIECE = 64 * 1024


class Cost(NamedTuple):
    """What reading `contacts` contacts took, in seconds."""

    contacts: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Contacts a second of processor time."""
        return self.contacts / self.cpu


class NoNames:
    """`ports.NameService` of a network without service records."""

    def service(self, name: str) -> tuple[str, int] | None:
        """None."""
        return None

    def texts(self, name: str) -> Sequence[str]:
        """Nothing."""
        return ()


# --- Decoding ---------------------------------------------------------------------------------------------------------


def recorded(count: int = CARDS) -> list[bytes]:
    """Multistatus bodies as a server sends them for batches of a mixed book."""
    cards = [card(person) for person in people(count)]
    return [_multistatus(start, cards[start : start + BATCH]) for start in range(0, count, BATCH)]


def _multistatus(start: int, cards: Sequence[str]) -> bytes:
    rows = (
        f"<d:response><d:href>/alice/contacts/{number}.vcf</d:href><d:propstat><d:prop><d:getetag>&quot;{number}&quot;"
        f"</d:getetag><c:address-data>{escape(text, {chr(13): '&#13;'})}</c:address-data></d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        for number, text in enumerate(cards, start)
    )
    names = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
    return f'<?xml version="1.0"?><d:multistatus {names}>{"".join(rows)}</d:multistatus>'.encode()


def decoded(bodies: Sequence[bytes]) -> Iterator[Contact]:
    """The contacts in these bodies."""
    for body in bodies:
        pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        for row in Multistatus().rows(pieces):
            for record in read_card(row.texts[ADDRESS_DATA], row.href):
                if isinstance(record.value, Contact):
                    yield record.value


def unpacked(bodies: Sequence[bytes]) -> Iterator[str]:
    """The cards in these bodies, unread: what the XML alone costs."""
    for body in bodies:
        pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        for row in Multistatus().rows(pieces):
            yield row.texts[ADDRESS_DATA]


def best_of(rounds: int, work: Callable[[], Iterator[object]]) -> Cost:
    """The cheapest of several rounds."""
    return min((_cost(work) for _ in range(rounds)), key=lambda cost: cost.cpu)


def _cost(work: Callable[[], Iterator[object]]) -> Cost:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    count = sum(1 for _ in work())
    return Cost(count, time.perf_counter() - wall, time.process_time() - cpu)


# --- A whole import ---------------------------------------------------------------------------------------------------


@contextmanager
def a_server(count: int = CARDS) -> Iterator[Radicale]:
    """A warm Radicale with a mixed book."""
    cards = {f"{person.number:06}.vcf": card(person) for person in people(count)}
    with tempfile.TemporaryDirectory() as folder, running_radicale(Path(folder), cards) as server:
        yield server


def with_rubrica(server: Radicale) -> Cost:
    """An import by the CardDAV source."""

    def contacts() -> Iterator[Contact]:
        egress = GuardedEgress(allow_loopback=True)
        credential = Credential(server.url, server.username, server.password)
        for batch in CardDav(egress, NoNames(), read_card).read(credential, None):
            yield from batch.contacts
        egress.close()

    return _cost(contacts)


def with_vdirsyncer(server: Radicale) -> Cost:
    """A first `vdirsyncer sync` of the same book into an empty folder; finding the book is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cards").mkdir()
        (folder / "config").write_text(_CONFIGURATION.format(folder=folder, book=BOOK, server=server), "utf-8")
        _vdirsyncer(folder, "discover")
        before, wall = _children(), time.perf_counter()
        _vdirsyncer(folder, "sync")
        wall, cpu = time.perf_counter() - wall, _children() - before
        return Cost(sum(1 for _ in (folder / "cards").glob("*.vcf")), wall, cpu)


_CONFIGURATION = """[general]
status_path = "{folder}/status"

[pair book]
a = "here"
b = "there"
collections = null

[storage here]
type = "filesystem"
path = "{folder}/cards"
fileext = ".vcf"

[storage there]
type = "carddav"
url = "{server.url}{server.username}/{book}/"
username = "{server.username}"
password = "{server.password}"
"""


def _vdirsyncer(folder: Path, command: str) -> None:
    arguments = [sys.executable, "-m", "vdirsyncer", "-v", "ERROR", "-c", str(folder / "config"), command]
    subprocess.run(arguments, input=b"y\n" * 10, check=True, stdout=subprocess.DEVNULL, cwd=folder)


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> int:
    """Print the rows; status 1 if a contact is missing or an import is less than three times as fast."""
    bodies = recorded()
    for name, work in (("XML alone", lambda: unpacked(bodies)), ("XML and vCards", lambda: decoded(bodies))):
        cost = best_of(3, work)
        print(f"{name:20}{cost.rate:10,.0f} contacts/s   {cost.contacts} contacts")
    with a_server() as server:
        ours, theirs = with_rubrica(server), with_vdirsyncer(server)
    for name, cost in (("rubrica", ours), ("vdirsyncer", theirs)):
        print(f"{name:20}{cost.wall:8.1f} s wall {cost.cpu:8.1f} s client CPU   {cost.contacts} contacts")
    factor = theirs.wall / ours.wall
    print(f"{'':20}{factor:8.1f} times as fast, {theirs.cpu / ours.cpu:.1f} times less client CPU")
    return 0 if factor >= 3 and ours.contacts == CARDS else 1


if __name__ == "__main__":
    sys.exit(main())
