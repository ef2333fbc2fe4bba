"""A Radicale with one account and one address book, filled and warm.

Cards are delivered exactly as they were given, broken ones too: they are written with their entry in Radicale's item
cache, so that it never reads and rewrites them itself.
"""

import base64
import http.client
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from radicale import config, storage
from radicale.item import Item

from local.processes import answers, free_port, running

USERNAME: Final = "alice"
PASSWORD: Final = "sandbox-password"  # noqa: S105 - everybody knows it
NAME: Final = "Alice Example"
BOOK: Final = "contacts"
STARTING_SECONDS: Final = 60

CONFIGURATION: Final = """[server]
hosts = 127.0.0.1:{port}
max_connections = 32
timeout = 60

[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0

[storage]
filesystem_folder = {folder}

[web]
type = none

[logging]
level = warning
"""


@dataclass(frozen=True, slots=True)
class Radicale:
    """A running server: `url` of its root, and the account that may read the book."""

    url: str
    username: str
    password: str = field(repr=False)


@contextmanager
def running_radicale(state: Path, cards: Mapping[str, str], *, port: int | None = None) -> Iterator[Radicale]:
    """Serve `cards` (file name to vCard text) from loopback; files go into `state`."""
    port = port or free_port()
    settings = write_configuration(state, port)
    fill(settings, cards)
    module = ["--config", str(settings)]
    with running("Radicale", Path(sys.executable), "radicale", module, {}, state / "radicale.log") as child:
        child.wait_until(lambda: answers(port), STARTING_SECONDS)
        warm(port)
        yield Radicale(f"http://127.0.0.1:{port}/", USERNAME, PASSWORD)


def write_configuration(state: Path, port: int) -> Path:
    """The server's configuration and its one user."""
    settings = state / "radicale.conf"
    settings.write_text(CONFIGURATION.format(port=port, folder=state / "radicale"), "utf-8")
    (state / "radicale").mkdir()
    (state / "radicale" / "users").write_text(f"{USERNAME}:{PASSWORD}\n", "utf-8")
    return settings


def fill(settings: Path, cards: Mapping[str, str]) -> None:
    """Write the address book to the server's folder, as the server itself would store it."""
    logging.getLogger("radicale").setLevel(logging.ERROR)
    configuration = config.load([(str(settings), False)])
    configuration.update({"storage": {"_filesystem_fsync": "False"}}, "sandbox", privileged=True)
    books = storage.load(configuration)
    path = f"/{USERNAME}/{BOOK}"
    with books.acquire_lock("w", USERNAME):
        books.create_collection(f"/{USERNAME}", props={"D:displayname": NAME})
        # Typed as what it is: Radicale's files. Its storage has no other door for cards that it should not read.
        created: Any = books.create_collection(path, props={"tag": "VADDRESSBOOK", "D:displayname": "Contacts"})
        book = created[0] if isinstance(created, tuple) else created
        folder = Path(book._filesystem_path)
        for name, text in cards.items():
            raw = text.encode("utf-8")
            (folder / name).write_bytes(raw)
            book._store_item_cache(name, kept(path, name, text), book._item_cache_hash(raw))


def kept(path: str, name: str, text: str) -> Item:
    """An item that the server has no reason to parse."""
    etag = f'"{sha256(text.encode()).hexdigest()}"'
    return Item(
        collection_path=path.strip("/"),
        href=name,
        text=text,
        etag=etag,
        uid=name.removesuffix(".vcf"),
        name="VCARD",
        component_name="VCARD",
        time_range=(0, 0),
    )


def warm(port: int) -> None:
    """List the book once, so that the first import meets a server that has its files at hand."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    secret = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Depth": "1", "Content-Type": "application/xml"}
    body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    client.request("PROPFIND", f"/{USERNAME}/{BOOK}/", body, headers)
    client.getresponse().read()
    client.close()
