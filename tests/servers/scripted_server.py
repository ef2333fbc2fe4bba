"""A small CardDAV server on loopback that behaves, except where a test tells it not to."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
OK = "HTTP/1.1 200 OK"


def card(number: int | str) -> str:
    """A valid card of an invented person."""
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u{number}\r\nFN:Person {number}\r\nN:{number};P;;;\r\nEND:VCARD\r\n"


def book(count: int, path: str = "/home/book/") -> dict[str, str]:
    """Path to card text."""
    return {f"{path}{number:04}.vcf": card(number) for number in range(count)}


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def report(self) -> str:
        """Which report it asks for; "" for another method."""
        return ElementTree.fromstring(self.body).tag.partition("}")[2] if self.method == "REPORT" else ""

    @property
    def hrefs(self) -> list[str]:
        """The hrefs that it names."""
        return [element.text or "" for element in ElementTree.fromstring(self.body).iter("{DAV:}href")]

    @property
    def token(self) -> str:
        """The sync-token that it names."""
        return ElementTree.fromstring(self.body).findtext("{DAV:}sync-token") or ""


@dataclass(frozen=True)
class Reaction:
    """An answer; `raw` is written to the wire as it is and the connection closed. `pause` seconds pass before."""

    status: int = 207
    body: str | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    pause: float = 0.0


Trick = Callable[[Seen], Reaction | None]


def multistatus(*responses: str, token: str = "") -> Reaction:
    """A 207 answer of these responses."""
    tail = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    return Reaction(207, f'<?xml version="1.0"?><d:multistatus {NAMES}>{"".join(responses)}{tail}</d:multistatus>')


def found(href: str, properties: str, status: str = OK) -> str:
    """A response with properties."""
    return (
        f"<d:response><d:href>{escape(href)}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        f"<d:status>{status}</d:status></d:propstat></d:response>"
    )


def failed(href: str, status: str) -> str:
    """A response that is only a status."""
    return f"<d:response><d:href>{escape(href)}</d:href><d:status>{status}</d:status></d:response>"


def data(href: str, text: str) -> str:
    """A response with a card."""
    return found(href, f'<d:getetag>"1"</d:getetag><c:address-data>{escape(text)}</c:address-data>')


def listed(href: str) -> str:
    """A response as in a listing."""
    return found(href, '<d:getetag>"1"</d:getetag>')


def is_book(href: str, extra: str = "") -> str:
    """A response that is an address book."""
    return found(href, f"<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype>{extra}")


class ScriptedServer:
    """Serves the books; every request is first shown to the tricks, and the first reaction wins."""

    def __init__(self, books: Mapping[str, Mapping[str, str]], *tricks: Trick) -> None:
        self.books = books
        self.tricks = list(tricks)
        self.seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def asked(self, what: str) -> list[Seen]:
        """The requests of a method or report."""
        return [seen for seen in self.seen if what in (seen.method, seen.report)]

    def react(self, seen: Seen) -> Reaction:
        for trick in self.tricks:
            reaction = trick(seen)
            if reaction is not None:
                return reaction
        return self._behave(seen)

    def _behave(self, seen: Seen) -> Reaction:
        if seen.method == "PROPFIND":
            return self._propfind(seen)
        if seen.report == "addressbook-multiget":
            cards = self._cards()
            return multistatus(
                *(data(h, cards[h]) if h in cards else failed(h, "HTTP/1.1 404 Not Found") for h in seen.hrefs)
            )
        if seen.report in ("sync-collection", "addressbook-query"):
            return multistatus(*map(listed, self.books.get(seen.path, {})), token="t1")
        if seen.method == "GET":
            text = self._cards().get(unquote(seen.path))
            return Reaction(200, text.encode()) if text is not None else Reaction(404)
        return Reaction(405)

    def _propfind(self, seen: Seen) -> Reaction:
        if seen.path in self.books:
            rows = map(listed, self.books[seen.path]) if seen.headers["Depth"] == "1" else ()
            return multistatus(is_book(seen.path), *rows)
        if seen.path == "/home/":
            return multistatus(found("/home/", ""), *map(is_book, self.books))
        if seen.path == "/principal/":
            return multistatus(
                found(seen.path, "<c:addressbook-home-set><d:href>/home/</d:href></c:addressbook-home-set>")
            )
        if seen.path == "/":
            return multistatus(
                found("/", "<d:current-user-principal><d:href>/principal/</d:href></d:current-user-principal>")
            )
        return Reaction(404)

    def _cards(self) -> dict[str, str]:
        return {path: text for cards in self.books.values() for path, text in cards.items()}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                seen = Seen(self.command, self.path, dict(self.headers), body)
                owner.seen.append(seen)
                reaction = owner.react(seen)
                time.sleep(reaction.pause)
                with suppress(OSError):
                    self.write(reaction)

            def write(self, reaction: Reaction) -> None:
                if reaction.raw is not None:
                    self.wfile.write(reaction.raw)
                    self.close_connection = True
                    return
                body = reaction.body.encode() if isinstance(reaction.body, str) else reaction.body
                self.send_response_only(reaction.status)
                headers = {"Content-Length": str(len(body)), "Content-Type": "application/xml"} | dict(reaction.headers)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PROPFIND = do_REPORT = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(books: Mapping[str, Mapping[str, str]], *tricks: Trick) -> Iterator[ScriptedServer]:
    """Run a scripted server."""
    server = ScriptedServer(books, *tricks)
    server.start()
    try:
        yield server
    finally:
        server.stop()
