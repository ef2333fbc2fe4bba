"""The two entrances of the CloudSponge dialect over the stores in memory."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from entrances import Entrances

from rubrica.domain.views import Switch
from rubrica.entrypoints.answering import answer
from rubrica.entrypoints.cloudsponge import Entrance, begin_import, poll_import
from rubrica.entrypoints.home import home_at
from rubrica.ports import KeyKind
from rubrica.services.tenants import Authenticate, domain_digest
from tests.fakes import (
    CANARY_PASSWORD,
    HOME,
    OTHER_TENANT,
    REGISTERED,
    ScriptedSource,
    any_contact,
    batches,
)
from tests.unit.services.worlds import SOURCES, World

KEY, PASSWORD = "EXAMPLEKEY0000000001", "example-password"
OTHER_KEY, OTHER_PASSWORD = "EXAMPLEKEY0000000002", "other-password"
FORM = "application/x-www-form-urlencoded"
LOGIN = {"service": "icloud", "username": "alice@example.com", "password": CANARY_PASSWORD}
EVERY_SWITCH = frozenset(Switch)


def basic(key: str, password: str, encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{key}:{password}".encode(encoding)).decode()


BASIC = basic(KEY, PASSWORD)


@dataclass(frozen=True)
class Given:
    """An answer with its body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)


@dataclass
class Dialect:
    """The two entrances of the dialect over one installation in memory."""

    entrances: Entrances
    switches: frozenset[Switch] = frozenset()
    told: list[Given] = field(default_factory=list)

    def __post_init__(self) -> None:
        for tenant, pair in ((REGISTERED, (KEY, PASSWORD)), (OTHER_TENANT, (OTHER_KEY, OTHER_PASSWORD))):
            switched = replace(tenant, switches=self.switches)
            self.entrances.tenants.add(switched, {KeyKind.DOMAIN: domain_digest(*pair)})

    @property
    def world(self) -> World:
        return self.entrances.world

    def ask(
        self,
        path: str,
        query: str = "",
        *,
        method: str = "GET",
        body: bytes = b"",
        authorization: str = BASIC,
        **headers: str,
    ) -> Given:
        """The answer to one request; `path` as API Gateway hands it over, decoded, and `query` as it came."""
        named = {"authorization": authorization, **{name.replace("_", "-"): it for name, it in headers.items()}}
        asked = {
            "version": "2.0",
            "routeKey": "ANY /route",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {name: value for name, value in named.items() if value},
            "requestContext": {
                "stage": "$default",
                "domainName": "rubrica.example.com",
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.10"},
            },
            "isBase64Encoded": True,
            "body": base64.b64encode(body).decode(),
        }
        entrances = self.entrances
        entrance = Entrance(Authenticate(entrances.tenants), entrances.telemetry)
        surface = (
            begin_import(self.world.start, SOURCES, self.world.upstreams, entrance, home_at(HOME))
            if path.startswith("/begin_import/")
            else poll_import(self.world.read, self.world.clock, entrance)
        )
        found = answer(surface, entrances.telemetry, asked, entrances.context)
        given = {name.lower(): str(value) for name, value in dict(found["headers"]).items()}
        text = found.get("body") or ""
        content = base64.b64decode(text) if found.get("isBase64Encoded") else text.encode()
        unpacked = gzip.decompress(content) if given.get("content-encoding") == "gzip" else content
        self.told.append(Given(int(found["statusCode"]), given, unpacked))
        return self.told[-1]

    def begin(
        self, fields: Mapping[str, str] | Sequence[tuple[str, str]], action: str = "import", **more: Any
    ) -> Given:
        body = urlencode(fields).encode()
        return self.ask(f"/begin_import/{action}", method="POST", body=body, content_type=FORM, **more)

    def imported(self, *names: str) -> None:
        """Import 1126, complete, with a contact for each name."""
        contacts = [any_contact(number, first_name=name) for number, name in enumerate(names, 1)]
        self.entrances.world = World(source=ScriptedSource(batches(contacts)))
        self.world.imported()

    @property
    def started(self) -> int:
        return len(self.world.imports.rows)


def assert_refused(given: Given, status: int, code: int) -> None:
    assert (given.status, given.json["error"]["code"]) == (status, code)
    assert given.json["error"]["message"]
    assert "no-store" in given.headers["cache-control"]
