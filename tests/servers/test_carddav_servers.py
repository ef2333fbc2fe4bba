"""The CardDAV source against real servers: what holds for one holds for all."""

import json
from typing import Any

import pytest
from address_book_servers import Served
from carddav_reading import read, source
from invented_cards import GROUPS

from rubrica.errors import SignInRefused
from rubrica.sources.carddav.limits import Limits

PLENTY = Limits()


def _read(served: Served, path: str = "", **more: Any) -> Any:
    place = served.url.rstrip("/") + path
    return read(place, username=served.username, password=served.password, reader=source(PLENTY), **more)


def test_every_card_arrives_exactly_once(served: Served) -> None:
    whole = _read(served)

    assert len(whole.contacts) == len(served.cards) - GROUPS
    assert len({contact.id for contact in whole.contacts}) == len(whole.contacts)
    assert len({contact.uid for contact in whole.contacts}) == len(whole.contacts)
    assert whole.announced == len(served.cards)
    assert whole.adds_up()
    assert whole.rejected == {}


def test_names_in_every_script_arrive_as_they_are(served: Served) -> None:
    written = {line[3:] for text in served.cards.values() for line in text.splitlines() if line.startswith("FN:")}

    whole = _read(served)

    assert set(whole.names) | {group.name for group in whole.groups} == written
    assert all(contact.emails and contact.phones[0].type == "Boat" for contact in whole.contacts)
    assert {contact.note for contact in whole.contacts} == {"one, two & <three>"}


def test_groups_are_no_people_and_keep_their_members(served: Served) -> None:
    whole = _read(served)

    assert sorted(group.name for group in whole.groups) == ["Group 0", "Group 1"]
    assert all(len(group.members) == 1 for group in whole.groups)


@pytest.mark.parametrize("kind", ["principal", "home", "book"])
def test_any_address_of_the_account_leads_to_the_book(served: Served, kind: str) -> None:
    assert len(_read(served, getattr(served, kind)).contacts) == len(served.cards) - GROUPS


def test_every_cursor_goes_on_where_its_batch_ended(served: Served) -> None:
    whole = _read(served)
    seen = 0

    for cursor in whole.cursors[:3]:
        rest = _read(served, cursor=json.loads(json.dumps(cursor)))
        seen = len(whole.contacts) - len(rest.contacts)
        assert rest.contacts == whole.contacts[seen:]
        assert rest.announced == whole.announced
    assert seen > 0


def test_the_last_cursor_leads_to_nothing_more(served: Served) -> None:
    whole = _read(served)

    assert _read(served, cursor=whole.cursors[-1]).contacts == []


def test_reading_again_gives_the_same_contacts_and_ids(served: Served) -> None:
    assert _read(served).contacts == _read(served).contacts


def test_a_wrong_password_is_a_refused_sign_in(served: Served) -> None:
    if served.name == "xandikos":
        pytest.skip("Xandikos runs without passwords here: with them it wants certificates of its own")

    with pytest.raises(SignInRefused):
        read(served.url, username=served.username, password="wrong", reader=source(PLENTY))
