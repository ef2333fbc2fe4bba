"""The life of an import: its states, what it has come to, and the decision what happens next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from rubrica.domain.consent import Consent, Way
from rubrica.domain.given_up import NOBODY_CAME, never_came
from rubrica.domain.ledger import Reason
from rubrica.errors import ConsentLapsed, DeadlineExceeded, ImportFailure, ProviderTrouble, RubricaError

ImportId = NewType("ImportId", int)
TenantId = NewType("TenantId", str)

LARGEST_ID: Final = 2**31 - 1
"""Two of the dialects read the id as a signed 32-bit integer."""

LONGEST_WAIT: Final = timedelta(minutes=15)
"""However long a provider asks us to wait, we ask again after this."""

MOST_RUNS: Final = 3
"""How many executions may begin to read one import before it counts as stalled."""

MOST_TROUBLES: Final = 12
"""How many slices in a row may end in trouble of changing kinds, without progress, before the import fails."""


class State(StrEnum):
    """Where an import is in its life."""

    CREATED = "created"
    AWAITING_CONSENT = "awaiting_consent"
    IMPORTING = "importing"
    COMPLETE = "complete"
    FAILED = "failed"
    ABANDONED = "abandoned"
    PURGED = "purged"


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.CREATED: frozenset({State.AWAITING_CONSENT, State.IMPORTING, State.FAILED, State.PURGED}),
    State.AWAITING_CONSENT: frozenset({State.IMPORTING, State.FAILED, State.ABANDONED, State.PURGED}),
    State.IMPORTING: frozenset({State.IMPORTING, State.COMPLETE, State.FAILED, State.PURGED}),
    State.COMPLETE: frozenset({State.PURGED}),
    State.FAILED: frozenset({State.PURGED}),
    State.ABANDONED: frozenset({State.PURGED}),
    State.PURGED: frozenset(),
}

TERMINAL: Final = frozenset({State.COMPLETE, State.FAILED, State.ABANDONED, State.PURGED})


def may_become(state: State) -> frozenset[State]:
    """The states from which an import may move to `state`."""
    return frozenset(origin for origin, targets in TRANSITIONS.items() if state in targets)


@dataclass(frozen=True, slots=True)
class Progress:
    """What an import has come to so far; every number is derived from pages that are stored.

    `announced` is how many records the source says it holds, None while it has not said. `reasons` counts the
    ledger's reasons. `pages` numbers the contacts' pages, `group_pages` those of the groups.
    """

    pages: int = 0
    contacts: int = 0
    rejected: int = 0
    merged: int = 0
    groups: int = 0
    announced: int | None = None
    reasons: Mapping[Reason, int] = field(default_factory=dict)
    group_pages: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """One run for one user. Times are aware UTC.

    `reference` is the caller's own word for the user. `run` counts executions, `troubles` the slices in a row
    that ended in the provider's trouble without progress, `trouble` names the last one while it lasts. `deadline` is
    when its present stage ends at the latest: the consent while one is awaited, then the import. `consent` is there
    for sources that want one. `exhausted` says that the source has been read to its end; `failure` is the code of what
    ended the import. `begun_at` is when reading could begin: at once with a password, else once the user had done what
    was asked. `parts` are the parts of a contact that its dialect hands over only when they were asked for. `webhook`
    says whether the tenant is to be told of the end.
    """

    id: ImportId
    tenant: TenantId
    source: str
    state: State
    created_at: datetime
    deadline: datetime
    expires_at: datetime
    reference: str = ""
    run: int = 1
    progress: Progress = field(default_factory=Progress)
    troubles: int = 0
    trouble: str = ""
    resume_at: datetime | None = None
    exhausted: bool = False
    failure: str = ""
    closed_at: datetime | None = None
    consent: Consent | None = field(default=None, repr=False)
    begun_at: datetime | None = None
    parts: Sequence[str] = ()
    webhook: bool = False

    @property
    def terminal(self) -> bool:
        """Whether nothing but purging can happen to it any more."""
        return self.state in TERMINAL

    @property
    def method(self) -> str:
        """How its user opens the address book: "consent", "password", or "upload" where a file is the consent."""
        if self.consent is None or self.consent.way is Way.SIGN_IN:
            return "password"
        return "upload" if self.consent.way is Way.FILE else "consent"

    def expired(self, now: datetime) -> bool:
        """Whether it counts as absent, even if its row is still there (DynamoDB deletes late)."""
        return now >= self.expires_at or self.state is State.PURGED


def importing(imp: Import, now: datetime, longest: timedelta, retention: timedelta) -> Import:
    """The import once its consent is settled: from `now` on it may take `longest`, and is kept for `retention` then."""
    deadline = now + longest
    return replace(imp, state=State.IMPORTING, deadline=deadline, expires_at=deadline + retention)


def ended(imp: Import, failure: type[RubricaError] | None, now: datetime, retention: timedelta) -> Import:
    """The import as it is once it has ended: complete, abandoned when nobody came back from a consent, or failed.

    It never outlives its pages, which expire when it was to expire at its start.
    """
    state = State.COMPLETE if failure is None else State.ABANDONED if failure in NOBODY_CAME else State.FAILED
    return replace(
        imp,
        state=state,
        failure=failure.code if failure else "",
        closed_at=now,
        expires_at=min(now + retention, imp.expires_at),
    )


def as_of(imp: Import, now: datetime) -> Import:
    """The import as a reader is to see it: a consent that never came is abandoned before the sweeper says so."""
    if imp.state is not State.AWAITING_CONSENT or now < imp.deadline:
        return imp
    return ended(imp, never_came(imp.consent), imp.deadline, imp.expires_at - imp.deadline)


# --- What a slice came to, and what follows ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The source has been read to its end."""


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """The slice used up its time; the cursor says where to go on."""


@dataclass(frozen=True, slots=True)
class Troubled:
    """The provider is in trouble that may pass."""

    error: ProviderTrouble


@dataclass(frozen=True, slots=True)
class Paused:
    """Somebody else has to act first: a person, or, once it has `begun`, another service. Asked again in `seconds`."""

    seconds: int
    begun: bool = False


Outcome = Exhausted | OutOfTime | Troubled | Paused


@dataclass(frozen=True, slots=True)
class Continue:
    """Run the next slice at once."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Run the next slice after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to read: close the import."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The import cannot be completed: close it with this error."""

    error: ImportFailure


Decision = Continue | Wait | Done | Failed


def next_step(imp: Import, outcome: Outcome, now: datetime) -> Decision:
    """What to do after a slice. `imp.troubles` counts the troubled slices before this one.

    Ends always: every import is closed by its deadline at the latest, and trouble without progress ends it when
    one kind of it lasts for the error's `attempts` or changing kinds for MOST_TROUBLES, or at once when waiting
    would outlast the deadline.
    """
    if isinstance(outcome, Exhausted):
        return Done()
    if now >= imp.deadline:
        return Failed(out_of_time(imp))
    if isinstance(outcome, Troubled):
        return _after_trouble(imp, outcome.error, now)
    if isinstance(outcome, Paused):
        return Wait(max(outcome.seconds, 1))
    return Continue()


def out_of_time(imp: Import) -> ImportFailure:
    """What an import ends with at its deadline: where another service never saw it begin, its user was waited for."""
    awaited = imp.consent is not None and imp.consent.way is Way.RELAY and imp.begun_at is None
    return ConsentLapsed() if awaited else DeadlineExceeded()


def _after_trouble(imp: Import, error: ProviderTrouble, now: datetime) -> Decision:
    same_again = imp.trouble in ("", error.code) and imp.troubles + 1 >= error.attempts
    if same_again or imp.troubles + 1 >= MOST_TROUBLES:
        return Failed(error)
    seconds = _pause(imp, error.retry_after)
    if now + timedelta(seconds=seconds) >= imp.deadline:
        return Failed(error)
    return Wait(seconds)


def _pause(imp: Import, retry_after: int | None) -> int:
    """Seconds to wait: what the provider asks for, else doubling from 2 with jitter; 1 to LONGEST_WAIT."""
    longest = int(LONGEST_WAIT.total_seconds())
    if retry_after is not None:
        return min(max(retry_after, 1), longest)
    ceiling = min(1 << (imp.troubles + 1), longest)
    return max(1, ceiling - (_jitter(imp) * ceiling) // 200)


def _jitter(imp: Import) -> int:
    """0 to 99, the same for the same import and attempt: the decision stays a pure function."""
    return (imp.id * 2_654_435_761 + imp.troubles * 40_503) % 2**32 * 100 // 2**32


def advance(progress: Progress, tally: Progress) -> Progress:
    """`progress` after pages that came to `tally` have been stored."""
    reasons = dict(progress.reasons)
    for reason, count in tally.reasons.items():
        reasons[reason] = reasons.get(reason, 0) + count
    return replace(
        progress,
        pages=progress.pages + tally.pages,
        contacts=progress.contacts + tally.contacts,
        rejected=progress.rejected + tally.rejected,
        merged=progress.merged + tally.merged,
        groups=progress.groups + tally.groups,
        announced=progress.announced if tally.announced is None else tally.announced,
        reasons=reasons,
        group_pages=progress.group_pages + tally.group_pages,
    )
