"""What one installation hands out in the CloudSponge dialect, another reads from it and hands out again, unchanged."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scripted_api import contacts as found
from upstream_account import read, service

from rubrica.dialects.cloudsponge.records import record
from rubrica.dialects.cloudsponge.writing import encode
from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone
from tests.unit.contact_strategies import contacts

KEPT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
"""Text as every source of ours leaves it, which begins and ends with something."""

SAID = st.builds(lambda before, after: f"{before} {after}", KEPT, KEPT) | KEPT
TEXT = SAID | st.just("")
ADDRESSES = st.builds(Address, TEXT, SAID, *[TEXT] * 5)
CLEAN = st.builds(
    Contact,
    full_name=SAID,
    first_name=TEXT,
    last_name=TEXT,
    prefix=TEXT,
    emails=st.lists(st.builds(Email, SAID, TEXT, st.booleans()), max_size=4).map(tuple),
    phones=st.lists(st.builds(Phone, SAID, TEXT, st.booleans()), max_size=4).map(tuple),
    addresses=st.lists(ADDRESSES, max_size=3).map(tuple),
    organizations=st.lists(st.builds(Organization, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    birthday=st.none()
    | st.builds(Birthday, st.none() | st.integers(1605, 9999), st.integers(1, 12), st.integers(1, 28)),
    groups=st.lists(SAID, max_size=3).map(tuple),
)


def wire(contact: Contact) -> dict[str, Any]:
    """The contact as it stands in an answer."""
    told: dict[str, Any] = json.loads(encode(record(contact, with_address=True)))
    return told


def relayed(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What another installation makes of it."""
    return [wire(contact) for contact in found(read(service([told])))]


@given(CLEAN)
def test_a_contact_is_the_same_at_the_end_of_a_chain(contact: Contact) -> None:
    assert relayed(wire(contact)) == [wire(contact)]


@given(contacts())
def test_any_contact_is_settled_after_one_link_of_the_chain(contact: Contact) -> None:
    for once in relayed(wire(contact)):
        assert relayed(once) == [once]
