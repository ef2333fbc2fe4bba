"""Outbound HTTP: where it goes, what it sends, and what becomes of answers that misbehave."""

import gzip
import logging
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from scripted_socket import answer, listening, reply

from rubrica.adapters.egress import GuardedEgress
from rubrica.errors import (
    AnswerEncoded,
    AnswerMalformed,
    AnswerTooLarge,
    AnswerTruncated,
    RubricaError,
    ServerNotFound,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from rubrica.ports import Request

LONG = 30.0
"""Seconds that a server takes which nobody waits for; a loaded machine may take a good part of them as well."""


class Dns:
    """A resolver that answers from a list, one answer after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def fetch(url: str, egress: GuardedEgress | None = None, method: str = "GET", **options: Any) -> tuple[int, bytes]:
    """One exchange to its end."""
    egress = egress or GuardedEgress(allow_loopback=True, longest=1.0)
    try:
        with egress.exchange(Request(method, url, **options)) as received:
            return received.status, b"".join(received.chunks())
    finally:
        egress.close()


# --- Where it goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "fe80::1%lo", "junk"],
)
def test_one_bad_address_poisons_all_of_a_name(bad: str) -> None:
    for addresses in (["8.8.8.8", bad], [bad, "8.8.8.8"], [bad]):
        dns = Dns(addresses)
        with pytest.raises(ServerRefused):
            fetch("https://dav.example.com/", GuardedEgress(resolve=dns))
        assert dns.asked == [("dav.example.com", 443)]


def test_a_name_is_looked_up_once_so_that_a_second_answer_cannot_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    dns = Dns(["8.8.8.8"], ["127.0.0.1"])
    tried: list[Any] = []

    def connect(address: Any, timeout: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    # The public address must not really be connected to.
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ServerUnreachable):
        fetch("https://dav.example.com/", GuardedEgress(resolve=dns))

    assert dns.asked == [("dav.example.com", 443)]
    assert tried == [("8.8.8.8", 443)]


def test_loopback_is_refused_unless_the_stack_allows_it() -> None:
    with listening(reply()) as server:
        for url in (f"http://127.0.0.1:{server.port}/", f"https://127.0.0.1:{server.port}/", "https://localhost/"):
            with pytest.raises(ServerRefused):
                fetch(url, GuardedEgress())
        assert server.heard == []
        assert fetch(f"http://localhost:{server.port}/") == (200, b"ok")


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_allowing_loopback_allows_http_to_nothing_else(address: str) -> None:
    dns = Dns([address])
    with pytest.raises(ServerRefused):
        fetch("http://dav.example.com/", GuardedEgress(allow_loopback=True, resolve=dns))
    with pytest.raises(ServerRefused):
        fetch("https://dav.example.com:8080/", GuardedEgress(allow_loopback=True, resolve=dns))


@pytest.mark.parametrize(
    "url", ["http://dav.example.com/", "https://dav.example.com:22/", "https://user@dav.example.com/", "https://127.1/"]
)
def test_a_refused_address_is_not_even_looked_up(url: str) -> None:
    dns = Dns(["8.8.8.8"])

    with pytest.raises(ServerRefused):
        fetch(url, GuardedEgress(resolve=dns))
    assert dns.asked == []


def test_a_name_without_addresses_is_not_found() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    for resolve in (unknown, Dns([])):
        with pytest.raises(ServerNotFound):
            fetch("https://dav.example.com/", GuardedEgress(resolve=resolve))


def test_a_further_address_is_tried_where_one_does_not_answer() -> None:
    with listening(reply()) as server:
        dns = Dns(["::1", "127.0.0.1"])
        assert fetch(f"http://dav.example.com:{server.port}/", GuardedEgress(allow_loopback=True, resolve=dns)) == (
            200,
            b"ok",
        )


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with listening(reply()) as server:
        port = server.port

    with pytest.raises(ServerUnreachable):
        fetch(f"http://127.0.0.1:{port}/")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(reply()) as server, listening(reply(b"proxy")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert fetch(f"http://127.0.0.1:{server.port}/") == (200, b"ok")
        assert proxy.heard == []


# --- What it sends ----------------------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_wants_no_encoding() -> None:
    with listening(reply()) as server:
        url = f"http://127.0.0.1:{server.port}/a%40b@c/%c3%bc?d=e"
        fetch(url, method="PROPFIND", body=b"<x/>", headers={"Depth": "0"})
        head, _, body = server.heard[0].partition(b"\r\n\r\n")

    lines = head.decode().split("\r\n")
    assert lines[0].lower() == "propfind /a%40b@c/%c3%bc?d=e http/1.1"
    assert sorted(lines[1:]) == [
        "Accept-Encoding: identity",
        "Content-Length: 4",
        "Depth: 0",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: Rubrica/0.1 (+address book import)",
    ]
    assert body == b"<x/>"


def test_cookies_are_not_kept() -> None:
    egress = GuardedEgress(allow_loopback=True)
    with listening(reply(headers="Set-Cookie: a=b\r\nConnection: close\r\n")) as server:
        for _ in range(2):
            with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
                list(received.chunks())
        egress.close()
        assert not any(b"Cookie" in head for head in server.heard)


def test_a_redirect_is_handed_over_and_not_followed() -> None:
    with listening(reply(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n")) as server:
        assert fetch(f"http://127.0.0.1:{server.port}/") == (302, b"")
        assert len(server.heard) == 1


def test_a_request_is_not_repeated() -> None:
    with listening(answer(b"")) as server:
        with pytest.raises(AnswerTruncated):
            fetch(f"http://127.0.0.1:{server.port}/")
        assert len(server.heard) == 1


@pytest.mark.parametrize(("idle", "connections"), [(15.0, 1), (0.0, 2)])
def test_a_connection_is_used_again_unless_it_lay_idle_for_long(idle: float, connections: int) -> None:
    def twice(connection: socket.socket) -> None:
        for _ in range(2):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.recv(65536)

    egress = GuardedEgress(allow_loopback=True, idle=idle)
    with listening(twice) as server:
        for _ in range(2):
            with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
                assert b"".join(received.chunks()) == b"ok"
        egress.close()
        assert len(server.heard) == connections


def test_answers_left_unread_leave_no_connection_taken() -> None:
    egress = GuardedEgress(allow_loopback=True)
    with listening(reply(b"x" * 500_000)) as server:
        for _ in range(10):
            with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
                assert received.status == 200
        egress.close()


def test_several_threads_share_one_egress() -> None:
    egress = GuardedEgress(allow_loopback=True)
    got: list[bytes] = []
    with listening(reply(b"x" * 1000, headers="Connection: close\r\n")) as server:

        def work() -> None:
            for _ in range(5):
                with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
                    got.append(b"".join(received.chunks()))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        egress.close()

    assert got == [b"x" * 1000] * 40


# --- What becomes of answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_truncated(raw: bytes) -> None:
    with listening(answer(raw)) as server, pytest.raises(AnswerTruncated):
        fetch(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize(
    "raw",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 70000 + b"\r\n"],
)
def test_an_answer_that_is_not_http_is_malformed(raw: bytes) -> None:
    with listening(answer(raw)) as server, pytest.raises(AnswerMalformed):
        fetch(f"http://127.0.0.1:{server.port}/")


def test_a_thousand_headers_are_malformed() -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"
    with listening(answer(raw)) as server, pytest.raises(AnswerMalformed):
        fetch(f"http://127.0.0.1:{server.port}/")


def test_silence_before_the_answer_is_silent() -> None:
    with listening(lambda _connection: time.sleep(LONG)) as server:
        began = time.monotonic()
        with pytest.raises(ServerSilent):
            fetch(f"http://127.0.0.1:{server.port}/", silence=0.3)
        assert time.monotonic() - began < LONG / 2


def test_silence_within_the_answer_is_silent() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        time.sleep(LONG)

    with listening(talk) as server, pytest.raises(ServerSilent):
        fetch(f"http://127.0.0.1:{server.port}/", silence=0.3)


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Long: ", b""]
)
def test_a_drip_of_single_bytes_ends_at_the_cap(start: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(int(LONG / 0.1)):
            connection.sendall(b"H")
            time.sleep(0.1)

    with listening(drip) as server:
        began = time.monotonic()
        with pytest.raises(ServerSilent):
            fetch(f"http://127.0.0.1:{server.port}/", GuardedEgress(allow_loopback=True, longest=0.5), silence=0.4)
        assert time.monotonic() - began < LONG / 2


def test_an_answer_past_the_cap_is_too_large_announced_or_not() -> None:
    for talk in (reply(b"x" * 1001), answer(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1001)):
        with listening(talk) as server, pytest.raises(AnswerTooLarge):
            fetch(f"http://127.0.0.1:{server.port}/", largest=1000)
    with listening(reply(b"x" * 1000)) as server:
        assert fetch(f"http://127.0.0.1:{server.port}/", largest=1000) == (200, b"x" * 1000)


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD + b"0\r\n", b"X: yyyy\r\n"),
        (HEAD, b"1\r\nx\r\n"),
        (HEAD, b"1;" + b"x" * 60_000 + b"\r\nx\r\n"),
    ],
    ids=["interim answers", "trailers", "chunks of one byte", "extensions of chunks"],
)
def test_what_is_no_body_counts_as_well(start: bytes, more: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(more * max(60_000 // len(more), 1))

    with listening(talk) as server, pytest.raises(AnswerTooLarge):
        fetch(f"http://127.0.0.1:{server.port}/", GuardedEgress(allow_loopback=True, longest=LONG), largest=500_000)


@pytest.mark.parametrize(
    "encoding", ["gzip", "gzip, gzip", "deflate", "br", "zstd", "x-unknown", ", ".join(["gzip"] * 2000)]
)
def test_an_encoding_not_asked_for_is_refused_and_never_decoded(encoding: str) -> None:
    body = gzip.compress(b"0" * 10_000_000)
    with listening(reply(body, headers=f"Content-Encoding: {encoding}\r\n")) as server, pytest.raises(AnswerEncoded):
        fetch(f"http://127.0.0.1:{server.port}/")


def test_the_status_of_an_encoded_answer_can_be_read() -> None:
    egress = GuardedEgress(allow_loopback=True)
    with listening(reply(b"xx", "401 Unauthorized", "Content-Encoding: gzip\r\n")) as server:
        with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
            assert received.status == 401
        egress.close()


def test_the_body_comes_in_pieces_of_at_most_64_kib() -> None:
    egress = GuardedEgress(allow_loopback=True)
    with listening(reply(b"x" * 200_000)) as server:
        with egress.exchange(Request("GET", f"http://127.0.0.1:{server.port}/")) as received:
            sizes = [len(piece) for piece in received.chunks()]
        egress.close()

    assert max(sizes) <= 65536
    assert sum(sizes) == 200_000


def test_waiting_ends_when_nobody_wants_the_answer_any_more() -> None:
    stopped = threading.Event()
    threading.Timer(0.2, stopped.set).start()
    with listening(lambda _connection: time.sleep(LONG)) as server:
        began = time.monotonic()
        with pytest.raises(ServerSilent):
            fetch(f"http://127.0.0.1:{server.port}/", silence=LONG, stopped=stopped.is_set)
        assert time.monotonic() - began < LONG / 2


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"junk\r\n"])
def test_neither_logs_nor_errors_carry_what_was_sent(raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(answer(raw)) as server, pytest.raises(RubricaError) as caught:
        fetch(f"http://127.0.0.1:{server.port}/zz-canary", headers={"Authorization": "Basic zz-canary"})

    assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.__cause__} {caplog.text}"
    assert caught.value.__suppress_context__


def test_a_broken_header_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(answer(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\nx")) as server:
        fetch(f"http://127.0.0.1:{server.port}/zz-canary")

    assert "canary" not in caplog.text
    assert "canary" not in repr(Request("GET", "https://x/", {"Authorization": "zz-canary"}, b"zz-canary"))
