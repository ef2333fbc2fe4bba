"""From a code to a token: redeemed once, whatever dies in between."""

import json
from dataclasses import replace
from typing import Any

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain.credential import Code, Spent, Token
from rubrica.domain.imports import Decision, Done, Failed, ImportId, State, Wait
from rubrica.errors import (
    AnswerUnreadable,
    ConsentNotRedeemed,
    ConsentUnticked,
    CredentialLost,
    ImportFailure,
    KeyUnavailable,
    ProviderThrottled,
    ProviderUnavailable,
    SecretsUnavailable,
    ServerSilent,
    StorageUnavailable,
    TokenRefused,
)
from rubrica.ports import Lease
from tests.fakes import CODE, CREDENTIAL, TOKEN, ScriptedSource, batches, people
from tests.unit.services.trips import allowed
from tests.unit.services.worlds import World


def consented(imports: MemoryImports | None = None, **scripted: Any) -> tuple[World, ImportId]:
    """An import whose consent was just given."""
    source = ScriptedSource(batches(people(1, 2), people(3, 4)), **scripted)
    world = World(source=source, imports=imports or MemoryImports())
    return world, allowed(world).imp.id


def turn(world: World, import_id: ImportId, polls: int, retry: int = 0) -> Decision:
    return world.turn(polls, retry, import_id=import_id)


def failure(decision: Decision) -> type[ImportFailure]:
    assert isinstance(decision, Failed)
    return type(decision.error)


def test_the_code_is_redeemed_and_the_source_read_with_its_token() -> None:
    world, number = consented()

    assert turn(world, number, 0) == Done()

    (code,) = world.tokens.redeemed
    assert (code.code, code.include) == (CODE, ("other_contacts",))
    assert world.source.opened_with == [replace(TOKEN, include=("other_contacts",))]
    assert world.kept(number) == replace(TOKEN, include=("other_contacts",))


def test_the_code_has_left_the_store_before_it_is_sent() -> None:
    world, number = consented()
    seen: list[object] = []
    world.tokens.before = [lambda: seen.append(world.kept(number))]

    turn(world, number, 0)

    assert seen == [Spent()]


def test_the_token_is_stored_before_anything_is_read_with_it() -> None:
    world, number = consented()
    seen: list[object] = []
    world.source.before[0] = [lambda: seen.append(world.kept(number))]

    turn(world, number, 0)

    assert [type(kept) for kept in seen] == [Token]


def test_later_slices_use_the_token_and_redeem_nothing() -> None:
    world, number = consented(before={1: [ProviderThrottled(5)]})

    assert turn(world, number, 0) == Wait(5)
    assert turn(world, number, 1) == Done()

    assert len(world.tokens.redeemed) == 1
    assert world.source.opened_with[0] == world.source.opened_with[1]
    assert world.imp(number).progress.contacts == 4


class Killed(BaseException):
    """The process ended here."""


class Dying(MemoryImports):
    """Dies at one of its writes of the credential: before it, or after it."""

    def __init__(self, death: int, error: BaseException) -> None:
        super().__init__()
        self.death, self.error = death, error

    def keep(self, lease: Lease, credential: bytes) -> None:
        self._step()
        super().keep(lease, credential)
        self._step()

    def _step(self) -> None:
        self.death -= 1
        if self.death == 0:
            raise self.error


@pytest.mark.parametrize(("death", "redeemed"), [(1, 1), (2, 0), (3, 1), (4, 1)])
def test_wherever_a_worker_dies_a_code_is_sent_once_at_most(death: int, redeemed: int) -> None:
    world, number = consented(Dying(death, Killed()))
    with pytest.raises(Killed):
        turn(world, number, 0)

    decision = turn(world, number, 0, retry=1)

    # Before the mark and after the token nothing is lost; in between nobody knows whether the code was used.
    if death in (1, 4):
        assert decision == Done()
    else:
        assert failure(decision) is ConsentNotRedeemed
    assert len(world.tokens.redeemed) == redeemed


def test_a_worker_killed_while_the_provider_answers_does_not_send_the_code_again() -> None:
    world, number = consented()

    def die() -> None:
        raise Killed

    world.tokens.before = [die]
    with pytest.raises(Killed):
        turn(world, number, 0)

    assert world.kept(number) == Spent()
    for retry in (1, 2):
        assert failure(turn(world, number, 0, retry)) is ConsentNotRedeemed
    assert len(world.tokens.redeemed) == 1
    assert world.source.opened_with == []


def test_what_nobody_foresaw_while_redeeming_does_not_send_the_code_again() -> None:
    world, number = consented()
    world.tokens.before = [RuntimeError("zz-canary")]
    with pytest.raises(RuntimeError):
        turn(world, number, 0)

    assert failure(turn(world, number, 0, retry=1)) is ConsentNotRedeemed
    assert len(world.tokens.redeemed) == 1


@pytest.mark.parametrize("trouble", [ProviderUnavailable(7), ServerSilent(7), AnswerUnreadable(7)])
def test_trouble_of_the_provider_before_the_code_was_used_is_waited_out(trouble: Exception) -> None:
    world, number = consented()
    world.tokens.before = [trouble]

    assert turn(world, number, 0) == Wait(7)
    assert isinstance(world.kept(number), Code)
    assert (world.imp(number).troubles, world.imp(number).trouble) == (1, trouble.code)  # type: ignore[attr-defined]

    assert turn(world, number, 1) == Done()
    assert [code.code for code in world.tokens.redeemed] == [CODE, CODE]
    assert world.imp(number).progress.contacts == 4


def test_trouble_while_redeeming_does_not_last_for_ever() -> None:
    world, number = consented()
    world.tokens.before = [ProviderUnavailable(1) for _ in range(20)]

    decisions = []
    while not decisions or isinstance(decisions[-1], Wait):
        world.tokens.before, rest = world.tokens.before[:1], world.tokens.before[1:]
        decisions.append(turn(world, number, len(decisions)))
        world.tokens.before = rest

    assert failure(decisions[-1]) is ProviderUnavailable
    assert len(decisions) == ProviderUnavailable.attempts


@pytest.mark.parametrize("trouble", [SecretsUnavailable("ThrottlingException"), KeyUnavailable("x")])
def test_trouble_of_the_platform_while_redeeming_leaves_the_code_for_the_retry(trouble: Exception) -> None:
    world, number = consented()
    world.tokens.before = [trouble]

    with pytest.raises(type(trouble)):
        turn(world, number, 0)

    assert isinstance(world.kept(number), Code)
    assert turn(world, number, 0, retry=1) == Done()


def test_a_mark_that_was_written_and_still_failed_costs_no_consent() -> None:
    world, number = consented(Dying(2, StorageUnavailable("RequestTimeout")))

    with pytest.raises(StorageUnavailable):
        turn(world, number, 0)

    assert world.tokens.redeemed == []
    assert turn(world, number, 0, retry=1) == Done()
    assert len(world.tokens.redeemed) == 1


@pytest.mark.parametrize("refused", [ConsentNotRedeemed, ConsentUnticked, TokenRefused])
def test_a_code_that_the_provider_refuses_ends_the_import(refused: type[ImportFailure]) -> None:
    world, number = consented()
    world.tokens.before = [refused()]

    assert failure(turn(world, number, 0)) is refused
    assert world.kept(number) == Spent()
    assert world.source.opened_with == []


def test_a_worker_that_was_overtaken_while_redeeming_stores_no_token() -> None:
    world, number = consented()
    decisions: list[object] = []
    world.tokens.before = [lambda: decisions.append(turn(world, number, 0, retry=1))]

    decisions.append(turn(world, number, 0))

    assert failure(decisions[0]) is ConsentNotRedeemed  # type: ignore[arg-type]
    assert decisions[1] == Wait(5)
    assert world.kept(number) == Spent()
    assert len(world.tokens.redeemed) == 1
    assert world.tokens.revoked == [(number, replace(TOKEN, include=("other_contacts",)))]


class Faltering(MemoryImports):
    """Fails at so many writes of a token."""

    def __init__(self, faults: int) -> None:
        super().__init__()
        self.faults = faults

    def keep(self, lease: Lease, credential: bytes) -> None:
        if b"token" in credential and self.faults:
            self.faults -= 1
            raise StorageUnavailable("InternalServerError")
        super().keep(lease, credential)


def test_a_token_is_stored_at_the_second_try() -> None:
    world, number = consented(Faltering(1))

    assert turn(world, number, 0) == Done()

    assert len(world.tokens.redeemed) == 1
    assert world.tokens.revoked == []


def test_a_token_that_cannot_be_stored_is_ended_and_the_code_not_sent_again() -> None:
    world, number = consented(Faltering(2))

    with pytest.raises(StorageUnavailable):
        turn(world, number, 0)

    assert [revoked for revoked, _ in world.tokens.revoked] == [number]
    assert failure(turn(world, number, 0, retry=1)) is ConsentNotRedeemed
    assert len(world.tokens.redeemed) == 1


def test_a_code_of_another_import_is_not_opened() -> None:
    world, number = consented()
    other = allowed(world).imp.id
    rows = world.imports.rows
    rows[number] = replace(rows[number], credential=rows[other].credential)

    assert failure(turn(world, number, 0)) is CredentialLost
    assert world.tokens.redeemed == []


def test_an_import_deleted_while_it_is_redeemed_keeps_no_token() -> None:
    world, number = consented()
    world.tokens.before = [lambda: world.imports.shred(number, world.clock.now())]

    assert turn(world, number, 0) == Wait(5)

    assert world.imports.rows[number].credential is None
    assert world.imp(number).state is State.PURGED
    assert [revoked for revoked, _ in world.tokens.revoked] == [number]


def test_a_password_is_no_code_and_is_used_as_it_is() -> None:
    world = World(source=ScriptedSource(batches(people(1, 1))))
    world.add()

    world.turn(0)

    assert world.source.opened_with == [CREDENTIAL]
    assert world.tokens.redeemed == []


def test_no_code_or_token_is_told() -> None:
    world, number = consented()
    turn(world, number, 0)

    told = json.dumps([world.telemetry.events, world.telemetry.counts]) + repr(world.imports.rows) + repr(world.tokens)

    for secret in (CODE, TOKEN.token):
        assert secret not in told
