"""What the sweeper does with an import that nobody has moved on in time."""

from dataclasses import dataclass
from datetime import datetime

from rubrica.domain.given_up import never_came
from rubrica.domain.imports import MOST_RUNS, Failed, Import, State, out_of_time
from rubrica.errors import ImportStalled


@dataclass(frozen=True, slots=True)
class Restart:
    """Start a new execution as run `run`."""

    run: int


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete everything that is stored of the import."""


@dataclass(frozen=True, slots=True)
class Leave:
    """It has ended, or moved on, since it was found to be due: nothing is to be done yet."""


Sweep = Restart | Failed | Purge | Leave


def sweep_step(imp: Import, now: datetime) -> Sweep:
    """What to do with an import that was due a moment ago; it may have moved on since."""
    if imp.expired(now):
        return Purge()
    if imp.terminal:
        return Leave()
    if imp.state is State.AWAITING_CONSENT:
        return Failed(never_came(imp.consent)()) if now >= imp.deadline else Leave()
    if now >= imp.deadline:
        return Failed(out_of_time(imp))
    if imp.run >= MOST_RUNS and imp.state is not State.CREATED:
        return Failed(ImportStalled())
    return Restart(imp.run + 1)
