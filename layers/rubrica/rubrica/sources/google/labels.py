"""The labels of a Google account."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rubrica.domain.ledger import Reason
from rubrica.sources.google.people import ContactGroup
from rubrica.sources.json_api.intake import Intake

_SYSTEM: Final = "SYSTEM_CONTACT_GROUP"
_PREFIX: Final = "contactGroups/"
_SAVED: Final = "contactGroups/myContacts"
_OF_THE_SYSTEM: Final = frozenset(_PREFIX + name for name in ("myContacts", "starred", "all", "chatBuddies", "blocked"))
"""Groups that say how Google shows a contact, not how the user sorted it."""

_OLD_LABELS: Final = frozenset(_PREFIX + name for name in ("friends", "family", "coworkers"))
"""Groups of the system that a user put contacts into by hand; old accounts have them."""


class Labels(NamedTuple):
    """`names` by resource name, "" for a group that is no label; `saved` is how many contacts the account has,
    as the labels tell it. `unknown` is filled with what was asked for and is not known."""

    names: Mapping[str, str]
    saved: int
    unknown: set[str]

    def name(self, resource: str) -> str | None:
        """The label's name, "" for a group that is none; None for one that is not known."""
        if resource in _OF_THE_SYSTEM:
            return ""
        name = self.names.get(resource)
        if name is None:
            self.unknown.add(resource)
        return name


def labels_of(groups: Iterable[ContactGroup]) -> Labels:
    """The labels among the groups of an account."""
    names: dict[str, str] = {}
    saved = 0
    intake = Intake(set[Reason]())
    for group in groups:
        resource = group.resource_name or ""
        own = group.group_type != _SYSTEM
        shown = group.name or group.formatted_name if own else group.formatted_name or group.name
        names[resource] = intake.text(shown) if own or resource in _OLD_LABELS else ""
        if own or resource == _SAVED:
            saved = max(saved, group.member_count or 0)
    return Labels(names, saved, set())
