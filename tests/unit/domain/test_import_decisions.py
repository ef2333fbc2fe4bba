"""What follows a slice, what the sweeper does, and which states follow which."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.imports import (
    LONGEST_WAIT,
    MOST_RUNS,
    MOST_TROUBLES,
    TERMINAL,
    TRANSITIONS,
    Continue,
    Decision,
    Done,
    Exhausted,
    Failed,
    Import,
    ImportId,
    Outcome,
    OutOfTime,
    Progress,
    State,
    Troubled,
    Wait,
    advance,
    may_become,
    next_step,
)
from rubrica.domain.ledger import Reason
from rubrica.domain.sweeping import Purge, Restart, sweep_step
from rubrica.errors import (
    AnswerTruncated,
    ConsentAbandoned,
    DeadlineExceeded,
    ImportStalled,
    ProviderThrottled,
    ProviderTrouble,
    ProviderUnavailable,
    ServerSilent,
    ServerUnreachable,
)
from tests.fakes import NOW, any_import

TROUBLES: Final = (AnswerTruncated, ProviderThrottled, ProviderUnavailable, ServerSilent, ServerUnreachable)
ERRORS = st.builds(
    lambda kind, seconds: kind(seconds), st.sampled_from(TROUBLES), st.none() | st.integers(-10, 10_000_000)
)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.just(Exhausted()), st.just(OutOfTime()), st.builds(Troubled, ERRORS)
)
AGES = st.integers(0, 8_000).map(lambda seconds: timedelta(seconds=seconds))
IMPORTS = st.builds(
    lambda number, troubles: any_import(id=ImportId(number), state=State.IMPORTING, troubles=troubles),
    st.integers(1, 2**31 - 1),
    st.integers(0, 12),
)


def followed(imp: Import, outcome: Outcome) -> Import:
    return replace(imp, troubles=imp.troubles + 1) if isinstance(outcome, Troubled) else imp


@given(IMPORTS, OUTCOMES, AGES)
def test_a_decision_is_the_same_for_the_same_question(imp: Import, outcome: Outcome, age: timedelta) -> None:
    first, second = (next_step(imp, outcome, NOW + age) for _ in range(2))

    assert type(first) is type(second)
    if isinstance(first, Wait):
        assert first == second


@given(IMPORTS, OUTCOMES, AGES)
def test_a_wait_is_bounded_and_ends_before_the_deadline(imp: Import, outcome: Outcome, age: timedelta) -> None:
    decision = next_step(imp, outcome, NOW + age)

    if isinstance(decision, Wait):
        assert 1 <= decision.seconds <= LONGEST_WAIT.total_seconds()
        assert NOW + age + timedelta(seconds=decision.seconds) < imp.deadline


@given(IMPORTS, OUTCOMES, AGES)
def test_nothing_goes_on_past_the_deadline(imp: Import, outcome: Outcome, age: timedelta) -> None:
    decision = next_step(imp, outcome, imp.deadline + age)

    assert isinstance(decision, Done) if isinstance(outcome, Exhausted) else isinstance(decision, Failed)


@given(IMPORTS, st.lists(st.tuples(OUTCOMES, st.integers(1, 400)), min_size=1, max_size=300))
def test_every_course_of_slices_ends_by_the_deadline(imp: Import, course: list[tuple[Outcome, int]]) -> None:
    now, imp = NOW, replace(imp, troubles=0)
    decision: Decision = Continue()
    for outcome, seconds in [*course, (OutOfTime(), 10_000)]:
        now += timedelta(seconds=seconds)
        decision = next_step(imp, outcome, now)
        if isinstance(decision, Done | Failed):
            break
        imp = followed(imp, outcome)
        now += timedelta(seconds=decision.seconds if isinstance(decision, Wait) else 0)
        assert now < imp.deadline

    assert isinstance(decision, Done | Failed)


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_trouble_without_progress_fails_after_its_attempts(kind: type[ProviderTrouble]) -> None:
    imp, slices = any_import(state=State.IMPORTING), 0
    while isinstance(next_step(imp, Troubled(kind()), NOW), Wait):
        imp, slices = replace(imp, troubles=imp.troubles + 1), slices + 1

    decision = next_step(imp, Troubled(kind()), NOW)

    assert slices + 1 == kind.attempts
    assert isinstance(decision, Failed)
    assert isinstance(decision.error, kind)


@pytest.mark.parametrize(("asked", "waited"), [(120, 120), (0, 1), (-5, 1), (6 * 3600, 900), (900, 900), (901, 900)])
def test_the_providers_wish_is_honoured_within_limits(asked: int, waited: int) -> None:
    assert next_step(any_import(), Troubled(ProviderThrottled(asked)), NOW) == Wait(waited)


def test_a_wait_that_would_outlast_the_deadline_fails_at_once_with_the_trouble() -> None:
    imp = any_import(deadline=NOW + timedelta(seconds=120))

    decision = next_step(imp, Troubled(ProviderThrottled(120)), NOW)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, ProviderThrottled)


@given(st.integers(1, 2**31 - 1), st.integers(0, 4))
def test_pauses_double_with_jitter_below(number: int, troubles: int) -> None:
    imp = any_import(id=ImportId(number), troubles=troubles)

    decision = next_step(imp, Troubled(ProviderUnavailable()), NOW)

    assert isinstance(decision, Wait)
    assert 2**troubles <= decision.seconds <= 2 ** (troubles + 1)


def test_pauses_of_many_imports_are_spread() -> None:
    decisions = {next_step(any_import(id=ImportId(n), troubles=4), Troubled(ServerSilent(3)), NOW) for n in range(1, 9)}
    pauses = [
        next_step(any_import(id=ImportId(n), troubles=4), Troubled(ProviderUnavailable()), NOW) for n in range(99)
    ]

    assert len({pause.seconds for pause in pauses if isinstance(pause, Wait)}) > 8
    assert all(isinstance(decision, Failed) for decision in decisions)


def test_a_slice_out_of_time_goes_on_at_once() -> None:
    assert next_step(any_import(troubles=3), OutOfTime(), NOW) == Continue()


def test_out_of_time_at_the_deadline_fails() -> None:
    imp = any_import()

    decision = next_step(imp, OutOfTime(), imp.deadline)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, DeadlineExceeded)


def test_a_source_read_to_its_end_is_done_even_past_the_deadline() -> None:
    imp = any_import()

    assert next_step(imp, Exhausted(), imp.deadline + timedelta(minutes=1)) == Done()


# --- States ---


def test_every_state_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_a_terminal_state_leads_to_nothing_but_purged(state: State) -> None:
    assert TRANSITIONS[state] <= {State.PURGED}
    assert any_import(state=state).terminal


@pytest.mark.parametrize("state", sorted(set(State) - TERMINAL))
def test_a_state_that_is_not_terminal_can_be_left_and_purged(state: State) -> None:
    assert State.PURGED in TRANSITIONS[state]
    assert TRANSITIONS[state] & (TERMINAL - {State.PURGED})
    assert not any_import(state=state).terminal


@given(st.sampled_from(State), st.sampled_from(State))
def test_may_become_is_the_transitions_read_backwards(origin: State, target: State) -> None:
    assert (origin in may_become(target)) == (target in TRANSITIONS[origin])


def test_complete_comes_from_importing_alone() -> None:
    assert may_become(State.COMPLETE) == {State.IMPORTING}


def test_an_import_is_absent_from_its_expiry_on_and_once_purged() -> None:
    imp = any_import(state=State.COMPLETE)

    assert not imp.expired(imp.expires_at - timedelta(seconds=1))
    assert imp.expired(imp.expires_at)
    assert replace(imp, state=State.PURGED).expired(NOW)


# --- Sweeping ---


@given(st.sampled_from(State), st.integers(1, 5), st.integers(0, 200_000))
def test_every_swept_import_is_restarted_failed_or_purged(state: State, run: int, age: int) -> None:
    imp, now = any_import(state=state, run=run), NOW + timedelta(seconds=age)

    match sweep_step(imp, now):
        case Purge():
            assert imp.terminal or imp.expired(now)
        case Failed(ConsentAbandoned()):
            assert state is State.AWAITING_CONSENT
            assert now >= imp.deadline
        case Failed(error):
            assert isinstance(error, DeadlineExceeded) == (now >= imp.deadline)
            assert isinstance(error, DeadlineExceeded | ImportStalled)
        case Restart(following):
            assert following == run + 1
            assert state is State.CREATED or run < MOST_RUNS
            assert state is not State.AWAITING_CONSENT


def test_restarts_come_to_an_end() -> None:
    decision = sweep_step(any_import(run=MOST_RUNS, state=State.IMPORTING), NOW)

    assert isinstance(decision, Failed)
    assert isinstance(decision.error, ImportStalled)


def test_an_import_that_could_not_be_started_is_tried_until_its_deadline() -> None:
    decision = sweep_step(any_import(run=MOST_RUNS + 5, state=State.CREATED), NOW)

    assert decision == Restart(MOST_RUNS + 6)


# --- Troubles of changing kinds ---


def test_a_trouble_of_another_kind_gets_its_own_attempts() -> None:
    imp = any_import(state=State.IMPORTING, troubles=5, trouble=ProviderThrottled.code)

    assert isinstance(next_step(imp, Troubled(AnswerTruncated()), NOW), Wait)


def test_troubles_of_changing_kinds_come_to_an_end() -> None:
    imp = any_import(state=State.IMPORTING, troubles=MOST_TROUBLES - 1, trouble=ProviderThrottled.code)

    assert isinstance(next_step(imp, Troubled(AnswerTruncated()), NOW), Failed)


# --- Progress ---

COUNTS = st.integers(0, 100_000)
PROGRESS = st.builds(
    Progress,
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    st.none() | COUNTS,
    st.dictionaries(st.sampled_from(Reason), st.integers(1, 50)),
    COUNTS,
)


@given(PROGRESS, PROGRESS, PROGRESS)
def test_progress_adds_up_in_any_grouping(first: Progress, second: Progress, third: Progress) -> None:
    assert advance(advance(first, second), third) == advance(first, advance(second, third))


@given(PROGRESS)
def test_nothing_read_changes_nothing(progress: Progress) -> None:
    assert advance(progress, Progress()) == progress
    assert advance(Progress(), progress) == progress


def test_the_last_announcement_counts() -> None:
    assert advance(Progress(announced=10), Progress(announced=12)).announced == 12
    assert advance(Progress(announced=10), Progress()).announced == 10
