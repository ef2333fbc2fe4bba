"""A CardDAV server in changing moods: a proxy in front of a real one."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.workflow.serving import served

HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass
class Mood:
    """What the server does with the requests for cards (REPORT, GET) that come: refuse the next `left` of them with
    `status`, and take `pause` seconds for each."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    left: int = 0
    pause: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refuses(self) -> bool:
        """Whether this request is one of those to be refused."""
        with self.lock:
            self.left -= 1
            return self.left >= 0


class MoodyServer(ThreadingHTTPServer):
    """Listens on loopback; `mood` may be changed at any moment."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), MoodyHandler)
        self.upstream = urlsplit(upstream).netloc
        self.mood = Mood()
        self.reports = 0

    @property
    def url(self) -> str:
        """The server's root."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def be_well(self) -> None:
        """Answer everything at once."""
        self.mood = Mood()

    def refuse(self, status: int, times: int, **headers: str) -> None:
        """Answer the next `times` requests for cards with `status`."""
        self.mood = Mood(status, {name.replace("_", "-"): value for name, value in headers.items()}, times)

    def be_slow(self, seconds: float) -> None:
        """Take so long for every request for cards."""
        self.mood = Mood(pause=seconds)


class MoodyHandler(BaseHTTPRequestHandler):
    """Hands requests on, unless the mood says otherwise."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: MoodyServer

    def serve(self) -> None:
        """Answer one request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command in ("REPORT", "GET"):
            mood = self.server.mood
            self.server.reports += 1
            time.sleep(mood.pause)
            if mood.refuses():
                return self.reply(mood.status, list(mood.headers.items()), b"")
        return self.hand_on(body)

    do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = do_REPORT = serve

    def hand_on(self, body: bytes) -> None:
        """Ask the real server."""
        client = http.client.HTTPConnection(self.server.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        client.request(self.command, self.path, body, headers)
        answer = client.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        self.reply(answer.status, kept, answer.read())
        client.close()

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def running_moody_server(upstream: str) -> Iterator[MoodyServer]:
    """A moody server in front of `upstream`, gone at the end."""
    with served(MoodyServer(upstream)) as server:
        yield server
