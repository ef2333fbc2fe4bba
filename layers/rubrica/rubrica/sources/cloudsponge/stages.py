"""How far an import has come at another service, by the events that it tells."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from rubrica.errors import AnswerUnreadable, ImportFailure
from rubrica.sources.cloudsponge.answers import Event, Events
from rubrica.sources.cloudsponge.conversation import Said
from rubrica.sources.cloudsponge.failures import failure_of
from rubrica.sources.json_api.reading import record_of
from rubrica.sources.retry_after import http_date

_INITIALIZING, _GATHERING, _COMPLETE = "INITIALIZING", "GATHERING", "COMPLETE"
_ENDED: Final = "COMPLETED"
_ERROR: Final = "ERROR"
_SHORTEST, _USUAL, _LONGEST = 1, 2, 30
_PART: Final = 10


class Stage(NamedTuple):
    """Whether the user has done what was asked, whether the contacts can be fetched, and how many were found."""

    begun: bool
    complete: bool
    found: int


def stage_of(said: Said) -> tuple[Stage, int]:
    """The stage that an answer tells, and how many seconds to wait before asking again.

    Raises the ImportFailure that the import ended with there; AnswerUnreadable.
    """
    told, _ = record_of(Events, msgspec.Raw(said.body))
    if told is None or told.events is None:
        raise AnswerUnreadable
    events = [it for it in told.events if it is not None]
    failure = _failure(events)
    if failure is not None:
        raise failure
    ended = {_word(it.event_type): it.value or 0 for it in events if _word(it.status) == _ENDED}
    begun = _INITIALIZING in ended or any(_word(it.event_type) in (_GATHERING, _COMPLETE) for it in events)
    return Stage(begun, _COMPLETE in ended, ended.get(_GATHERING, 0)), _pause(events, said.headers)


def _failure(events: Iterable[Event]) -> ImportFailure | None:
    errors = [it.value for it in events if _word(it.status) == _ERROR]
    return failure_of(next(filter(None, errors), None)) if errors else None


def _word(told: str | None) -> str:
    return (told or "").strip().upper()


def _pause(events: Iterable[Event], headers: Mapping[str, str]) -> int:
    """A tenth of the time that has passed, by the service's own clock: nobody waits much longer than it takes anyway,
    and a consent that nobody gives costs few state transitions."""
    now = http_date(headers.get("Date", ""))
    moments = [moment for it in events if (moment := _moment(it.created_at or ""))]
    if now is None or not moments:
        return _USUAL
    passed = int((now - min(moments)).total_seconds())
    return min(max(passed // _PART, _SHORTEST), _LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
