"""The HTTP edge for people: links to a consent, the provider's answer, and what pages of ours take.

A browser has no key. What lets it in is the code of a link, and on the way back its cookie together with the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from rubrica.dialects.pages import requests, sign_ins
from rubrica.dialects.pages.answers import (
    file_refused,
    file_wanted,
    outcome,
    proxy_works,
    refusal,
    sign_in_refused,
    sign_in_wanted,
)
from rubrica.dialects.pages.rendering import Page
from rubrica.dialects.pages.uploads import uploaded
from rubrica.domain.consent import return_address
from rubrica.domain.given_up import FILE_REFUSALS
from rubrica.domain.imports import Import, State
from rubrica.domain.views import SourceView
from rubrica.entrypoints.answering import body_of, report_fault
from rubrica.entrypoints.home import Home
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.errors import (
    ConsentRefusal,
    FileIncomplete,
    FileMissing,
    FileTooLarge,
    ImportFailure,
    LinkUnknown,
    PageUnavailable,
    ReturnRefused,
    ServerMissing,
    ServerRefused,
    SignInIncomplete,
    SignInMalformed,
)
from rubrica.ports import Clock
from rubrica.services.callback import Callback
from rubrica.services.open import Departure, OpenConsent
from rubrica.services.page_link import PageLink
from rubrica.services.receive import Receive
from rubrica.services.sign_in import SignIn

_REDIRECT: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_SHARED: Final = "/auth"
_PREFETCHING: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
"""Headers by which browsers, old ones too, say that they only look ahead."""

_ONE_MORE_TRY: Final[tuple[type[ConsentRefusal | ImportFailure], ...]] = (
    FileMissing,
    FileIncomplete,
    FileTooLarge,
    *FILE_REFUSALS,
)
"""What is wrong with a file; the import still awaits a better one."""

_ENTER_AGAIN: Final = (SignInIncomplete, SignInMalformed, ServerMissing, ServerRefused)
"""What is wrong with a user name and password that nobody has tried yet; the import still awaits better ones."""


@dataclass(frozen=True, slots=True)
class OurPages:
    """The links to pages of ours, for a file and for user name and password, and the sources that these open."""

    file_link: PageLink
    sign_in_link: PageLink
    sources: Mapping[str, SourceView]


def open_consent(
    opening: OpenConsent, ours: OurPages, clock: Clock, telemetry: PowertoolsTelemetry, home: Home
) -> APIGatewayHttpResolver:
    """GET /n/{code}, and GET /csv/{code} for a file, GET /sign-in/{code} for user name and password."""
    api = _api(telemetry)

    @api.get("/n/<code>")
    def _open(code: str) -> Response[str]:
        if any("prefetch" in api.current_event.headers.get(name, "").lower() for name in _PREFETCHING):
            return Response(503, headers=dict(_REDIRECT))  # nobody has asked for it yet
        secure = _secure(api, home)
        opened = opening(_asked(api, code), _cookie(api, secure=secure))
        if isinstance(opened, Import):
            return _page(outcome(opened, clock.now()))
        return _depart(opened, secure=secure)

    @api.get("/csv/<code>")
    def _open_for_a_file(code: str) -> Response[str]:
        imp = ours.file_link(_asked(api, code))
        return _page(file_wanted(imp) if imp.state is State.AWAITING_CONSENT else outcome(imp, clock.now()))

    @api.get("/sign-in/<code>")
    def _open_for_a_sign_in(code: str) -> Response[str]:
        imp = ours.sign_in_link(_asked(api, code))
        if imp.state is State.AWAITING_CONSENT:
            return _page(sign_in_wanted(imp, ours.sources[imp.source]))
        return _page(outcome(imp, clock.now()))

    return api


def receive_answer(
    ours: OurPages, receive: Receive, sign_in: SignIn, clock: Clock, telemetry: PowertoolsTelemetry
) -> APIGatewayHttpResolver:
    """POST /csv/{code} and /sign-in/{code}: the forms of the pages for a file, and for user name and password."""
    api = _api(telemetry)

    @api.post("/csv/<code>")
    def _receive(code: str) -> Response[str]:
        imp = ours.file_link(_asked(api, code))
        if imp.state is State.AWAITING_CONSENT:
            try:
                headers = api.current_event.headers
                sent = uploaded(headers.get("content-type", ""), headers.get("content-length", ""), body_of(api))
                imp = receive(imp, sent)
            except _ONE_MORE_TRY as error:
                _say_refused(telemetry, error)
                return _page(file_refused(imp, error))
        return _end(imp, clock)

    @api.post("/sign-in/<code>")
    def _sign_in(code: str) -> Response[str]:
        imp = ours.sign_in_link(_asked(api, code))
        if imp.state is State.AWAITING_CONSENT:
            source, entered = ours.sources[imp.source], sign_ins.NOTHING
            try:
                entered = sign_ins.entered(api.current_event.headers.get("content-type", ""), body_of(api))
                imp = sign_in(imp, sign_ins.credential(entered, needs_server=source.needs_server))
            except _ENTER_AGAIN as error:
                _say_refused(telemetry, error)
                return _page(sign_in_refused(imp, source, entered, error))
        return _end(imp, clock)

    return api


def oauth_callback(
    callback: Callback, clock: Clock, telemetry: PowertoolsTelemetry, home: Home
) -> APIGatewayHttpResolver:
    """GET and POST /oauth/{source}/callback, and /auth, where every source's answer may come."""
    api = _api(telemetry)

    def _answer(source: str) -> Response[str]:
        query = _query(api)
        if not source and requests.is_proxy_test(query):
            return _page(proxy_works())
        cookie = _cookie(api, secure=_secure(api, home))
        if not cookie and _may_be_fetched(api, source) and not requests.is_hop(query):
            path = f"/oauth/{quote(source, safe='')}/callback" if source else _SHARED
            # In full: who relays the redirect has an address of its own.
            return _redirect(home(api.current_event.raw_event) + requests.hop(path, query))
        return _end(callback(requests.returned(query, source), cookie), clock)

    @api.route("/oauth/<source>/callback", method=["GET", "POST"])
    def _of_source(source: str) -> Response[str]:
        return _answer(source)

    @api.route(_SHARED, method=["GET", "POST"])
    def _of_any() -> Response[str]:
        return _answer("")

    return api


def _may_be_fetched(api: APIGatewayHttpResolver, source: str) -> bool:
    """Whether somebody else may have brought the answer: a form of another site's, which comes without the cookie, or
    an application's own server. A redirect then lets the browser itself come, and prove that it is the one."""
    return not source or api.current_event.http_method == "POST"


def _end(imp: Import, clock: Clock) -> Response[str]:
    """Where a consent ends: at the application's own address, where it named one, else at a page of ours."""
    if imp.consent and imp.consent.redirect_url:
        return _redirect(return_address(imp.consent.redirect_url, _told(imp)))
    return _page(outcome(imp, clock.now()))


def _told(imp: Import) -> dict[str, str]:
    """What the application learns at its redirect_url."""
    failure = {"failure": imp.failure} if imp.failure else {}
    return {"import_id": str(imp.id), "state": imp.state.value, **failure}


def _depart(departure: Departure, *, secure: bool) -> Response[str]:
    if not departure.cookie:
        return _redirect(departure.address)
    cookie = Cookie(
        requests.cookie_name(secure=secure),
        departure.cookie,
        path="/",
        secure=secure,
        http_only=True,
        max_age=requests.COOKIE_SECONDS,
        same_site=SameSite.LAX_MODE,
    )
    return _redirect(departure.address, cookie)


def _redirect(address: str, *cookies: Cookie) -> Response[str]:
    """Exactly 302: there are old clients that relay no other."""
    return Response(302, headers={**_REDIRECT, "Location": address}, cookies=list(cookies))


def _page(page: Page) -> Response[str]:
    headers = dict(page.headers)
    return Response(page.status, headers.pop("Content-Type"), page.body, headers=headers)


def _api(telemetry: PowertoolsTelemetry) -> APIGatewayHttpResolver:
    api = APIGatewayHttpResolver()

    @api.not_found
    def _unknown(_: Exception) -> Response[str]:
        return _page(refusal(LinkUnknown()))

    @api.exception_handler(ConsentRefusal)  # type: ignore[untyped-decorator]
    def _refuse(error: ConsentRefusal) -> Response[str]:
        _say_refused(telemetry, error)
        return _page(refusal(error))

    @api.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def _fail(error: Exception) -> Response[str]:
        report_fault(telemetry, error)
        return _page(refusal(PageUnavailable()))

    return api


def _say_refused(telemetry: PowertoolsTelemetry, error: ConsentRefusal | ImportFailure) -> None:
    why = error.why if isinstance(error, ReturnRefused) else ""
    telemetry.event("consent_refused", code=error.code, why=why)
    telemetry.count("ConsentsRefused", code=error.code)


def _asked(api: APIGatewayHttpResolver, code: str) -> str:
    """The code in the path, of which the resolver overlooks a line break at the end."""
    return "" if api.current_event.path.endswith("\n") else code


def _secure(api: APIGatewayHttpResolver, home: Home) -> bool:
    return home(api.current_event.raw_event).startswith("https:")


def _cookie(api: APIGatewayHttpResolver, *, secure: bool) -> str:
    return requests.cookie(api.current_event.cookies, secure=secure)


def _query(api: APIGatewayHttpResolver) -> str:
    """The parameters as they came: of a POST those in the address and in the form. Raises ReturnRefused."""
    event = api.current_event
    given = [event.raw_query_string or ""]
    if event.http_method == "POST" and event.body:
        given.append(requests.posted(event.headers.get("content-type", ""), body_of(api)))
    return "&".join(filter(None, given))
