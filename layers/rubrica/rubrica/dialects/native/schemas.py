"""The JSON Schemas (draft 2020-12) of what /v1 takes and answers, for the OpenAPI document.

Words that the code knows (states, reasons, error codes) are taken from it, so that the document cannot lag behind.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from rubrica.dialects import fields
from rubrica.dialects.native import requests
from rubrica.domain.imports import LARGEST_ID, State
from rubrica.domain.ledger import Fate, Reason
from rubrica.errors import ImportFailure, PlatformTrouble, ProviderTrouble, RequestError, RubricaError, leaves

Schema = Mapping[str, object]


def codes(error: type[RubricaError]) -> list[str]:
    """The stable codes of the errors under `error`."""
    return [leaf.code for leaf in leaves(error)]


def _object(properties: Mapping[str, Schema], description: str = "", required: Iterable[str] | None = None) -> Schema:
    """An object with all its properties always there, unless `required` names fewer."""
    schema = {"type": "object", "properties": properties, "required": list(required or properties)}
    return {"description": description, **schema} if description else schema


def _text(description: str = "", **rules: object) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **rules}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _moment(description: str) -> Schema:
    return _text(description, format="date-time")


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _null_or_ref(name: str, description: str) -> Schema:
    return {"description": description, "oneOf": [_ref(name), {"type": "null"}]}


def _field(longest: int, description: str, *, required: bool = True) -> Schema:
    rules = {"minLength": 1 if required else 0, "maxLength": longest}
    schema = _text(description, **rules)
    return schema if required else _or_null(schema)


IMPORT_REQUEST: Final = _object(
    {
        "source": _field(requests.LONGEST_SOURCE, "A name that GET /v1/sources lists."),
        "server": _field(
            fields.LONGEST_SERVER,
            "The address book's https address or host name. Not needed for presets, nor where the user name is an "
            "e-mail address whose domain announces its server.",
            required=False,
        ),
        "username": _text(
            "The user name at the provider. For sources with the method 'password' or 'relay'; for 'consent' see "
            "'login_hint'.",
            minLength=1,
            maxLength=fields.LONGEST_USERNAME,
            pattern="^[^:]*$",
        ),
        "password": _text(
            "The password; with two-factor sign-in, an app password. Server, user name and password together hold at "
            f"most {fields.LARGEST_CREDENTIAL:,} bytes of JSON. Kept encrypted, deleted when the import ends.",
            minLength=1,
            maxLength=fields.LONGEST_PASSWORD,
            format="password",
            writeOnly=True,
        ),
        "service": _field(
            requests.LONGEST_SOURCE,
            "What another import service is to read: its code there, in any case. For the source 'cloudsponge', which "
            "asks with user name and password if they are sent, else by that service's own consent page.",
            required=False,
        ),
        "user_id": _field(fields.LONGEST_REFERENCE, "The caller's own word for the user.", required=False),
        "include": {
            "type": ["array", "null"],
            "items": _field(requests.LONGEST_SOURCE, ""),
            "maxItems": requests.MOST_INCLUDED,
            "description": "What to ask for beyond the source's own contacts: words that GET /v1/sources lists.",
        },
        "login_hint": _field(
            fields.LONGEST_USERNAME,
            "The e-mail address of the account that the user is likely to sign in with. For the method 'consent'.",
            required=False,
        ),
        "redirect_url": _field(
            fields.LONGEST_ADDRESS,
            "Where the browser goes after the consent, when it was opened in the same window. Letter for letter one "
            "that is registered for the tenant.",
            required=False,
        ),
        "origin": _field(
            fields.LONGEST_ADDRESS,
            "The web origin whose page opens the consent in a popup, to be told when the popup is done. Letter for "
            "letter one that is registered for the tenant.",
            required=False,
        ),
    },
    "What to import. Unknown members are ignored; control characters are refused. Sources with the method 'password' "
    "need a user name and a password; those with 'consent' and 'upload' refuse both, and a server.",
    required=["source"],
)

FAILURE: Final = _object(
    {
        "code": _text("Stable; more codes may come.", examples=[*codes(ImportFailure), *codes(PlatformTrouble)]),
        "title": _text("What happened."),
        "advice": _text("What to do about it; may be shown to the user."),
        "operator": _or_null(_text("What the operator of this installation can do about it.")),
        "retryable": {"type": "boolean", "description": "Whether the user can do better by starting again."},
    },
    "Why an import ended without its contacts.",
)

COUNTERS: Final = _object(
    {
        "so_far": _count("Contacts stored so far; the final number once the import is complete."),
        "announced": _or_null(_count("Records the source says it holds; null until it says so.")),
        "rejected": _count("Records that did not become a contact."),
        "merged": _count("Records that were the same as another."),
        "groups": _count("Group records; they are no contacts."),
    }
)

LINKS: Final = _object({"self": _text(), "contacts": _text(), "ledger": _text()}, "Paths on this host.")

_IMPORT_ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}

IMPORT: Final = _object(
    {
        "id": _IMPORT_ID,
        "state": _text(enum=[state.value for state in State if state is not State.PURGED]),
        "source": _text(),
        "user_id": _or_null(_text("As the caller gave it.")),
        "created_at": _moment("When it was started."),
        "deadline": _moment("When it will have ended, complete or not; while a consent is awaited, when that ends."),
        "closed_at": _or_null(_moment("When it ended; null while it runs.")),
        "expires_at": _moment("When everything that is stored of it is deleted, unless it is deleted before."),
        "waiting_for": {
            "description": "What has to happen before it moves on; null when it is moving or has ended.",
            "enum": ["start", "consent", "provider", None],
        },
        "consent_url": _or_null(
            _text("The link for the user to open, in a popup or the same window; null when there is none to be opened.")
        ),
        "resume_at": _or_null(_moment("When the provider will be asked again; null unless it waits for the provider.")),
        "trouble": _or_null(_text("Code of what made it wait for the provider.", examples=codes(ProviderTrouble))),
        "contacts": COUNTERS,
        "reasons": {
            "type": "object",
            "description": "How often the ledger gives each reason.",
            "propertyNames": {"enum": [reason.value for reason in Reason]},
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
        "empty": {"type": "boolean", "description": "The import is complete, and the address book holds no contact."},
        "failure": _null_or_ref("Failure", "Set when the state is 'failed' or 'abandoned'."),
        "links": LINKS,
    },
    "An import and what it has come to.",
)

_TYPE: Final = _text("As the source names it, lower case for its usual words; empty when it names none.")
_PRIMARY: Final[Schema] = {"type": "boolean", "description": "At most one of the list is true."}

CONTACT: Final = _object(
    {
        "id": _text("Stable for the same record of the same source."),
        "uid": _text("The source's own identifier, such as the vCard's UID."),
        "place": _text("Where the source keeps the record, as in the ledger."),
        **{
            name: _text()
            for name in ("full_name", "first_name", "middle_name", "last_name", "prefix", "suffix", "nickname")
        },
        "emails": _list(_object({"address": _text(), "type": _TYPE, "primary": _PRIMARY})),
        "phones": _list(_object({"number": _text(), "type": _TYPE, "primary": _PRIMARY})),
        "addresses": _list(
            _object(
                {
                    "type": _TYPE,
                    **{name: _text() for name in ("street", "city", "region", "postal_code", "country")},
                    "formatted": _text("The source's own label text."),
                }
            )
        ),
        "organizations": _list(_object({"name": _text(), "department": _text(), "title": _text()})),
        "birthday": {
            **_object(
                {
                    "year": _or_null({"type": "integer", "description": "Null where the source keeps only the day."}),
                    "month": {"type": "integer", "minimum": 1, "maximum": 12},
                    "day": {"type": "integer", "minimum": 1, "maximum": 31},
                }
            ),
            "type": ["object", "null"],
        },
        "groups": _list(_text(), "Names of the groups the contact is in."),
        "note": _text(),
        "urls": _list(_text()),
    },
    "One person or organization. Text that the source does not have is empty.",
)

_NEXT: Final = _or_null(_text("Path of the page after this one, to be followed as it is; null on the last page."))

CONTACTS: Final = _object(
    {"contacts": _list(_ref("Contact")), "total": _count("Contacts of the whole import."), "next": _NEXT}
)

ENTRY: Final = _object(
    {
        "place": _text("Where the record stands in the source."),
        "outcome": _text(enum=[fate.value for fate in Fate]),
        "reasons": _list(_text(enum=[reason.value for reason in Reason]), "Empty for a record accepted whole."),
        "contact_id": _or_null(_text("The contact it became or was merged into.")),
    },
    "What became of one record of the source.",
)

LEDGER: Final = _object({"entries": _list(_ref("LedgerEntry")), "next": _NEXT})

SOURCE: Final = _object(
    {
        "name": _text("What POST /v1/imports takes as 'source'."),
        "title": _text("For people."),
        "method": _text(
            "How the user signs in; 'upload' is by a page that takes a file, 'relay' is with a password or by a "
            "consent, as the other service wants it.",
            enum=["consent", "password", "upload", "relay"],
        ),
        "needs_server": {"type": "boolean", "description": "Whether the user has to name the server."},
        "hint": _text("What to tell the user about the sign-in."),
        "include": _list(_text(), "What an import may include beyond the source's own contacts."),
        "configured": {"type": "boolean", "description": "Whether it is set up; an import from it is refused if not."},
    }
)

SOURCES: Final = _object({"sources": _list(SOURCE)})

PROBLEM: Final = _object(
    {
        "type": _text("'urn:rubrica:error:' and the code.", format="uri"),
        "title": _text("What happened."),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _text("What to do about it."),
        "code": _text("Stable.", enum=codes(RequestError)),
        "field": _text("The field or header that breaks its rule."),
        "rule": _text("The rule; 'field' and 'rule' read as a sentence."),
        "failure": _null_or_ref("Failure", "What the import failed with."),
        "upstream_code": {
            "type": "integer",
            "description": "Why another service refused, by the CloudSponge API's numbers; 0 when it did not say.",
        },
        "retry_after": {"type": "integer", "minimum": 1, "description": "Seconds, as in the Retry-After header."},
    },
    "Problem details (RFC 9457).",
    required=["type", "title", "status", "detail", "code"],
)

SCHEMAS: Final[Mapping[str, Schema]] = {
    "ImportRequest": IMPORT_REQUEST,
    "Import": IMPORT,
    "Failure": FAILURE,
    "Contact": CONTACT,
    "Contacts": CONTACTS,
    "LedgerEntry": ENTRY,
    "Ledger": LEDGER,
    "Sources": SOURCES,
    "Problem": PROBLEM,
}
