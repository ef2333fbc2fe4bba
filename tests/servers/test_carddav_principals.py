"""Whose address books they are, told on the way to them and without a request of its own."""

from collections.abc import Sequence

from address_book_servers import Served
from carddav_reading import source
from scripted_server import Reaction, Seen, Trick, book, found, multistatus, serving

from rubrica.domain.contacts import Contact, Email
from rubrica.domain.credential import Credential
from rubrica.ports import Batch, Cursor
from rubrica.sources.carddav.limits import Limits

BOOKS = {"/home/book/": book(3)}
HOME = "<c:addressbook-home-set><d:href>/home/</d:href></c:addressbook-home-set>"
CALDAV = 'xmlns:k="urn:ietf:params:xml:ns:caldav"'
ADDRESSES = (
    f"<k:calendar-user-address-set {CALDAV}><d:href>mailto:alice@example.com</d:href><d:href>/principal/</d:href>"
    "</k:calendar-user-address-set>"
)
NAMED = f"{HOME}<d:displayname>Alice Example</d:displayname>{ADDRESSES}"


def principal(properties: str, path: str = "/principal/") -> Trick:
    return lambda seen: multistatus(found(path, properties)) if seen.path == path else None


def every(server: str, username: str = "alice", cursor: Cursor | None = None) -> Sequence[Batch]:
    reader = source(Limits())
    try:
        return list(reader.read(Credential(server, username, "sandbox-password"), cursor, lambda: False))
    finally:
        reader.egress.close()  # type: ignore[attr-defined]


def owner(server: str, username: str = "alice") -> Contact | None:
    first, *others = every(server, username)
    assert {batch.owner for batch in others} == {None}
    return first.owner


def test_the_principal_on_the_way_tells_the_owner() -> None:
    with serving(BOOKS, principal(NAMED)) as server:
        told = owner(server.url)

    assert told is not None
    assert (told.full_name, told.emails) == ("Alice Example", (Email("alice@example.com"),))


def test_it_takes_no_request_more() -> None:
    def asked(*tricks: Trick) -> list[tuple[str, str]]:
        with serving(BOOKS, *tricks) as server:
            every(server.url)
            return [(seen.method, seen.path) for seen in server.seen]

    assert asked(principal(NAMED)) == asked()


def test_a_principal_that_is_named_itself_tells_the_owner_too() -> None:
    kind = "<d:resourcetype><d:principal/></d:resourcetype>"
    with serving(BOOKS, principal(NAMED + kind)) as server:
        told = owner(server.url + "principal/")

    assert told is not None
    assert told.full_name == "Alice Example"


def test_the_name_of_a_home_or_of_a_book_is_nobodys() -> None:
    with serving(BOOKS, principal(f"{HOME}<d:displayname>All books</d:displayname>")) as server:
        assert owner(server.url + "principal/") is None
    named = "<d:resourcetype><c:addressbook/></d:resourcetype><d:displayname>Contacts</d:displayname>"
    with serving(BOOKS, lambda seen: named_book(seen, named)) as server:
        assert owner(server.url + "home/book/") is None


def named_book(seen: Seen, properties: str) -> Reaction | None:
    return multistatus(found(seen.path, properties)) if seen.headers.get("Depth") == "0" else None


def test_a_user_name_that_is_an_address_is_enough() -> None:
    with serving(BOOKS) as server:
        told = owner(server.url, "alice@example.org")

    assert told is not None
    assert (told.full_name, told.emails) == ("", (Email("alice@example.org"),))


def test_a_property_that_is_refused_tells_nothing() -> None:
    refused = found("/principal/", "<d:displayname>Nobody</d:displayname>", "HTTP/1.1 403 Forbidden")
    both = refused.replace("<d:propstat>", f"<d:propstat><d:prop>{HOME}</d:prop></d:propstat><d:propstat>", 1)
    with serving(BOOKS, lambda seen: multistatus(both) if seen.path == "/principal/" else None) as server:
        assert owner(server.url) is None


def test_a_slice_that_goes_on_tells_no_owner() -> None:
    with serving(BOOKS, principal(NAMED)) as server:
        first = every(server.url)[0]
        assert {batch.owner for batch in every(server.url, cursor=first.cursor)} == {None}


def test_real_servers_tell_the_owner_as_far_as_they_know(served: Served) -> None:
    first, *_ = every(served.url, served.username)

    known = {"radicale": "Alice Example"}.get(served.name)
    assert known is None or (first.owner is not None and first.owner.full_name == known)
