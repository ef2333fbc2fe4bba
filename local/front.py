"""The HTTP front: what an API Gateway HTTP API does between a client and a function (payload format 2.0).

The engine's own front overlooks the routes of the template, so this one reads them from the translated template and
calls the functions through the engine. Rules from the API Gateway developer guide, "Working with HTTP APIs".
"""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.engine import Engine
from local.payload import Gone, HttpAnswer, HttpRequest, Route, answer_of, event_of, find_route, plain

HEADER_BYTES: Final = 10_240
BODY_BYTES: Final = 10 * 1024 * 1024
EVENT_BYTES: Final = 6 * 1024 * 1024
"""What a function can be called with: a larger event is refused before it (Lambda quotas, invocation payload)."""
INTEGRATION_SECONDS: Final = 30
CALLS_AT_ONCE: Final = 6
"""Of one function. The engine starts a process for each call that finds all others busy; fifty requests at once would
start fifty, which on a small machine takes longer than any function may. Here the others wait for their turn."""


class Front(ThreadingHTTPServer):
    """Listens on one loopback port; each connection has a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, engine: Engine, routes: list[Route], functions: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", port), FrontHandler)
        patience = Config(read_timeout=INTEGRATION_SECONDS, retries={"total_max_attempts": 1}, max_pool_connections=64)
        self.lambdas = engine.client("lambda", config=patience)
        self.routes = routes
        self.functions = functions
        self.turns = {name: threading.Semaphore(CALLS_AT_ONCE) for name in functions}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away: only a fault of the front is worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def serve_request(self, request: HttpRequest) -> HttpAnswer:
        """The answer to one request, from its function or from the front itself."""
        found = find_route(self.routes, request.method, request.path)
        if found is None:
            return plain(404, "Not Found")
        route, parameters = found
        event = event_of(request, route, parameters)
        if len(event) > EVENT_BYTES:
            return plain(413, "Request Entity Too Large")
        try:
            with self.turns[route.function]:
                result = self.lambdas.invoke(FunctionName=self.functions[route.function], Payload=event)
                return answer_of(result["Payload"].read(), failed="FunctionError" in result)
        except (BotoCoreError, ClientError):
            return plain(503, "Service Unavailable")


class FrontHandler(BaseHTTPRequestHandler):
    """Reads requests and writes answers; limits are those of API Gateway."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    raw_requestline: bytes
    server: Front
    timeout = 60

    def serve(self) -> None:
        """Answer one request of any method."""
        size = len(self.raw_requestline) + sum(len(k) + len(v) + 4 for k, v in self.headers.items())
        if size > HEADER_BYTES:
            return self.refuse(431, "Request Header Fields Too Large")
        try:
            body = self.read_body()
        except ValueError:
            return self.refuse(400, "Bad Request")
        if body is None:
            return self.refuse(413, "Request Entity Too Large")
        headers = [(name, value) for name, value in self.headers.items()]
        request = HttpRequest(self.command, self.path, headers, body, self.client_address[0])
        return self.write(self.server.serve_request(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def read_body(self) -> bytes | None:
        """The whole body; None when it is too large, ValueError when its framing is broken."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        lengths = set(self.headers.get_all("Content-Length") or ["0"])
        if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            raise ValueError
        length = int(lengths.pop()[:12])
        if length > BODY_BYTES:
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError
        return body

    def read_chunks(self) -> bytes | None:
        """A chunked body (RFC 9112 section 7.1), within the same limit."""
        body = bytearray()
        while True:
            size = int(self.rfile.readline(66).split(b";")[0], 16)
            if size < 0:
                raise ValueError
            if len(body) + size > BODY_BYTES:
                return None
            body += self.rfile.read(size)
            if self.rfile.readline(4) != b"\r\n":
                raise ValueError
            if not size:
                return bytes(body)

    def refuse(self, status: int, message: str) -> None:
        """Answer without a function, and end the connection: the body was not read."""
        self.close_connection = True
        self.write(plain(status, message))

    def write(self, answer: HttpAnswer) -> None:
        """Send an answer as it is."""
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """An access log would hold what users type; there is none."""


@contextmanager
def running_front(
    port: int, engine: Engine, template: Mapping[str, Any], functions: Mapping[str, str]
) -> Iterator[Front]:
    """Serve the routes of the translated `template` on `port`; `functions` maps logical to engine names."""
    with Front(port, engine, routes_of(template), functions) as front:
        thread = threading.Thread(target=front.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield front
        finally:
            front.shutdown()
            thread.join()


def routes_of(template: Mapping[str, Any]) -> list[Route]:
    """Every route of the template's HTTP APIs."""
    routes = []
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        for path, methods in resource["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                target = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                routes.append(Route.parse(method, path, target))
    if not routes:
        raise Gone("The template has no HTTP API with routes.")
    return routes
