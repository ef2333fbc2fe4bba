"""The state machine against the error tree, the functions and the rules that keep it right on every engine."""

from typing import Any

import pytest

from rubrica import errors
from rubrica.domain.imports import ImportId
from rubrica.domain.turns import MOST_POLLS, first_state
from tests.contract.deployed_template import functions, named, resources, state_machine

TASKS = {"Poll status": "PollStatusFunction", "Close import": "CloseImportFunction"}
OF_THE_PLATFORM = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.Unknown",
}
OUT_OF_TIME = {"Sandbox.Timedout", "States.Timeout"}

EVERY_TASK = pytest.mark.parametrize("name", sorted(TASKS))


def states() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = state_machine()["States"]
    return found


def leaves(error: type[errors.RubricaError]) -> set[str]:
    return {leaf.__name__ for leaf in errors.leaves(error)}


@EVERY_TASK
def test_a_task_retries_our_platforms_troubles_and_lambdas_and_nothing_else(name: str) -> None:
    out_of_time, trouble = states()[name]["Retry"]

    assert set(out_of_time["ErrorEquals"]) == OUT_OF_TIME
    assert set(trouble["ErrorEquals"]) == leaves(errors.PlatformTrouble) | OF_THE_PLATFORM


@EVERY_TASK
def test_no_failure_of_an_import_is_retried(name: str) -> None:
    retried = {error for retry in states()[name]["Retry"] for error in retry["ErrorEquals"]}

    assert not retried & leaves(errors.ImportFailure)


@EVERY_TASK
def test_every_retry_has_a_cap_and_jitter(name: str) -> None:
    for retry in states()[name]["Retry"]:
        assert 1 <= retry["MaxAttempts"] <= 12
        assert retry["MaxDelaySeconds"] <= 20
        assert retry["JitterStrategy"] == "FULL"
        assert retry["BackoffRate"] > 1


@EVERY_TASK
def test_every_task_catches_what_is_left_and_keeps_it_beside_its_input(name: str) -> None:
    (catch,) = states()[name]["Catch"]

    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["ResultPath"] == "$.failure"


@EVERY_TASK
def test_every_task_has_a_literal_timeout_just_above_its_functions(name: str) -> None:
    seconds = functions()[TASKS[name]]["Timeout"]

    assert seconds < states()[name]["TimeoutSeconds"] <= seconds + 30


@EVERY_TASK
def test_only_ids_numbers_and_names_of_errors_are_handed_to_a_task(name: str) -> None:
    handed = set(states()[name]["Parameters"])

    assert handed <= {"import_id.$", "run.$", "polls.$", "retry.$", "error.$"}


def test_one_exit_leads_through_close_import() -> None:
    ends = [name for name, state in states().items() if state.get("End") or state["Type"] in ("Succeed", "Fail")]
    leading_to_the_fault = [
        name for name, state in states().items() for catch in state.get("Catch", []) if catch["Next"] == "Not closed"
    ]

    assert ends == ["Close import", "Not closed"]
    assert leading_to_the_fault == ["Close import"]


def test_the_loop_ends_by_its_own_count_and_has_a_default() -> None:
    finished = states()["Finished?"]

    assert finished["Choices"][0]["Variable"] == "$.polls"
    assert finished["Choices"][0]["NumericGreaterThan"] == MOST_POLLS
    assert finished["Default"] == "Close import"


def test_the_first_state_has_every_path_that_is_read() -> None:
    state = first_state(ImportId(1), 1)
    read = {"import_id", "run", "polls", "next", "wait_seconds", "failure"}

    assert set(state) == read
    assert state["failure"] == {"Error": ""}


def test_the_definition_keeps_to_what_every_engine_does_alike() -> None:
    definition = state_machine()

    assert "QueryLanguage" not in definition
    assert "TimeoutSeconds" not in definition
    assert not [name for name, state in states().items() if "Assign" in state]
    assert {state["Type"] for state in states().values()} <= {"Task", "Choice", "Wait", "Fail"}


def test_every_placeholder_of_the_definition_is_filled_with_the_right_function() -> None:
    machine = resources("AWS::Serverless::StateMachine")["ImportStateMachine"]
    filled = {f"${{{name}}}": named(value) for name, value in machine["DefinitionSubstitutions"].items()}

    assert {states()[name]["Resource"]: function for name, function in TASKS.items()} == filled
    assert machine["Type"] == "STANDARD"


def test_the_net_hears_of_every_execution_that_dies() -> None:
    rule = functions()["CloseImportFunction"]["Events"]["ExecutionDied"]["Properties"]["Pattern"]

    assert rule["source"] == ["aws.states"]
    assert rule["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert rule["detail"]["stateMachineArn"] == [{"Ref": "ImportStateMachine"}]
