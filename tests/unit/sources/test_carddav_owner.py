"""Whose address books they are, by the principal and the user name."""

import pytest

from rubrica.domain.contacts import Email
from rubrica.sources.carddav.multistatus import CALDAV, DAV, HREF, Child, Row
from rubrica.sources.carddav.owner import owner

ACCOUNT = ("carddav", "dav.example.com")


def principal(name: str = "", *hrefs: str) -> Row:
    children = tuple(Child(HREF, href, ()) for href in hrefs)
    return Row(
        "/alice/", None, {DAV + "displayname": name}, {CALDAV + "calendar-user-address-set": children}, oversize=False
    )


def test_the_principals_name_is_the_owners() -> None:
    found = owner("alice", principal("  Alice\n Example\x00 "), *ACCOUNT)

    assert found is not None
    assert (found.full_name, found.emails) == ("Alice Example", ())


def test_a_user_name_that_is_an_address_is_the_owners_first() -> None:
    found = owner(
        "alice@example.org",
        principal(
            "Alice",
            "/principals/alice/",
            "mailto:Alice@Example.org",
            "MAILTO:a.example%2Bbooks@example.com",
            "urn:uuid:7",
        ),
        *ACCOUNT,
    )

    assert found is not None
    assert found.emails == (Email("alice@example.org"), Email("a.example+books@example.com"))


def test_an_address_in_the_place_of_a_name_is_no_name() -> None:
    found = owner("alice@example.org", principal("Alice@example.org"), *ACCOUNT)

    assert found is not None
    assert (found.full_name, found.emails) == ("", (Email("alice@example.org"),))


@pytest.mark.parametrize("row", [None, principal(), principal(" \n"), principal("", "mailto:", "mailto:a b@c", "/x")])
def test_no_name_and_no_address_is_no_owner(row: Row | None) -> None:
    assert owner("alice", row, *ACCOUNT) is None


@pytest.mark.parametrize("username", ["a@", "@b", "a@b@c", "a b@c", "a@b\x00", "x" * 600 + "@example.com", "<a@b>"])
def test_a_user_name_that_only_looks_like_an_address_is_none(username: str) -> None:
    assert owner(username, None, *ACCOUNT) is None


def test_what_a_server_tells_too_much_of_is_cut() -> None:
    many = [f"mailto:a{number}@example.com" for number in range(5_000)]

    found = owner("alice", principal("A" * 100_000, *many), *ACCOUNT)

    assert found is not None
    assert len(found.full_name) == 1_000
    assert found.emails == tuple(Email(f"a{number}@example.com") for number in range(10))


def test_the_owner_has_an_id_of_the_account() -> None:
    ids = {owner("alice", principal("Alice"), "carddav", host).id for host in ("a.example", "b.example")}  # type: ignore[union-attr]

    assert len(ids) == 2
