"""Real CardDAV servers on loopback, each with the same cards: Radicale and Xandikos from PyPI, Cyrus from Debian."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.processes import answers, free_port, running
from local.sandbox.cyrus import BOOK as CYRUS_BOOK
from local.sandbox.cyrus import HOME as CYRUS_HOME
from local.sandbox.cyrus import running_cyrus
from local.sandbox.radicale import running_radicale

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
        subprocess.run(full, check=True, env={**environment, "PATH": os.environ["PATH"]}, timeout=_STARTING)


@contextmanager
def cyrus(folder: Path, cards: Mapping[str, str]) -> Iterator[Served]:
    """Cyrus from Debian."""
    with running_cyrus(folder, cards) as server:
        principal = "/dav/principals/user/alice/"
        yield Served("cyrus", server.url, server.username, server.password, principal, CYRUS_HOME, CYRUS_BOOK, cards)
