"""What a caller of the CloudSponge API asks for: paths and parameters in, commands out, or an error that says why."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, cast

from rubrica.dialects.cloudsponge.keys import DomainPair, pairs
from rubrica.dialects.cloudsponge.parameters import Parameters, parameters
from rubrica.dialects.cloudsponge.services import Offered, Service, is_known, service_of
from rubrica.dialects.fields import LONGEST_REFERENCE, credential, import_id, one_line
from rubrica.domain.credential import Credential
from rubrica.domain.imports import LARGEST_ID, ImportId
from rubrica.domain.views import StartImport
from rubrica.errors import FieldInvalid, ImportNotFound

__all__ = [
    "BEGINNINGS",
    "MAILING_ADDRESS",
    "Action",
    "Address",
    "DomainPair",
    "Form",
    "Parameters",
    "address",
    "begin",
    "callback",
    "form_of",
    "pairs",
    "parameters",
    "span",
]

Action = Literal["user_consent", "import", "desktop_applet", "events", "contacts"]

MAILING_ADDRESS: Final = "mailing_address"
"""The word of `include` for postal addresses, which are handed over only when it is there."""

LONGEST_CALLBACK: Final = 64

_BEGIN_ACTIONS: Final = ("user_consent", "import", "desktop_applet")
_FORMAT: Final = r"(?:\.([A-Za-z]{1,8}))?"
_BEGIN: Final = re.compile(rf"/begin_import/([a-z_]{{1,32}}){_FORMAT}/?")
_POLL: Final = re.compile(rf"/(events|contacts){_FORMAT}/([0-9]{{1,10}}){_FORMAT}/?")
_NAMED_FORMAT: Final = re.compile(r"\.(json|xml)(?=/|\Z)", re.IGNORECASE)

_NUMBER: Final = re.compile(r"(-?)([0-9]{1,4000})")
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*){0,4}", re.ASCII)


BEGINNINGS: Final = "/begin_import"
"""How the paths begin of calls that begin an import."""

NO_IMPORT: Final = ImportId(0)


class Form(StrEnum):
    """How an answer is written."""

    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Address:
    """What a path asks for. `import_id` is NO_IMPORT for the calls that begin one."""

    action: Action
    form: Form
    import_id: ImportId = NO_IMPORT


# --- The path ---------------------------------------------------------------------------------------------------------


def address(path: str) -> Address:
    """The meaning of a path: `/begin_import/ACTION[.format][/]`, `/events[.format]/ID[.format][/]`, and `/contacts`
    alike. No format means JSON; one in two places has to be the same.

    Raises FieldInvalid for a beginning that there is none of; ImportNotFound for every other path, above all for an
    id that cannot be one of ours, in any spelling but the plain one.
    """
    if path.startswith(BEGINNINGS):
        return _beginning(path)
    poll = _POLL.fullmatch(path)
    form = _form(poll[2], poll[4]) if poll else None
    if poll is None or form is None:
        raise ImportNotFound
    return Address(cast(Action, poll[1]), form, import_id(poll[3]))


def form_of(path: str) -> Form:
    """The first format that a path names, JSON when it names none. Raises nothing: errors are written in it."""
    named = _NAMED_FORMAT.search(path)
    return Form(named[1].lower()) if named else Form.JSON


def _beginning(path: str) -> Address:
    found = _BEGIN.fullmatch(path)
    if found is None or found[1] not in _BEGIN_ACTIONS:
        raise FieldInvalid("action", f"has to be one of {', '.join(_BEGIN_ACTIONS)}")
    form = _form(found[2])
    if form is None:
        raise FieldInvalid("format", f"has to be {' or '.join(Form)}")
    return Address(cast(Action, found[1]), form)


def _form(*named: str | None) -> Form | None:
    """The one format that is named; None when it is not one of ours, or when there are two."""
    names = {name.lower() for name in named if name} or {Form.JSON.value}
    name = names.pop()
    return Form(name) if not names and name in set(Form) else None


# --- Beginning --------------------------------------------------------------------------------------------------------


def begin(action: str, parameters: Parameters, offered: Offered) -> StartImport:
    """The command in the parameters of a begin call; nothing but the documented ones is looked at.

    Raises FieldInvalid, also for an action by which the service is not read; SourceUnknown and SourceUnsupported.
    """
    service = _service(action, parameters, offered)
    words = _words(parameters.get("include"))
    with_password = action == "import" and service.method in ("password", "relay")
    # Where a page asks the user, a password is of no use, and so it goes no further than here.
    by_page = service.method == "password" and action == "user_consent"
    opens_page = service.method != "password" or by_page
    return StartImport(
        source=service.source,
        credential=_credential(service, parameters) if with_password else None,
        reference=_reference(parameters),
        login_hint=_line(parameters, "username") if action == "import" and service.method == "consent" else "",
        redirect_url=parameters.get("redirect_url") if opens_page else "",
        include=tuple(word for word in service.include if word in words),
        parts=(MAILING_ADDRESS,) if MAILING_ADDRESS in words else (),
        service=service.code,
        by_page=by_page,
    )


def _service(action: str, parameters: Parameters, offered: Offered) -> Service:
    code = parameters.get("service")
    if not code:
        raise FieldInvalid("service", "is needed: it says which address book is to be imported")
    if action == "desktop_applet":
        return _in_place_of_an_applet(code, parameters, Offered(offered.sources))
    return service_of(code, offered)


def _in_place_of_an_applet(code: str, parameters: Parameters, offered: Offered) -> Service:
    """What once read an address book on the user's own machine is a page of ours that takes a file."""
    if parameters.get("csv").lower() == "true" and is_known(code, offered):
        return service_of("csv", offered)
    service = service_of(code, offered)
    if service.method != "upload":
        raise FieldInvalid("action", "has to be begin_import/user_consent or begin_import/import for this service")
    return service


def _credential(service: Service, parameters: Parameters) -> Credential | None:
    """None only where another service asks the user itself."""
    username, password = _line(parameters, "username"), _line(parameters, "password")
    if service.method == "relay" and not (username or password):
        return None
    if not username:
        raise FieldInvalid("username", "is needed for this service, with the password")
    if not password:
        raise FieldInvalid("password", "is needed for this service, with the username")
    return credential(_line(parameters, "server"), username, password)


def _reference(parameters: Parameters) -> str:
    """The caller's word for the user, under its present name or an old one."""
    name = "user_id" if parameters.get("user_id") else "tracking_string"
    reference = _line(parameters, name)
    if len(reference) > LONGEST_REFERENCE:
        raise FieldInvalid(name, f"may have at most {LONGEST_REFERENCE} characters")
    return reference


def _line(parameters: Parameters, name: str) -> str:
    return one_line(name, parameters.get(name))


def _words(include: str) -> Collection[str]:
    """The words are joined by commas. Besides MAILING_ADDRESS those count that the source has for what it reads only
    when asked; what is asked for by any other is always handed over, or never."""
    return {word.strip().lower() for word in include.split(",")}


# --- Reading ----------------------------------------------------------------------------------------------------------


def span(parameters: Parameters) -> tuple[int, int]:
    """Where the contacts asked for begin, from 0, and how many they are, 0 for all that are left.

    `count` counts only together with `start`. Before the first contact there is none, and fewer than none are none:
    both are answered as a place behind the last one. Raises FieldInvalid for what is no whole number.
    """
    if not parameters.get("start"):
        return 0, 0
    start, count = _number(parameters, "start"), _number(parameters, "count")
    return (LARGEST_ID, 0) if min(start, count) < 0 else (start, count)


def _number(parameters: Parameters, name: str) -> int:
    """At most LARGEST_ID, which is more than any address book holds."""
    text = parameters.get(name)
    found = _NUMBER.fullmatch(text or "0")
    if found is None:
        raise FieldInvalid(name, "has to be a whole number in digits")
    digits = found[2].lstrip("0")[: len(str(LARGEST_ID)) + 1] or "0"
    number = min(int(digits), LARGEST_ID)
    return -number if found[1] else number


def callback(parameters: Parameters) -> str:
    """The name of the function that a script shall call, "" when none was given. Raises FieldInvalid for anything that
    is not a plain name, of up to five parts, and at most 64 characters."""
    name = parameters.get("callback")
    if not parameters.given("callback"):
        return ""
    if len(name) > LONGEST_CALLBACK or not _CALLBACK.fullmatch(name):
        raise FieldInvalid(
            "callback", "has to be the name of a function: letters, digits, _ and $, parts joined by dots"
        )
    return name
