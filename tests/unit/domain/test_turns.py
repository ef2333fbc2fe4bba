"""What passes through the workflow."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.imports import Continue, Decision, Done, Failed, ImportId, Wait
from rubrica.domain.turns import MOST_POLLS, Turn, first_state, next_state, turn_of
from rubrica.errors import SignInRefused

TURNS = st.builds(
    Turn,
    st.integers(1, 2**31 - 1).map(ImportId),
    st.integers(1, 3),
    st.integers(0, MOST_POLLS),
    st.integers(0, 28),
)
DECISIONS: st.SearchStrategy[Decision] = st.one_of(
    st.just(Continue()), st.just(Done()), st.builds(Wait, st.integers(1, 900)), st.just(Failed(SignInRefused()))
)


@given(TURNS, TURNS)
def test_the_number_grows_over_runs_then_polls_then_retries(first: Turn, second: Turn) -> None:
    order = [(turn.run, turn.polls, turn.retry) for turn in (first, second)]

    assert (first.number < second.number) == (order[0] < order[1])
    assert (first.number == second.number) == (order[0] == order[1])


def test_every_call_of_three_full_runs_has_a_greater_number_than_the_one_before() -> None:
    numbers = [
        Turn(ImportId(1), run, polls, retry).number
        for run in (1, 2, 3)
        for polls in range(MOST_POLLS + 2)
        for retry in (0, 1, 14)
    ]

    assert all(first < second for first, second in pairwise(numbers))


def test_retries_past_what_the_workflow_makes_do_not_reach_into_the_next_poll() -> None:
    assert Turn(ImportId(1), 1, 0, 5_000).number < Turn(ImportId(1), 1, 1, 0).number


@given(TURNS, DECISIONS)
def test_the_state_holds_only_ids_small_numbers_and_known_words(turn: Turn, decision: Decision) -> None:
    state = next_state(turn, decision)

    assert set(state) == {"import_id", "run", "polls", "next", "wait_seconds", "failure"}
    assert state["next"] in {"continue", "wait", "done"}
    assert state["failure"] == {"Error": ""}
    assert all(type(state[name]) is int for name in ("import_id", "run", "polls", "wait_seconds"))
    assert 0 <= state["wait_seconds"] <= 900
    assert len(json.dumps(state)) < 200


@given(TURNS, DECISIONS)
def test_the_state_leads_to_the_next_turn_of_the_same_run(turn: Turn, decision: Decision) -> None:
    following = turn_of({**next_state(turn, decision), "retry": 0})

    assert following == Turn(turn.import_id, turn.run, turn.polls + 1, 0)
    assert following.number > turn.number


def test_an_execution_begins_with_the_first_poll_of_its_run() -> None:
    assert turn_of({**first_state(ImportId(1126), 2), "retry": 0}) == Turn(ImportId(1126), 2, 0, 0)


def test_only_a_wait_has_seconds_to_wait() -> None:
    turn = Turn(ImportId(1), 1, 0, 0)

    assert [next_state(turn, decision)["next"] for decision in (Continue(), Wait(7), Done())] == [
        "continue",
        "wait",
        "done",
    ]
    assert [next_state(turn, decision)["wait_seconds"] for decision in (Continue(), Wait(7), Done())] == [0, 7, 0]


@pytest.mark.parametrize("event", [{}, {"import_id": 1}, {"import_id": "x", "run": 1, "polls": 0, "retry": 0}])
def test_an_event_of_another_form_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        turn_of(event)
