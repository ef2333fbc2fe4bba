"""The HTTP edge of the CloudSponge dialect: begin an import, ask for its events, fetch its contacts."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from rubrica.dialects.cloudsponge import answers, requests
from rubrica.dialects.cloudsponge.requests import Address, Form, Parameters
from rubrica.dialects.cloudsponge.services import Offered
from rubrica.domain.views import SourceView, Switch, Tenant
from rubrica.entrypoints.answering import body_of, report_fault
from rubrica.entrypoints.compression import packed, reads_gzip
from rubrica.entrypoints.home import Home
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.errors import (
    ContactsUnreadable,
    CredentialsInAddress,
    FieldInvalid,
    NotAuthenticated,
    PageUnreadable,
    RequestError,
    ServiceUnavailable,
)
from rubrica.ports import Clock, Upstreams
from rubrica.services.read import Read
from rubrica.services.start import Start
from rubrica.services.tenants import Authenticate

PATHS: Final = (requests.BEGINNINGS, "/events", "/contacts")
"""How all paths of the dialect begin; a format may follow at once."""

_METHODS: Final = ("GET", "POST")
"""Of begins and polls alike: clients send begins as GET, too."""

_WAIT: Final = "Retry-After"

_LARGEST_TEXT: Final = 100_000
"""Bytes of a body that may go out as text: in it a function has to escape what base64 need not."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is understood and whose tenant is known. `script` is the function's name for JSONP, or ""."""

    tenant: Tenant
    address: Address
    parameters: Parameters = field(repr=False)
    script: str = ""

    @property
    def echo(self) -> str:
        """What the caller wants to hear again."""
        return self.parameters.get("echo")


Work = Callable[[Call], Iterable[bytes]]
"""Makes the body of an answer, in pieces. Raises RequestError leaves, PageUnreadable, PlatformTrouble."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What every request of the dialect goes through: its address, its parameters, its tenant, and its errors."""

    authenticate: Authenticate
    telemetry: PowertoolsTelemetry

    def answer(self, api: APIGatewayHttpResolver, work: Work) -> Response[str]:
        """The answer to the current request."""
        event = api.current_event
        form, script = requests.form_of(event.path), ""
        refused: RequestError
        try:
            call = self._call(api)
            form, script = call.address.form, call.script
            gzip = call.address.action == "contacts" and reads_gzip(event.headers.get("accept-encoding", ""))
            return _success(form, script, work(call), gzip=gzip)
        except NotAuthenticated as error:
            refused, script = error, _strangers_script(api, form)
        except RequestError as error:
            refused = error
        except PageUnreadable as error:
            self.telemetry.trouble("page_unreadable", error)
            refused = ContactsUnreadable()
        except Exception as error:
            report_fault(self.telemetry, error)
            refused = ServiceUnavailable()
        self.telemetry.count("RequestsRefused", code=refused.code)
        return _failure(refused, form, script, begin=event.path.startswith(requests.BEGINNINGS))

    def _call(self, api: APIGatewayHttpResolver) -> Call:
        """Everything that can be told without the store comes first. Raises RequestError leaves."""
        event = api.current_event
        if event.http_method not in _METHODS:
            raise FieldInvalid("method", "has to be GET or POST")
        address = requests.address(event.path)
        parameters = requests.parameters(
            event.raw_query_string or "", event.headers.get("content-type", ""), body_of(api)
        )
        tenant = self._tenant(requests.pairs(parameters, event.headers.get("authorization", "")))
        scripted = Switch.JSONP in tenant.switches and address.form is Form.JSON and event.http_method == "GET"
        return Call(tenant, address, parameters, requests.callback(parameters) if scripted else "")

    def _tenant(self, pairs: Iterable[requests.DomainPair]) -> Tenant:
        """The tenant of the first pair that opens. Raises NotAuthenticated, CredentialsInAddress."""
        refused: RequestError = NotAuthenticated()
        for pair in pairs:
            try:
                tenant = self.authenticate.domain(pair.domain_key, pair.domain_password)
            except NotAuthenticated:
                continue
            if not pair.in_query or Switch.QUERY_CREDENTIALS in tenant.switches:
                return tenant
            refused = CredentialsInAddress()
        raise refused


# The dialect reads whole paths itself, and refuses every other method in its own form. A route of the resolver's
# would overlook paths with line breaks and methods that it has no name for; what has no route comes as a whole.


def begin_import(
    start: Start, sources: Mapping[str, SourceView], upstreams: Upstreams, entrance: Entrance, home: Home
) -> APIGatewayHttpResolver:
    """/begin_import/user_consent, /import and /desktop_applet; `sources` by their names."""
    api = APIGatewayHttpResolver()

    def work(call: Call) -> Iterable[bytes]:
        offered = Offered(sources, upstreams.services(call.tenant.id))
        here = home(api.current_event.raw_event)
        imp = start(call.tenant, requests.begin(call.address.action, call.parameters, offered), here)
        url = here + imp.consent.path if imp.consent else ""
        return [answers.begun(imp, url, call.echo, call.address.form, call.address.action)]

    @api.not_found
    def _begin(_: Exception) -> Response[str]:
        return entrance.answer(api, work)

    return api


def poll_import(read: Read, clock: Clock, entrance: Entrance) -> APIGatewayHttpResolver:
    """/events/ID and /contacts/ID, in both positions of the format."""
    api = APIGatewayHttpResolver()

    def work(call: Call) -> Iterable[bytes]:
        asked, form = call.address.import_id, call.address.form
        if call.address.action == "events":
            return [answers.events(read.status(call.tenant, asked), clock.now(), call.echo, form)]
        start, count = requests.span(call.parameters)
        return answers.contacts(read.span(call.tenant, asked, start, count), call.echo, form)

    @api.not_found
    def _poll(_: Exception) -> Response[str]:
        return entrance.answer(api, work)

    return api


def _strangers_script(api: APIGatewayHttpResolver, form: Form) -> str:
    """The function that is named along with wrong keys, "" for none. Nobody's switch says whether it may be called:
    there is nothing in its answer but the error, which a script would not learn otherwise."""
    event = api.current_event
    if form is not Form.JSON or event.http_method != "GET":
        return ""
    try:
        return requests.callback(requests.parameters(event.raw_query_string or "", "", b""))
    except RequestError:
        return ""


def _success(form: Form, script: str, chunks: Iterable[bytes], *, gzip: bool) -> Response[str]:
    if script:
        chunks = [answers.script(script, b"".join(chunks))]
    headers = dict(answers.script_headers() if script else answers.headers(form))
    if gzip:
        headers["Content-Encoding"] = "gzip"
        return _response(200, headers, packed(chunks, gzip=True), binary=True)
    body = packed(chunks, gzip=False)
    return _response(200, headers, body, binary=len(body) > _LARGEST_TEXT)


def _failure(error: RequestError, form: Form, script: str, *, begin: bool) -> Response[str]:
    """A script tag cannot see a status: there the error comes as a success, with how long to wait."""
    status, body = answers.failure(error, form, begin=begin)
    told = answers.failure_headers(error)
    if script:
        given = _success(form, script, [body], gzip=False)
        given.headers.update({name: value for name, value in told.items() if name == _WAIT})
        return given
    return _response(status, {**answers.headers(form), **told}, body, binary=False)


def _response(status: int, headers: Mapping[str, str], body: bytes, *, binary: bool) -> Response[str]:
    given = {**headers, "Vary": "Accept-Encoding"}
    text = b64encode(body).decode() if binary else body.decode()
    response = Response(status, given.pop("Content-Type"), text, headers=given)
    response.base64_encoded = binary
    return response
