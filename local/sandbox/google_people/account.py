"""The data of one Google account, as read from a data folder and changed since."""

import time
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from local.sandbox.stand_in.collection import Collection
from local.sandbox.stand_in.files import read_lines
from local.sandbox.stand_in.wire import BadControl, encoded

FILES: Final[Mapping[str, str]] = {
    "people/": "connections.jsonl",
    "otherContacts/": "other_contacts.jsonl",
    "contactGroups/": "contact_groups.jsonl",
}
PROFILE: Final = "profile.jsonl"
NOBODY: Final[Mapping[str, Any]] = {"resourceName": "people/100000000000000000000"}


class Account:
    """Saved contacts, other contacts and labels; the order of a file is the order of change."""

    def __init__(self, data: Path) -> None:
        self._collections = {
            prefix: Collection((str(record["resourceName"]), _tagged(record)) for record in read_lines(data / file))
            for prefix, file in FILES.items()
        }
        self.profile: Mapping[str, Any] = _tagged(next(iter(read_lines(data / PROFILE)), NOBODY))
        """Who the account belongs to; a person without a name where the folder does not say."""
        self._members: tuple[int, dict[str, list[str]]] = (-1, {})

    @property
    def connections(self) -> Collection:
        """The contacts the user saved."""
        return self._collections["people/"]

    @property
    def others(self) -> Collection:
        """The contacts Google collected."""
        return self._collections["otherContacts/"]

    @property
    def groups(self) -> Collection:
        """The labels, without their members."""
        return self._collections["contactGroups/"]

    def put(self, record: Mapping[str, Any]) -> None:
        """Add or replace what `resourceName` names. Raises BadControl."""
        name = str(record.get("resourceName", ""))
        self._collection(name).put(name, _tagged(record))

    def delete(self, name: str) -> None:
        """Delete what a resource name names. Raises BadControl."""
        self._collection(name).put(name, None)

    def _collection(self, name: str) -> Collection:
        for prefix, collection in self._collections.items():
            if name.startswith(prefix):
                return collection
        raise BadControl(f"a resourceName begins with one of {', '.join(FILES)}")

    def members(self, group: str) -> list[str]:
        """The resource names of the saved contacts that carry a label."""
        revision, known = self._members
        if revision != self.connections.revision:
            revision, known = self.connections.revision, {}
            for person in self.connections.values():
                for name in labels(person):
                    known.setdefault(name, []).append(str(person["resourceName"]))
            self._members = revision, known
        return known.get(group, [])


def labels(person: Mapping[str, Any]) -> list[str]:
    """The resource names of a person's labels, each once."""
    found: Counter[str] = Counter()
    for membership in person.get("memberships") or ():
        found[str((membership.get("contactGroupMembership") or {}).get("contactGroupResourceName", ""))] += 1
    return [name for name in found if name]


def _tagged(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with an etag of its content, unless it has one."""
    return {"etag": f"%{blake2b(encoded(record), digest_size=12).hexdigest()}", **record}


class Clock:
    """The time of day, which a control request can put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead
