"""An account at another service of the CloudSponge kind, and an import that runs there."""

from collections.abc import Callable, Mapping
from typing import Any

from scripted_api import Canned, ScriptedApi, said

from rubrica.adapters.memory import MemoryUpstreamAccounts
from rubrica.domain.credential import Relay
from rubrica.ports import Batch, Cursor, Request, Upstream
from rubrica.sources.cloudsponge.source import CloudSponge

ADDRESS = "https://upstream.example.net/api"
UPSTREAM = Upstream(ADDRESS, "our-key", "our-password", ("gmail", "plaxo"))
ACCOUNTS = MemoryUpstreamAccounts(UPSTREAM)
RELAY = Relay(9001, "plaxo", "tenant-a")
EVENTS = "/api/events/9001.json"
CONTACTS = "/api/contacts/9001.json"


def event(event_type: str, status: str, value: object = 0) -> dict[str, Any]:
    """One event, as recorded in 2016."""
    return {
        "import_action_id": 9001,
        "import_id": 9001,
        "event_type": event_type,
        "value": value,
        "description": None,
        "status": status,
        "created_at": "2026-01-02T15:22:20.000-07:00",
    }


def complete(total: int = 0) -> Canned:
    """The events of an import that found so many contacts."""
    events = [
        event("INITIALIZING", "COMPLETED"),
        event("GATHERING", "COMPLETED", total),
        event("COMPLETE", "COMPLETED"),
    ]
    return said({"events": events, "import_id": 9001, "user_id": None, "id": 9001})


def page(contacts: list[Any], start: object, total: int, **more: Any) -> Canned:
    """A page of contacts."""
    body = {"contacts": contacts, "contacts_owner": None, "start": start, "count": len(contacts), "total": total}
    return said({**body, "import_id": 9001, "user_id": None, "id": 9001, "echo": None, **more})


def paged(book: list[Any], most: int = 1000, **more: Any) -> Callable[[Request], Canned]:
    """Answers as the API does: `count` contacts from `start` on, and never more than `most`."""

    def answer(request: Request) -> Canned:
        start, count = (int(part.partition("=")[2]) for part in request.url.partition("?")[2].split("&"))
        return page(book[start : start + min(count, most)], start, len(book), **more)

    return answer


def service(book: list[Any], **more: Any) -> ScriptedApi:
    """A service at which the import is complete."""
    return ScriptedApi({EVENTS: complete(len(book)), CONTACTS: paged(book, **more)})


def read(api: ScriptedApi, cursor: Cursor | None = None) -> list[Batch]:
    """Every batch from a cursor on."""
    return list(CloudSponge(api, ACCOUNTS).read(RELAY, cursor, lambda: False))


def person(number: int, **more: Any) -> Mapping[str, Any]:
    """A contact in the API's shape."""
    return {
        "first_name": f"Person{number}",
        "last_name": "Example",
        "phone": [],
        "email": [{"address": f"person{number}@example.com", "type": None, "primary": True}],
        "address": [],
        "groups": [],
        "companies": [],
        "photos": [],
        "locations": [],
        **more,
    }
