"""Contacts in CloudSponge's shape, as XML that any reader reads."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rubrica.dialects.cloudsponge.requests import Form
from rubrica.domain.contacts import Contact
from tests.fakes import people
from tests.unit.contact_strategies import contacts as any_contacts
from tests.unit.dialects.cloudsponge.spans import ANN, NOBODY, OWNER, WITH_ADDRESS, written

# --- XML --------------------------------------------------------------------------------------------------------------


def shape(element: Any) -> Any:
    """An element as its name, its attributes and its text or children."""
    return element.tag, dict(element.attrib), [shape(child) for child in element] or (element.text or "")


READERS = pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring])
NIL = {"nil": "true"}
ARRAY = {"type": "array"}


@READERS
def test_a_contact_in_xml_is_element_for_element_as_recorded(read: Any) -> None:
    root = read(written(Form.XML, ANN, parts=WITH_ADDRESS))

    assert root.tag == "contactsResponse"
    assert shape(root.find("contacts/contact")) == (
        "contact",
        {},
        [
            ("first-name", {}, "Ann"),
            ("last-name", {}, "Example"),
            (
                "phone",
                ARRAY,
                [
                    (
                        "phone",
                        {},
                        [("number", {}, "555-0100"), ("type", {}, "mobile"), ("primary", {"type": "boolean"}, "true")],
                    ),
                    ("phone", {}, [("number", {}, "555-0101"), ("type", NIL, "")]),
                ],
            ),
            (
                "email",
                ARRAY,
                [
                    (
                        "email",
                        {},
                        [
                            ("address", {}, "ann@example.com"),
                            ("type", {}, "home"),
                            ("primary", {"type": "boolean"}, "true"),
                        ],
                    ),
                    ("email", {}, [("address", {}, "ann@example.org"), ("type", {}, "work")]),
                ],
            ),
            (
                "address",
                ARRAY,
                [
                    (
                        "address",
                        {},
                        [
                            ("type", {}, "home"),
                            ("street", {}, "1 Main St"),
                            ("city", {}, "Town"),
                            ("region", {}, "Region"),
                            ("postal-code", {}, "12345"),
                            ("country", {}, "Country"),
                            ("formatted", {}, "1 Main St\nTown"),
                        ],
                    )
                ],
            ),
            ("groups", ARRAY, [("group", {}, "friends"), ("group", {}, "chess")]),
            ("dob", {}, "1980-02-03"),
            ("birthday", {}, "02-03"),
            ("companies", ARRAY, [("company", {}, "Example Ltd")]),
            ("title", {}, "Dr."),
            ("job-title", {}, "Engineer"),
            ("photos", ARRAY, ""),
            ("locations", ARRAY, ""),
        ],
    )


@READERS
def test_an_empty_contact_in_xml_has_every_element_that_clients_look_for(read: Any) -> None:
    found = read(written(Form.XML, NOBODY)).find("contacts/contact")

    for name in ("first-name", "last-name"):
        assert shape(found.find(name)) == (name, {}, "")
    for name in ("email", "phone", "address"):
        assert shape(found.find(name)) == (name, ARRAY, "")


@READERS
def test_the_envelope_in_xml_has_every_element_that_clients_look_for(read: Any) -> None:
    root = read(written(Form.XML, *people(11, 12), start=10, total=90, owner=OWNER))
    told = {child.tag: shape(child) for child in root}

    assert list(told)[:2] == ["contacts", "contacts-owner"]
    assert root.find("contacts").attrib == ARRAY
    for name, value in (("start", "10"), ("count", "2"), ("total", "90"), ("import-id", "1126"), ("id", "1126")):
        assert told[name] == (name, {"type": "integer"}, value)
    assert told["user-id"] == ("user-id", NIL, "")
    assert told["echo"] == ("echo", NIL, "")
    assert root.findtext("contacts-owner/first-name") == "Me"
    assert root.findtext("contacts-owner/last-name") == ""
    assert shape(root.find("contacts-owner/owner")) == ("owner", {"type": "boolean"}, "true")
    assert root.findtext("contacts-owner/email/email/address") == "me@example.com"
    assert root.find("contacts-owner/email/email/type").attrib == NIL


@READERS
def test_an_owner_who_is_not_known_has_the_elements_that_clients_look_for(read: Any) -> None:
    owner = read(written(Form.XML)).find("contacts-owner")

    assert owner.findtext("first-name") == owner.findtext("last-name") == ""
    assert owner.find("email").attrib == ARRAY


# --- Hostile text -----------------------------------------------------------------------------------------------------


@READERS
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x0bb", "ab"),
        ("a\x00b\x1fc", "abc"),
        ("a\ufffeb\uffffc", "abc"),
        ("a\ud800b", "a?b"),
        ("a]]>b", "a]]>b"),
        ("<a href='x'>&amp;</a>", "<a href='x'>&amp;</a>"),
        ("a\r\nb\rc\n", "a\r\nb\rc\n"),
        ("\t x ", "\t x "),
        ("&#0;&#x1;", "&#0;&#x1;"),
        ("<!DOCTYPE x>", "<!DOCTYPE x>"),
        ("😀王\x7f\x85\u2028", "😀王\x7f\x85\u2028"),
    ],
)
def test_any_text_is_read_again_from_xml_but_for_what_xml_cannot_hold(read: Any, text: str, expected: str) -> None:
    root = read(written(Form.XML, Contact(first_name=text, groups=(text,)), echo=text, user=text))

    assert root.findtext("contacts/contact/first-name") == expected
    assert root.findtext("contacts/contact/groups/group") == expected
    assert root.findtext("echo") == root.findtext("user-id") == expected


@given(st.lists(any_contacts(), max_size=4), any_contacts(), st.text(st.characters(exclude_categories=[])))
def test_whatever_the_contacts_hold_both_forms_can_be_read(found: list[Contact], owner: Contact, echo: str) -> None:
    body = written(Form.XML, *found, owner=owner, echo=echo, parts=WITH_ADDRESS)
    one, other = ElementTree.fromstring(body), etree.fromstring(body)
    read = json.loads(written(Form.JSON, *found, owner=owner, echo=echo, parts=WITH_ADDRESS).decode("utf-8"))

    assert shape(one) == shape(other)
    assert len(one.findall("contacts/contact")) == len(read["contacts"]) == len(found)
    assert all(len(told["email"]) == len(contact.emails) for told, contact in zip(read["contacts"], found, strict=True))
