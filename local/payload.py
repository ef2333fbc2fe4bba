"""HTTP requests as events of payload format 2.0, and what functions return as HTTP answers.

API Gateway developer guide: "Create AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
import binascii
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote

TEXT = re.compile(r"^(text/.*|application/(.*\+)?(json|xml)|application/javascript)\s*(;|$)", re.IGNORECASE)


DEFAULT: Final = "/$default"
"""The path under which SAM writes the route that is taken when no other fits."""

_ANYTHING: Final = r"(?s:.*)"


class Gone(Exception):
    """The template lacks what the front needs."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    client: str

    @property
    def path(self) -> str:
        """The target without its query, percent-decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """The query as it came."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer ready to be written."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Route:
    """One route: `method` in capitals or ANY, the template's `path`, and the function's logical id."""

    method: str
    path: str
    pattern: re.Pattern[str]
    function: str

    @classmethod
    def parse(cls, method: str, path: str, target: str) -> Self:
        """From a path item of the OpenAPI body that SAM writes."""
        found = re.search(r"functions/\$\{(\w+)\.Arn\}/invocations", target)
        if not found:
            raise Gone(f"The route {method} {path} does not lead to a function.")
        expression = _ANYTHING if path == DEFAULT else "".join(map(_expression, re.split(r"(\{\w+\+?\})", path)))
        verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
        return cls(verb, path, re.compile(expression), found[1])

    @property
    def rank(self) -> tuple[bool, int, int, bool]:
        """Lowest first: whole paths before variables, those before greedy ones, a method before ANY, $default last."""
        return (self.path == DEFAULT, self.path.count("+}"), self.path.count("{"), self.method == "ANY")

    @property
    def key(self) -> str:
        """The route key, as functions see it."""
        return self.path.strip("/") if self.path == DEFAULT else f"{self.method} {self.path}"


def _expression(part: str) -> str:
    if part.startswith("{"):
        return f"(?P<{part.strip('{}+')}>.+)" if part.endswith("+}") else f"(?P<{part.strip('{}')}>[^/]+)"
    return re.escape(part)


def find_route(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The most specific route for a request and its path parameters."""
    for route in sorted(routes, key=lambda route: route.rank):
        found = route.pattern.fullmatch(path)
        if found and route.method in (method, "ANY"):
            return route, found.groupdict()
    return None


def event_of(request: HttpRequest, route: Route, parameters: Mapping[str, str]) -> bytes:
    """The event of payload format 2.0, as JSON."""
    headers = _joined((name.lower(), value) for name, value in request.headers if name.lower() != "cookie")
    cookies = [part.strip() for n, v in request.headers if n.lower() == "cookie" for part in v.split(";")]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, route, headers),
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = dict(parameters)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    return json.dumps(event).encode()


def _context(request: HttpRequest, route: Route, headers: Mapping[str, str]) -> dict[str, Any]:
    now = time.time()
    domain = headers.get("host", "127.0.0.1")
    return {
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.client,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": uuid.uuid4().hex[:16],
        "routeKey": route.key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one value with commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Text stays text; everything else, forms among it, comes in base64."""
    if TEXT.match(content_type) or not content_type:
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), True


def plain(status: int, message: str) -> HttpAnswer:
    """An answer of the gateway's own."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpAnswer(status, [("Content-Type", "application/json")], body)


def answer_of(payload: bytes, *, failed: bool) -> HttpAnswer:
    """What a function returned, as an answer; anything that is no answer is an internal error."""
    if failed:
        return plain(500, "Internal Server Error")
    try:
        result = json.loads(payload)
        if isinstance(result, dict) and "statusCode" in result:
            return _shaped(result)
        text = result if isinstance(result, str) else json.dumps(result)
        return HttpAnswer(200, [("Content-Type", "application/json")], text.encode())
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return plain(500, "Internal Server Error")


def _shaped(result: Mapping[str, Any]) -> HttpAnswer:
    body = result.get("body") or ""
    content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    headers = [(str(name), _header(value)) for name, value in (result.get("headers") or {}).items()]
    headers += [("Set-Cookie", _header(cookie)) for cookie in result.get("cookies") or ()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain;charset=UTF-8"))
    skipped = {"content-length", "connection", "transfer-encoding", "date"}
    return HttpAnswer(int(result["statusCode"]), [h for h in headers if h[0].lower() not in skipped], content)


def _header(value: object) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    if "\r" in text or "\n" in text:
        raise ValueError
    return text
