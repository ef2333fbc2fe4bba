"""Files that are read in several slices: whichever call dies, and wherever, the same contacts under the same ids."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.contacts import Contact, Record
from rubrica.domain.imports import Continue, Decision, Done, Failed, ImportId, Progress, Wait
from rubrica.domain.ledger import Entry, Reason
from rubrica.domain.turns import Turn
from rubrica.errors import ServerSilent
from rubrica.formats import contact_file
from rubrica.ports import Commit, Lease
from rubrica.sources.upload.source import Upload
from tests.fakes import any_import
from tests.unit.services.worlds import LONGEST, SLICE, World

PEOPLE = 1_300


def cards() -> bytes:
    """People of whom some share an identifier, and some are others' copies; a broken card; a group."""
    known = [at % 1_100 for at in range(PEOPLE)]
    people = [f"UID:u{at % 1_000}\nFN:Person {at}\nEMAIL:p{at}@example.com" for at in known]
    people[700:700] = ["FN;=;:\njunk", "KIND:group\nUID:g\nFN:Friends\nMEMBER:u1"]
    return "".join(f"BEGIN:VCARD\nVERSION:4.0\n{it}\nEND:VCARD\n" for it in people).encode()


def table() -> bytes:
    """Rows of which some are copies, some broken, and whose order of dates only the last tells."""
    people = [f"Person {at % 1_100},p{at % 1_100}@example.com,1/2/1980,{'x,' * (at % 70)}" for at in range(PEOPLE)]
    people[300:300] = ['Open,"', ",,,", "Nobody,no address,"]
    people.append("Last,last@example.com,13/2/1980")
    return ("Name,Email,Birthday\n" + "\n".join(people)).encode()


FILES = [cards(), table()]


class Dead(BaseException):
    """The process ended here."""


class Mortal(MemoryImports):
    """Dies in the middle of one of its commits, or right after it."""

    def __init__(self, death: int) -> None:
        super().__init__()
        self.death = death

    def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
        self.death -= 2
        if self.death in (-1, 0):
            stored = self.stored.setdefault(lease.import_id, {})
            for page in commit.pages[: len(commit.pages) // 2 + 1]:
                stored[page.kind, page.number] = lease.turn, page
            if self.death == 0:
                super().commit(lease, before, commit)
            raise Dead
        super().commit(lease, before, commit)


def world_with(content: bytes, imports: MemoryImports) -> World:
    world = World(imports=imports)
    imp = any_import(source="upload")
    world.add(imp, world.files.keep(imp, content))
    return world


def turn(world: World, number: int, read: Callable[[bytes], Iterator[Record]], retry: int = 0) -> Decision:
    poll = replace(world.poll, sources={"upload": Upload(world.files, read)})
    return poll(Turn(ImportId(1126), 1, number, retry), SLICE, LONGEST)


def told(world: World) -> tuple[Sequence[Contact], Sequence[Entry], Progress]:
    world.finish()
    return world.contacts(), sorted(world.ledger()), replace(world.imp().progress, pages=0, group_pages=0)


@pytest.mark.parametrize("content", FILES, ids=["cards", "table"])
@pytest.mark.parametrize("death", range(1, 27))
def test_wherever_calls_die_and_slices_end_the_contacts_are_the_same(
    content: bytes, death: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Smaller pages than usual make the same course from a smaller file.
    monkeypatch.setattr("rubrica.services.page_writer.CONTACTS_A_PAGE", 100)
    monkeypatch.setattr("rubrica.sources.upload.source._A_BATCH", 50)
    undisturbed = world_with(content, MemoryImports())
    assert turn(undisturbed, 0, contact_file.read) == Done()
    world = world_with(content, Mortal(death))
    chance = random.Random(death)

    def slow(data: bytes) -> Iterator[Record]:
        """The time of a slice, or all of it, is over somewhere, or never."""
        over, seconds = chance.randrange(2 * PEOPLE), chance.choice([SLICE, LONGEST])
        for number, record in enumerate(contact_file.read(data)):
            if number == over:
                world.clock.later(seconds)
            yield record

    for number in range(60):
        try:
            if turn(world, number, slow) == Done():
                break
        except Dead:
            continue

    assert told(world) == told(undisturbed)
    assert world.imp().progress.contacts >= 1_100
    assert Reason.SAME_RECORD in world.imp().progress.reasons


def test_a_slice_whose_time_is_over_stores_what_it_has() -> None:
    world = world_with(cards(), MemoryImports())

    def slow(data: bytes) -> Iterator[Record]:
        for number, record in enumerate(contact_file.read(data), 1):
            if number == 130:
                world.clock.later(LONGEST)
            yield record

    assert turn(world, 0, slow) == Continue()

    assert world.imp().progress.contacts == 150


def test_a_file_whose_stored_part_alone_outlasts_a_slice_ends_in_good_time() -> None:
    world = world_with(cards(), MemoryImports())
    waits = 0

    def slower(data: bytes) -> Iterator[Record]:
        for record in contact_file.read(data):
            world.clock.later(slower_by)
            yield record

    slower_by = 0.1
    assert turn(world, 0, slower) == Continue()
    slower_by = 1.0
    for number in range(1, 9):
        begun = world.clock.now()
        decision = turn(world, number, slower)
        assert (world.clock.now() - begun).total_seconds() < LONGEST + 60
        if not isinstance(decision, Wait):
            break
        waits += 1

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, ServerSilent)
    assert waits == 2
