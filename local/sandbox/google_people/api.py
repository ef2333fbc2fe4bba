"""The calls of the People API that read contacts and labels.

Source of the rules: Google's discovery document people.v1 (revision 20251117). `docs/sandbox.md` has them in words.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from local.sandbox.google_people import masks
from local.sandbox.google_people.account import Account, Clock
from local.sandbox.google_people.errors import (
    Refused,
    credentials_missing,
    error,
    first_pages_exhausted,
    invalid,
    not_enabled,
    scope_insufficient,
    unauthenticated,
)
from local.sandbox.google_people.orders import ORDERS
from local.sandbox.google_people.paging import Listing, Pager
from local.sandbox.google_people.parameters import flag, known_only, number, page_size
from local.sandbox.stand_in.collection import Entry, by_change
from local.sandbox.stand_in.tokens import bearer
from local.sandbox.stand_in.wire import SHARED, Answer, Request, Twist, checked, encoded, listed

_AUTH: Final = "https://www.googleapis.com/auth"
SAVED: Final = frozenset((f"{_AUTH}/contacts.readonly", f"{_AUTH}/contacts"))
OTHER: Final = frozenset((f"{_AUTH}/contacts.other.readonly",))

_LIST: Final = frozenset(("pageSize", "pageToken", "requestSyncToken", "sources", "syncToken"))
_MOST_NAMES: Final = 200
SETTINGS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "upsert": list,
    "delete": list,
    "advance_seconds": (int, float),
    "expire_page_tokens": bool,
    "expire_sync_tokens": bool,
    "first_pages": (int, type(None)),
    "api_enabled": bool,
}

Call = Callable[[Request, Twist], Answer]


class PeopleApi:
    """The API over one account."""

    name = "People API stand-in"

    def __init__(self, data: Path) -> None:
        self._data = data
        self._calls: Mapping[str, tuple[str, frozenset[str], Call]] = {
            "/v1/people/me": ("PeopleService.GetPerson", SAVED, self._me),
            "/v1/people/me/connections": ("PeopleService.ListConnections", SAVED, self._connections),
            "/v1/otherContacts": ("PeopleService.ListOtherContacts", OTHER, self._others),
            "/v1/contactGroups": ("PeopleService.ListContactGroups", SAVED, self._groups),
            "/v1/contactGroups:batchGet": ("PeopleService.BatchGetContactGroups", SAVED, self._batch),
        }
        self.reset()

    def reset(self) -> None:
        """The data of the folder, and no limit. Tokens given until now die."""
        self._account = Account(self._data)
        self._clock = Clock()
        self._pager = Pager(self._clock)
        self._first_pages: int | None = None
        self._enabled = True

    def page_number(self, request: Request) -> int:
        """Which page of its list a request asks for."""
        return self._pager.page_number(request)

    def refusal(self, request: Request) -> Answer | None:
        """A project that does not use the API is told so before anything else."""
        return None if self._enabled else not_enabled()

    def error(self, request: Request, status: int) -> Answer:
        """Google's error answer of a status."""
        return unauthenticated() if status == 401 else error(status)

    def answer(self, request: Request, scopes: frozenset[str] | None, twist: Twist) -> Answer:
        """The answer to a call."""
        if scopes is None:
            return unauthenticated() if bearer(request.headers.get("authorization", "")) else credentials_missing()
        known = self._calls.get(request.path)
        if known is None:
            return error(404)
        method, needed, call = known
        if not scopes & needed:
            return scope_insufficient(f"google.people.v1.{method}")
        try:
            return call(request, twist)
        except Refused as refused:
            return refused.answer

    def control(self, settings: Mapping[str, Any]) -> None:
        """Change the account, the clock or the limits. Raises BadControl."""
        settings = checked(settings, SETTINGS, SHARED)
        for record in listed(settings.get("upsert", []), "upsert"):
            self._account.put(record)
        for name in settings.get("delete", []):
            self._account.delete(str(name))
        self._clock.ahead += float(settings.get("advance_seconds", 0))
        for kind in ("page", "sync"):
            if settings.get(f"expire_{kind}_tokens"):
                self._pager.expire(kind)
        self._first_pages = settings.get("first_pages", self._first_pages)
        self._enabled = settings.get("api_enabled", self._enabled)

    def _connections(self, request: Request, twist: Twist) -> Answer:
        known_only(request, _LIST | {"personFields", "sortOrder"})
        fields = masks.mask(request.value("personFields"), "personFields", masks.PERSON_FIELDS)
        names = masks.read_sources(request.values("sources")) or frozenset(("CONTACT", "PROFILE"))
        order = ORDERS.get(request.value("sortOrder", "LAST_MODIFIED_ASCENDING"))
        if order is None:
            raise invalid("Invalid value at 'sort_order'", "sortOrder")
        listing = Listing(
            self._account.connections,
            "connections",
            ("totalPeople", "totalItems"),
            page_size(request, 100),
            order,
            persons(fields, masks.source_types(names)),
            flag(request, "requestSyncToken") or bool(request.value("syncToken")),
        )
        return self._first_page_refusal(request) or self._pager.answer(request, listing, twist)

    def _me(self, request: Request, _: Twist) -> Answer:
        known_only(request, frozenset(("personFields", "sources")))
        fields = masks.mask(request.value("personFields"), "personFields", masks.PERSON_FIELDS)
        names = masks.read_sources(request.values("sources")) or frozenset(("CONTACT", "PROFILE"))
        return Answer(body=encoded(masks.masked_person(self._account.profile, fields, masks.source_types(names))))

    def _others(self, request: Request, twist: Twist) -> Answer:
        known_only(request, _LIST | {"readMask"})
        names = masks.read_sources(request.values("sources")) or frozenset(("CONTACT",))
        if "CONTACT" not in names or names - {"CONTACT", "PROFILE"}:
            raise invalid("READ_SOURCE_TYPE_CONTACT is needed, alone or with READ_SOURCE_TYPE_PROFILE.", "sources")
        valid = masks.PERSON_FIELDS if "PROFILE" in names else masks.OTHER_FIELDS
        fields = masks.mask(request.value("readMask"), "readMask", valid)
        listing = Listing(
            self._account.others,
            "otherContacts",
            ("totalSize",),
            page_size(request, 100),
            by_change,
            persons(fields, masks.source_types(names | {"OTHER_CONTACT"})),
            flag(request, "requestSyncToken") or bool(request.value("syncToken")),
        )
        return self._first_page_refusal(request) or self._pager.answer(request, listing, twist)

    def _first_page_refusal(self, request: Request) -> Answer | None:
        """The first page of a full sync has a quota of its own."""
        if self._first_pages is None or not self._pager.begins_full_sync(request):
            return None
        if self._first_pages < 1:
            return first_pages_exhausted()
        self._first_pages -= 1
        return None

    def _groups(self, request: Request, twist: Twist) -> Answer:
        known_only(request, frozenset(("groupFields", "pageSize", "pageToken", "syncToken")))
        fields = self._group_fields(request)
        size = page_size(request, 30)
        encode = lambda entry: encoded(self._group(entry.key, entry.value, fields))  # noqa: E731
        listing = Listing(self._account.groups, "contactGroups", ("totalItems",), size, by_change, encode, True)
        return self._pager.answer(request, listing, twist)

    def _group_fields(self, request: Request) -> frozenset[str]:
        text = request.value("groupFields")
        return masks.mask(text, "groupFields", masks.GROUP_FIELDS) if text else masks.GROUP_DEFAULT

    def _group(self, name: str, group: Mapping[str, Any] | None, fields: frozenset[str]) -> dict[str, Any]:
        if group is None:
            return {"resourceName": name, "metadata": {"deleted": True}}
        count = len(self._account.members(name))
        return masks.masked_group({**group, "memberCount": count} if count else group, fields)

    def _batch(self, request: Request, _: Twist) -> Answer:
        known_only(request, frozenset(("groupFields", "maxMembers", "resourceNames")))
        names = request.values("resourceNames")
        if not 1 <= len(names) <= _MOST_NAMES:
            raise invalid(f"From 1 to {_MOST_NAMES} resource names are needed.", "resourceNames")
        fields, most = self._group_fields(request), number(request, "maxMembers", 0, 1_000_000)
        return Answer(body=encoded({"responses": [self._batched(name, fields, most) for name in names]}))

    def _batched(self, name: str, fields: frozenset[str], most: int) -> dict[str, Any]:
        group = self._account.groups.get(name)
        if group is None:
            return {"requestedResourceName": name, "status": {"code": 5, "message": "Contact group not found."}}
        shown = self._group(name, group, fields)
        if members := self._account.members(name)[:most]:
            shown["memberResourceNames"] = members
        return {"requestedResourceName": name, "contactGroup": shown}


def persons(fields: frozenset[str], types: frozenset[str]) -> Callable[[Entry], bytes]:
    """Encodes people under a mask, each at most once."""
    shape = fields, types

    def encode(entry: Entry) -> bytes:
        known = entry.encoded.get(shape)
        if known is None:
            known = entry.encoded[shape] = encoded(_person(entry, fields, types))
        return known

    return encode


def _person(entry: Entry, fields: frozenset[str], types: frozenset[str]) -> dict[str, Any]:
    if entry.value is not None:
        return masks.masked_person(entry.value, fields, types)
    metadata = {"metadata": {"deleted": True, "objectType": "PERSON"}} if "metadata" in fields else {}
    return {"resourceName": entry.key, **metadata}
