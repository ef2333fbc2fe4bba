"""The workflow's state: what passes through the state machine, and how the poll task answers into it.

Only ids, small numbers and error names are in it: a workflow's history is kept for 90 days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rubrica.domain.imports import Continue, Decision, ImportId, Wait

MOST_POLLS: Final = 1_000
"""The state machine's own guard; at about ten events a turn its history holds 25,000."""

_MOST_RETRIES: Final = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """One call of the poll task: the import, its run, how many calls came before, and the retry of this one."""

    import_id: ImportId
    run: int
    polls: int
    retry: int

    @property
    def number(self) -> int:
        """Grows with every call for an import, over runs, polls and retries."""
        return (self.run * (MOST_POLLS + 2) + self.polls) * _MOST_RETRIES + min(self.retry, _MOST_RETRIES - 1)


def first_state(import_id: ImportId, run: int) -> dict[str, Any]:
    """The input of an execution."""
    return _state(import_id, run, 0, "continue", 0)


def turn_of(event: Mapping[str, Any]) -> Turn:
    """The turn that the workflow asks for. Raises KeyError or ValueError for an event that is not the workflow's."""
    return Turn(ImportId(int(event["import_id"])), int(event["run"]), int(event["polls"]), int(event["retry"]))


def next_state(turn: Turn, decision: Decision) -> dict[str, Any]:
    """The workflow's state after the turn. A failure is raised into the workflow, not returned."""
    seconds = decision.seconds if isinstance(decision, Wait) else 0
    return _state(turn.import_id, turn.run, turn.polls + 1, _next(decision), seconds)


def _next(decision: Decision) -> str:
    match decision:
        case Continue():
            return "continue"
        case Wait():
            return "wait"
        case _:
            return "done"


def _state(import_id: ImportId, run: int, polls: int, following: str, seconds: int) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "run": run,
        "polls": polls,
        "next": following,
        "wait_seconds": seconds,
        "failure": {"Error": ""},
    }
