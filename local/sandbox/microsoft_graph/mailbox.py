"""The contacts of one mailbox, as read from a data folder and changed since."""

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from local.sandbox.microsoft_graph.properties import whole
from local.sandbox.stand_in.collection import Collection
from local.sandbox.stand_in.files import read_lines
from local.sandbox.stand_in.wire import BadControl, encoded

FOLDERS: Final = "folders.jsonl"
CONTACTS: Final = "contacts.jsonl"
WELL_KNOWN: Final = "contacts"
"""The name by which the default folder can be asked for."""


class Mailbox:
    """Folders and the contacts in them. The default folder is the one whose parent is no folder of the file."""

    def __init__(self, data: Path) -> None:
        self._folders = {str(folder["id"]): folder for folder in read_lines(data / FOLDERS)}
        self._children = {name: Collection() for name in self._folders}
        self._contacts = {name: Collection() for name in self._folders}
        self.default = ""
        for name, folder in self._folders.items():
            if folder.get("parentFolderId") in self._folders:
                self._children[folder["parentFolderId"]].put(name, folder)
            else:
                self.default = name
        for contact in read_lines(data / CONTACTS):
            self.put(contact)

    def folder(self, name: str) -> Mapping[str, Any] | None:
        """A folder by its id, or by its well-known name."""
        return self._folders.get(self.id_of(name))

    def id_of(self, name: str) -> str:
        """The id that a path means by a name."""
        return self.default if name == WELL_KNOWN else name

    def contacts(self, folder: str) -> Collection:
        """The contacts of a folder that exists."""
        return self._contacts[folder]

    def children(self, folder: str) -> Collection:
        """The folders right below one that exists."""
        return self._children[folder]

    def top(self, folder: str) -> Mapping[str, Any]:
        """The ancestor of a folder that is right below the default one; of a top folder, itself."""
        parent = self._folders[folder]["parentFolderId"]
        while folder != self.default and parent != self.default:
            folder, parent = parent, self._folders[parent]["parentFolderId"]
        return self._folders[folder]

    def put(self, contact: Mapping[str, Any]) -> None:
        """Add or replace the contact of an `id`, in its `parentFolderId` or else the default folder.

        Raises BadControl.
        """
        name = str(contact.get("id", ""))
        folder = str(contact.get("parentFolderId", self.default))
        if not name or folder not in self._contacts:
            raise BadControl("a contact needs an id, and a parentFolderId that exists")
        for other, collection in self._contacts.items():
            if other != folder and collection.get(name) is not None:
                collection.put(name, None)
        key = blake2b(encoded(contact), digest_size=15).hexdigest()
        self._contacts[folder].put(name, whole({"changeKey": key, "parentFolderId": folder, **contact}))

    def delete(self, name: str) -> None:
        """Delete the contact of an id. Raises BadControl."""
        for collection in self._contacts.values():
            if collection.get(name) is not None:
                collection.put(name, None)
                return
        raise BadControl("no contact has this id")
