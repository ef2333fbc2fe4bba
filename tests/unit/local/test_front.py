"""The front of the stack on one machine, where clients misbehave; its engine is never asked."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from local.engine import Engine
from local.front import Front

RESET_AT_CLOSE = struct.pack("ii", 1, 0)
SECONDS = 30

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


class WatchedFront(Front):
    """Tells when it has dealt with an error."""

    def __init__(self) -> None:
        super().__init__(0, Engine("http://127.0.0.1:9"), [], {})
        self.dealt_with = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        super().handle_error(request, client_address)
        self.dealt_with.set()


@pytest.fixture
def front() -> Iterator[WatchedFront]:
    with WatchedFront() as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def connected(front: Front) -> socket.socket:
    return socket.create_connection(("127.0.0.1", front.server_address[1]), timeout=SECONDS)


def test_a_client_that_resets_its_connection_prints_nothing(
    front: WatchedFront, capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(front) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        client.sendall(b"GET /v1/sou")

    assert front.dealt_with.wait(SECONDS)
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_front_is_printed(
    front: WatchedFront, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(front, "serve_request", fail)
    with connected(front) as client:
        client.sendall(b"GET /v1/sources HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1) == b""

    assert front.dealt_with.wait(SECONDS)
    assert "ZeroDivisionError" in capfd.readouterr().err
