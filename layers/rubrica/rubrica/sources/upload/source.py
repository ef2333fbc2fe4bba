"""The source of files that users give: every record of one file, once, from any point on."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from rubrica.domain.contacts import Contact, Group, Record
from rubrica.domain.credential import Access, File
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.errors import CredentialLost, FileNotContacts, ServerSilent
from rubrica.ports import Batch, Cursor, Files

ReadFile = Callable[[bytes], Iterator[Record]]
"""The records of a file's content, the same ones whenever it is read."""

_A_BATCH: Final = 500
_A_LOOK: Final = 50
"""Records between two looks at the clock; no limit of the readers lets so many take a second."""

_TOLD: Final = Contact._fields.index("full_name")
"""From here on a contact's fields are its owner's own; before are the names that we and the source have for it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """`ports.Source` for files. The cursor is the number of the last record that was handed over.

    Identities, and which record is a copy, depend on all records before, more than a cursor can hold. So each slice
    reads the file from its beginning, and keeps of the records that were handed over only what tells a copy.
    """

    files: Files
    read_file: ReadFile

    def read(self, access: Access, cursor: Cursor | None, stopped: Callable[[], bool]) -> Generator[Batch, None, None]:
        """Batches in the order of the file; the last one announces how many records there are. See `ports.Source`.

        Once `stopped` says so, a batch holds what was read until then. Raises ServerSilent where that is nothing new,
        FileNotContacts where neither a contact nor a group could be read, and what the reader of files does.
        """
        if not isinstance(access, File):
            raise CredentialLost
        done = 0 if cursor is None else int(str(cursor["records"]))
        sorter, number = _Sorter(), 0
        for number, record in enumerate(self.read_file(self.files.read(access)), 1):
            if number > done:
                sorter.take(record)
            else:
                sorter.pass_over(record)
            if number % _A_LOOK:
                continue
            is_over = stopped()
            if number > done and (is_over or number % _A_BATCH == 0):
                yield sorter.batch(number)
            elif is_over:
                raise ServerSilent
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

    def pass_over(self, record: Record) -> None:
        """Take one record that a batch of another slice has held; those that follow are told apart from it."""
        if isinstance(record.value, Contact):
            self._identify(record.value)
        self.found = self.found or record.value is not None

    def batch(self, number: int, announced: int | None = None) -> Batch:
        """What was taken since the batch before."""
        batch = Batch(self._contacts, self._entries, {"records": number}, announced, self._groups)
        self._contacts, self._entries, self._groups = [], [], []
        return batch

    def _take_contact(self, contact: Contact, record: Record) -> None:
        """A contact that is all the same as one before, its own identifier included, is that one once more."""
        identity, is_new = self._identify(contact)
        if not is_new:
            self._entries.append(Entry(record.place, Fate.MERGED, (Reason.SAME_RECORD,), identity))
            return
        self._contacts.append(contact._replace(id=identity))
        if record.reasons:
            self._entries.append(Entry(record.place, Fate.ACCEPTED, record.reasons, identity))

    def _identify(self, contact: Contact) -> tuple[str, bool]:
        """The contact's identity, and whether none before was all the same.

        It is the identifier's, so that it outlives a change of the contact; the content's where it has none of its
        own, or shares it with one before.
        """
        content = contact_id("upload", contact.uid, repr(contact[_TOLD:]))
        known = self._known.get(content)
        if known is not None:
            return known, False
        identity = content
        if contact.uid:
            by_uid = contact_id("upload", contact.uid)
            if by_uid not in self._known:
                identity = self._known[by_uid] = by_uid
        self._known[content] = identity
        return identity, True
