"""Reading one slice of an account, for the tests of sources against the stand-ins of their APIs."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from local.sandbox.stand_in.launch import StandIn
from rubrica.adapters.egress import GuardedEgress
from rubrica.domain.contacts import Contact
from rubrica.domain.credential import Token
from rubrica.domain.ledger import Entry
from rubrica.errors import ImportFailure
from rubrica.ports import Batch, Cursor, Source


def egress_to(stand_in: StandIn) -> closing[GuardedEgress]:
    """A real egress that may reach the stand-in's port on loopback, for a `with`."""
    return closing(GuardedEgress(ports=frozenset({stand_in.port}), allow_loopback=True))


def read_slice(
    source: Source, cursor: Cursor | None = None, *, token: Token
) -> tuple[list[Batch], ImportFailure | None]:
    """The batches of one slice, and what ended it before its end."""
    batches = []
    try:
        for batch in source.read(token, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


def every_batch(source: Source, token: Token) -> list[Batch]:
    """The batches of a whole reading that goes on from the cursor of each anew."""
    batches: list[Batch] = []
    cursor: Cursor | None = None
    while (batch := next(source.read(token, cursor, lambda: False), None)) is not None:
        batches.append(batch)
        cursor = batch.cursor
    return batches


def contacts(batches: Sequence[Batch]) -> list[Contact]:
    return [contact for batch in batches for contact in batch.contacts]


def entries(batches: Sequence[Batch]) -> list[Entry]:
    return [entry for batch in batches for entry in batch.entries]


def as_answered(batches: Sequence[Batch]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Contacts and ledger as far as the sandbox's own check of an import looks at them."""
    ledger = [{"place": entry.place, "outcome": entry.fate.value} for entry in entries(batches)]
    return [_contact_as_answered(contact) for contact in contacts(batches)], ledger


def _contact_as_answered(contact: Contact) -> dict[str, Any]:
    told = contact._asdict()
    told["emails"] = [email._asdict() for email in contact.emails]
    told["phones"] = [phone._asdict() for phone in contact.phones]
    told["birthday"] = contact.birthday and contact.birthday._asdict()
    return told
