"""Real CardDAV servers on loopback, each with the same cards: Radicale and Xandikos from PyPI, Cyrus from Debian."""

import http.client
import imaplib
import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from local.processes import answers, free_port, running
from local.sandbox.radicale import running_radicale

CYRUS = Path("/usr/lib/cyrus/bin")
_STARTING = 60


@dataclass(frozen=True)
class Served:
    """A running server: its root, and the paths of principal, home and book."""

    name: str
    url: str
    username: str
    password: str = field(repr=False)
    principal: str
    home: str
    book: str
    cards: Mapping[str, str] = field(repr=False)


@contextmanager
def radicale(folder: Path, cards: Mapping[str, str]) -> Iterator[Served]:
    """Radicale from PyPI."""
    with running_radicale(folder, cards) as server:
        yield Served(
            "radicale", server.url, server.username, server.password, "/alice/", "/alice/", "/alice/contacts/", cards
        )


@contextmanager
def xandikos(folder: Path, cards: Mapping[str, str]) -> Iterator[Served]:
    """Xandikos from PyPI. It is filled through its git repository: a PUT each would be a commit each."""
    port = free_port()
    data = folder / "data"
    arguments = ["serve", "-d", str(data), "--defaults", "-l", "127.0.0.1", "-p", str(port)]
    arguments += ["--state-dir", str(folder / "state")]
    environment = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    with running(
        "Xandikos", Path(sys.executable), "xandikos", arguments, environment, folder / "xandikos.log"
    ) as child:
        book = data / "user" / "contacts" / "addressbook"
        child.wait_until(lambda: answers(port) and book.is_dir(), _STARTING)
        _commit(book, cards, environment)
        paths = "/user/", "/user/contacts/", "/user/contacts/addressbook/"
        yield Served("xandikos", f"http://127.0.0.1:{port}/", "alice", "anything", *paths, cards)


def _commit(book: Path, cards: Mapping[str, str], environment: Mapping[str, str]) -> None:
    for name, text in cards.items():
        (book / name).write_bytes(text.encode())
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "core.quotePath=false"]
    for command in (["add", "-A"], [*identity, "commit", "-q", "-m", "Fill the book"]):
        full = ["git", "-C", str(book), *command]
        subprocess.run(full, check=True, env={**environment, "PATH": os.environ["PATH"]})


def why_no_cyrus() -> str:
    """Why Cyrus cannot be started here; "" when it can."""
    if not (CYRUS / "cyrmaster").exists() and not shutil.which("cyrmaster"):
        return "Cyrus is not installed: apt-get install cyrus-imapd cyrus-caldav cyrus-admin sasl2-bin"
    return "" if os.geteuid() == 0 else "Cyrus can only be started by root"


_CYRUS_SERVICES = """START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{imap}" prefork=0
  http cmd="{bin}/httpd -C {folder}/imapd.conf" listen="127.0.0.1:{http}" prefork=0
}}
EVENTS {{
}}
"""

_CYRUS_OPTIONS = """configdirectory: {folder}/config
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


@contextmanager
def cyrus(folder: Path, cards: Mapping[str, str]) -> Iterator[Served]:
    """Cyrus from Debian, in a folder that its own user may enter."""
    imap, http_port = free_port(), free_port()
    names = {"bin": CYRUS, "folder": folder, "imap": imap, "http": http_port}
    (folder / "cyrus.conf").write_text(_CYRUS_SERVICES.format(**names))
    (folder / "imapd.conf").write_text(_CYRUS_OPTIONS.format(**names))
    for name in ("config", "mail", "proc", "lock"):
        (folder / name).mkdir()
    for user in ("alice", "cyrus"):
        command = ["saslpasswd2", "-p", "-c", "-f", str(folder / "sasldb2"), "-u", "localhost", user]
        subprocess.run(command, input=b"sandbox-password", check=True)
    subprocess.run(["chown", "-R", "cyrus:mail", str(folder)], check=True)
    master = ["/usr/sbin/cyrmaster", "-C", folder / "imapd.conf", "-M", folder / "cyrus.conf", "-p", folder / "pid"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(list(map(str, master)), stdout=output, stderr=output)
    try:
        _wait(imap, process)
        _make_mailbox(imap)
        paths = (
            "/dav/principals/user/alice/",
            "/dav/addressbooks/user/alice/",
            "/dav/addressbooks/user/alice/Default/",
        )
        served = Served("cyrus", f"http://127.0.0.1:{http_port}/", "alice", "sandbox-password", *paths, cards)
        _fill(served)
        yield served
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTING
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("Cyrus did not start; its log is the system's")
        time.sleep(0.1)


def _make_mailbox(port: int) -> None:
    with imaplib.IMAP4("127.0.0.1", port) as admin:
        admin.login("cyrus", "sandbox-password")
        admin.create("user.alice")


def _fill(served: Served) -> None:
    """PUT the cards over a few connections; the first request makes the address book."""
    _put(served, list(served.cards.items())[:1])
    rest = list(served.cards.items())[1:]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: _put(served, rest[start::4]), range(4)))


def _put(served: Served, cards: list[tuple[str, str]]) -> None:
    secret = b64encode(f"{served.username}:{served.password}".encode()).decode()
    client = http.client.HTTPConnection(served.url.split("/")[2], timeout=30)
    headers = {"Authorization": f"Basic {secret}", "Content-Type": "text/vcard; charset=utf-8"}
    client.request("PROPFIND", served.home, headers=headers | {"Depth": "1"})
    client.getresponse().read()
    for name, text in cards:
        client.request("PUT", served.book + quote(name), text.encode(), headers)
        answer = client.getresponse()
        answer.read()
        if answer.status not in (201, 204):
            raise RuntimeError(f"{served.name} answered {answer.status} to a PUT")
    client.close()
