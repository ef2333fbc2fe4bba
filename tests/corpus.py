"""Where real files of other projects are, for the tests that read them in place; they are no part of this project.

Beside them lie independent readings of them, with which ours are compared.
"""

import os
from pathlib import Path
from typing import Any

from rubrica.domain.contacts import Contact

CORPUS = Path(os.environ.get("RUBRICA_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
"""The folder that RUBRICA_CORPUS names, else `shared/corpus` beside the checkout; it may be absent."""

ABSENT = "the collection of real files is not at hand (RUBRICA_CORPUS)"
"""Why a test is skipped without it."""


def words(value: object) -> str | None:
    """The text with single blanks; None where nothing is said."""
    return (" ".join(str(value).split()) or None) if value is not None else None


def seen(value: Contact) -> dict[str, Any]:
    """The fields of an expectation, as Rubrica read them."""
    day = value.birthday
    return {
        "full_name": words(value.full_name),
        "first_name": words(value.first_name),
        "last_name": words(value.last_name),
        "emails": sorted(filter(None, (words(email.address) for email in value.emails))),
        "phones": sorted(filter(None, (words(phone.number) for phone in value.phones))),
        "company": words(next((one.name for one in value.organizations if one.name), None)),
        "title": words(next((one.title for one in value.organizations if one.title), None)),
        "addresses": len(value.addresses),
        "birthday": day and f"{f'{day.year:04}' if day.year else '-'}-{day.month:02}-{day.day:02}",
        "notes": words(value.note),
    }


def expected(contact: dict[str, Any]) -> dict[str, Any]:
    """The same fields, as the other reading has them."""
    return {
        field: words(contact[field])
        for field in ("full_name", "first_name", "last_name", "company", "title", "birthday", "notes")
    } | {
        "emails": sorted(filter(None, map(words, contact["emails"]))),
        "phones": sorted(filter(None, map(words, contact["phones"] + contact["fax_pager"]))),
        "addresses": contact["addresses"],
    }
