"""Slices that have to wait for somebody else: a person, or another service."""

from datetime import timedelta

import pytest

from rubrica.domain.consent import Consent, Way
from rubrica.domain.imports import Continue, Done, Failed, State, Wait
from rubrica.errors import ConsentLapsed, DeadlineExceeded, ProviderUnavailable
from rubrica.ports import Batch, NotYet
from tests.fakes import NOW, TENANT, ScriptedSource, any_contact, any_import, batches, people
from tests.unit.services.worlds import SLICE, World


def waiting(*steps: Exception, parts: list[Batch] | None = None) -> World:
    """An import whose source raises these before its first batch, one in each slice."""
    world = World(source=ScriptedSource(parts or batches(people(1, 3)), {0: list(steps)}))
    world.add(any_import(source="cloudsponge"))
    return world


@pytest.mark.parametrize(("asked", "waited"), [(1, 1), (7, 7), (0, 1), (-5, 1), (600, 600)])
def test_a_slice_that_is_too_early_waits_as_long_as_the_source_says(asked: int, waited: int) -> None:
    world = waiting(NotYet(asked, begun=False))

    assert world.turn(0) == Wait(waited)

    imp = world.imp()
    assert imp.resume_at == NOW + timedelta(seconds=waited)
    assert (imp.troubles, imp.trouble, imp.begun_at, imp.exhausted) == (0, "", None, False)


def test_the_sweeper_waits_as_well() -> None:
    world = waiting(NotYet(120, begun=False))
    world.turn(0)
    world.clock.later(120)

    assert world.sweep() == 0

    assert world.turn(1) == Done()


def test_any_number_of_pauses_is_no_trouble() -> None:
    world = waiting(*(NotYet(1, begun=number > 50) for number in range(100)))

    for polls in range(100):
        assert world.turn(polls) == Wait(1)
        world.clock.later(1)

    assert world.imp().troubles == 0
    assert world.turn(100) == Done()
    world.finish()
    assert len(world.contacts()) == 3


def test_a_pause_ends_a_run_of_troubles() -> None:
    world = waiting(ProviderUnavailable(), NotYet(1, begun=False), ProviderUnavailable())

    world.turn(0)
    assert world.imp().troubles == 1
    world.turn(1)
    assert (world.imp().troubles, world.imp().trouble) == (0, "")
    world.turn(2)
    assert world.imp().troubles == 1


def test_that_it_could_begin_is_remembered_from_the_first_slice_that_hears_so() -> None:
    world = waiting(
        NotYet(5, begun=False),
        NotYet(5, begun=True),
        NotYet(5, begun=True),
        NotYet(5, begun=False),
        ProviderUnavailable(),
    )

    seen = []
    for polls in range(5):
        world.turn(polls)
        seen.append(world.imp().begun_at)
        world.clock.later(5)

    begun = NOW + timedelta(seconds=5)
    assert seen == [None, begun, begun, begun, begun]
    assert world.turn(5) == Done()
    assert world.finish().begun_at == begun


def test_a_pause_between_batches_keeps_what_was_read() -> None:
    world = World(source=ScriptedSource(batches(people(1, 2), people(3, 4)), {1: [NotYet(3, begun=True)]}))
    world.add(any_import(source="cloudsponge"))

    assert world.turn(0) == Wait(3)
    assert world.imp().progress.contacts == 2
    world.clock.later(3)
    assert world.turn(1) == Done()

    world.finish()
    assert [contact.id for contact in world.contacts()] == [contact.id for contact in people(1, 4)]


def test_the_deadline_ends_an_import_that_only_ever_waits() -> None:
    world = waiting(*(NotYet(600, begun=False) for _ in range(99)))
    decision: object = Continue()

    for polls in range(99):
        decision = world.turn(polls)
        if not isinstance(decision, Wait):
            break
        world.clock.later(600)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, DeadlineExceeded)
    assert world.clock.now() >= world.imp().deadline
    assert world.finish(DeadlineExceeded).state is State.FAILED


def test_a_consent_that_nobody_gives_elsewhere_has_lapsed_at_the_deadline() -> None:
    elsewhere = Consent("link", "https://other.example.net/n/A", "", way=Way.RELAY)
    world = World(source=ScriptedSource([], {0: [NotYet(30, begun=False)] * 2}))
    world.add(any_import(source="cloudsponge", consent=elsewhere))
    world.turn(0)
    world.clock.moment = world.imp().deadline

    decision = world.turn(1)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, ConsentLapsed)


def test_whose_book_it_is_goes_with_the_contacts() -> None:
    owner = any_contact(99)
    parts = [Batch(people(1, 2), (), {"at": 1}, owner=owner), Batch(people(3, 3), (), {"at": 2})]
    world = World(source=ScriptedSource(parts, {1: [lambda: world.clock.later(SLICE)]}))
    world.add()
    world.turn(0)
    world.turn(1)
    imp = world.finish()
    assert imp.progress.contacts == 3

    span = world.read.span(TENANT, imp.id, 1, 5)

    assert span.owner == owner
    assert [contact.id for contact in span.contacts] == [contact.id for contact in people(2, 3)]
