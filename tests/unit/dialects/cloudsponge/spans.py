"""Invented contacts, and what is written of them."""

from collections.abc import Iterable
from typing import Any

from rubrica.dialects.cloudsponge.answers import contacts
from rubrica.dialects.cloudsponge.requests import Form
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.imports import Progress, State
from rubrica.domain.views import ContactsSpan
from tests.fakes import any_import

ANN = Contact(
    id="c1",
    uid="u1",
    place="/book/1.vcf",
    full_name="Dr. Ann B. Example",
    first_name="Ann",
    middle_name="B.",
    last_name="Example",
    prefix="Dr.",
    emails=(Email("ann@example.org", "work"), Email("ann@example.com", "home", primary=True)),
    phones=(Phone("555-0100", "mobile", primary=True), Phone("555-0101")),
    addresses=(Address("home", "1 Main St", "Town", "Region", "12345", "Country", "1 Main St\nTown"),),
    organizations=(Organization("", "Sales", ""), Organization("Example Ltd", "", "Engineer")),
    birthday=Birthday(1980, 2, 3),
    groups=("friends", "chess"),
    note="secret",
)
NOBODY = Contact(id="c2")
OWNER = Contact(uid="me-1", first_name="Me", emails=(Email("me@example.com"),))
WITH_ADDRESS = ("mailing_address",)


def span(
    found: Iterable[Contact], *, owner: Contact | None = None, parts: tuple[str, ...] = (), **more: Any
) -> ContactsSpan:
    held = list(found)
    start, total = more.get("start", 0), more.get("total", len(held))
    imp = any_import(
        state=State.COMPLETE, progress=Progress(contacts=total), parts=parts, reference=more.get("user", "")
    )
    return ContactsSpan(imp, owner, start, len(held), iter(held))


def written(form: Form, *found: Contact, echo: str = "", **more: Any) -> bytes:
    return b"".join(contacts(span(found, **more), echo, form))
