"""Examples for the OpenAPI document, made by the code that makes the answers. Nobody in them exists."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from rubrica.dialects.native import answers
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.views import ContactsPage, LedgerPage, LedgerQuery, SourceView
from rubrica.errors import FieldInvalid

_NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_ID: Final = ImportId(1126)
_IMPORT: Final = Import(
    id=_ID,
    tenant=TenantId("t"),
    source="fastmail",
    state=State.IMPORTING,
    created_at=_NOW,
    deadline=_NOW + timedelta(hours=1),
    expires_at=_NOW + timedelta(hours=25),
    reference="user-17",
    progress=Progress(1, 400, 1, 0, 2, 812, {Reason.CARD_EMPTY: 1, Reason.GROUP: 2}),
)
_CONTACT: Final = Contact(
    id="mfzwizltoqqgc3tpnzqw2zlt",
    uid="7a1e-1",
    place="/alice/contacts/7a1e.vcf",
    full_name="Zoë Example",
    first_name="Zoë",
    last_name="Example",
    emails=(Email("zoe@example.com", "work", True),),
    phones=(Phone("+1-415-555-0112", "mobile"),),
    addresses=(Address("home", "1 Main Street", "Springfield", "", "12345", "Nowhere"),),
    organizations=(Organization("Example Works", "Bread", "Baker"),),
    birthday=Birthday(None, 2, 29),
    groups=("Friends",),
)


def examples() -> Mapping[str, object]:
    """A body for each of the schemas that an operation takes or answers with."""
    everything = LedgerQuery(frozenset(), "", 500)
    entry = Entry("/alice/contacts/broken.vcf", Fate.REJECTED, (Reason.CARD_EMPTY,))
    preset = SourceView("fastmail", "Fastmail", "password", False, "Use an app password with access to contacts.")
    return {
        "ImportRequest": {
            "source": "fastmail",
            "username": "alice@example.com",
            "password": "an app password",
            "user_id": "user-17",
        },
        "Import": answers.import_body(_IMPORT, _NOW, "https://rubrica.example.com"),
        "Contacts": answers.contacts_body(_ID, ContactsPage([_CONTACT], 811, "1-500-500")),
        "Ledger": answers.ledger_body(_ID, LedgerPage([entry], ""), everything),
        "Sources": answers.sources_body([preset]),
        "Problem": answers.problem(FieldInvalid("limit", "has to be a whole number from 1 to 1,000")),
    }
