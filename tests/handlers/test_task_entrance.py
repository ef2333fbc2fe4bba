"""What the workflow, the net under it and the schedule get, from events as they send them."""

import json
import traceback
from typing import Any

import pytest
from entrances import Entrances, LambdaContext, event

from rubrica import errors
from rubrica.adapters.memory import MemoryImports
from rubrica.domain.imports import Decision, ImportId, State, Wait
from rubrica.domain.turns import Turn
from rubrica.entrypoints.task import error_named
from rubrica.entrypoints.telemetry import places
from tests.fakes import CANARY_EMAIL, CANARY_PASSWORD, ScriptedSource, any_import, batches, people
from tests.unit.services.worlds import World

UNFORESEEN = RuntimeError(f"{CANARY_PASSWORD} {CANARY_EMAIL}")


def with_source(entrances: Entrances, *parts: Any, before: dict[int, list[Any]] | None = None) -> Entrances:
    entrances.world = World(source=ScriptedSource(batches(*parts), before or {}))
    entrances.world.add()
    return entrances


# --- poll_status ---


def test_the_first_turn_answers_with_the_next_state(entrances: Entrances) -> None:
    state = with_source(entrances, people(1, 3)).poll_status(event("poll_status/first_turn"))

    assert state == {
        "import_id": 1126,
        "run": 1,
        "polls": 1,
        "next": "done",
        "wait_seconds": 0,
        "failure": {"Error": ""},
    }
    json.dumps(state)


def test_a_retried_turn_takes_over_from_the_one_that_died(entrances: Entrances) -> None:
    with_source(entrances, people(1, 3), people(4, 5), before={1: [UNFORESEEN]})
    with pytest.raises(errors.WorkerFailed):
        entrances.poll_status(event("poll_status/first_turn"))

    assert entrances.poll_status(event("poll_status/retried_turn"))["next"] == "done"


def test_a_wait_is_for_the_workflow_to_wait(entrances: Entrances) -> None:
    with_source(entrances, people(1, 3), before={0: [errors.ProviderThrottled(120)]})

    state = entrances.poll_status(event("poll_status/first_turn"))

    assert (state["next"], state["wait_seconds"]) == ("wait", 120)


@pytest.mark.parametrize("failure", [errors.SignInRefused(), errors.AnswerTooLarge(), errors.ServerRefused()])
def test_a_failure_is_raised_by_its_own_name_with_its_fixed_text(
    entrances: Entrances, log: Any, failure: errors.ImportFailure
) -> None:
    with_source(entrances, people(1, 3), before={0: [failure]})

    with pytest.raises(type(failure)) as caught:
        entrances.poll_status(event("poll_status/first_turn"))

    assert str(caught.value) == f"{failure.title} {failure.advice}"
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    (line,) = [line for line in log() if line.get("level") == "ERROR"]
    assert (line["message"], line["code"], line["import_id"]) == ("import_failed", failure.code, 1126)


@pytest.mark.parametrize("kind", errors.leaves(errors.PlatformTrouble))
def test_trouble_of_the_platform_is_raised_by_its_own_name_for_the_workflow_to_retry(
    entrances: Entrances, log: Any, kind: type[errors.PlatformTrouble]
) -> None:
    with_source(entrances, people(1, 3), before={0: [kind("ThrottlingException")]})

    with pytest.raises(kind) as caught:
        entrances.poll_status(event("poll_status/first_turn"))

    assert type(caught.value).__name__ == kind.__name__
    assert str(caught.value) == f"{kind.title} {kind.advice}"
    (line,) = [line for line in log() if line.get("level") == "ERROR"]
    assert (line["message"], line["reason"], line["code"]) == ("platform_trouble", "ThrottlingException", kind.code)


def everything_shown(error: BaseException) -> str:
    """What the runtime's client makes of an error, and more: the whole chain."""
    return "".join(traceback.format_exception(error))


def test_what_nobody_foresaw_becomes_a_fixed_text(entrances: Entrances, log: Any) -> None:
    with_source(entrances, people(1, 3), before={0: [UNFORESEEN]})

    with pytest.raises(errors.WorkerFailed) as caught:
        entrances.poll_status(event("poll_status/first_turn"))

    assert "canary" not in everything_shown(caught.value).replace(f"{__file__}", "")
    lines = log()
    assert "canary" not in json.dumps(lines)
    (line,) = [line for line in lines if line.get("level") == "ERROR"]
    assert (line["error"], line["code"]) == ("RuntimeError", "unforeseen")
    assert any("poll.py" in place for place in line["at"])


@pytest.mark.parametrize("asked", [{}, {"import_id": CANARY_EMAIL, "run": 1, "polls": 0, "retry": 0}])
def test_an_event_of_another_form_is_refused_without_repeating_it(
    entrances: Entrances, log: Any, asked: dict[str, Any]
) -> None:
    with pytest.raises(errors.WorkerFailed) as caught:
        entrances.poll_status(asked)

    assert str(caught.value) == f"{errors.WorkerFailed.title} {errors.WorkerFailed.advice}"
    assert "canary" not in json.dumps(log())


class _AskedFor(World):
    """Remembers how many seconds a slice was given, and how many at most."""

    given: tuple[float, float] = (0.0, 0.0)

    @property
    def poll(self) -> Any:
        def poll(turn: Turn, seconds: float, longest: float) -> Decision:
            self.given = seconds, longest
            return Wait(5)

        return poll


@pytest.mark.parametrize(
    ("milliseconds", "slice_seconds", "given"),
    [(300_000, 240, (240.0, 290.0)), (100_000, 240, (70.0, 90.0)), (4_000, 240, (1.0, 1.0))],
)
def test_a_slice_leaves_time_to_store_what_it_has(
    entrances: Entrances, milliseconds: int, slice_seconds: int, given: tuple[float, float]
) -> None:
    world = _AskedFor()
    entrances.world, entrances.context = world, LambdaContext(milliseconds)

    entrances.poll_status(event("poll_status/first_turn"), slice_seconds)

    assert world.given == given


# --- close_import ---


def test_an_import_is_closed_as_complete(entrances: Entrances, log: Any) -> None:
    with_source(entrances, people(1, 3))
    entrances.poll_status(event("poll_status/first_turn"))

    entrances.close_import(event("close_import/complete"))

    assert entrances.world.imp().state is State.COMPLETE
    assert "canary" not in json.dumps(log())


def test_an_import_is_closed_with_the_failure_that_the_workflow_caught(entrances: Entrances) -> None:
    with_source(entrances, people(1, 3))

    entrances.close_import(event("close_import/failed"))

    assert (entrances.world.imp().state, entrances.world.imp().failure) == (State.FAILED, "sign_in_refused")


@pytest.mark.parametrize(
    ("status", "failure"),
    [("TIMED_OUT", "deadline_exceeded"), ("FAILED", "import_stalled"), ("ABORTED", "import_stalled")],
)
def test_the_import_of_a_dead_execution_is_closed(entrances: Entrances, status: str, failure: str) -> None:
    with_source(entrances, people(1, 3))
    dead = event("close_import/dead_execution")
    dead["detail"]["status"] = status

    entrances.close_import(dead)

    assert entrances.world.imp().failure == failure


def test_a_dead_execution_of_an_earlier_run_changes_nothing(entrances: Entrances) -> None:
    entrances.world.add(any_import(run=2, state=State.IMPORTING))
    dead = event("close_import/dead_execution")

    entrances.close_import(dead)
    assert entrances.world.imp().state is State.IMPORTING

    dead["detail"]["name"] = "1126-2"
    entrances.close_import(dead)
    assert entrances.world.imp().failure == "deadline_exceeded"


def test_a_notice_that_comes_twice_or_late_has_no_effect(entrances: Entrances) -> None:
    with_source(entrances, people(1, 3))
    entrances.poll_status(event("poll_status/first_turn"))
    entrances.close_import(event("close_import/complete"))
    first = entrances.world.imp()

    for name in ("complete", "failed", "dead_execution"):
        entrances.close_import(event(f"close_import/{name}"))

    assert entrances.world.imp() == first


def test_an_execution_of_somebody_elses_name_is_refused_with_a_fixed_text(entrances: Entrances) -> None:
    dead = event("close_import/dead_execution")
    dead["detail"]["name"] = CANARY_EMAIL

    with pytest.raises(errors.WorkerFailed):
        entrances.close_import(dead)


def test_trouble_while_closing_is_raised_for_the_workflow_to_retry(entrances: Entrances) -> None:
    class Broken(MemoryImports):
        def get(self, import_id: ImportId) -> None:
            raise errors.StorageUnavailable("InternalServerError")

    entrances.world.imports = Broken()

    with pytest.raises(errors.StorageUnavailable):
        entrances.close_import(event("close_import/complete"))


@pytest.mark.parametrize("leaf", errors.leaves(errors.ImportFailure) + errors.leaves(errors.PlatformTrouble))
def test_every_error_that_the_workflow_can_catch_is_known_by_its_name(leaf: type[errors.RubricaError]) -> None:
    assert error_named(leaf.__name__) is leaf


@pytest.mark.parametrize(
    "name",
    [
        "States.Timeout",
        "Sandbox.Timedout",
        "Runtime.ExitError",
        "Lambda.Unknown",
        "ProviderTrouble",
        "RubricaError",
        "x",
    ],
)
def test_errors_of_the_platform_count_as_ours(name: str) -> None:
    assert error_named(name) is errors.WorkerFailed


def test_no_error_is_no_failure() -> None:
    assert error_named("") is None


# --- sweep_imports ---


def test_a_sweep_tells_how_many_were_due(entrances: Entrances, log: Any) -> None:
    entrances.world.add()
    assert entrances.sweep_imports() == {"swept": 0}

    entrances.world.clock.later(61)

    assert entrances.sweep_imports() == {"swept": 1}
    assert entrances.world.workflow.started == [(1126, 2)]
    metrics = [line for line in log() if "_aws" in line]
    assert all("canary" not in json.dumps(line) for line in metrics)


# --- Telemetry ---


def test_a_measurement_has_only_what_it_was_given(entrances: Entrances, log: Any) -> None:
    entrances.telemetry.count("ImportsStarted", 2, source="carddav")
    entrances.telemetry.count("ImportsSwept", 3)

    first, second = log()

    assert (first["ImportsStarted"], first["source"]) == ([2.0], "carddav")
    assert second["ImportsSwept"] == [3.0]
    assert "source" not in second
    assert first["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Rubrica"


def test_where_an_error_passed_is_told_without_values() -> None:
    def fail(secret: str) -> None:
        raise ValueError(secret)

    try:
        fail(CANARY_PASSWORD)
    except ValueError as error:
        told = places(error)

    assert [place.rpartition(" ")[2] for place in told] == ["test_where_an_error_passed_is_told_without_values", "fail"]
    assert CANARY_PASSWORD not in "".join(told)
    assert places(ValueError()) == []
