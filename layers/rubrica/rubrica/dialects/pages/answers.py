"""What a browser is shown. Every text is fixed, here or in the error tree; nothing of a provider's is repeated."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from rubrica.dialects.pages.rendering import FileForm, Message, Page, SignInForm, Words, render
from rubrica.dialects.pages.sign_ins import NOTHING, Entered
from rubrica.dialects.pages.uploads import MOST_MEGABYTES
from rubrica.domain.consent import Way
from rubrica.domain.imports import Import, State, as_of
from rubrica.domain.views import SourceView
from rubrica.errors import ConsentRefusal, ImportFailure, ImportGone, WorkerFailed, by_code

_BACK: Final = "You can close this window and go back to the application."
_START_AGAIN: Final = "To start again, close this window and go back to the application."

_UNDERWAY: Final = Words(
    "Your contacts are being imported.",
    "Access was allowed, and nothing is left to do here. The application shows how it ends.",
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
    "The file has arrived, and nothing is left to do here. The application shows how it ends.",
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
_SIGN_IN_UNDERWAY: Final = Words(
    "Your contacts are being imported.",
    "What you entered has arrived, and nothing is left to do here. Should the address book refuse it, the application "
    "shows that.",
    _BACK,
)
_SIGN_IN_DONE: Final = Words(
    "Your contacts have been imported.",
    "The address book was opened, and everything has arrived.",
    _BACK,
)
_SIGN_IN_WANTED: Final = (
    "The application that sent you here imports your contacts with a user name and a password. This page is not the "
    "provider's own, and works for ten minutes."
)
_PROXY: Final = Words(
    "The proxy page works.",
    "What arrives at it is handed on to Rubrica as it should be.",
    "You can close this window.",
)


_WORDS: Final[Mapping[Way, tuple[Words, Words]]] = {
    Way.FILE: (_FILE_UNDERWAY, _FILE_DONE),
    Way.SIGN_IN: (_SIGN_IN_UNDERWAY, _SIGN_IN_DONE),
}
"""What is said while contacts are read and when they have been, where it is not what a consent's page says."""


def outcome(imp: Import, now: datetime) -> Page:
    """The page at the end of a consent, by what has become of the import.

    It tells the window that opened it, where the import names an origin that may hear it.
    """
    if imp.expired(now):
        return _failed(ImportGone, HTTPStatus.GONE, None)
    seen = as_of(imp, now)
    underway, done = _WORDS.get(imp.consent.way if imp.consent else Way.PROVIDER, (_UNDERWAY, _DONE))
    match seen.state:
        case State.COMPLETE if seen.progress.contacts:
            return render(done, "done", message=_message(seen, stay=False))
        case State.COMPLETE:
            return render(_EMPTY, "trouble", message=_message(seen, stay=True))
        case State.FAILED | State.ABANDONED:
            return _failed(_failure(seen.failure), HTTPStatus.OK, _message(seen, stay=True))
        case _:
            return render(underway, "underway", message=_message(seen, stay=False))


def file_wanted(imp: Import) -> Page:
    """The page that takes the file that the import awaits."""
    return render(_FILE_WANTED, "asking", form=_file_form(imp, None))


def file_refused(imp: Import, error: ConsentRefusal | ImportFailure) -> Page:
    """The same page for one more try, with what is wrong with the file that came above its form."""
    return render(_FILE_WANTED, "asking", _status(error), form=_file_form(imp, error))


def sign_in_wanted(imp: Import, source: SourceView) -> Page:
    """The page that takes the user name and password that the import awaits."""
    return render(_sign_in_words(source), "asking", form=_sign_in_form(imp, source, NOTHING, None))


def sign_in_refused(imp: Import, source: SourceView, entered: Entered, error: ConsentRefusal | ImportFailure) -> Page:
    """The same page for one more try, with what is wrong with what came above its form: all of that but the password
    is kept."""
    return render(_sign_in_words(source), "asking", _status(error), form=_sign_in_form(imp, source, entered, error))


def refusal(error: ConsentRefusal) -> Page:
    """The page for a request that cannot be served. It tells nobody, for it cannot know who may hear it."""
    return render(Words(error.title, error.advice), "trouble", error.status)


def proxy_works() -> Page:
    """The page that a CloudSponge client looks at to see whether its proxy page hands on what it gets."""
    return render(_PROXY, "done")


def _sign_in_words(source: SourceView) -> Words:
    """Whoever is to enter a password has to see for which provider, and on whose page, at every try."""
    return Words(f"Sign in to {source.title}", _SIGN_IN_WANTED)


def _file_form(imp: Import, error: ConsentRefusal | ImportFailure | None) -> FileForm:
    return FileForm(MOST_MEGABYTES, _after(imp), keeps_opener=_has_opener(imp), problem=_problem(error))


def _sign_in_form(
    imp: Import, source: SourceView, entered: Entered, error: ConsentRefusal | ImportFailure | None
) -> SignInForm:
    return SignInForm(
        source.hint,
        source.needs_server,
        entered.username,
        entered.server,
        _after(imp),
        keeps_opener=_has_opener(imp),
        problem=_problem(error),
    )


def _problem(error: ConsentRefusal | ImportFailure | None) -> Words | None:
    return Words(error.title, error.advice) if error else None


def _after(imp: Import) -> str:
    """The form leads back here, and from here to the application where that wants the browser back: its origin."""
    if imp.consent is None or not imp.consent.redirect_url:
        return ""
    parts = urlsplit(imp.consent.redirect_url)
    return f"{parts.scheme}://{parts.netloc}"


def _has_opener(imp: Import) -> bool:
    return imp.consent is not None and bool(imp.consent.origin)


def _status(error: ConsentRefusal | ImportFailure) -> int:
    return error.status if isinstance(error, ConsentRefusal) else HTTPStatus.UNPROCESSABLE_ENTITY


def _failed(failure: type[ImportFailure], status: int, message: Message | None) -> Page:
    words = Words(failure.title, failure.advice, _START_AGAIN if failure.retryable else _BACK)
    return render(words, "trouble", status, message)


def _failure(code: str) -> type[ImportFailure]:
    """What ended it. What is no ImportFailure has texts for an operator only, and is a fault of ours to a person."""
    error = by_code().get(code, WorkerFailed)
    return error if issubclass(error, ImportFailure) else WorkerFailed


def _message(imp: Import, *, stay: bool) -> Message | None:
    if imp.consent is None or not imp.consent.origin:
        return None
    return Message(imp.consent.origin, imp.id, imp.state.value, imp.failure, stay)
