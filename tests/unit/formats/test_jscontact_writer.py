import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from rubrica.formats import jscontact
from tests.unit.contact_strategies import contacts

_FLAGS = {"type": "object", "minProperties": 1, "additionalProperties": {"const": True}}
_SAID = {"type": "string", "minLength": 1}


def _of(required: list[str], **properties: Any) -> Any:
    """An object with no other property than these, RFC 9553 section 1.3.4."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _ids(schema: Any) -> Any:
    """Values under ids, RFC 9553 section 1.4.1."""
    keys = {"pattern": "^[A-Za-z0-9_-]{1,255}$"}
    return {"type": "object", "minProperties": 1, "propertyNames": keys, "additionalProperties": schema}


def _components(*kinds: str) -> Any:
    return {
        "type": "array",
        "minItems": 1,
        "items": _of(["kind", "value"], kind={"enum": list(kinds)}, value=_SAID),
    }


_REACHED = {
    "contexts": {**_FLAGS, "propertyNames": {"enum": ["private", "work"]}},
    "label": _SAID,
    "pref": {"const": 1},
}
_FEATURES = ["mobile", "voice", "text", "video", "main-number", "textphone", "fax", "pager"]

# Written from RFC 9553 section 2, for the properties that the writer makes.
CARD = _of(
    ["@type", "version", "uid"],
    **{"@type": {"const": "Card"}, "version": {"const": "1.0"}},
    uid=_SAID,
    name=_of(
        [],
        components=_components("title", "given", "given2", "surname", "surname2", "credential", "generation"),
        full=_SAID,
    ),
    nicknames=_ids(_of(["name"], name=_SAID)),
    organizations=_ids(_of([], name=_SAID, units={"type": "array", "items": _of(["name"], name=_SAID)})),
    titles=_ids(_of(["name"], name=_SAID, kind={"enum": ["title", "role"]}, organizationId=_SAID)),
    emails=_ids(_of(["address"], address=_SAID, **_REACHED)),
    phones=_ids(
        _of(["number"], number=_SAID, features={**_FLAGS, "propertyNames": {"enum": _FEATURES}}, **_REACHED),
    ),
    addresses=_ids(
        _of(
            [],
            components=_components("name", "locality", "region", "postcode", "country"),
            full=_SAID,
            **_REACHED,
        ),
    ),
    anniversaries=_ids(
        _of(
            ["kind", "date"],
            kind={"const": "birth"},
            date=_of(
                ["@type", "month", "day"],
                **{"@type": {"const": "PartialDate"}},
                year={"type": "integer", "minimum": 1},
                month={"type": "integer", "minimum": 1, "maximum": 12},
                day={"type": "integer", "minimum": 1, "maximum": 31},
            ),
        ),
    ),
    keywords=_FLAGS,
    notes=_ids(_of(["note"], note=_SAID)),
    links=_ids(_of(["uri"], uri=_SAID)),
)
CARDS = Draft202012Validator({"type": "array", "items": CARD})


def written(*found: Contact) -> Any:
    return json.loads(jscontact.write(found))


def test_a_whole_contact_becomes_a_card() -> None:
    contact = Contact(
        id="c1",
        uid="urn:uuid:1",
        full_name="Dr. Zoë Maria Example Ph.D.",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example",
        suffix="Ph.D.",
        nickname="Zo",
        emails=(Email("zoe@example.com", "work", True), Email("z@example.org", "Boat")),
        phones=(Phone("+49 30 1", "work fax"), Phone("+49 30 2", "mobile", True)),
        addresses=(Address("home", "1 Main St", "Springfield", "", "12345", "Nowhere", "1 Main St\nSpringfield"),),
        organizations=(Organization("", "", "Volunteer"), Organization("Example Ltd", "Bread", "Baker")),
        birthday=Birthday(None, 2, 29),
        groups=("Friends", "Friends"),
        note="hello",
        urls=("https://example.com/",),
    )

    assert written(contact) == [
        {
            "@type": "Card",
            "version": "1.0",
            "uid": "urn:uuid:1",
            "name": {
                "components": [
                    {"kind": "title", "value": "Dr."},
                    {"kind": "given", "value": "Zoë"},
                    {"kind": "given2", "value": "Maria"},
                    {"kind": "surname", "value": "Example"},
                    {"kind": "credential", "value": "Ph.D."},
                ],
                "full": "Dr. Zoë Maria Example Ph.D.",
            },
            "nicknames": {"k1": {"name": "Zo"}},
            "organizations": {"o2": {"name": "Example Ltd", "units": [{"name": "Bread"}]}},
            "titles": {
                "t1": {"name": "Volunteer", "kind": "title"},
                "t2": {"name": "Baker", "kind": "title", "organizationId": "o2"},
            },
            "emails": {
                "e1": {"address": "zoe@example.com", "contexts": {"work": True}, "pref": 1},
                "e2": {"address": "z@example.org", "label": "Boat"},
            },
            "phones": {
                "p1": {"number": "+49 30 1", "features": {"fax": True}, "contexts": {"work": True}},
                "p2": {"number": "+49 30 2", "features": {"mobile": True}, "pref": 1},
            },
            "addresses": {
                "a1": {
                    "components": [
                        {"kind": "name", "value": "1 Main St"},
                        {"kind": "locality", "value": "Springfield"},
                        {"kind": "postcode", "value": "12345"},
                        {"kind": "country", "value": "Nowhere"},
                    ],
                    "full": "1 Main St\nSpringfield",
                    "contexts": {"private": True},
                },
            },
            "anniversaries": {
                "b1": {"kind": "birth", "date": {"@type": "PartialDate", "month": 2, "day": 29}},
            },
            "keywords": {"Friends": True},
            "notes": {"n1": {"note": "hello"}},
            "links": {"l1": {"uri": "https://example.com/"}},
        },
    ]


def test_a_contact_without_uid_is_identified_by_its_id() -> None:
    assert written(Contact("c1")) == [{"@type": "Card", "version": "1.0", "uid": "c1"}]


def test_no_contacts_are_an_empty_array() -> None:
    assert jscontact.write([]) == b"[]"


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts(), max_size=3))
def test_every_card_is_a_card_of_rfc_9553(found: list[Contact]) -> None:
    cards = written(*found)

    CARDS.validate(cards)
    assert len(cards) == len(found)


@settings(max_examples=40, deadline=None)
@given(contacts())
def test_nothing_that_reaches_the_person_is_lost(contact: Contact) -> None:
    card = written(contact)[0]

    assert [it["address"] for it in card.get("emails", {}).values()] == [whole(it.address) for it in contact.emails]
    assert [it["number"] for it in card.get("phones", {}).values()] == [whole(it.number) for it in contact.phones]
    assert [it["uri"] for it in card.get("links", {}).values()] == [whole(it) for it in contact.urls]


def whole(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "?", text)
