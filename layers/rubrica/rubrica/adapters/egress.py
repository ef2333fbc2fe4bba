"""The only way out to the network: HTTP over `requests`' transport, every address checked where it is connected to.

`requests.Session` is left out on purpose: it reads the body of a redirect whole and decoded even when told not to
follow, reads proxies from the environment and keeps cookies. Its transport adapter does none of this.
"""

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from rubrica.adapters.addresses import AddressRule
from rubrica.adapters.connections import Guard, GuardedHTTPPool, GuardedHTTPSPool, Resolver, largest, looked_up, stopped
from rubrica.adapters.transport_errors import translated
from rubrica.errors import AnswerEncoded, AnswerTooLarge
from rubrica.ports import Request

USER_AGENT: Final = "Rubrica/0.1 (+address book import)"
PORTS: Final = frozenset({443, 8843})
"""443, and the port of Posteo's address books."""

_PIECE: Final = 64 * 1024
_LEFTOVER: Final = 16 * 1024
_CONNECT: Final = 10.0
_POOL: Final = 4


class GuardedEgress:
    """`ports.Egress` over real sockets, safe to use from several threads; at most 4 connections to one server.

    `allow_loopback` is set by the local stack only. `longest` caps how many seconds an exchange may go on after
    the request's own `silence`, so that a server that drips bytes ends as `ServerSilent`; `idle` is how many seconds a
    connection may lie unused and be used again. `resolve` is asked once
    for each connection. `authorities` is a file of PEM certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        *,
        ports: frozenset[int] = PORTS,
        allow_loopback: bool = False,
        longest: float = 120.0,
        idle: float = 15.0,
        resolve: Resolver = looked_up,
        authorities: Path | None = None,
    ) -> None:
        self._rule = AddressRule(ports, allow_loopback)
        self._transport = _Transport(Guard(self._rule, resolve, longest, idle), authorities)
        # Its lines carry whole URLs, which may hold a user's name.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    @contextmanager
    def exchange(self, request: Request) -> Iterator["ReceivedAnswer"]:
        """Send one request; see `ports.Egress`."""
        self._rule.check_url(request.url)
        stopped.set(request.stopped)
        largest.set(request.largest)
        with translated():
            response = self._transport.send(
                _prepared(request), stream=True, timeout=(min(_CONNECT, request.silence), request.silence)
            )
        answer = ReceivedAnswer(response, request.largest)
        try:
            yield answer
        finally:
            answer.finish()

    def close(self) -> None:
        """Close the connections that are kept for reuse."""
        self._transport.close()


class ReceivedAnswer:
    """`ports.Answer` of one exchange."""

    def __init__(self, response: Response, largest: int) -> None:
        self._response = response
        self._largest = largest

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names compare without regard to case."""
        return self._response.headers

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces of at most 64 KiB; see `ports.Answer`."""
        self._check_headers()
        left = self._largest
        while piece := self._piece():
            left -= len(piece)
            if left < 0:
                raise AnswerTooLarge
            yield piece

    def finish(self) -> None:
        """Give the connection back if little is left to read, and close it otherwise."""
        raw: Any = self._response.raw
        if raw.length_remaining is not None and 0 < raw.length_remaining <= _LEFTOVER:
            # The answer is done with; whatever goes wrong here, the close cures it.
            with suppress(Exception):
                raw.read(_LEFTOVER, decode_content=False)
        self._response.close()

    def _piece(self) -> bytes:
        raw: Any = self._response.raw
        with translated():
            piece: bytes = raw.read(_PIECE, decode_content=False)
        return piece

    def _check_headers(self) -> None:
        if self.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
            raise AnswerEncoded
        length = self.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._largest:
            raise AnswerTooLarge


class _Transport(HTTPAdapter):
    """`requests`' transport with guarded connections and one TLS context for all of them."""

    def __init__(self, guard: Guard, authorities: Path | None) -> None:
        self._guard = guard
        self._authorities = authorities
        super().__init__(pool_connections=8, pool_maxsize=_POOL, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = True, **_: object) -> None:
        """Make the pools of guarded connections."""
        super().init_poolmanager(connections, maxsize, block=block, ssl_context=_tls(self._authorities))
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._guard.bound(GuardedHTTPPool),
            "https": self._guard.bound(GuardedHTTPSPool),
        }

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Leave the connection as it is: its context verifies, and already holds the authorities."""


def _tls(authorities: Path | None) -> ssl.SSLContext:
    from certifi import where  # read only by a process that goes out

    context = ssl.create_default_context(cafile=str(authorities or where()))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _prepared(request: Request) -> PreparedRequest:
    # Prepared by hand: `requests` would re-quote the path, and servers know their cards by its exact spelling.
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.body = request.body or None
    prepared.headers = CaseInsensitiveDict({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    prepared.headers.update(request.headers)
    if request.body:
        prepared.headers["Content-Length"] = str(len(request.body))
    return prepared
