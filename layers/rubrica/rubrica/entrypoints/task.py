"""The workflow's edge: events become service calls, decisions become its state, failures its named errors."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from rubrica.domain.imports import Failed, ImportId
from rubrica.domain.turns import next_state, turn_of
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.errors import (
    DeadlineExceeded,
    ImportStalled,
    PlatformTrouble,
    RubricaError,
    WebhookUnanswered,
    WorkerFailed,
    leaves,
)
from rubrica.services.close import Close
from rubrica.services.poll import Poll
from rubrica.services.sweep import Sweep
from rubrica.services.tell import Tell, Told

_LAST_BATCH: Final = 30.0
"""Seconds of a function's time in which a slice asks for nothing more."""

_STORING: Final = 10.0
"""Seconds of a function's time in which a slice only stores what it has."""

Event = Mapping[str, Any]
Result = TypeVar("Result")


class Context(Protocol):
    """What is used of the Lambda context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def poll_status(
    poll: Poll, slice_seconds: int, telemetry: PowertoolsTelemetry, event: Event, context: Context
) -> Event:
    """One turn of the loop; the workflow's next state. Raises the leaf that ended the import, or PlatformTrouble."""
    turn = _guarded(telemetry, ImportId(0), lambda: turn_of(event))
    left = context.get_remaining_time_in_millis() / 1000
    seconds, longest = max(min(float(slice_seconds), left - _LAST_BATCH), 1.0), max(left - _STORING, 1.0)
    decision = _guarded(telemetry, turn.import_id, lambda: poll(turn, seconds, longest))
    if isinstance(decision, Failed):
        telemetry.trouble("import_failed", decision.error, import_id=turn.import_id)
        raise decision.error.with_traceback(None) from None
    return next_state(turn, decision)


def close_import(close: Close, telemetry: PowertoolsTelemetry, event: Event) -> None:
    """Close the import that the workflow, or the event of an execution that died, names."""
    import_id, run, failure = _guarded(telemetry, ImportId(0), lambda: _ended(event))
    _guarded(telemetry, import_id, lambda: close(import_id, failure, run))


def sweep_imports(sweep: Sweep, telemetry: PowertoolsTelemetry) -> Mapping[str, int]:
    """One sweep; how many imports were due."""
    return {"swept": _guarded(telemetry, ImportId(0), sweep)}


def send_webhook(tell: Tell, telemetry: PowertoolsTelemetry, event: Event) -> Event:
    """One attempt to tell a tenant; what came of it. Raises WebhookUnanswered for what is to be tried again."""
    import_id, attempt = _guarded(telemetry, ImportId(0), lambda: _attempt(event))
    told = _guarded(telemetry, import_id, lambda: tell(import_id, attempt))
    if told is Told.UNANSWERED:
        raise WebhookUnanswered
    return {"import_id": import_id, "outcome": told.value}


def error_named(name: str) -> type[RubricaError] | None:
    """The error of the tree that the workflow caught, None for "" (nothing was caught).

    A name that is not of the tree is the platform's own, such as a function that ran out of time or memory.
    """
    if not name:
        return None
    return next((leaf for leaf in leaves(RubricaError) if leaf.__name__ == name), WorkerFailed)


def _ended(event: Event) -> tuple[ImportId, int, type[RubricaError] | None]:
    """The import to close, the run that ended, and the failure if there was one.

    An execution is named <id> or <id>-<run>.
    """
    if "detail" not in event:
        return ImportId(int(event["import_id"])), int(event["run"]), error_named(event["error"])
    import_id, _, run = str(event["detail"]["name"]).partition("-")
    # No workflow of ours has a time limit, but Step Functions ends every execution after a year.
    failure = DeadlineExceeded if event["detail"]["status"] == "TIMED_OUT" else ImportStalled
    return ImportId(int(import_id)), int(run or 1), failure


def _attempt(event: Event) -> tuple[ImportId, int]:
    """The import to tell of, and which attempt this is, from 1 on."""
    return ImportId(int(event["import_id"])), int(event["retry"]) + 1


def _guarded(telemetry: PowertoolsTelemetry, import_id: ImportId, call: Callable[[], Result]) -> Result:
    """The call's result. Whatever is not of the tree becomes WorkerFailed, with nothing of its text."""
    try:
        return call()
    except PlatformTrouble as trouble:
        telemetry.trouble("platform_trouble", trouble, import_id=import_id)
        raise trouble.with_traceback(None) from None
    except Exception as error:
        telemetry.trouble("unforeseen", error, import_id=import_id)
        raise WorkerFailed from None
