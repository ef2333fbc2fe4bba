"""The properties of a contact and of a contact folder, and what `$select` leaves of them."""

from collections.abc import Mapping
from typing import Any, Final

from local.sandbox.microsoft_graph.errors import Refused

TEXTS: Final = (
    "assistantName",
    "birthday",
    "businessHomePage",
    "companyName",
    "department",
    "displayName",
    "fileAs",
    "generation",
    "givenName",
    "initials",
    "jobTitle",
    "manager",
    "middleName",
    "mobilePhone",
    "nickName",
    "officeLocation",
    "personalNotes",
    "profession",
    "spouseName",
    "surname",
    "title",
    "yomiCompanyName",
    "yomiGivenName",
    "yomiSurname",
)
LISTS: Final = ("businessPhones", "categories", "children", "emailAddresses", "homePhones", "imAddresses")
ADDRESSES: Final = ("businessAddress", "homeAddress", "otherAddress")
KEPT_BY_SERVER: Final = ("id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId")
CONTACT: Final = frozenset((*TEXTS, *LISTS, *ADDRESSES, *KEPT_BY_SERVER))
FOLDER: Final = frozenset(("id", "displayName", "parentFolderId"))

Selected = frozenset[str] | None


def select(text: str | None, known: frozenset[str], kind: str) -> Selected:
    """The properties that `$select` names, None for all. Raises Refused for one that does not exist."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            message = (
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
            )
            raise Refused(400, "RequestBroker--ParseUri", message)
    return frozenset(names)


def shown(record: Mapping[str, Any], selected: Selected) -> dict[str, Any]:
    """What is returned: the id and the annotations always, the rest as selected."""
    if selected is None:
        return dict(record)
    return {name: value for name, value in record.items() if name == "id" or name[0] == "@" or name in selected}


def whole(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact with every property, as Graph returns it: null, empty text, list or object where there is nothing."""
    empty: dict[str, Any] = {
        **dict.fromkeys(TEXTS),
        **{name: [] for name in LISTS},
        **{name: {} for name in ADDRESSES},
        "fileAs": "",
        "personalNotes": "",
    }
    return {"@odata.etag": f'W/"{contact.get("changeKey", "")}"', **empty, **contact}
