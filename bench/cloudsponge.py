"""What one `contacts` call of the CloudSponge dialect costs, from encrypted pages to the gzip answer, on one core.

The store keeps the pages in memory; reading, decryption, the dialect and gzip are the real ones.
"""

import sys
import time
from dataclasses import replace
from typing import Final

from bench.slice import BOOK, IMPORT, TENANT, NoNames, OwnKeys, Recording, Speed, stored
from local.sandbox.people import card, people
from rubrica.adapters.memory import MemoryImports
from rubrica.adapters.system import SystemClock
from rubrica.dialects.cloudsponge import answers
from rubrica.dialects.cloudsponge.requests import MAILING_ADDRESS, Form
from rubrica.domain.credential import Credential
from rubrica.domain.imports import State
from rubrica.domain.views import Tenant
from rubrica.entrypoints.compression import LARGEST_BODY, packed
from rubrica.formats.vcard import read_card
from rubrica.services.read import Read
from rubrica.sources.carddav.source import CardDav

CONTACTS: Final = 45_000
LEAST: Final = 6_000
"""Contacts a second: a function of 512 MB has about a third of a core and 25 seconds."""


def book(count: int = CONTACTS) -> MemoryImports:
    """A store with a complete import of `count` invented people, postal addresses asked for."""
    cards = [card(person) for person in people(count, 7)]
    source = CardDav(Recording(count, cards.__getitem__), NoNames(), read_card)
    imports = stored(source, Credential(f"https://dav.example.org{BOOK}", "alice", "an app password"))
    row = imports.rows[IMPORT]
    imports.rows[IMPORT] = replace(row, imp=replace(row.imp, state=State.COMPLETE, parts=(MAILING_ADDRESS,)))
    return imports


def answered(imports: MemoryImports, form: Form) -> tuple[Speed, int]:
    """One call for everything: its speed, and the bytes of the compressed answer."""
    read = Read(imports, OwnKeys(), SystemClock())
    began = time.process_time()
    span = read.span(Tenant(TENANT, "bench"), IMPORT, 0, 0)
    body = packed(answers.contacts(span, "", form), gzip=True)
    return Speed(span.count, time.process_time() - began), len(body)


def main() -> int:
    """Print the rows; status 1 if one misses what it should reach."""
    imports, reached = book(), True
    for form in Form:
        speed, size = max((answered(imports, form) for _ in range(3)), key=lambda it: it[0].rate)
        reached = reached and speed.rate >= LEAST
        told = f"{speed.rate:8,.0f} contacts/s from pages to answer, {speed.contacts:,} contacts in {size / 1e6:.1f} MB"
        print(f"contacts, {form.name:16}{told} of {LARGEST_BODY / 1e6:.1f}, at least {LEAST:,}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
