"""The texts of `event` in the status of an import job: clients show them to the user as they are."""

from rubrica.errors import RubricaError


def failure_event(error: type[RubricaError]) -> str:
    """What is said about a job that ended in FAILURE: what happened, and what to do about it."""
    return f"{error.title} {error.advice}"
