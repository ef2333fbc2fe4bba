"""Connections that are made only to checked addresses, and answers that must keep coming.

The check sits in the connection itself, after its one lookup and before its socket, so that what was checked is
what is connected to: neither a second lookup (DNS rebinding) nor a reused name can slip between the two.
"""

import io
import socket
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from http.client import HTTPResponse
from time import monotonic, time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from rubrica.adapters.addresses import AddressRule, Door
from rubrica.errors import AnswerTooLarge, ServerNotFound, ServerRefused, ServerUnreachable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3._base_connection import BaseHTTPConnection, BaseHTTPSConnection

Made = TypeVar("Made")

Resolver = Callable[[str, int], Sequence[str]]
"""All addresses of a host, as text; an IP address resolves to itself. Raises OSError when there are none."""

_MOST_TRIED: Final = 4
_BESIDES: Final = 1024 * 1024
"""Bytes of one answer that are not its body: interim answers, headers, the frames of chunks, trailers."""
_TURN: Final = 0.25
"""Seconds between two looks at whether the caller still wants the answer."""


def _never() -> bool:
    return False


stopped: ContextVar[Callable[[], bool]] = ContextVar("stopped", default=_never)
"""Whether the exchange that this thread is sending has been given up; urllib3 has no way to hand it down."""


largest: ContextVar[int] = ContextVar("largest", default=64 * 1024 * 1024)
"""How many bytes of body the exchange that this thread is sending may bring; handed down like `stopped`."""


def looked_up(host: str, port: int) -> Sequence[str]:
    """The addresses the system's resolver knows for a host, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard(NamedTuple):
    """Who may be connected to, how names are resolved, how many seconds an answer may take past its silence, and
    how many a connection may lie idle and be used again."""

    rule: AddressRule
    resolve: Resolver
    longest: float
    idle: float = 15.0

    def bound(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        """The pool class with this guard over its connections; urllib3 makes the pools itself."""
        return type(pool.__name__, (pool,), {"guard": self})

    def connect(self, host: str, door: Door, timeout: float) -> socket.socket:
        """A socket connected to one of the host's addresses, all of which were found good."""
        addresses = self._checked(host, door)[:_MOST_TRIED]
        for address in addresses:
            try:
                return socket.create_connection((address, door.port), timeout / len(addresses))
            except OSError:
                continue
        raise ServerUnreachable

    def _checked(self, host: str, door: Door) -> Sequence[str]:
        try:
            addresses = self.resolve(host, door.port)
        except (OSError, UnicodeError):
            raise ServerNotFound from None
        if not addresses:
            raise ServerNotFound
        if not all(self.rule.allows(address, door) for address in addresses):
            raise ServerRefused
        return addresses


class GuardedHTTPConnection(HTTPConnection):
    """Plain HTTP; the rule lets it reach loopback only."""

    guard: Guard
    parked_at: float | None = None

    def _new_conn(self) -> socket.socket:
        return _connected(self.guard, self, secure=False)


class GuardedHTTPSConnection(HTTPSConnection):
    """HTTPS; name sent and certificate checked are the host's, whatever address was connected to."""

    guard: Guard
    parked_at: float | None = None

    def _new_conn(self) -> socket.socket:
        return _connected(self.guard, self, secure=True)


class GuardedHTTPPool(HTTPConnectionPool):
    """Connections to one server over http; see `Guard.bound`."""

    guard: Guard
    ConnectionCls = GuardedHTTPConnection

    def _new_conn(self) -> "BaseHTTPConnection":
        return _guarded(super()._new_conn(), self.guard)

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        return _rested(super()._get_conn(timeout), self.guard.idle)

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        super()._put_conn(_parked(conn))


class GuardedHTTPSPool(HTTPSConnectionPool):
    """Connections to one server over https; see `Guard.bound`."""

    guard: Guard
    ConnectionCls = GuardedHTTPSConnection

    def _new_conn(self) -> "BaseHTTPSConnection":
        return _guarded(super()._new_conn(), self.guard)

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        return _rested(super()._get_conn(timeout), self.guard.idle)

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        super()._put_conn(_parked(conn))


def _parked(connection: "BaseHTTPConnection | None") -> "BaseHTTPConnection | None":
    if isinstance(connection, GuardedHTTPConnection | GuardedHTTPSConnection):
        connection.parked_at = time()
    return connection


def _rested(connection: "BaseHTTPConnection", idle: float) -> "BaseHTTPConnection":
    """The connection, closed when it has lain idle for too long: a function that was frozen between two calls wakes
    with connections that look alive and are not. The time of day goes on while it is frozen."""
    if isinstance(connection, GuardedHTTPConnection | GuardedHTTPSConnection):
        parked_at = connection.parked_at
        if parked_at is not None and not 0 <= time() - parked_at < idle:
            connection.close()
    return connection


def _guarded(connection: Made, guard: Guard) -> Made:
    if not isinstance(connection, GuardedHTTPConnection | GuardedHTTPSConnection):
        raise ServerRefused
    connection.guard = guard
    connection.response_class = partial(WatchedResponse, longest=guard.longest)  # type: ignore[assignment]
    return connection


def _connected(guard: Guard, connection: HTTPConnection, *, secure: bool) -> socket.socket:
    timeout = connection.timeout
    patience = float(timeout) if isinstance(timeout, int | float) else 10.0
    sock = guard.connect(connection.host, Door(secure, connection.port or 443), patience)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class WatchedResponse(HTTPResponse):
    """An answer, headers and body, that must be over `longest` seconds after its socket's own timeout, and may bring
    1 MiB on the wire beside a body as large as the request allows: AnswerTooLarge past that."""

    def __init__(self, sock: socket.socket, *, method: str | None = None, longest: float) -> None:
        super().__init__(sock, method=method)
        silence = sock.gettimeout() or longest
        self._watched = _Watched(self.fp.detach(), sock, silence, monotonic() + silence + longest, stopped.get())
        self.fp = io.BufferedReader(self._watched, 64 * 1024)

    def begin(self) -> None:
        """Read up to the body, which may be large only now."""
        super().begin()
        self._watched.left += largest.get()


class _Watched(io.RawIOBase):
    """The bytes of one answer; gives up on silence, at the deadline, past `left` bytes, and when told to stop.

    `held` keeps the socket open for as long as this is (see `socket.makefile`).
    """

    def __init__(
        self, held: io.RawIOBase, sock: socket.socket, silence: float, deadline: float, given_up: Callable[[], bool]
    ) -> None:
        self._held = held
        self._sock = sock
        self._silence = silence
        self._deadline = deadline
        self._given_up = given_up
        self.left = _BESIDES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        until = min(monotonic() + self._silence, self._deadline)
        while (left := until - monotonic()) > 0:
            if self._given_up():
                raise TimeoutError
            self._sock.settimeout(min(left, _TURN))
            try:
                return self._counted(self._sock.recv_into(buffer))
            except TimeoutError:
                continue
        raise TimeoutError

    def _counted(self, size: int) -> int:
        self.left -= size
        if self.left < 0:
            raise AnswerTooLarge
        return size

    def close(self) -> None:
        self._held.close()
        super().close()
