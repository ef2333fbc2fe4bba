"""A contact in the making: what the properties of a card have said so far."""

from bisect import bisect_right
from itertools import accumulate
from typing import Final, TypeVar

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Group, Organization, Phone
from rubrica.domain.ledger import Reason
from rubrica.formats import limits
from rubrica.formats.vcard.heads import Head

Mark = tuple[int, Head]
"""That the value at a place of its list is preferred or labelled, as its head says."""

Value = TypeVar("Value", Email, Phone, Address)
Reachable = TypeVar("Reachable", Email, Phone)

_NO_NAME: Final = ("", "", "", "", "")
_NO_ORGANIZATION: Final = ("", "")
_NOT_VOICE: Final = ("fax", "pager")


class Draft:
    """The state of one card while it is read; `contact` and `group` tell what came of it."""

    __slots__ = (
        "addresses", "birthday", "emails", "flaws", "full_name", "groups", "is_group", "is_old", "labels",
        "mailing_labels", "marked_addresses", "marked_emails", "marked_phones", "members", "name",
        "nickname", "note", "organizations", "other_charset", "phones", "roles", "titles", "uid", "urls",
    )  # fmt: skip

    def __init__(self, *, is_old: bool) -> None:
        self.is_old = is_old
        self.is_group = False
        self.uid = self.full_name = self.nickname = self.note = ""
        self.name: tuple[str, str, str, str, str] = _NO_NAME
        self.emails: list[Email] = []
        self.phones: list[Phone] = []
        self.addresses: list[Address] = []
        self.organizations: list[tuple[str, str]] = []
        self.titles: list[str] = []
        self.roles: list[str] = []
        self.birthday: Birthday | None = None
        self.groups: list[str] = []
        self.urls: list[str] = []
        self.members: list[str] = []
        self.marked_emails: list[Mark] = []
        self.marked_phones: list[Mark] = []
        self.marked_addresses: list[Mark] = []
        self.labels: dict[str, str] = {}
        self.mailing_labels: list[tuple[str, str]] = []
        self.other_charset: str | None = None
        self.flaws: set[Reason] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said that tells who this is or how to reach them."""
        return not (
            self.full_name or self.emails or self.phones or self.organizations or self.addresses or self.nickname
            or self.titles or self.roles or self.note or self.urls or self.birthday or any(self.name)
        )  # fmt: skip

    def group(self) -> Group:
        """The card of a group (KIND:group, X-ADDRESSBOOKSERVER-KIND:group)."""
        return Group(self.uid, self.full_name or self.name[0], tuple(self.members))

    def contact(self, place: str) -> Contact:
        """The card of a person or an organization."""
        last, first, middle, prefix, suffix = self.name
        return Contact(
            "", self.uid, place, self.full_name, first, middle, last, prefix, suffix, self.nickname,
            tuple(self.emails), tuple(self.phones), tuple(self.addresses), self._organizations(),
            self.birthday, tuple(self.groups), self.note, tuple(self.urls),
        )  # fmt: skip

    def settle(self) -> None:
        """Bring together what several properties say of one thing, once all are read."""
        if self.marked_emails:
            self._settle_labels(self.emails, self.marked_emails)
            _settle_primary(self.emails, self.marked_emails)
        if self.marked_phones:
            self._settle_labels(self.phones, self.marked_phones)
            _settle_primary(self.phones, self.marked_phones)
        if self.marked_addresses:
            self._settle_labels(self.addresses, self.marked_addresses)
        if self.mailing_labels:
            self._settle_mailing_labels()

    def _settle_labels(self, values: list[Value], marks: list[Mark]) -> None:
        """`item1.X-ABLabel` names the type of `item1.TEL`."""
        for place, head in marks:
            label = self.labels.get(head.group, "")
            if label:
                values[place] = values[place]._replace(type=_labelled(label, head.type))

    def _settle_mailing_labels(self) -> None:
        """A LABEL (2.1, 3.0) is the text of the address of the same types; without one it says nothing of a part."""
        for type_, text in self.mailing_labels:
            for place, address in enumerate(self.addresses):
                if address.type == type_ and not address.formatted:
                    self.addresses[place] = address._replace(formatted=text)
                    break
            else:
                self.flaws.add(Reason.LINES_LEFT_OUT)

    def _organizations(self) -> tuple[Organization, ...]:
        """The first title belongs to the first organization, and so on; a ROLE stands in where no TITLE is."""
        titles = self.titles or self.roles
        missing = len(self.organizations) - len(titles)
        names = self.organizations + [_NO_ORGANIZATION] * -missing
        titles = titles + [""] * missing
        return tuple([Organization(name, unit, title) for (name, unit), title in zip(names, titles, strict=True)])

    def trim(self) -> None:
        """Leave out values at the end of the longest lists until the contact fits a page of the store."""
        room = limits.KEPT_TEXT
        for values in (self.emails, self.phones, self.organizations, self.groups, self.urls, self.addresses):
            sizes = list(accumulate(map(_size, values)))
            fitting = bisect_right(sizes, room)
            if fitting < len(values):
                del values[fitting:]
                self.flaws.add(Reason.VALUES_CAPPED)
            room -= sizes[fitting - 1] if fitting else 0


def _settle_primary(values: list[Reachable], marks: list[Mark]) -> None:
    """The most preferred value is the primary one; of equals, the first."""
    preferred = [(head.preference, place) for place, head in marks if head.preference]
    if preferred:
        place = min(preferred)[1]
        values[place] = values[place]._replace(primary=True)


def _size(value: str | tuple[object, ...]) -> int:
    return len(value) if isinstance(value, str) else sum(len(part) for part in value if isinstance(part, str))


def _labelled(label: str, type_: str) -> str:
    """The type of a value with a label of its own; a fax or a pager stays one."""
    kind = next((word for word in _NOT_VOICE if word in type_ and word not in label.lower()), "")
    return f"{label} {kind}" if kind else label
