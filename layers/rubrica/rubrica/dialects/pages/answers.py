"""What a browser is shown. Every text is fixed, here or in the error tree; nothing of a provider's is repeated."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from rubrica.dialects.pages.rendering import Form, Message, Page, Words, render
from rubrica.dialects.pages.uploads import MOST_MEGABYTES
from rubrica.domain.consent import Way
from rubrica.domain.imports import Import, State, as_of
from rubrica.errors import ConsentRefusal, ImportFailure, ImportGone, WorkerFailed, leaves

_BACK: Final = "You can close this window and go back to the application."
_START_AGAIN: Final = "To start again, close this window and go back to the application."

_UNDERWAY: Final = Words(
    "Your contacts are being imported.",
    "Access was allowed, and nothing is left to do here.",
    _BACK,
)
_DONE: Final = Words(
    "Your contacts have been imported.",
    "Access was allowed, and everything has arrived.",
    _BACK,
)
_EMPTY: Final = Words(
    "There was nothing to import.",
    "Access was allowed, but this account holds no contacts that could be imported. Perhaps another account does.",
    _START_AGAIN,
)
_FILE_UNDERWAY: Final = Words(
    "Your contacts are being imported.",
    "The file has arrived, and nothing is left to do here.",
    _BACK,
)
_FILE_DONE: Final = Words(
    "Your contacts have been imported.",
    "The file has arrived, and everything in it has been read.",
    _BACK,
)
_FILE_WANTED: Final = Words(
    "Choose the file with your contacts.",
    "Export them from your address book first, then send the file here. This page works for ten minutes.",
)
_PROXY: Final = Words(
    "The proxy page works.",
    "What arrives at it is handed on to Rubrica as it should be.",
    "You can close this window.",
)


def outcome(imp: Import, now: datetime) -> Page:
    """The page at the end of a consent, by what has become of the import.

    It tells the window that opened it, where the import names an origin that may hear it.
    """
    if imp.expired(now):
        return _failed(ImportGone, HTTPStatus.GONE, None)
    seen = as_of(imp, now)
    with_file = imp.consent is not None and imp.consent.way is Way.FILE
    match seen.state:
        case State.COMPLETE if seen.progress.contacts:
            return render(_FILE_DONE if with_file else _DONE, "done", message=_message(seen, stay=False))
        case State.COMPLETE:
            return render(_EMPTY, "trouble", message=_message(seen, stay=True))
        case State.FAILED | State.ABANDONED:
            return _failed(_failures().get(seen.failure, WorkerFailed), HTTPStatus.OK, _message(seen, stay=True))
        case _:
            return render(_FILE_UNDERWAY if with_file else _UNDERWAY, "underway", message=_message(seen, stay=False))


def file_wanted(imp: Import) -> Page:
    """The page that takes the file that the import awaits."""
    return render(_FILE_WANTED, "asking", form=_form(imp))


def file_refused(imp: Import, error: ConsentRefusal | ImportFailure) -> Page:
    """The same page for one more try, with what is wrong with the file that came."""
    status = error.status if isinstance(error, ConsentRefusal) else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(Words(error.title, error.advice), "trouble", status, form=_form(imp))


def refusal(error: ConsentRefusal) -> Page:
    """The page for a request that cannot be served. It tells nobody, for it cannot know who may hear it."""
    return render(Words(error.title, error.advice), "trouble", error.status)


def proxy_works() -> Page:
    """The page that a CloudSponge client looks at to see whether its proxy page hands on what it gets."""
    return render(_PROXY, "done")


def _form(imp: Import) -> Form:
    """The form leads back here, and from here to the application where that wants the browser back."""
    awaited = imp.consent
    if awaited is None:
        return Form(MOST_MEGABYTES)
    parts = urlsplit(awaited.redirect_url)
    origin = f"{parts.scheme}://{parts.netloc}" if awaited.redirect_url else ""
    return Form(MOST_MEGABYTES, origin, keeps_opener=bool(awaited.origin))


def _failed(failure: type[ImportFailure], status: int, message: Message | None) -> Page:
    words = Words(failure.title, failure.advice, _START_AGAIN if failure.retryable else _BACK)
    return render(words, "trouble", status, message)


@cache
def _failures() -> Mapping[str, type[ImportFailure]]:
    """By code. What else can end an import has texts for an operator only, and is a fault of ours to a person."""
    return {error.code: error for error in leaves(ImportFailure) if issubclass(error, ImportFailure)}


def _message(imp: Import, *, stay: bool) -> Message | None:
    if imp.consent is None or not imp.consent.origin:
        return None
    return Message(imp.consent.origin, imp.id, imp.state.value, imp.failure, stay)
