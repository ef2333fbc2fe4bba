"""What the CloudSponge API answers: views in, bodies out, as JSON key for key and as XML element for element."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from rubrica.dialects.cloudsponge import xml
from rubrica.dialects.cloudsponge.events import Event, stages
from rubrica.dialects.cloudsponge.failures import failure, failure_headers
from rubrica.dialects.cloudsponge.records import Record, owner_record, record
from rubrica.dialects.cloudsponge.requests import MAILING_ADDRESS, Action, Form
from rubrica.dialects.cloudsponge.writing import encode, headers, json_text, script, script_headers
from rubrica.domain.consent import Way
from rubrica.domain.imports import Import
from rubrica.domain.views import ContactsSpan

__all__ = ["begun", "contacts", "events", "failure", "failure_headers", "headers", "script", "script_headers"]

_CHUNK: Final = 500
"""Contacts that are written at a time."""


# --- Beginning --------------------------------------------------------------------------------------------------------


def begun(imp: Import, url: str, echo: str, form: Form, action: Action = "user_consent") -> bytes:
    """The answer to a begin call. `url` is the page that the user has to open, "" for none.

    The id stands there twice, for some clients read the one and some the other.
    """
    body = _begun(imp, url, echo or None, action)
    return encode(body) if form is Form.JSON else xml.document("result", body)


def _begun(imp: Import, url: str, echo: str | None, action: Action) -> Record:
    consent = imp.consent if action == "user_consent" else None
    user_id = imp.reference or None
    if consent is not None and consent.way is Way.FILE:
        named = {"echo": echo, "id": imp.id, "import_id": imp.id, "import_type": "CSV"}
        return {**named, "status": "success", "url": url, "user_id": user_id}
    return {
        "status": "success",
        **({"url": url} if url else {}),
        "echo": echo,
        **({"import_type": "OAUTH"} if consent else {}),
        "import_id": imp.id,
        "user_id": user_id,
        "id": imp.id,
    }


# --- Events -----------------------------------------------------------------------------------------------------------


def events(imp: Import, now: datetime, echo: str, form: Form) -> bytes:
    """How far the import is at `now`."""
    body = {
        "events": [_event(imp, event) for event in stages(imp, now)],
        "import_id": imp.id,
        "user_id": imp.reference or None,
        "id": imp.id,
        "echo": echo or None,
    }
    return encode(body) if form is Form.JSON else xml.document("eventsResponse", body)


def _event(imp: Import, event: Event) -> Record:
    return {
        "import_action_id": imp.id,
        "import_id": imp.id,
        "event_type": event.event_type,
        "value": event.value,
        "description": event.description,
        "status": event.status,
        "created_at": event.created_at.astimezone(UTC),
    }


# --- Contacts ---------------------------------------------------------------------------------------------------------


def contacts(span: ContactsSpan, echo: str, form: Form) -> Iterator[bytes]:
    """The contacts in pieces that make one document together.

    Raises what iterating over the span raises.
    """
    yield from (_contacts_json if form is Form.JSON else _contacts_xml)(span, echo)


def _contacts_json(span: ContactsSpan, echo: str) -> Iterator[bytes]:
    before = '{"contacts":['
    for chunk in _chunks(span):
        yield (before + ",".join(map(json_text, chunk))).encode("utf-8", "replace")
        before = ","
    opened = "" if before == "," else before
    yield (opened + "]," + json_text(_around(span, echo))[1:]).encode("utf-8", "replace")


def _contacts_xml(span: ContactsSpan, echo: str) -> Iterator[bytes]:
    yield f'{xml.DECLARATION}<contactsResponse><contacts type="array">'.encode()
    for chunk in _chunks(span):
        yield "".join([xml.element("contact", each) for each in chunk]).encode("utf-8", "replace")
    yield f"</contacts>{xml.elements(_around(span, echo))}</contactsResponse>\n".encode("utf-8", "replace")


def _chunks(span: ContactsSpan) -> Iterator[Sequence[Record]]:
    with_address = MAILING_ADDRESS in span.imp.parts
    while chunk := [record(contact, with_address=with_address) for contact in islice(span.contacts, _CHUNK)]:
        yield chunk


def _around(span: ContactsSpan, echo: str) -> Record:
    """What comes after the contacts, in the order recorded."""
    return {
        "contacts_owner": owner_record(span.owner, with_address=MAILING_ADDRESS in span.imp.parts),
        "start": span.start,
        "count": span.count,
        "total": span.imp.progress.contacts,
        "import_id": span.imp.id,
        "user_id": span.imp.reference or None,
        "id": span.imp.id,
        "echo": echo or None,
    }
