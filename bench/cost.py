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

import boto3
from moto import mock_aws

from local.sandbox.people import card, people
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.adapters.memory import MemoryNotify, MemoryWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Credential
from rubrica.domain.imports import Done, ImportId, TenantId
from rubrica.domain.turns import Turn
from rubrica.domain.views import SourceView, StartImport, Tenant
from rubrica.formats.vcard import read_card
from rubrica.ports import Batch, Cursor
from rubrica.services.close import Close
from rubrica.services.poll import Poll
from rubrica.services.read import Read
from rubrica.services.start import Start, StartLimits

CONTACTS: Final = 1_000
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
    """What was counted, and the dollars for 1,000 imports."""

    transitions: int
    kms_calls: int
    writes: int
    write_units: int
    read_units: float
    dollars: float


def measure() -> Cost:
    """Run one import from start to the last page of contacts, then purge it, and count."""
    counted: Counter[str] = Counter()
    with _aws(counted) as (client, kms, key):
        imports = DynamoImports(Table(client, "imports"))
        import_id = _import(imports, KmsVault(kms, key), KmsDataKeys(kms, key))
        writes, stored = counted["writes"], counted["write_units"]
        imports.purge(import_id)
        counted["write_units"] += stored  # a delete takes what the item took
    requests = 2 + STATUS_REQUESTS
    counted["read_units"] += requests  # telling the tenant by its key
    bill = {
        "state transition": TRANSITIONS,
        "write unit": counted["write_units"],
        "read unit": counted["read_units"],
        "KMS call": counted["kms"],
        "HTTP request": requests,
        "Lambda request": requests + 2,
        "Lambda GB-second": LAMBDA_GB_SECONDS,
    }
    dollars = 1_000 * sum(PRICES[what] * amount for what, amount in bill.items())
    return Cost(TRANSITIONS, counted["kms"], writes, counted["write_units"], counted["read_units"], dollars)


def _import(imports: DynamoImports, vault: KmsVault, keys: KmsDataKeys) -> ImportId:
    clock, telemetry, tenant = SystemClock(), _Silence(), Tenant(TenantId("t1"), "bench")
    sources = {"carddav": SourceView("carddav", "CardDAV", "password", True, "")}
    limits = StartLimits(3_600, 3_600, 60)
    chance, accept = SystemChance(), lambda server: None
    start = Start(imports, vault, MemoryWorkflow(), clock, chance, telemetry, sources, accept, limits)
    credential = Credential("https://dav.example.org/", "alice", "an app password")
    imp = start(tenant, StartImport("carddav", credential))
    poll = Poll(imports, vault, keys, {"carddav": _Book()}, clock, telemetry)
    assert isinstance(poll(Turn(imp.id, 1, 0, 0), 60.0, 90.0), Done)
    Close(imports, MemoryNotify(), clock, telemetry, timedelta(hours=1))(imp.id, None)
    read = Read(imports, KmsDataKeys(keys._client, keys._key), clock)  # a reader of its own process
    for _ in range(STATUS_REQUESTS):
        read.status(tenant, imp.id)
    assert len(read.contacts(tenant, imp.id, "", CONTACTS).contacts) == CONTACTS
    return imp.id


class _Book:
    """A source of generated contacts, in batches as CardDAV brings them."""

    def read(
        self, credential: Credential, cursor: Cursor | None, stopped: Callable[[], bool]
    ) -> Generator[Batch, None, None]:
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
        counted["read_units"] += 1 if operation == "GetItem" else 20  # a page of contacts: 80 KB read consistently
    else:
        counted["writes"] += 1
        # A write of the row that moves its time also writes the sparse index.
        counted["write_units"] += kilobytes + ("due_at" in body)


def main() -> int:
    """Print the counts beside what they should stay within; status 1 if one does not."""
    cost = measure()
    print(f"state transitions   {cost.transitions:6}   at most 6; assumed, the tests of the workflow count them")
    print(f"KMS calls           {cost.kms_calls:6}   at most 4")
    print(f"writes              {cost.writes:6}   at most 10; with the purge {cost.write_units} write units")
    print(f"read units          {cost.read_units:6}")
    print(f"1,000 imports      ${cost.dollars:6.3f}   at most $0.25")
    within = cost.transitions <= 6 and cost.kms_calls <= 4 and cost.writes <= 10 and cost.dollars <= 0.25
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
