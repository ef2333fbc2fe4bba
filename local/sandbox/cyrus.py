"""A Cyrus IMAP server from Debian's packages with one account and one address book; only root can start it."""

import http.client
import imaplib
import os
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from local.processes import answers, end, free_port
from local.sandbox.radicale import PASSWORD, USERNAME

HOME: Final = "/dav/addressbooks/user/alice/"
BOOK: Final = HOME + "Default/"
STARTING_SECONDS: Final = 60

_PROGRAMS: Final = Path("/usr/lib/cyrus/bin")
_MASTER: Final = "/usr/sbin/cyrmaster"
_CONNECTIONS: Final = 8

_SERVICES: Final = """START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{imap}" prefork=0
  http cmd="{bin}/httpd -C {folder}/imapd.conf" listen="127.0.0.1:{http}" prefork=0
}}
EVENTS {{
}}
"""

_OPTIONS: Final = """configdirectory: {folder}/config
defaultpartition: default
partition-default: {folder}/mail
proc_path: {folder}/proc
mboxname_lockpath: {folder}/lock
servername: localhost
defaultdomain: localhost
admins: cyrus
httpmodules: carddav
httpallowplaintext: 1
allowplaintext: yes
unixhierarchysep: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
sasl_mech_list: PLAIN LOGIN
"""


@dataclass(frozen=True, slots=True)
class Cyrus:
    """A running server: `url` of its root, and the account that may read the book."""

    url: str
    username: str
    password: str = field(repr=False)


def why_no_cyrus() -> str:
    """Why Cyrus cannot be started here; "" when it can."""
    if not Path(_MASTER).exists() or not shutil.which("saslpasswd2"):
        return "Cyrus is not installed: apt-get install cyrus-imapd cyrus-caldav cyrus-admin sasl2-bin"
    return "" if os.geteuid() == 0 else "Cyrus can only be started by root"


@contextmanager
def running_cyrus(folder: Path, cards: Mapping[str, str]) -> Iterator[Cyrus]:
    """Serve `cards` (file name to vCard 3.0 or 4.0 text) from loopback; `folder` must be open to all users."""
    imap, port = free_port(), free_port()
    _configure(folder, imap, port)
    options = ["-C", str(folder / "imapd.conf"), "-M", str(folder / "cyrus.conf"), "-p", str(folder / "pid")]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([_MASTER, *options], stdout=output, stderr=output)
    try:
        _wait(imap, process)
        with imaplib.IMAP4("127.0.0.1", imap, STARTING_SECONDS) as admin:
            admin.login("cyrus", PASSWORD)
            admin.create("user." + USERNAME)
        _fill(port, cards)
        yield Cyrus(f"http://127.0.0.1:{port}/", USERNAME, PASSWORD)
    finally:
        end(process)


def _configure(folder: Path, imap: int, port: int) -> None:
    names = {"bin": _PROGRAMS, "folder": folder, "imap": imap, "http": port}
    (folder / "cyrus.conf").write_text(_SERVICES.format(**names))
    (folder / "imapd.conf").write_text(_OPTIONS.format(**names))
    for name in ("config", "mail", "proc", "lock"):
        (folder / name).mkdir()
    for user in (USERNAME, "cyrus"):
        command = ["saslpasswd2", "-p", "-c", "-f", str(folder / "sasldb2"), "-u", "localhost", user]
        subprocess.run(command, input=PASSWORD.encode(), check=True, timeout=STARTING_SECONDS)
    subprocess.run(["chown", "-R", "cyrus:mail", str(folder)], check=True, timeout=STARTING_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("Cyrus did not start; its log is the system's")
        time.sleep(0.1)


def _fill(port: int, cards: Mapping[str, str]) -> None:
    """PUT the cards over a few connections; the first of all makes the address book."""
    pairs = list(cards.items())
    _put(port, pairs[:1])
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        list(pool.map(lambda start: _put(port, pairs[1:][start::_CONNECTIONS]), range(_CONNECTIONS)))


def _put(port: int, cards: Sequence[tuple[str, str]]) -> None:
    secret = b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Basic {secret}", "Content-Type": "text/vcard; charset=utf-8"}
    client.request("PROPFIND", HOME, headers=headers | {"Depth": "1"})
    client.getresponse().read()
    for name, text in cards:
        client.request("PUT", BOOK + quote(name), text.encode(), headers)
        answer = client.getresponse()
        answer.read()
        if answer.status not in (201, 204):
            raise RuntimeError(f"Cyrus answered {answer.status} to a PUT")
    client.close()
