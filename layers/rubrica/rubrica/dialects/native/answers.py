"""What /v1 answers: views in, bodies out. Every key is always there; what is not known is null."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from rubrica.dialects.native.requests import USUAL_ITEMS
from rubrica.domain.consent import LINK_LIFE
from rubrica.domain.contacts import Birthday, Contact
from rubrica.domain.imports import Import, ImportId, State
from rubrica.domain.ledger import Entry
from rubrica.domain.views import ContactsPage, LedgerPage, LedgerQuery, SourceView
from rubrica.errors import (
    FieldInvalid,
    ImportFailure,
    ImportNotComplete,
    NotAuthenticated,
    RequestError,
    UpstreamRefused,
    WorkerFailed,
    by_code,
)

Body = Mapping[str, object]

PROBLEM: Final = "application/problem+json"
"""The media type of problem() (RFC 9457)."""

IMPORTS: Final = "/v1/imports"


def encode(body: Body) -> bytes:
    """`body` as compact JSON in UTF-8; half a surrogate pair, which no JSON can carry, becomes a question mark."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")


# --- Imports ----------------------------------------------------------------------------------------------------------


def import_path(import_id: ImportId) -> str:
    """The path of an import; also its Location."""
    return f"{IMPORTS}/{import_id}"


def import_body(imp: Import, now: datetime, home: str) -> Body:
    """The state of an import: what it waits for, what it has come to, and until when it can be read.

    `home` is the installation's own address, for the link that the user has to open.
    """
    waiting_for = _waiting_for(imp, now)
    waits_for_provider = waiting_for == "provider"
    return {
        "id": imp.id,
        "state": imp.state.value,
        "source": imp.source,
        "user_id": imp.reference or None,
        "created_at": _time(imp.created_at),
        "deadline": _time(imp.deadline),
        "closed_at": _time(imp.closed_at),
        "expires_at": _time(imp.expires_at),
        "waiting_for": waiting_for,
        "consent_url": _consent_url(imp, now, home),
        "resume_at": _time(imp.resume_at) if waits_for_provider else None,
        "trouble": (imp.trouble or None) if waits_for_provider else None,
        "contacts": _counters(imp),
        "reasons": {reason.value: count for reason, count in sorted(imp.progress.reasons.items())},
        "empty": imp.state is State.COMPLETE and imp.progress.contacts == 0,
        "failure": failure(imp.failure),
        "links": _links(imp.id),
    }


def _consent_url(imp: Import, now: datetime, home: str) -> str | None:
    """The link while it can be opened; an answer to an earlier opening may still come after that."""
    if imp.state is not State.AWAITING_CONSENT or imp.consent is None or now >= imp.created_at + LINK_LIFE:
        return None
    return home + imp.consent.path


def _waiting_for(imp: Import, now: datetime) -> str | None:
    match imp.state:
        case State.CREATED:
            return "start"
        case State.AWAITING_CONSENT:
            return "consent"
        case State.IMPORTING if imp.resume_at is not None and imp.resume_at > now:
            return "provider"
        case _:
            return None


def _counters(imp: Import) -> Body:
    progress = imp.progress
    return {
        "so_far": progress.contacts,
        "announced": progress.announced,
        "rejected": progress.rejected,
        "merged": progress.merged,
        "groups": progress.groups,
    }


def _links(import_id: ImportId) -> Body:
    path = import_path(import_id)
    return {"self": path, "contacts": f"{path}/contacts", "ledger": f"{path}/ledger"}


def _time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def failure(code: str) -> Body | None:
    """Code and texts of what ended an import; None when nothing did.

    A code that this version does not know keeps its name and gets the text of a fault of ours.
    """
    if not code:
        return None
    error = by_code().get(code, WorkerFailed)  # trouble of the platform's can end an import, too
    texts = {"code": code, "title": error.title, "advice": error.advice}
    if not issubclass(error, ImportFailure):
        return {**texts, "operator": None, "retryable": True}
    return {**texts, "operator": error.operator or None, "retryable": error.retryable}


# --- Contacts ---------------------------------------------------------------------------------------------------------


def contacts_body(import_id: ImportId, page: ContactsPage, limit: int = USUAL_ITEMS) -> Body:
    """One page of contacts; `next` is the address of the page after it, null on the last one."""
    return {
        "contacts": [contact_body(contact) for contact in page.contacts],
        "total": page.total,
        "next": next_contacts(import_id, page, limit),
    }


def next_contacts(import_id: ImportId, page: ContactsPage, limit: int = USUAL_ITEMS) -> str | None:
    """The address of the page after `page`, None on the last one."""
    return _next(f"{import_path(import_id)}/contacts", {"cursor": page.next, "limit": limit})


def next_link(address: object) -> Mapping[str, str]:
    """The Link header (RFC 8288) that names the page at `address`; none on the last page, where it is None."""
    return {} if address is None else {"Link": f'<{address}>; rel="next"'}


def contact_body(contact: Contact) -> Body:
    """One contact with all its fields; "" and [] where the source has nothing."""
    return {
        "id": contact.id,
        "uid": contact.uid,
        "place": contact.place,
        "full_name": contact.full_name,
        "first_name": contact.first_name,
        "middle_name": contact.middle_name,
        "last_name": contact.last_name,
        "prefix": contact.prefix,
        "suffix": contact.suffix,
        "nickname": contact.nickname,
        "emails": [email._asdict() for email in contact.emails],
        "phones": [phone._asdict() for phone in contact.phones],
        "addresses": [address._asdict() for address in contact.addresses],
        "organizations": [organization._asdict() for organization in contact.organizations],
        "birthday": _birthday(contact.birthday),
        "groups": contact.groups,
        "note": contact.note,
        "urls": contact.urls,
    }


def _birthday(birthday: Birthday | None) -> Body | None:
    return None if birthday is None else birthday._asdict()


# --- Ledger and sources -----------------------------------------------------------------------------------------------


def ledger_body(import_id: ImportId, page: LedgerPage, query: LedgerQuery) -> Body:
    """One page of the ledger; `next` as in contacts_body, with the same filter."""
    outcome = {"outcome": ",".join(sorted(query.fates))} if query.fates else {}
    parameters = {"cursor": page.next, "limit": query.limit, **outcome}
    return {
        "entries": [_entry(entry) for entry in page.entries],
        "next": _next(f"{import_path(import_id)}/ledger", parameters),
    }


def _entry(entry: Entry) -> Body:
    return {
        "place": entry.place,
        "outcome": entry.fate.value,
        "reasons": [reason.value for reason in entry.reasons],
        "contact_id": entry.contact_id or None,
    }


def _next(path: str, parameters: Mapping[str, object]) -> str | None:
    return f"{path}?{urlencode(parameters, safe=',')}" if parameters["cursor"] else None


def sources_body(sources: Sequence[SourceView]) -> Body:
    """The sources that an import can be started from."""
    return {"sources": [_source(source) for source in sources]}


def _source(source: SourceView) -> Body:
    return {
        "name": source.name,
        "title": source.title,
        "method": source.method,
        "needs_server": source.needs_server,
        "hint": source.hint,
        "include": source.include,
        "configured": source.configured,
    }


# --- Problems ---------------------------------------------------------------------------------------------------------


def problem(error: RequestError) -> Body:
    """The problem details of an error (RFC 9457): fixed texts, and the caller's own field name at most."""
    return {
        "type": f"urn:rubrica:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": _detail(error),
        "code": error.code,
        **_particulars(error),
    }


def _detail(error: RequestError) -> str:
    """What to do; of another service's refusal also what it means, for the title is the same for all of them."""
    if isinstance(error, UpstreamRefused) and error.meaning:
        return f"{error.meaning.title} {error.meaning.advice}"
    return error.advice


def _particulars(error: RequestError) -> Body:
    retry = {} if error.retry_after is None else {"retry_after": error.retry_after}
    match error:
        case FieldInvalid():
            return {"field": error.field, "rule": error.rule}
        case ImportNotComplete():
            return {"failure": failure(error.failure)}
        case UpstreamRefused():
            return {"upstream_code": error.upstream_code, **retry}
        case _:
            return retry


def problem_headers(error: RequestError) -> Mapping[str, str]:
    """The headers that go with problem(): what to do next, for clients that do not read the body."""
    headers = {"Content-Type": PROBLEM, "Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="rubrica"'
    return headers
