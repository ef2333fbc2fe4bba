"""How an import with a consent ends: swept when it never came, closed once, its token revoked once."""

import json
from dataclasses import replace
from typing import Any

import pytest

from rubrica.adapters.memory import MemoryImports, MemoryVault
from rubrica.domain.credential import Code, Kept, Spent, Token
from rubrica.domain.imports import Import, ImportId, State
from rubrica.errors import (
    ConsentAbandoned,
    CredentialLost,
    ImportGone,
    ImportNotComplete,
    ImportStalled,
    KeyUnavailable,
    NotifyUnavailable,
    SignInRefused,
    TokenRefused,
)
from rubrica.ports import Row
from tests.fakes import CREDENTIAL, REGISTERED, TENANT, TOKEN, ScriptedSource, ScriptedTokens, batches, people
from tests.unit.services.trips import allowed, gone, started
from tests.unit.services.worlds import World

GOOGLE_IMPORT = {"source": "google", "state": State.IMPORTING}
REVOKED = replace(TOKEN, include=("other_contacts",))


def read_through(**changes: Any) -> tuple[World, ImportId]:
    """An import with a consent, read to its end and not closed yet."""
    world = World(source=ScriptedSource(batches(people(1, 3))), **changes)
    number = allowed(world).imp.id
    world.turn(0, import_id=number)
    return world, number


def outcomes(world: World) -> list[str]:
    return [str(fields["outcome"]) for name, fields in world.telemetry.events if name == "revocation"]


# --- Revoking ---


@pytest.mark.parametrize("failure", [None, ImportStalled, TokenRefused])
def test_the_token_is_revoked_once_by_who_closes_the_import(failure: Any) -> None:
    world, number = read_through()

    for _ in range(3):
        world.close(number, failure)

    assert world.tokens.revoked == [(number, REVOKED)]
    assert world.kept(number) is None
    assert world.imp(number).state is State.COMPLETE
    assert outcomes(world) == ["revoked"]
    assert ("Revocations", 1, {"source": "google", "outcome": "revoked"}) in world.telemetry.counts


def test_a_failed_imports_token_is_revoked_as_well() -> None:
    world = World(source=ScriptedSource([], {0: [TokenRefused()]}))
    number = allowed(world).imp.id
    world.turn(0, import_id=number)

    world.close(number, TokenRefused)

    assert (world.imp(number).state, world.imp(number).failure) == (State.FAILED, "token_refused")
    assert world.tokens.revoked == [(number, REVOKED)]


@pytest.mark.parametrize("answer", [False, None])
def test_a_token_that_cannot_be_revoked_is_gone_all_the_same(answer: bool | None) -> None:
    world, number = read_through(tokens=ScriptedTokens(revokes=answer))

    world.close(number, None)

    assert world.kept(number) is None
    assert outcomes(world) == ["parked"]
    assert [imp.state for imp in world.notify.announced] == [State.COMPLETE]


def test_the_token_is_deleted_here_before_the_provider_is_asked() -> None:
    world, number = read_through()
    seen: list[Kept | None] = []

    def revoke(imp: Import, token: Token) -> bool:
        seen.append(world.kept(number))
        return True

    replace(world.close, revoke=replace(world.revoke, ask=revoke))(number, None)

    assert seen == [None]


@pytest.mark.parametrize("kept", [Code("canary", "v", "https://rubrica.example.com/", ()), Spent()])
def test_what_is_no_token_is_not_revoked(kept: Kept) -> None:
    world = World()
    world.add(replace(started(World()), id=ImportId(1126), **GOOGLE_IMPORT), kept)  # type: ignore[arg-type]

    world.close(ImportId(1126), ImportStalled)

    assert world.tokens.revoked == []
    assert outcomes(world) == []


def test_passwords_and_tokens_of_providers_that_revoke_nothing_are_not_even_opened() -> None:
    class Closed(MemoryVault):
        def open(self, imp: Import, sealed: bytes) -> bytes:
            raise AssertionError

    world = World(vault=Closed())
    world.add()
    microsoft = replace(started(World()), id=ImportId(7), source="microsoft", state=State.IMPORTING)
    world.add(microsoft, TOKEN)

    world.close(ImportId(1126), SignInRefused)
    world.close(ImportId(7), SignInRefused)

    assert world.tokens.revoked == []
    assert [imp.state for imp in world.notify.announced] == [State.FAILED, State.FAILED]


@pytest.mark.parametrize("error", [KeyUnavailable("KMSInternalException"), CredentialLost(), ValueError()])
def test_a_token_that_cannot_be_opened_keeps_no_import_from_its_end(error: Exception) -> None:
    world, number = read_through()

    class Locked(MemoryVault):
        def open(self, imp: Import, sealed: bytes) -> bytes:
            raise error

    replace(world.close, revoke=replace(world.revoke, vault=Locked()))(number, None)

    assert world.imp(number).state is State.COMPLETE
    assert world.kept(number) is None
    assert outcomes(world) == ["unknown"]
    assert len(world.notify.announced) == 1


@pytest.mark.parametrize("sealed", [b"5", b"null", b"{}", b'["token"]', b'["token", 1, "x"]', b"[]", b'"token"'])
def test_what_was_never_packed_keeps_no_import_from_its_end(sealed: bytes) -> None:
    world, number = read_through()
    row = world.imports.rows[number]
    world.imports.rows[number] = replace(row, credential=world.vault.seal(row.imp, sealed))

    world.close(number, None)

    assert world.imp(number).state is State.COMPLETE
    assert outcomes(world) == ["unknown"]


def test_who_comes_second_revokes_nothing() -> None:
    world, number = read_through()

    class Both(MemoryImports):
        """Another closes it between this one's look and its write."""

        def __init__(self) -> None:
            self.__dict__.update(world.imports.__dict__)

        def close(self, imp: Import) -> Row:
            world.close(number, None)
            return super().close(imp)

    replace(world.close, imports=Both())(number, ImportStalled)

    assert world.tokens.revoked == [(number, REVOKED)]
    assert world.imp(number).state is State.COMPLETE


def test_an_end_that_could_not_be_announced_is_announced_by_the_next_call_without_revoking_again() -> None:
    class Deaf:
        def closed(self, imp: object) -> None:
            raise NotifyUnavailable("ThrottlingException")

    world, number = read_through()
    with pytest.raises(NotifyUnavailable):
        replace(world.close, notify=Deaf())(number, None)

    world.close(number, None)

    assert len(world.tokens.revoked) == 1
    assert len(world.notify.announced) == 1


def test_an_import_that_goes_while_it_is_closed_revokes_nothing() -> None:
    world, number = read_through()

    class Vanishing:
        def get(self, import_id: ImportId) -> object:
            return world.imports.get(import_id)

        def close(self, imp: object) -> object:
            raise ImportGone

    replace(world.close, imports=Vanishing())(number, None)  # type: ignore[arg-type]

    assert world.tokens.revoked == []
    assert world.notify.announced == []


def test_no_token_is_told() -> None:
    world, number = read_through()
    world.close(number, None)

    told = json.dumps([world.telemetry.events, world.telemetry.counts]) + repr(world.notify.announced)

    assert TOKEN.token not in told + repr(world.tokens) + repr(world.imports.rows)


def test_a_password_import_ends_as_it_always_did() -> None:
    world = World(source=ScriptedSource(batches(people(1, 1))))
    world.add()
    world.turn(0)
    assert world.kept() == CREDENTIAL

    assert world.finish().state is State.COMPLETE
    assert world.kept() is None


# --- Consents that never came ---


@pytest.mark.parametrize("opened", [False, True])
def test_a_consent_that_never_came_is_swept_at_its_deadline(opened: bool) -> None:
    world = World()
    imp = gone(world).imp if opened else started(world)
    world.clock.later(1_199)
    assert world.sweep() == 0

    world.clock.later(1)
    assert world.sweep() == 1

    swept = world.imp(imp.id)
    assert (swept.state, swept.failure) == (State.ABANDONED, "consent_expired" if opened else "consent_abandoned")
    assert [told.id for told in world.notify.announced] == [imp.id]
    assert world.workflow.started == []
    assert world.tokens.revoked == []


def test_the_sweeper_never_restarts_what_waits_for_a_person() -> None:
    world = World()
    imp = gone(world).imp
    replace(world.sweep, imports=_AlwaysDue(world, imp.id))()  # type: ignore[arg-type]

    assert world.imp(imp.id).state is State.AWAITING_CONSENT
    assert world.workflow.started == []


class _AlwaysDue:
    """Says that one import is due, whenever it is asked."""

    def __init__(self, world: World, number: ImportId) -> None:
        self._world, self._number = world, number

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.imports, name)

    def due(self, now: object, limit: int) -> list[ImportId]:
        return [self._number]


def test_a_consent_that_comes_while_it_is_swept_is_neither_abandoned_nor_announced() -> None:
    browser = gone(World())
    world = browser.world

    class LastMoment(MemoryImports):
        """The answer is written between the sweeper's look and its own write."""

        def __init__(self) -> None:
            self.__dict__.update(world.imports.__dict__)

        def close(self, imp: Import) -> Row:
            browser.come_back()
            return super().close(imp)

    replace(world.close, imports=LastMoment())(browser.imp.id, ConsentAbandoned)

    assert world.imp(browser.imp.id).state is State.IMPORTING
    assert world.notify.announced == []
    assert [name for name, _, _ in world.telemetry.counts] == ["ImportsStarted"]
    assert isinstance(world.kept(browser.imp.id), Code)


# --- What a reader sees ---


def test_a_reader_sees_a_consent_that_never_came_as_abandoned_before_the_sweeper_says_so() -> None:
    world = World()
    imp = started(world)
    assert world.read.status(TENANT, imp.id).state is State.AWAITING_CONSENT
    world.clock.moment = imp.deadline

    seen = world.read.status(REGISTERED, imp.id)
    world.sweep()
    swept = world.read.status(REGISTERED, imp.id)

    assert (seen.state, seen.failure, seen.closed_at) == (State.ABANDONED, "consent_abandoned", imp.deadline)
    assert (seen.state, seen.failure, seen.expires_at) == (swept.state, swept.failure, swept.expires_at)
    with pytest.raises(ImportNotComplete):
        world.read.contacts(REGISTERED, imp.id, "", 10)


def test_an_import_that_is_deleted_while_it_waits_takes_its_consent_with_it() -> None:
    browser = gone(World())

    browser.world.delete(TENANT, browser.imp.id)

    row = browser.world.imports.rows[browser.imp.id]
    assert (row.imp.state, row.imp.consent, row.credential) == (State.PURGED, None, None)
