"""A source whose batches are numbered people, and what came of reading it."""

from typing import Any

from tests.fakes import ScriptedSource, batches, people
from tests.unit.services.worlds import World


def world_of(*parts: int, before: dict[int, list[Any]] | None = None) -> World:
    """A source with batches of so many people, and an import of it."""
    made, first = [], 1
    for part in parts:
        made.append(people(first, first + part - 1))
        first += part
    world = World(source=ScriptedSource(batches(*made) if made else [], before or {}))
    world.add()
    return world


def ids(world: World) -> list[str]:
    return [contact.id for contact in world.contacts()]


def all_ids(count: int) -> list[str]:
    return [contact.id for contact in people(1, count)]
