"""The routes of /v1: method, path, what each takes, answers and refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rubrica.dialects.native import requests
from rubrica.dialects.native.negotiation import CSV, JSCONTACT, JSON, VCARD
from rubrica.domain.imports import LARGEST_ID
from rubrica.domain.ledger import Fate
from rubrica.errors import (
    ContactsUnreadable,
    CursorInvalid,
    FieldInvalid,
    FormatUnknown,
    IdempotencyKeyReused,
    ImportNotComplete,
    ImportNotFinished,
    ImportNotFound,
    NotAuthenticated,
    RequestError,
    RequestMalformed,
    RequestTooLarge,
    ServiceUnavailable,
    SourceNotConfigured,
    SourceUnknown,
    TooManyStarts,
    UpstreamNotConfigured,
    UpstreamRefused,
)

Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `where` is "path", "query" or "header"."""

    name: str
    where: str
    description: str
    schema: Schema

    @property
    def required(self) -> bool:
        """Only what is part of the path has to be there."""
        return self.where == "path"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `answers` maps the media types of a success to a schema's name, or "" for text."""

    operation: str
    method: str
    path: str
    summary: str
    description: str
    status: int
    answers: Mapping[str, str] = field(default_factory=dict)
    request: str = ""
    parameters: Sequence[Parameter] = ()
    errors: Sequence[type[RequestError]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """As API Gateway names it."""
        return f"{self.method} {self.path}"


_ID: Final = Parameter(
    "id",
    "path",
    "The import's id.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
)
_LIMIT: Final = Parameter(
    "limit",
    "query",
    "The most items to answer with; a page may hold fewer and still not be the last.",
    {"type": "integer", "minimum": 1, "maximum": requests.MOST_ITEMS, "default": requests.USUAL_ITEMS},
)
_CURSOR: Final = Parameter(
    "cursor",
    "query",
    "Where to go on; part of the link to the next page and not made by callers.",
    {"type": "string", "maxLength": requests.LONGEST_CURSOR},
)
_OUTCOME: Final = Parameter(
    "outcome",
    "query",
    "Only these lines; several are joined by commas. A page may then be empty and still not be the last.",
    {"type": "string", "examples": [Fate.REJECTED.value, f"{Fate.MERGED},{Fate.REJECTED}"]},
)
_IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    "header",
    "A new random text for each import. The same request sent again with the same key answers with the import that "
    "the first one started.",
    {"type": "string", "minLength": 1, "maxLength": requests.LONGEST_KEY, "pattern": "^[!-+\\--~]+$"},
)

_ALWAYS: Final = (NotAuthenticated, ServiceUnavailable)
_NEXT_PAGE: Final = 'The next page as `<path>; rel="next"` (RFC 8288); absent on the last one.'

ROUTES: Final[Sequence[Route]] = (
    Route(
        operation="startImport",
        method="POST",
        path="/v1/imports",
        summary="Start an import",
        description="Answers at once; the contacts are read in the background. Ask for the status until it has ended. "
        "Where a consent is needed, or a file, the user has to open 'consent_url' first.",
        status=202,
        answers={JSON: "Import"},
        request="ImportRequest",
        parameters=(_IDEMPOTENCY_KEY,),
        errors=(
            RequestMalformed,
            RequestTooLarge,
            FieldInvalid,
            SourceUnknown,
            SourceNotConfigured,
            UpstreamNotConfigured,
            IdempotencyKeyReused,
            TooManyStarts,
            UpstreamRefused,
            *_ALWAYS,
        ),
        headers={"Location": "The path of the import."},
    ),
    Route(
        operation="readImport",
        method="GET",
        path="/v1/imports/{id}",
        summary="Ask how an import is doing",
        description="Once a second is often enough.",
        status=200,
        answers={JSON: "Import"},
        parameters=(_ID,),
        errors=(ImportNotFound, *_ALWAYS),
    ),
    Route(
        operation="deleteImport",
        method="DELETE",
        path="/v1/imports/{id}",
        summary="Delete an import and its contacts",
        description="Deletes all that is stored of it, also while it runs; it then ends by itself.",
        status=204,
        parameters=(_ID,),
        errors=(ImportNotFound, *_ALWAYS),
    ),
    Route(
        operation="readContacts",
        method="GET",
        path="/v1/imports/{id}/contacts",
        summary="Read the contacts of a complete import",
        description="In pages, in the source's order. The format is chosen by Accept; JSON when nothing is said.",
        status=200,
        answers={JSON: "Contacts", JSCONTACT: "Cards", VCARD: "", CSV: ""},
        parameters=(_ID, _LIMIT, _CURSOR),
        errors=(
            ImportNotFound,
            ImportNotFinished,
            ImportNotComplete,
            CursorInvalid,
            FieldInvalid,
            FormatUnknown,
            ContactsUnreadable,
            *_ALWAYS,
        ),
        headers={"Link": _NEXT_PAGE},
    ),
    Route(
        operation="readLedger",
        method="GET",
        path="/v1/imports/{id}/ledger",
        summary="Read what became of every record",
        description="In pages, when the import has ended, complete or not.",
        status=200,
        answers={JSON: "Ledger"},
        parameters=(_ID, _LIMIT, _CURSOR, _OUTCOME),
        errors=(ImportNotFound, ImportNotFinished, CursorInvalid, FieldInvalid, ContactsUnreadable, *_ALWAYS),
        headers={"Link": _NEXT_PAGE},
    ),
    Route(
        operation="listSources",
        method="GET",
        path="/v1/sources",
        summary="List the sources",
        description="What an import can be started from, to be offered to the user.",
        status=200,
        answers={JSON: "Sources"},
        errors=_ALWAYS,
    ),
)
