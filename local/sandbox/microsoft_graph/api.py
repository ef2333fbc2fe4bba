"""The calls of Microsoft Graph that read contacts and contact folders.

Sources of the rules: Microsoft's reference of `/me/contacts`, `/me/contactFolders` and `contact: delta`, its page on
throttling limits, and reports of users. `docs/sandbox.md` has them in words.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from local.sandbox.microsoft_graph.errors import Refused, error, identify, no_mailbox, throttled
from local.sandbox.microsoft_graph.mailbox import Mailbox
from local.sandbox.microsoft_graph.paging import CONTENT_TYPE, DELTA_TOKEN, SKIP_TOKEN, Listing, Pager
from local.sandbox.microsoft_graph.properties import CONTACT, FOLDER, Selected, select, shown
from local.sandbox.microsoft_graph.query import delta_only, list_only, page_size
from local.sandbox.stand_in.collection import Collection, Entry
from local.sandbox.stand_in.wire import SHARED, Answer, Request, Twist, checked, encoded, listed

_HOST: Final = "https://graph.microsoft.com/"
_NAMES: Final = ("Contacts.Read", "Contacts.ReadWrite")
SCOPES: Final = frozenset((*_NAMES, *(f"{_HOST}{name}" for name in _NAMES)))

_OWNER: Final = "users('alice%40example.com')"
_PATH: Final = re.compile(
    r"/v1\.0/me/(?:contactFolders(?:/(?P<folder>[^/]+)(?:/(?P<part>contacts|childFolders|contacts/delta(?:\(\))?))?)?"
    r"|(?P<own>contacts|contacts/delta(?:\(\))?))"
)
SETTINGS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "upsert": list,
    "delete": list,
    "concurrency": (int, type(None)),
    "retry_after": (int, float),
    "mailbox_enabled": bool,
    "contact_lists": int,
    "folder_cycle": bool,
    "list_default_folder": bool,
    "expire_page_tokens": bool,
    "expire_delta_tokens": bool,
}


class GraphApi:
    """The API over one mailbox."""

    name = "Microsoft Graph stand-in"

    def __init__(self, data: Path) -> None:
        self._data = data
        self.reset()

    def reset(self) -> None:
        """The data of the folder, and the usual limits. Tokens given until now die."""
        self._mailbox = Mailbox(self._data)
        self._pager = Pager()
        self._settings: dict[str, Any] = {
            "concurrency": 4,
            "retry_after": 1,
            "mailbox_enabled": True,
            "contact_lists": 0,
            "folder_cycle": False,
            "list_default_folder": False,
        }

    def page_number(self, request: Request) -> int:
        """Which page of its list a request asks for."""
        return self._pager.page_number(request)

    def refusal(self, request: Request) -> Answer | None:
        """More requests at a time than a mailbox takes of one application are turned away."""
        most = self._settings["concurrency"]
        if most is not None and request.in_flight > most:
            return throttled(request, self._settings["retry_after"])
        return None

    def error(self, request: Request, status: int) -> Answer:
        """Graph's error answer of a status."""
        return error(request, status)

    def control(self, settings: Mapping[str, Any]) -> None:
        """Change the mailbox or the limits. Raises BadControl."""
        settings = checked(settings, SETTINGS, SHARED)
        for contact in listed(settings.get("upsert", []), "upsert"):
            self._mailbox.put(contact)
        for name in settings.get("delete", []):
            self._mailbox.delete(str(name))
        if settings.get("expire_page_tokens"):
            self._pager.expire(SKIP_TOKEN)
        if settings.get("expire_delta_tokens"):
            self._pager.expire(DELTA_TOKEN)
        self._settings |= {name: value for name, value in settings.items() if name in self._settings}

    def answer(self, request: Request, scopes: frozenset[str] | None, twist: Twist) -> Answer:
        """The answer to a call."""
        if scopes is None:
            return error(request, 401, message="" if request.headers.get("authorization") else "Access token is empty.")
        path = _PATH.fullmatch(request.path)
        if path is None:
            return error(request, 400, message="Resource not found for the segment.")
        if not scopes & SCOPES:
            return error(request, 403)
        if not self._settings["mailbox_enabled"]:
            return no_mailbox(request)
        try:
            return self._call(request, path["folder"], path["part"] or path["own"] or "", twist)
        except Refused as refused:
            return error(request, refused.status, refused.code, refused.message)

    def _call(self, request: Request, named: str | None, part: str, twist: Twist) -> Answer:
        folder = self._mailbox.default if named is None else self._mailbox.id_of(named)
        found = self._mailbox.folder(folder)
        if found is None:
            raise Refused(404)
        context = f"{_OWNER}/" + ("" if named is None else f"contactFolders('{quote(folder)}')/")
        if part.startswith("contacts/"):
            return self._delta(request, folder, twist)
        if part == "contacts":
            return self._contacts(request, folder, f"{context}contacts", twist)
        if part == "childFolders" or named is None:
            return self._folders(request, folder, f"{context}{part or 'contactFolders'}", twist, top=not part)
        return self._one_folder(request, found)

    def _contacts(self, request: Request, folder: str, context: str, twist: Twist) -> Answer:
        list_only(request)
        told = self._pager.told(request, twist)
        selected = select(_select_of(request), CONTACT, "microsoft.graph.contact")
        contacts = self._mailbox.contacts(folder)
        head: dict[str, Any] = {"@odata.context": _context(request, context, selected)}
        if request.value("$count") == "true":
            lists = self._settings["contact_lists"] if folder == self._mailbox.default else 0
            head["@odata.count"] = len(contacts) + lists
        size, preferred = page_size(request, told)
        return self._pager.answer(request, Listing(contacts, records(selected), head, size, preferred), told, twist)

    def _delta(self, request: Request, folder: str, twist: Twist) -> Answer:
        delta_only(request)
        told = self._pager.told(request, twist)
        text = told["select"] if told else _select_of(request)
        selected = select(text, CONTACT, "microsoft.graph.contact")
        size, preferred = page_size(request, told, most=200)
        head = {"@odata.context": _context(request, "Collection(contact)", selected)}
        listing = Listing(
            self._mailbox.contacts(folder), records(selected), head, size, preferred, delta=True, select=text
        )
        return self._pager.answer(request, listing, told, twist)

    def _folders(self, request: Request, folder: str, context: str, twist: Twist, *, top: bool) -> Answer:
        list_only(request)
        told = self._pager.told(request, twist)
        selected = select(_select_of(request), FOLDER, "microsoft.graph.contactFolder")
        folders = self._listed_folders(folder, top=top)
        head: dict[str, Any] = {"@odata.context": _context(request, context, selected)}
        if request.value("$count") == "true":
            head["@odata.count"] = len(folders)
        size, preferred = page_size(request, told)
        return self._pager.answer(request, Listing(folders, records(selected), head, size, preferred), told, twist)

    def _listed_folders(self, folder: str, *, top: bool) -> Collection:
        """The folders below one; with the settings for it the default folder itself, or an ancestor below a leaf."""
        children = self._mailbox.children(folder)
        extra = None
        if top and self._settings["list_default_folder"]:
            extra = self._mailbox.folder(folder)
        elif self._settings["folder_cycle"] and not top and not len(children):
            extra = self._mailbox.top(folder)
        if extra is None:
            return children
        return Collection((str(one["id"]), one) for one in [extra, *children.values()])

    def _one_folder(self, request: Request, folder: Mapping[str, Any]) -> Answer:
        selected = select(_select_of(request), FOLDER, "microsoft.graph.contactFolder")
        context = f"{request.base}/v1.0/$metadata#{_OWNER}/contactFolders/$entity"
        body = {"@odata.context": context, **shown(folder, selected)}
        return Answer(200, encoded(body), CONTENT_TYPE, identify(request))


def _select_of(request: Request) -> str | None:
    return request.value("$select") if request.values("$select") else None


def _context(request: Request, what: str, selected: Selected) -> str:
    fields = f"({','.join(sorted(selected))})" if selected else ""
    return f"{request.base}/v1.0/$metadata#{what}{fields}"


def records(selected: Selected) -> Callable[[Entry], bytes]:
    """Encodes records under a `$select`, each at most once."""

    def encode(entry: Entry) -> bytes:
        known = entry.encoded.get(selected)
        if known is None:
            known = entry.encoded[selected] = encoded(_record(entry, selected))
        return known

    return encode


def _record(entry: Entry, selected: Selected) -> dict[str, Any]:
    if entry.value is not None:
        return shown(entry.value, selected)
    return {"@odata.type": "#microsoft.graph.contact", "id": entry.key, "@removed": {"reason": "deleted"}}
