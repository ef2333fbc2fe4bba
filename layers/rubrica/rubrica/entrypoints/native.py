"""The HTTP edge of /v1: requests become service calls, views become bodies, errors become problems.

Routing is the Powertools' resolver's; what a body means is the native dialect's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from rubrica.dialects import fields
from rubrica.dialects.native import answers, requests
from rubrica.dialects.native.negotiation import CONTENT_TYPES, CSV, JSCONTACT, JSON, VCARD, choose
from rubrica.domain.contacts import Contact
from rubrica.domain.imports import ImportId
from rubrica.domain.views import Tenant
from rubrica.entrypoints.answering import body_of, report_fault
from rubrica.entrypoints.home import Home
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.errors import (
    ContactsUnreadable,
    ImportNotFound,
    PageUnreadable,
    PathUnknown,
    RequestError,
    ServiceUnavailable,
)
from rubrica.formats import csv_writer, jscontact, vcard_writer
from rubrica.ports import Clock
from rubrica.services.delete import Delete
from rubrica.services.read import Read
from rubrica.services.sources import ListSources
from rubrica.services.start import Start
from rubrica.services.tenants import Authenticate

_WRITERS: Final[Mapping[str, Callable[[Sequence[Contact]], bytes]]] = {
    JSCONTACT: jscontact.write,
    VCARD: vcard_writer.write,
    CSV: csv_writer.write,
}

DEFAULT_ROUTE: Final = "$default"
"""API Gateway's name of the route that is taken when no other fits."""

_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: every route but its errors needs a tenant."""

    authenticate: Authenticate
    telemetry: PowertoolsTelemetry

    def tenant(self, api: APIGatewayHttpResolver) -> Tenant:
        """The tenant whose key the request carries. Raises NotAuthenticated."""
        return self.authenticate(requests.bearer(api.current_event.headers))


def start_import(start: Start, offer: ListSources, caller: Caller, clock: Clock, home: Home) -> APIGatewayHttpResolver:
    """POST /v1/imports, and what can be started: GET /v1/sources."""
    api = _api(caller.telemetry)

    @api.post("/v1/imports")
    def _start() -> Response[str]:
        tenant = caller.tenant(api)
        key = requests.idempotency_key(api.current_event.headers)
        here = home(api.current_event.raw_event)
        imp = start(tenant, requests.start_import(body_of(api)), here, key)
        location = {"Location": answers.import_path(imp.id)}
        return _json(202, answers.import_body(imp, clock.now(), here), location)

    @api.get("/v1/sources")
    def _sources() -> Response[str]:
        return _json(200, answers.sources_body(offer(caller.tenant(api))))

    return api


def read_import(read: Read, caller: Caller, clock: Clock, home: Home) -> APIGatewayHttpResolver:
    """GET /v1/imports/{id}, its contacts and its ledger."""
    api = _api(caller.telemetry)

    @api.get("/v1/imports/<import_id>")
    def _status(import_id: str) -> Response[str]:
        asked = _asked(api, import_id)
        imp = read.status(caller.tenant(api), asked)
        return _json(200, answers.import_body(imp, clock.now(), home(api.current_event.raw_event)))

    @api.get("/v1/imports/<import_id>/contacts")
    def _contacts(import_id: str) -> Response[str]:
        asked = _asked(api, import_id)
        return _contacts_answer(api, read, caller.tenant(api), asked)

    @api.get("/v1/imports/<import_id>/ledger")
    def _ledger(import_id: str) -> Response[str]:
        asked = _asked(api, import_id)
        tenant = caller.tenant(api)
        query = requests.ledger_query(_query(api))
        body = answers.ledger_body(asked, read.ledger(tenant, asked, query), query)
        return _json(200, body, answers.next_link(body["next"]))

    return api


def delete_import(delete: Delete, caller: Caller) -> APIGatewayHttpResolver:
    """DELETE /v1/imports/{id}."""
    api = _api(caller.telemetry)

    @api.delete("/v1/imports/<import_id>")
    def _delete(import_id: str) -> Response[str]:
        asked = _asked(api, import_id)
        delete(caller.tenant(api), asked)
        return Response(204, headers=dict(_NO_STORE))

    return api


def _contacts_answer(api: APIGatewayHttpResolver, read: Read, tenant: Tenant, asked: ImportId) -> Response[str]:
    media_type = choose(api.current_event.headers.get("accept", ""))
    query = requests.contacts_query(_query(api))
    page = read.contacts(tenant, asked, query.cursor, query.limit)
    link = answers.next_link(answers.next_contacts(asked, page, query.limit))
    if media_type == JSON:
        return _json(200, answers.contacts_body(asked, page, query.limit), link)
    body = _WRITERS[media_type](page.contacts).decode()
    return Response(200, CONTENT_TYPES[media_type], body, headers={**_NO_STORE, **link})


def _api(telemetry: PowertoolsTelemetry) -> APIGatewayHttpResolver:
    api = APIGatewayHttpResolver()

    @api.not_found
    def _unknown(_: Exception) -> Response[str]:
        """A path that is no route; or one that is, with letters that no id has."""
        return _problem(PathUnknown() if api.current_event.route_key == DEFAULT_ROUTE else ImportNotFound())

    @api.exception_handler(RequestError)  # type: ignore[untyped-decorator]
    def _refuse(error: RequestError) -> Response[str]:
        return _problem(error)

    @api.exception_handler(PageUnreadable)  # type: ignore[untyped-decorator]
    def _spoilt(error: PageUnreadable) -> Response[str]:
        telemetry.trouble("page_unreadable", error)
        return _problem(ContactsUnreadable())

    @api.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def _fail(error: Exception) -> Response[str]:
        report_fault(telemetry, error)
        return _problem(ServiceUnavailable())

    return api


def _problem(error: RequestError) -> Response[str]:
    headers = dict(answers.problem_headers(error))
    media_type = headers.pop("Content-Type")
    return Response(error.status, media_type, answers.encode(answers.problem(error)).decode(), headers=headers)


def _json(status: int, body: answers.Body, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(status, JSON, answers.encode(body).decode(), headers={**_NO_STORE, **(headers or {})})


def _asked(api: APIGatewayHttpResolver, import_id: str) -> ImportId:
    """The id in the path, of which the resolver overlooks a line break at the end. Raises ImportNotFound."""
    return fields.import_id("" if api.current_event.path.endswith("\n") else import_id)


def _query(api: APIGatewayHttpResolver) -> Mapping[str, str]:
    return api.current_event.query_string_parameters or {}
