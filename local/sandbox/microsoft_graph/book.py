"""A Microsoft mailbox of invented people, and the check that an import brought all of it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from local.sandbox.microsoft_graph.contacts import contact, outlook_id
from local.sandbox.microsoft_graph.mailbox import CONTACTS, FOLDERS
from local.sandbox.people import people
from local.sandbox.stand_in.files import write_lines
from local.sandbox.stand_in.truth import Truth, faults

NESTED: Final = ("Family", "Cousins", "Far away")
"""Folders, each in the one before it; the first is in the default folder."""


@dataclass(frozen=True, slots=True)
class MicrosoftBook:
    """What the data folder holds, as contactFolder and contact JSON, and the truth about the contacts by id."""

    folders: Sequence[Mapping[str, Any]] = ()
    contacts: Sequence[Mapping[str, Any]] = ()
    truths: Mapping[str, Truth] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()

    def write(self, folder: Path) -> Path:
        """Write the data folder, in the order of change, and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        write_lines(folder / FOLDERS, self.folders)
        write_lines(folder / CONTACTS, self.contacts)
        return folder

    def faults(self, contacts: Sequence[Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What is wrong with an import of this mailbox, one text each; nothing when all of it arrived."""
        return faults(self.truths, contacts, ledger, bare=self.bare, folder="contacts/")


def microsoft_book(per_folder: int = 320, seed: int = 4) -> MicrosoftBook:
    """A mailbox with `per_folder` contacts in the default folder and in each of three nested ones."""
    chance = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    folders = _folders(chance)
    known = people(per_folder * len(folders), seed)
    found = [
        contact(person, folder["id"], folder["displayName"] if place else "", chance)
        for place, folder in enumerate(folders)
        for person in islice(known, per_folder)
    ]
    truths = {str(record["id"]): truth for record, truth in found}
    return MicrosoftBook(
        folders,
        [record for record, _ in found],
        {name: truth for name, truth in truths.items() if truth is not None},
        frozenset(name for name, truth in truths.items() if truth is None),
    )


def _folders(chance: random.Random) -> list[dict[str, Any]]:
    """The default folder first; its parent is the root of the mailbox, which no call shows."""
    folders = [{"id": outlook_id("AAMkADhiF", chance), "displayName": "Contacts", "parentFolderId": "root"}]
    for name in NESTED:
        above = folders[-1]["id"]
        folders.append({"id": outlook_id("AAMkADhiF", chance), "displayName": name, "parentFolderId": above})
    return folders
