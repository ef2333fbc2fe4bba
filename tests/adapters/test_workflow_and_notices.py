"""Starting the workflow, announcing an end, the machine's clock and chance."""

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rubrica.adapters.memory import MemoryNotify, MemoryWorkflow
from rubrica.adapters.notify import DETAIL_TYPE, SOURCE, EventBusNotify
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow, execution_name
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.domain.imports import LARGEST_ID, ImportId, Progress, State
from rubrica.domain.turns import first_state
from rubrica.errors import NotifyUnavailable, WorkflowUnavailable
from tests.fakes import any_import


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "canary"}}, "Call")


class Service:
    """Remembers the calls; answers with `answer`, or raises it."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.calls: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append(arguments)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


# --- Workflow ---


@pytest.mark.parametrize(("run", "name"), [(1, "1126"), (2, "1126-2")])
def test_an_execution_is_named_by_import_and_run_and_knows_nothing_else(run: int, name: str) -> None:
    service = Service({})

    StepFunctionsWorkflow(service, "arn").start(ImportId(1126), run)  # type: ignore[arg-type]

    (call,) = service.calls
    assert (call["stateMachineArn"], call["name"]) == ("arn", name)
    assert json.loads(call["input"]) == first_state(ImportId(1126), run)
    assert execution_name(ImportId(1126), run) == name


def test_an_execution_that_exists_is_success() -> None:
    StepFunctionsWorkflow(Service(refused("ExecutionAlreadyExists")), "arn").start(ImportId(1), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refused("ThrottlingException"), "ThrottlingException"),
        (refused("AccessDeniedException"), "AccessDeniedException"),
        (ReadTimeoutError(endpoint_url="https://canary.example/"), "ReadTimeoutError"),
    ],
)
def test_a_workflow_that_cannot_be_started_now_is_told_with_the_reason_alone(error: Exception, reason: str) -> None:
    with pytest.raises(WorkflowUnavailable) as caught:
        StepFunctionsWorkflow(Service(error), "arn").start(ImportId(1), 1)  # type: ignore[arg-type]

    assert caught.value.reason == reason
    assert "canary" not in str(caught.value)


def test_the_workflow_in_memory_starts_a_run_once() -> None:
    workflow = MemoryWorkflow()
    for run in (1, 1, 2):
        workflow.start(ImportId(7), run)

    assert workflow.started == [(7, 1), (7, 2)]


# --- Notices ---


@pytest.mark.parametrize("webhook", [True, False])
def test_an_end_is_announced_in_numbers_and_known_words(webhook: bool) -> None:
    service = Service({"FailedEntryCount": 0, "Entries": [{}]})
    progress = Progress(contacts=3, rejected=1)
    imp = any_import(state=State.FAILED, failure="sign_in_refused", progress=progress, webhook=webhook)

    EventBusNotify(service, "some-stack").closed(imp)  # type: ignore[arg-type]

    (entry,) = service.calls[0]["Entries"]
    assert (entry["Source"], entry["DetailType"]) == (SOURCE, DETAIL_TYPE)
    assert json.loads(entry["Detail"]) == {
        "installation": "some-stack",
        "import_id": 1126,
        "tenant": "tenant-a",
        "source": "carddav",
        "state": "failed",
        "failure": "sign_in_refused",
        "contacts": 3,
        "rejected": 1,
        "webhook": webhook,
    }


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused("InternalException"), "InternalException"),
        (ReadTimeoutError(endpoint_url="https://canary.example/"), "ReadTimeoutError"),
        (
            {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "canary"}]},
            "Throttl",
        ),
        ({"FailedEntryCount": 1, "Entries": [{}]}, ""),
    ],
)
def test_an_end_that_was_not_announced_is_told(answer: Any, reason: str) -> None:
    with pytest.raises(NotifyUnavailable) as caught:
        EventBusNotify(Service(answer), "some-stack").closed(any_import())  # type: ignore[arg-type]

    assert caught.value.reason.startswith(reason)
    assert "canary" not in str(caught.value)


def test_notices_in_memory_are_remembered() -> None:
    notify = MemoryNotify()
    notify.closed(any_import())

    assert notify.announced == [any_import()]


# --- The machine ---


def test_the_clock_is_aware_in_utc_and_goes_on() -> None:
    first, second = SystemClock().now(), SystemClock().now()

    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_chance_gives_ids_of_31_bits_and_tokens_of_128() -> None:
    chance = SystemChance()
    ids = [chance.import_id() for _ in range(500)]
    tokens = {chance.token() for _ in range(500)}

    assert all(1 <= each <= LARGEST_ID for each in ids)
    assert len(set(ids)) > 490
    assert len(tokens) == 500
    assert all(len(token) >= 22 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)
