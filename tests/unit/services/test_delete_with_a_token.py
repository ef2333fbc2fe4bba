"""Deleting an import while its token lives."""

from dataclasses import replace
from datetime import datetime

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.credential import Code, Kept, Spent, Token
from rubrica.domain.imports import Import, ImportId, State
from rubrica.errors import ImportNotFound
from rubrica.ports import Row
from tests.fakes import CREDENTIAL, TENANT, any_import
from tests.unit.services.worlds import World

TOKEN = Token("an access token", ("contacts.readonly",))


def importing(kept: Kept, source: str = "google") -> World:
    world = World()
    world.add(any_import(source=source, state=State.IMPORTING), kept)
    return world


def test_the_token_of_a_deleted_import_is_revoked_once() -> None:
    world = importing(TOKEN)
    imp = world.imp()

    world.delete(TENANT, imp.id)

    assert world.tokens.revoked == [(imp.id, TOKEN)]
    with pytest.raises(ImportNotFound):
        world.delete(TENANT, imp.id)
    assert len(world.tokens.revoked) == 1


def test_it_is_gone_from_the_store_before_the_provider_is_asked() -> None:
    world = importing(TOKEN)
    imp, kept = world.imp(), list[bytes | None]()

    def ask(imp: Import, token: Token) -> bool:
        kept.append(world.imports.rows[imp.id].credential)
        return True

    replace(world.delete, revoke=replace(world.revoke, ask=ask))(TENANT, imp.id)

    assert kept == [None]


@pytest.mark.parametrize(
    ("kept", "source"),
    [(CREDENTIAL, "carddav"), (TOKEN, "microsoft"), (Code("c", "v", "https://rubrica.example.com/cb"), "google")],
)
def test_what_cannot_be_revoked_is_deleted_without_a_word_to_anybody(kept: Kept, source: str) -> None:
    world = importing(kept, source)

    world.delete(TENANT, world.imp().id)

    assert world.tokens.revoked == []
    assert world.telemetry.names() == ["deleted"]


def test_a_token_that_came_in_the_last_moment_is_revoked_as_well() -> None:
    world = importing(Spent())
    imp = world.imp()

    class Late(MemoryImports):
        """Shows the row as it was, and stores the token before it is shredded."""

        def shred(self, import_id: ImportId, due_at: datetime) -> Row | None:
            self.rows[import_id] = replace(self.rows[import_id], credential=world.vault.seal(imp, TOKEN.pack()))
            return super().shred(import_id, due_at)

    late = Late()
    late.rows = world.imports.rows
    replace(world.delete, imports=late)(TENANT, imp.id)

    assert world.tokens.revoked == [(imp.id, TOKEN)]
