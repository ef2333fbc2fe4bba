"""A mailbox that answers as it is told, and what is read of it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from scripted_api import Canned, ScriptedApi, Step, contacts, said

from rubrica.domain.credential import Token
from rubrica.errors import (
    ImportFailure,
)
from rubrica.ports import Batch, Cursor
from rubrica.sources.json_api.limits import Limits
from rubrica.sources.microsoft.sign_in import MICROSOFT
from rubrica.sources.microsoft.source import MicrosoftGraph

GRAPH = "https://graph.microsoft.com"
OWN, FOLDERS = "/v1.0/me/contacts", "/v1.0/me/contactFolders"
TOKEN = Token("the-token", MICROSOFT.scopes)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "displayName": name, "parentFolderId": "home", **more}


def values(*told: object, link: str = "", more: Mapping[str, object] = MappingProxyType({})) -> Canned:
    return said({"value": list(told), **({"@odata.nextLink": link} if link else {}), **more})


def folder(name: str) -> dict[str, Any]:
    return {"id": name, "displayName": name.title()}


def inside(name: str) -> str:
    return f"{FOLDERS}/{name}/childFolders"


def people_in(name: str) -> str:
    return f"{FOLDERS}/{name}/contacts"


def mailbox(*own: Step, **folders: Sequence[str]) -> ScriptedApi:
    """A mailbox whose default folder answers so; the folders each with one contact, under their parents' names."""
    answers: dict[str, Any] = {OWN: own or (values(person("Ada")),), FOLDERS: values()}
    for parent, children in folders.items():
        answers[FOLDERS if parent == "top" else inside(parent)] = values(*map(folder, children))
        for child in children:
            answers.setdefault(inside(child), values())
            answers.setdefault(people_in(child), values(person(f"In {child}")))
    return ScriptedApi(answers)


def read(
    api: ScriptedApi, cursor: Cursor | None = None, limits: Limits | None = None
) -> tuple[list[Batch], ImportFailure | None]:
    """The batches of a slice, and what ended it early."""
    batches = []
    try:
        for batch in MicrosoftGraph(api, limits=limits or Limits()).read(TOKEN, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


def names(batches: Sequence[Batch]) -> list[str]:
    return [contact.full_name for contact in contacts(batches)]
