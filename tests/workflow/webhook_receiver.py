"""A tenant's webhook on loopback: answers as it is told, and remembers what came."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.workflow.serving import served


@dataclass(frozen=True)
class Post:
    """What came, and what it was answered with."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    answered: int


@dataclass
class Script:
    """The statuses to answer with, one after the other; the last for ever."""

    statuses: list[int] = field(default_factory=lambda: [200])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int:
        """The status of the next answer."""
        with self.lock:
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


class WebhookReceiver(ThreadingHTTPServer):
    """Listens on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = Script()
        self.posts: list[Post] = []

    @property
    def url(self) -> str:
        """An address that nobody can guess, as tenants choose them."""
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/zz-canary-hook"

    def answer(self, *statuses: int) -> None:
        """Answer with these from now on, and forget what came."""
        self.posts, self.script = [], Script(list(statuses))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebhookReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = self.server.script.next()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append(Post(self.path, headers, body, status))
        self.send_response_only(status)
        if 300 <= status < 400:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"zz-canary-reply")

    def do_GET(self) -> None:
        raise AssertionError("A webhook is only ever posted to.")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def running_receiver() -> Iterator[WebhookReceiver]:
    """A receiver, gone at the end."""
    with served(WebhookReceiver()) as server:
        yield server
