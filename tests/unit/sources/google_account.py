"""A Google account that answers as it is told, and what is read of it."""

from collections.abc import Sequence
from typing import Any

from scripted_api import Canned, ScriptedApi, Step, said

from rubrica.domain.credential import Token
from rubrica.errors import (
    ImportFailure,
)
from rubrica.ports import Batch, Cursor
from rubrica.sources.google.sign_in import GOOGLE, OTHER_CONTACTS, OTHER_CONTACTS_SCOPE
from rubrica.sources.google.source import GooglePeople
from rubrica.sources.json_api.limits import Limits

SAVED, OTHERS, LABELS = "/v1/people/me/connections", "/v1/otherContacts", "/v1/contactGroups"
TOKEN = Token("the-token", GOOGLE.scopes)
WITH_OTHERS = Token("the-token", (*GOOGLE.scopes, OTHER_CONTACTS_SCOPE), (OTHER_CONTACTS,))
NO_LABELS = said({"contactGroups": [{"resourceName": "contactGroups/myContacts", "groupType": "SYSTEM_CONTACT_GROUP"}]})


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"resourceName": f"people/c{number}", "names": [{"displayName": f"Ada Example {number}"}], **more}


def page(*people: object, token: str = "", **more: Any) -> Canned:
    return said({"connections": list(people), **({"nextPageToken": token} if token else {}), **more})


def account(*steps: Step, labels: Step | Sequence[Step] = NO_LABELS, **more: Any) -> ScriptedApi:
    return ScriptedApi({SAVED: steps, LABELS: labels, **more})


def read(
    api: ScriptedApi, cursor: Cursor | None = None, token: Token = TOKEN, limits: Limits | None = None
) -> tuple[list[Batch], ImportFailure | None]:
    """The batches of a slice, and what ended it early."""
    batches = []
    try:
        for batch in GooglePeople(api, limits=limits or Limits()).read(token, cursor, lambda: False):
            batches.append(batch)
    except ImportFailure as failure:
        return batches, failure
    return batches, None


def reason(name: str) -> dict[str, Any]:
    return {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name}]}
