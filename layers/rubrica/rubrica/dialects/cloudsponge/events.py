"""How far an import is, as the events that clients wait for.

The list grows and never shrinks: one entry for each stage, oldest first, whose status is written over in place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rubrica.dialects.cloudsponge.codes import code_of
from rubrica.domain.imports import Import, State, as_of
from rubrica.errors import WorkerFailed, by_code


@dataclass(frozen=True, slots=True)
class Event:
    """One stage. `value` is the number of contacts, or the code of what went wrong; `description` says that in words.

    `created_at` is when the stage began. Types and statuses are upper case, and there are no others than here: one
    client stops at a word that it does not know.
    """

    event_type: str
    status: str
    value: int
    description: str | None
    created_at: datetime


def stages(imp: Import, now: datetime) -> Sequence[Event]:
    """The events of an import as they are to be seen at `now`.

    Reading a file, or another service's contacts, begins when the user has done what was asked, as after a consent.
    A failure is told by the stage it befell and once more by COMPLETE, for some clients wait for nothing else.
    """
    imp = as_of(imp, now)
    begun_at = imp.created_at if imp.begun_at is None and imp.state is State.COMPLETE else imp.begun_at
    if imp.terminal and imp.state is not State.COMPLETE:
        return _failed(imp, begun_at, now)
    if begun_at is None:
        return [Event("INITIALIZING", "INPROGRESS", 0, None, imp.created_at)]
    initialized = Event("INITIALIZING", "COMPLETED", 0, None, imp.created_at)
    contacts = imp.progress.contacts
    if not imp.terminal:
        return [initialized, Event("GATHERING", "INPROGRESS", contacts, None, begun_at)]
    complete = Event("COMPLETE", "COMPLETED", 0, None, imp.closed_at or now)
    return [initialized, Event("GATHERING", "COMPLETED", contacts, None, begun_at), complete]


def _failed(imp: Import, begun_at: datetime | None, now: datetime) -> Sequence[Event]:
    code, text = failure_of(imp.failure, imp.method)
    complete = Event("COMPLETE", "ERROR", code, text, imp.closed_at or now)
    if begun_at is None:
        return [Event("INITIALIZING", "ERROR", code, text, imp.created_at), complete]
    initialized = Event("INITIALIZING", "COMPLETED", 0, None, imp.created_at)
    return [initialized, Event("GATHERING", "ERROR", code, text, begun_at), complete]


def failure_of(failure: str, method: str) -> tuple[int, str]:
    """Code and text of what ended an import; one that this version does not know is a fault of ours."""
    error = by_code().get(failure, WorkerFailed)
    return code_of(error, method), f"{error.title} {error.advice}"
