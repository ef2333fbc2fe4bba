"""The source of files that users give: every record of one file, once, from any point on."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from rubrica.domain.contacts import Contact, Group, Record
from rubrica.domain.credential import Access, File
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import CredentialLost, FileNotContacts
from rubrica.ports import Batch, Cursor, Files

ReadFile = Callable[[bytes], Iterator[Record]]
"""The records of a file's content, the same ones whenever it is read."""

_A_BATCH: Final = 500
_TOLD: Final = Contact._fields.index("full_name")
"""From here on a contact's fields are its owner's own; before are the names that we and the source have for it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """`ports.Source` for files. The cursor is the number of the last record that was handed over."""

    files: Files
    read_file: ReadFile

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """Batches in the order of the file; the last one announces how many records there are. See `ports.Source`.

        Raises FileNotContacts where neither a contact nor a group could be read, and what the reader of files does.
        """
        if not isinstance(access, File):
            raise CredentialLost
        done = 0 if cursor is None else int(str(cursor["records"]))
        sorter, number = _Sorter(), 0
        for number, record in enumerate(self.read_file(self.files.read(access)), 1):
            sorter.take(record)
            if number == done:
                sorter.batch(number)  # what came before has been stored
            elif number % _A_BATCH == 0 and number > done:
                yield sorter.batch(number)
        if not sorter.found:
            raise FileNotContacts
        yield sorter.batch(number, announced=number)


class _Sorter:
    """Puts records where they belong; `found` says whether there was a contact or a group among them."""

    def __init__(self) -> None:
        self.found = False
        self._contacts: list[Contact] = []
        self._groups: list[Group] = []
        self._entries: list[Entry] = []
        self._known: dict[str, str] = {}

    def take(self, record: Record) -> None:
        """Take one record, in the order of the file."""
        match record.value:
            case None:
                self._entries.append(Entry(record.place, Fate.REJECTED, record.reasons))
                return
            case Group() as group:
                self._groups.append(group)
                self._entries.append(Entry(record.place, Fate.ACCEPTED, (Reason.GROUP, *record.reasons)))
            case contact:
                self._take_contact(contact, record)
        self.found = True

    def batch(self, number: int, announced: int | None = None) -> Batch:
        """What was taken since the batch before."""
        batch = Batch(self._contacts, self._entries, {"records": number}, announced, self._groups)
        self._contacts, self._entries, self._groups = [], [], []
        return batch

    def _take_contact(self, contact: Contact, record: Record) -> None:
        """A contact that is all the same as one before, its own identifier included, is that one once more."""
        content = contact_id("upload", contact.uid, repr(contact[_TOLD:]))
        if content in self._known:
            self._entries.append(Entry(record.place, Fate.MERGED, (Reason.SAME_RECORD,), self._known[content]))
            return
        identity = self._known[content] = self._identity(contact.uid, content)
        self._contacts.append(contact._replace(id=identity))
        if record.reasons:
            self._entries.append(Entry(record.place, Fate.ACCEPTED, record.reasons, identity))

    def _identity(self, uid: str, content: str) -> str:
        """The identifier's, so that it outlives a change of the contact; the content's where it has none of its own,
        or shares it with one before."""
        by_uid = contact_id("upload", uid)
        if not uid or by_uid in self._known:
            return content
        self._known[by_uid] = by_uid
        return by_uid
