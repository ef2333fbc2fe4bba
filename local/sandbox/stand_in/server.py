"""The server of a stand-in: an API behind HTTP/1.1 on loopback, with faults on request and a control endpoint."""

import json
import select
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from local.sandbox.stand_in.faults import NONE, Fault, Rules
from local.sandbox.stand_in.journal import Flight, Journal
from local.sandbox.stand_in.tokens import Keeper, NoAnswer, bearer
from local.sandbox.stand_in.wire import SHARED, Answer, Api, BadControl, Request, checked, encoded, listed

CONTROL: Final = "/control"
_HTML: Final = b"<!doctype html><html><title>Sorry</title><body>We're sorry, an error has occurred.</body></html>"
_LONGEST_CONTROL: Final = 64 << 20
_LONGEST_HANG: Final = 600


class StandInServer(ThreadingHTTPServer):
    """Serves one API; every connection has a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, api: Api, keeper: Keeper) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.api: Final = api
        self.keeper: Final = keeper
        self.journal: Final = Journal()
        self.rules: Final = Rules()
        self.latency = 0.0
        self.settings: Final = threading.Lock()

    @property
    def url(self) -> str:
        """The root, without a final slash."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def control(self, settings: Mapping[str, Any]) -> None:
        """Follow a control request: `reset` first, then the rest. Raises BadControl."""
        shared = checked({name: settings[name] for name in settings if name in SHARED}, SHARED)
        with self.settings:
            if shared.get("reset"):
                self.rules.replace([])
                self.latency = 0.0
                self.api.reset()
                self.journal.clear()
            if "rules" in shared:
                self.rules.replace(listed(shared["rules"], "rules"))
            self.latency = float(shared.get("latency", self.latency))
            self.api.control({name: settings[name] for name in settings if name not in SHARED})

    def answer(self, request: Request, fault: Fault) -> Answer:
        """What the API says, or what the fault makes it say."""
        if fault.body is not None:
            answer = Answer(fault.status or HTTPStatus.OK, fault.body)
        elif fault.html:
            answer = Answer(fault.status or HTTPStatus.OK, _HTML, "text/html; charset=UTF-8")
        elif fault.error_in_200:
            answer = replace(self.api.error(request, fault.status or HTTPStatus.FORBIDDEN), status=HTTPStatus.OK)
        elif fault.status is not None:
            answer = self.api.error(request, fault.status)
        else:
            answer = self.api.refusal(request) or self._granted(request, fault)
        if fault.charset:
            answer = replace(answer, body=answer.body.decode("utf-8", "replace").encode(fault.charset, "replace"))
        return replace(answer, headers={**answer.headers, **fault.headers})

    def _granted(self, request: Request, fault: Fault) -> Answer:
        token = bearer(request.headers.get("authorization", ""))
        try:
            scopes = self.keeper.scopes(token) if token else None
        except NoAnswer:
            return self.api.error(request, HTTPStatus.SERVICE_UNAVAILABLE)
        return self.api.answer(request, scopes, fault.twist)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Small answers in two writes wait 40 ms for an acknowledgement unless Nagle's algorithm is off.
    disable_nagle_algorithm = True
    timeout = 120
    server: StandInServer

    def version_string(self) -> str:
        """Says what it is."""
        return "stand-in"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a request line may carry what nobody should keep."""

    def do_GET(self) -> None:
        """A call of the API, or the counters."""
        if self.path.partition("?")[0] == CONTROL:
            self._control_report()
            return
        with suppress(ConnectionError, TimeoutError):
            flight = self.server.journal.enter()
            self._call(flight, self._request(flight.number))

    def do_POST(self) -> None:
        """The control endpoint; the APIs are read only."""
        if self.path != CONTROL:
            self._not_allowed()
            return
        try:
            self.server.control(self._settings())
        except BadControl as error:
            self._write(Answer(HTTPStatus.BAD_REQUEST, encoded({"error": str(error)})))
            return
        self._write(Answer(HTTPStatus.OK, b"{}"))

    def _not_allowed(self) -> None:
        # What came with the request is not read, so the connection cannot be used again.
        self.close_connection = True
        self._write(Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"{}", headers={"Allow": "GET"}))

    do_PUT = do_PATCH = do_DELETE = _not_allowed

    def _control_report(self) -> None:
        if self._is_own():
            self._write(Answer(body=encoded(self.server.journal.report())))
        else:
            self._write(Answer(HTTPStatus.FORBIDDEN, b"{}"))

    def _is_own(self) -> bool:
        """Whether the request was addressed to loopback: a web page cannot get here by a name of its own."""
        return self.headers.get("Host", "").rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")

    def _settings(self) -> Mapping[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        json_only = self.headers.get_content_type() == "application/json"
        if not self._is_own() or not json_only or length > _LONGEST_CONTROL:
            self.close_connection = True
            raise BadControl("send JSON, as application/json, to 127.0.0.1")
        try:
            settings = json.loads(self.rfile.read(length))
        except ValueError:
            raise BadControl("not JSON") from None
        if not isinstance(settings, dict):
            raise BadControl("not a JSON object")
        return settings

    def _request(self, in_flight: int) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return Request(unquote(parts.path), query, headers, self.server.url, in_flight)

    def _call(self, flight: Flight, request: Request) -> None:
        fault = self.server.rules.fault(request, self.server.api.page_number(request))
        with ExitStack() as unanswered:
            unanswered.callback(self.server.journal.leave, flight, request, 0)
            time.sleep(self.server.latency + fault.delay)
            if fault.hang:
                self._hang()
                return
            answer = self.server.answer(request, fault)
            unanswered.pop_all()
            self._write(answer, fault, lambda: self.server.journal.leave(flight, request, answer.status))

    def _hang(self) -> None:
        """Say nothing until the client gives up."""
        self.close_connection = True
        select.select([self.connection], [], [], _LONGEST_HANG)

    def _write(self, answer: Answer, fault: Fault = NONE, landed: Callable[[], None] = lambda: None) -> None:
        """Send an answer. `landed` is called before its last piece: a client that has read all of it and asks again
        at once must find this request over."""
        body = answer.body if fault.truncate is None else answer.body[: fault.truncate]
        if fault.truncate is not None:
            self.close_connection = True
        size = max(1, int(fault.bytes_per_second / 20)) if fault.bytes_per_second else len(body)
        pieces = [body[start : start + size] for start in range(0, len(body), size or 1)]
        with ExitStack() as flight:
            flight.callback(landed)
            if len(pieces) < 2:
                flight.close()
            self._head(answer)
            for piece in pieces[:-1]:
                self.wfile.write(piece)
                time.sleep(size / fault.bytes_per_second)
            flight.close()
            self.wfile.write(pieces[-1] if pieces else b"")

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
