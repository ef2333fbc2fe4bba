"""Callers of the CloudSponge dialect, down to the bytes that they send."""

import base64
import gzip
import http.client
import io
import json
import re
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

KEY, PASSWORD = "localdev", "localdev-password"
IN_QUERY = urlencode({"domain_key": KEY, "domain_password": PASSWORD})


def basic(key: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{password}".encode()).decode()}


BASIC = basic(KEY, PASSWORD)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

ALICE = {"service": "icloud", "username": "alice", "password": "sandbox-password"}


@dataclass(frozen=True)
class Reply:
    """What came back: the head as it stood on the wire, and the body without its compression."""

    status: int
    head: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)

    @property
    def import_id(self) -> int:
        assert self.status == 200, self.body
        if self.body.startswith(b"<"):
            return int(self.xml.findtext("import-id") or "")
        return int(self.json["import_id"])


@dataclass(frozen=True)
class Wire:
    """One installation, spoken to request by request over connections of their own."""

    base_url: str

    def send(self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """Send exactly this. A body gets its Content-Length, and a POST without one the length 0."""
        place = urlsplit(self.base_url)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        raw = ("\r\n".join([*lines, "Connection: close", "", ""])).encode("latin-1") + body
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=60) as connection:
            connection.sendall(raw)
            return _reply(connection, method)

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("GET", target, BASIC if headers is None else headers)

    def post(self, target: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        return self.send(
            "POST", target, {**FORM, **(BASIC if headers is None else headers)}, urlencode(fields).encode()
        )

    def events(self, import_id: int) -> list[dict[str, Any]]:
        reply = self.get(f"/events/{import_id}")
        assert reply.status == 200, reply.body
        return list(reply.json["events"])

    def over(self, import_id: int, seconds: float = 90) -> dict[str, Any]:
        """The COMPLETE event, once it is there."""
        deadline = time.monotonic() + seconds
        while (last := self.events(import_id)[-1])["event_type"] != "COMPLETE":
            assert time.monotonic() < deadline, last
            time.sleep(0.05)
        return last


def multipart(fields: Sequence[tuple[str, str]], boundary: str = "------------------------d74496d66958873e") -> bytes:
    """A form as PHP's curl writes it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def stages(events: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(event["event_type"], event["status"]) for event in events]


def _reply(connection: socket.socket, method: str) -> Reply:
    raw = b""
    while piece := connection.recv(65_536):
        raw += piece
    head, _, _ = raw.partition(b"\r\n\r\n")
    answer = http.client.HTTPResponse(_Replayed(raw), method=method)  # type: ignore[arg-type]
    answer.begin()
    body = answer.read()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Reply(answer.status, head.decode("latin-1"), headers, body)


@dataclass
class _Replayed:
    """Looks like a socket to http.client, and reads what has come already."""

    raw: bytes

    def makefile(self, _mode: str) -> Any:
        return io.BytesIO(self.raw)


def shows_header(reply: Reply, line: str) -> bool:
    """Whether the head has this line letter for letter."""
    return re.search(rf"(?m)^{line}\r?$", reply.head) is not None
