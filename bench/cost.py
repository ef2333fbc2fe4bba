"""What one import of 1,000 contacts asks of AWS, counted call by call, and what 1,000 such imports cost.

The use cases run with their real adapters against an AWS in memory; every call of the SDK is counted, with the
capacity that its items take. State transitions are those of a loop that has nothing to wait for.
"""

import json
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import boto3
from moto import mock_aws

from local.sandbox.people import card, people
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.adapters.memory import MemoryApps, MemoryNotify, MemoryUpstreams, MemoryWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.domain.consent import App, Return
from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Access, Code, Credential, Token
from rubrica.domain.imports import Done, Import, TenantId
from rubrica.domain.turns import Turn
from rubrica.domain.views import SourceView, StartImport, Tenant
from rubrica.formats.vcard import read_card
from rubrica.ports import Batch, Cursor
from rubrica.services.callback import Callback
from rubrica.services.close import Close
from rubrica.services.open import Departure, OpenConsent
from rubrica.services.poll import Poll
from rubrica.services.read import Read
from rubrica.services.revoke import Revoke
from rubrica.services.start import Start, StartLimits
from rubrica.sources.google.sign_in import GOOGLE
from rubrica.sources.microsoft.sign_in import MICROSOFT

CONTACTS: Final = 1_000
HOME: Final = "https://rubrica.example.com"
TOKEN: Final = 256
"""Characters of an access token; those that Google hands out have a few less."""
CONSENTS: Final = {"google": GOOGLE, "microsoft": MICROSOFT}
STATUS_REQUESTS: Final = 5
"""A caller that asks once a second; an import of this size takes two to four."""

TRANSITIONS: Final = 4
"""Poll status, Finished?, Close import, and the end."""

LAMBDA_GB_SECONDS: Final = 1.5 * 1.0 + (2 + STATUS_REQUESTS) * 0.02 * 0.5 + 0.1 * 0.25
"""A slice of 1.5 s at 1,024 MB, requests of 20 ms at 512 MB, a close of 100 ms at 256 MB."""

PRICES: Final = {
    "state transition": 0.025 / 1e3,
    "write unit": 0.625 / 1e6,
    "read unit": 0.125 / 1e6,
    "KMS call": 0.03 / 1e4,
    "HTTP request": 1.00 / 1e6,
    "Lambda request": 0.20 / 1e6,
    "Lambda GB-second": 0.0000133334,
}
"""US dollars in us-east-1, arm64, as of 2026-11."""


class Cost(NamedTuple):
    """What was counted, and the dollars for 1,000 imports. `reading` are the KMS calls of who reads the contacts."""

    transitions: int
    kms_calls: int
    reading: int
    writes: int
    write_units: int
    read_units: float
    dollars: float


def measure(source: str) -> Cost:
    """Run one import from start to the last page of contacts, then purge it, and count."""
    counted: Counter[str] = Counter()
    with _aws(counted) as (client, kms, key):
        world = _World(DynamoImports(Table(client, "imports")), lambda: KmsVault(kms, key), KmsDataKeys(kms, key))
        started = world.with_password() if source == "carddav" else world.with_consent(source)
        world.run(started)
        calls, writes = counted["kms"], counted["writes"]
        world.read(started, KmsDataKeys(kms, key))
        world.imports.purge(started.id, SystemClock().now() + timedelta(days=7))
        counted["write_units"] += counted["pages"]  # deleting a page takes what writing it took
    requests = 2 + STATUS_REQUESTS + (2 if source in CONSENTS else 0)
    read_units = counted["read_units"] + requests / 2  # telling the tenant by its key, as it was a moment ago
    bill = {
        "state transition": TRANSITIONS,
        "write unit": counted["write_units"],
        "read unit": read_units,
        "KMS call": counted["kms"],
        "HTTP request": requests,
        "Lambda request": requests + 2,
        "Lambda GB-second": LAMBDA_GB_SECONDS,
    }
    dollars = 1_000 * sum(PRICES[what] * amount for what, amount in bill.items())
    reading = counted["kms"] - calls
    return Cost(TRANSITIONS, calls, reading, writes, counted["write_units"], read_units, dollars)


class _World:
    """The use cases over the AWS in memory, and one tenant. `vault` makes one for each process."""

    def __init__(self, imports: DynamoImports, vault: Callable[[], KmsVault], keys: KmsDataKeys) -> None:
        self.imports = imports
        self._vault = vault
        self._keys = keys
        self._clock, self._chance, self._silence = SystemClock(), SystemChance(), _Silence()
        self._tenant = Tenant(TenantId("t1"), "bench")
        views = [SourceView("carddav", "CardDAV", "password", True, "")]
        views += [SourceView(name, name, "consent", False, "") for name in CONSENTS]
        self._start = Start(
            imports,
            vault(),
            MemoryWorkflow(),
            MemoryApps(dict.fromkeys(CONSENTS, App("client", "secret"))),
            MemoryUpstreams(),
            self._clock,
            self._chance,
            self._silence,
            {view.name: view for view in views},
            CONSENTS,
            lambda server: None,
            StartLimits(timedelta(hours=1), timedelta(hours=1), 60),
        )

    def with_password(self) -> Import:
        """A started import whose user gave a password."""
        credential = Credential("https://dav.example.org/", "alice", "an app password")
        return self._start(self._tenant, StartImport("carddav", credential), HOME)

    def with_consent(self, source: str) -> Import:
        """A started import whose user consented."""
        imp = self._start(self._tenant, StartImport(source), HOME)
        assert imp.consent is not None
        hour = timedelta(hours=1)
        opening = OpenConsent(self.imports, MemoryWorkflow(), self._clock, self._chance, self._silence, hour, hour)
        departure = opening(imp.consent.link, "")
        assert isinstance(departure, Departure)
        state = dict(parse_qsl(departure.address.partition("?")[2]))["state"]
        callback = Callback(
            self.imports,
            self._vault(),
            MemoryWorkflow(),
            MemoryNotify(),
            self._clock,
            self._silence,
            CONSENTS,
            hour,
            hour,
        )
        return callback(Return(state, "c" * 200, source=source), departure.cookie)

    def run(self, imp: Import) -> None:
        """Read the source in one slice and close the import."""
        token = Token("t" * TOKEN, CONSENTS[imp.source].scopes if imp.source in CONSENTS else ())
        book = {imp.source: _Book()}
        poll = Poll(
            self.imports,
            self._vault(),
            self._keys,
            book,
            _Tokens(token),
            self._clock,
            self._silence,
        )
        assert isinstance(poll(Turn(imp.id, 1, 0, 0), 60.0, 90.0), Done)
        revocable = [name for name, server in CONSENTS.items() if server.revoke]
        revoke = Revoke(self._vault(), lambda imp, token: True, revocable, self._silence)
        close = Close(self.imports, revoke, MemoryNotify(), self._clock, self._silence, timedelta(hours=1))
        close(imp.id, None)

    def read(self, imp: Import, keys: KmsDataKeys) -> None:
        """What a caller does: ask for the status, and take the contacts. A reader has a process of its own."""
        read = Read(self.imports, keys, self._clock)
        for _ in range(STATUS_REQUESTS):
            read.status(self._tenant, imp.id)
        assert len(read.contacts(self._tenant, imp.id, "", CONTACTS).contacts) == CONTACTS


class _Tokens(NamedTuple):
    """Implements ports.Tokens: every code is good for the one token."""

    token: Token

    def redeem(self, imp: Import, code: Code) -> Token:
        return self.token

    def revoke(self, imp: Import, token: Token) -> bool:
        return True


class _Book:
    """A source of generated contacts, in batches as CardDAV brings them."""

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        contacts = [
            record.value._replace(id=f"{number:024}")
            for number, person in enumerate(people(CONTACTS, 5))
            for record in read_card(card(person), f"/alice/contacts/{number:05}.vcf")
            if isinstance(record.value, Contact)
        ]
        for first in range(0, len(contacts), 100):
            yield Batch(contacts[first : first + 100], (), {"after": first}, CONTACTS)


class _Silence:
    def event(self, name: str, **fields: int | str) -> None:
        pass

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        pass


@contextmanager
def _aws(counted: Counter[str]) -> Iterator[tuple[Any, Any, str]]:
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}
    with mock_aws():
        client, kms = boto3.client("dynamodb"), boto3.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        parts = (("pk", "HASH"), ("sk", "RANGE"))
        client.create_table(
            TableName="imports",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in parts],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in parts],  # type: ignore[typeddict-item]
        )
        client.meta.events.register("before-call.dynamodb", lambda params, **_: _count_item(counted, params))
        kms.meta.events.register("before-call.kms", lambda **_: counted.update(kms=1))
        yield client, kms, key


def _count_item(counted: Counter[str], params: dict[str, Any]) -> None:
    operation = params["headers"]["X-Amz-Target"].rpartition(".")[2]
    body = json.dumps(json.loads(params["body"]))
    kilobytes = max(1, math.ceil(len(body) * 3 / 4 / 1024))
    if operation in ("GetItem", "Query"):
        kilobytes_a_unit = 4 if '"ConsistentRead": true' in body else 8
        counted["read_units"] += 1 if operation == "GetItem" else math.ceil(counted["pages"] / kilobytes_a_unit)
    else:
        counted["writes"] += 1
        # A write of the row that moves its time also writes the sparse index.
        counted["write_units"] += kilobytes + ("due_at" in body)
        counted["pages"] += kilobytes * (operation == "PutItem" and "#0" in body)


def main() -> int:
    """Print the counts beside what they should stay within; status 1 if one does not."""
    costs = {source: measure(source) for source in ("carddav", *CONSENTS)}
    print(f"{'':28}" + "".join(f"{source:>11}" for source in costs))
    rows = {
        "state transitions": ("at most 6; assumed, the tests of the workflow count them", "transitions", 6),
        "KMS calls": ("at most 4", "kms_calls", 4),
        "KMS calls of the reader": ("", "reading", math.inf),
        "writes": ("at most 10", "writes", 10),
        "write units with the purge": ("", "write_units", math.inf),
        "read units": ("", "read_units", math.inf),
        "$ for 1,000 imports": ("at most 0.25", "dollars", 0.25),
    }
    for title, (rule, field, _) in rows.items():
        values = [getattr(cost, field) for cost in costs.values()]
        print(
            f"{title:28}" + "".join(f"{value:11.3f}" if field == "dollars" else f"{value:11}" for value in values), rule
        )
    within = all(getattr(cost, field) <= most for cost in costs.values() for _, field, most in rows.values())
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
