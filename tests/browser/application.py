"""The application that imports: a few pages on a host of their own, as its developers would write them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Application</title>'
OPENER = (
    HEAD
    + """<h1>Application</h1>
<script>
const messages = [];
addEventListener("message", (event) => messages.push({ origin: event.origin, data: event.data }));
const ask = (link) => { open(link, "consent", "popup,width=480,height=640"); };
</script>"""
)
FRAME = HEAD + '<h1>Application</h1><iframe title="Framed" src="{address}"></iframe>'
BACK = HEAD + "<h1>Back in the application</h1>"
POST = HEAD + '<h1>Elsewhere</h1><form method="post"></form>'

PAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "/": (OPENER, {}),
    "/guarded": (OPENER, {"Cross-Origin-Opener-Policy": "same-origin-allow-popups"}),
    "/back": (BACK, {}),
    "/frame": (FRAME, {}),
    "/post": (POST, {}),
}


@dataclass(frozen=True, slots=True)
class Application:
    """A running application. Its pages stand under two names of this machine, of which one is registered."""

    port: int

    @property
    def origin(self) -> str:
        """The registered origin: to a browser another site than 127.0.0.1, where everything else runs."""
        return f"http://localhost:{self.port}"

    @property
    def stranger(self) -> str:
        """The same pages under an origin that nobody registered."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def origins(self) -> tuple[str, str]:
        """Both."""
        return self.origin, self.stranger

    @property
    def back(self) -> str:
        """The registered address for the way back; it has a query of its own."""
        return f"{self.origin}/back?tab=contacts"


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        html, headers = PAGES.get(asked.path, (HEAD, {}))
        address = parse_qs(asked.query).get("address", [""])[0]
        body = html.replace("{address}", address.replace("&", "&amp;")).encode()
        self.send_response(200 if asked.path in PAGES else 404)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running_application() -> Iterator[Application]:
    """Serve the pages from loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield Application(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
