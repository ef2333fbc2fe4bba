"""Sources that had to begin anew, and ends that are stored with their last page."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.imports import Done, Import, ImportId, State
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import ImportStalled, ProviderThrottled, StorageUnavailable
from rubrica.ports import Batch, Commit, Lease
from tests.fakes import ScriptedSource, batches, people
from tests.unit.services.worlds import SLICE, World

BAD = Entry("/book/bad.vcf", Fate.REJECTED, (Reason.CARD_EMPTY,))
WORSE = Entry("/book/worse.vcf", Fate.REJECTED, (Reason.CARD_MALFORMED,))


def repeating(first: Sequence[Batch], again: Sequence[Batch]) -> ScriptedSource:
    """Plays some batches, then begins anew."""
    made = [*first, *(replace(batch, again=True) for batch in again)]
    return ScriptedSource([replace(batch, cursor={"at": number}) for number, batch in enumerate(made, 1)])


def read(world: World, slices: int = 1) -> World:
    world.add()
    for polls in range(slices):
        if world.turn(polls) == Done():
            break
    assert world.finish().state is State.COMPLETE
    return world


def names(world: World) -> list[str]:
    return [contact.full_name for contact in world.contacts()]


@pytest.mark.parametrize("ends", [set(), {1}, {2}, {3}, {1, 2, 3, 4}])
def test_what_is_stored_is_not_stored_twice_wherever_slices_end(ends: set[int]) -> None:
    world = World(
        source=repeating(batches(people(1, 3), people(4, 5)), batches(people(1, 3), people(4, 7), people(8, 8)))
    )
    world.source.before = {index: [lambda: world.clock.later(SLICE)] for index in ends}

    read(world, 9)

    assert names(world) == [f"Person {number}" for number in range(1, 9)]
    assert world.imp().progress.contacts == 8


@pytest.mark.parametrize("ends", [set(), {1}, {2}])
def test_lines_of_the_ledger_are_not_doubled(ends: set[int]) -> None:
    first = batches(people(1, 2), entries=[BAD])
    world = World(source=repeating(first, batches(people(1, 3), entries=[BAD, WORSE])))
    world.source.before = {index: [lambda: world.clock.later(SLICE)] for index in ends}

    read(world, 9)

    told = [(entry.place, entry.fate) for entry in world.ledger() if entry.fate is Fate.REJECTED]
    assert sorted(told) == [("/book/bad.vcf", Fate.REJECTED), ("/book/worse.vcf", Fate.REJECTED)]
    assert world.imp().progress.rejected == 2
    assert world.imp().progress.reasons == {Reason.CARD_EMPTY: 1, Reason.CARD_MALFORMED: 1}


def test_a_source_that_begins_anew_a_second_time_stores_nothing_either() -> None:
    again = batches(people(1, 3), people(4, 6))
    world = read(World(source=repeating(again, [*again, *again])))

    assert names(world) == [f"Person {number}" for number in range(1, 7)]


def test_what_waits_for_its_page_counts_as_stored() -> None:
    world = read(World(source=repeating(batches(people(1, 3)), batches(people(2, 4)))))

    assert names(world) == ["Person 1", "Person 2", "Person 3", "Person 4"]


class DiesOnce(MemoryImports):
    """The pages of the first commit are written, and its row is not."""

    died = False

    def commit(self, lease: Lease, before: object, commit: Commit) -> None:
        if not self.died:
            self.died = True
            stored = self.stored.setdefault(lease.import_id, {})
            for page in commit.pages:
                stored[page.kind, page.number] = lease.turn, page
            raise StorageUnavailable("RequestTimeout")
        super().commit(lease, before, commit)  # type: ignore[arg-type]


def test_what_a_dead_call_left_in_the_ledger_does_not_count_as_stored() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2), entries=[BAD])), imports=DiesOnce())
    world.add()
    with pytest.raises(StorageUnavailable):
        world.turn(0)
    # The retry meets another book: the line is told only after the source has begun anew.
    world.source = repeating(batches(people(1, 2)), batches(people(1, 3), entries=[BAD]))

    assert world.turn(0, retry=1) == Done()
    world.finish()

    assert [entry.place for entry in world.ledger() if entry.fate is Fate.REJECTED] == ["/book/bad.vcf"]
    assert world.imp().progress.rejected == 1


# --- The end of the source ---


class Counting(MemoryImports):
    """Counts its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []
        self.releases: list[Import] = []

    def commit(self, lease: Lease, before: object, commit: Commit) -> None:
        self.commits.append(commit)
        super().commit(lease, before, commit)  # type: ignore[arg-type]

    def release(self, lease: Lease, imp: Import, due_at: object) -> None:
        self.releases.append(imp)
        super().release(lease, imp, due_at)  # type: ignore[arg-type]


def test_the_end_is_stored_with_the_last_page_and_nothing_is_released() -> None:
    store = Counting()
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4))), imports=store)
    world.add()

    assert world.turn(0) == Done()

    assert [commit.exhausted for commit in store.commits] == [True]
    assert store.releases == []
    assert world.imp().exhausted


def test_the_end_is_stored_with_the_last_page_also_when_that_is_full() -> None:
    store = Counting()
    world = World(source=ScriptedSource(batches(people(1, 1_000), people(1_001, 2_000))), imports=store)
    world.add()

    assert world.turn(0) == Done()

    assert [(len(commit.pages), commit.exhausted) for commit in store.commits] == [(1, False), (1, True)]
    assert store.releases == []


def test_the_end_of_an_empty_source_is_stored_by_itself() -> None:
    store = Counting()
    world = World(imports=store)
    world.add()

    assert world.turn(0) == Done()

    assert store.commits == []
    assert [imp.exhausted for imp in store.releases] == [True]
    assert world.imp().exhausted


def test_a_slice_that_did_not_reach_the_end_is_released() -> None:
    store = Counting()
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4))), imports=store)
    world.source.before[1] = [ProviderThrottled(3)]
    world.add()

    world.turn(0)

    assert [commit.exhausted for commit in store.commits] == [False]
    assert len(store.releases) == 1
    assert not world.imp().exhausted


def test_the_end_forgets_the_troubles_before_it() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4))))
    world.source.before[1] = [ProviderThrottled(3)]
    world.add()
    world.turn(0)

    world.turn(1)

    imp = world.imp()
    assert (imp.exhausted, imp.troubles, imp.trouble, imp.resume_at) == (True, 0, "", None)


def test_a_call_that_dies_after_the_end_was_stored_is_closed_as_complete() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2))))
    world.add()
    world.turn(0)

    assert world.turn(0, retry=1) == Done()
    assert world.source.cursors == [None]
    assert world.finish(ImportStalled).state is State.COMPLETE


def test_an_import_whose_workflow_dies_after_the_end_is_found_by_the_sweeper() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2))))
    world.add()
    world.turn(0)

    world.clock.later(600)
    world.sweep()

    assert world.workflow.started == [(ImportId(1126), 2)]
    assert world.turn(0, run=2) == Done()
    assert world.source.cursors == [None]
    assert world.finish().state is State.COMPLETE
