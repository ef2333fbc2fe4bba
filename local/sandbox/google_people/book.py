"""A Google account of invented people, and the check that an import brought all of it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.sandbox.google_people.account import FILES, NOBODY, PROFILE
from local.sandbox.google_people.others import other_contact
from local.sandbox.google_people.persons import LABELS, own_profile, saved_contact
from local.sandbox.people import people
from local.sandbox.stand_in.files import write_lines
from local.sandbox.stand_in.truth import Truth, faults

SYSTEM_GROUPS: Final[Mapping[str, str]] = {
    "myContacts": "My Contacts",
    "starred": "Starred",
    "all": "All contacts",
    "chatBuddies": "Chat contacts",
    "friends": "Friends",
    "family": "Family",
    "coworkers": "Coworkers",
    "blocked": "Blocked",
}
IGNORED_GROUPS: Final = frozenset(("myContacts", "My Contacts", "starred", "Starred"))
"""Names of groups that say how Google shows a contact; an import may keep or drop them."""


@dataclass(frozen=True, slots=True)
class GoogleBook:
    """What the data folder holds, as Person and ContactGroup JSON, and the truth about it by resource name."""

    connections: Sequence[Mapping[str, Any]] = ()
    others: Sequence[Mapping[str, Any]] = ()
    groups: Sequence[Mapping[str, Any]] = ()
    truths: Mapping[str, Truth] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()
    profile: Mapping[str, Any] = field(default_factory=lambda: NOBODY)

    def write(self, folder: Path) -> Path:
        """Write the data folder, in the order of change, and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, records in zip(FILES.values(), (self.connections, self.others, self.groups), strict=True):
            write_lines(folder / file, records)
        write_lines(folder / PROFILE, [self.profile])
        return folder

    def faults(
        self,
        contacts: Sequence[Mapping[str, Any]],
        ledger: Sequence[Mapping[str, Any]],
        *,
        other_contacts: bool = True,
    ) -> Iterator[str]:
        """What is wrong with an import of this account, with or without its other contacts, one text each."""
        prefix = "" if other_contacts else "people/"
        truths = {uid: truth for uid, truth in self.truths.items() if uid.startswith(prefix)}
        return faults(truths, contacts, ledger, bare=self.bare, ignored_groups=IGNORED_GROUPS)


def google_book(connections: int = 2600, others: int = 150, seed: int = 3) -> GoogleBook:
    """An account with saved contacts, other contacts, five labels and the groups that every account has."""
    chance = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    saved = [saved_contact(person, chance) for person in people(connections, seed)]
    seen = [other_contact(person, chance) for person in people(others, seed + 1)]
    truths = {str(record["resourceName"]): truth for record, truth in (*saved, *seen)}
    bare = frozenset(name for name, truth in truths.items() if truth is None)
    return GoogleBook(
        [record for record, _ in saved],
        [record for record, _ in seen],
        groups(),
        {name: truth for name, truth in truths.items() if truth is not None},
        bare,
        own_profile(),
    )


def groups() -> list[dict[str, Any]]:
    """The groups of the system and the user's own labels."""
    system = [
        {
            "resourceName": f"contactGroups/{name}",
            "groupType": "SYSTEM_CONTACT_GROUP",
            "name": name,
            "formattedName": formatted,
        }
        for name, formatted in SYSTEM_GROUPS.items()
    ]
    own = [
        {
            "resourceName": resource,
            "groupType": "USER_CONTACT_GROUP",
            "name": name,
            "formattedName": name,
            "metadata": {"updateTime": "2025-06-01T10:00:00.123456Z"},
        }
        for name, resource in LABELS.items()
    ]
    return system + own
