"""Finding address books, and where the password goes on the way."""

from base64 import b64decode

import pytest
from carddav_reading import FakeNames, Whole, read, source
from scripted_server import Reaction, Seen, Trick, book, found, is_book, multistatus, serving

from rubrica.errors import (
    ImportFailure,
    NotAnAddressBook,
    ProviderWithoutAddressBook,
    RedirectLoop,
    RedirectRefused,
    ServerNotFound,
    ServerRefused,
    SignInRefused,
)
from rubrica.sources.registry import SOURCES

BOOK = "/home/book/"


def moved(path: str, location: str, status: int = 301) -> Trick:
    """Redirect one path."""
    return lambda seen: Reaction(status, b"", {"Location": location}) if seen.path == path else None


def gone(*paths: str) -> Trick:
    """These paths do not exist."""
    return lambda seen: Reaction(404) if seen.path in paths else None


@pytest.mark.parametrize("start", ["", "principal/", "home/", "home/book/", "home/book", "no/such/page"])
def test_any_address_of_the_server_leads_to_the_books(start: str) -> None:
    same = moved("/home/book", "/home/book/")
    with serving({BOOK: book(3)}, moved("/.well-known/carddav", "/"), same) as server:
        assert len(read(server.url + start).contacts) == 3


def test_well_known_is_tried_where_the_root_is_no_address_book() -> None:
    with serving({BOOK: book(3)}, gone("/"), moved("/.well-known/carddav", "/principal/", 302)) as server:
        assert len(read(server.url).contacts) == 3


def test_the_root_is_tried_where_well_known_is_missing() -> None:
    with serving({BOOK: book(3)}) as server:
        assert len(read(server.url + "somewhere/else").contacts) == 3


def test_a_home_without_a_principal_is_enough() -> None:
    def nothing_but_home(seen: Seen) -> Reaction | None:
        return Reaction(404) if seen.path in ("/", "/principal/", "/.well-known/carddav") else None

    with serving({BOOK: book(3)}, nothing_but_home) as server:
        assert len(read(server.url + "home/").contacts) == 3


def test_a_named_book_is_the_only_one_read() -> None:
    with serving({BOOK: book(3), "/home/other/": book(2, "/home/other/")}) as server:
        assert len(read(server.url + "home/other/").contacts) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_keeps_method_body_and_password(status: int) -> None:
    with serving({BOOK: book(3)}, moved("/start", "/", status)) as server:
        assert len(read(server.url + "start").contacts) == 3
        first, second = server.seen[:2]

    assert (first.method, second.method) == ("PROPFIND", "PROPFIND")
    assert first.body == second.body
    assert first.headers["Authorization"] == second.headers["Authorization"]
    assert second.headers["Depth"] == "0"


def test_a_redirect_without_a_target_is_no_address_book() -> None:
    with (
        serving({}, lambda seen: Reaction(301) if seen.method == "PROPFIND" else None) as server,
        pytest.raises(NotAnAddressBook),
    ):
        read(server.url)


def test_redirects_in_a_circle_are_a_loop_and_end_at_once() -> None:
    with serving({}, moved("/a", "/b"), moved("/b", "/a")) as server:
        with pytest.raises(RedirectLoop):
            read(server.url + "a")
        assert len(server.seen) <= 5


def test_five_redirects_are_followed_and_six_are_not() -> None:
    steps = [moved(f"/{n}", f"/{n + 1}") for n in range(6)]
    with serving({BOOK: book(1)}, *steps) as server:
        with pytest.raises(RedirectLoop):
            read(server.url + "0")
        assert len(server.seen) == 6
    with serving({BOOK: book(1)}, *steps[:4], moved("/4", "/")) as server:
        assert len(read(server.url + "0").contacts) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2"])
def test_the_password_is_not_sent_to_another_host(host: str) -> None:
    with serving({BOOK: book(1)}) as other:
        target = f"http://{host}:{other.port}/"
        with (
            serving({}, lambda _seen: Reaction(301, b"", {"Location": target})) as server,
            pytest.raises(RedirectRefused),
        ):
            read(server.url)
        assert other.seen == []


@pytest.mark.parametrize(
    "prop",
    ["<c:addressbook-home-set>{}</c:addressbook-home-set>", "<d:current-user-principal>{}</d:current-user-principal>"],
)
def test_hrefs_are_under_the_same_rule_as_redirects(prop: str) -> None:
    with serving({BOOK: book(1)}) as other:
        href = f"<d:href>http://localhost:{other.port}/home/</d:href>"
        elsewhere: Trick = lambda seen: multistatus(found(seen.path, prop.format(href)))  # noqa: E731
        with serving({}, elsewhere) as server, pytest.raises(RedirectRefused):
            read(server.url)
        assert other.seen == []


def test_a_book_on_another_host_is_refused() -> None:
    with serving({BOOK: book(1)}) as other:
        row = is_book(f"http://localhost:{other.port}{BOOK}")
        elsewhere: Trick = lambda seen: multistatus(row) if seen.path == "/home/" else None  # noqa: E731
        with serving({}, elsewhere) as server, pytest.raises(RedirectRefused):
            read(server.url)
        assert other.seen == []


def test_another_port_of_the_same_host_is_the_same_owner() -> None:
    with serving({BOOK: book(2)}) as other, serving({}, moved("/", f"http://127.0.0.1:{other.port}/")) as server:
        assert len(read(server.url).contacts) == 2


# --- What users write -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [
        "http://dav.example.com/",
        "ftp://dav.example.com/",
        "https://user:pass@dav.example.com/",
        "user@dav.example.com",
        "https://dav.example.com\\@127.0.0.1/",
        "https://dav.example.com:99999/",
        "https:///x",
        "https:/dav.example.com",
        "//dav.example.com/",
        "https://dav.example.com/#x",
        "https://dav.exa mple.com/",
        "https://dav.example.com/\r\nX: y",
        "https://[fe80::1%25lo]/",
        "https://[::1",
        "https://dav。example.com/",
        "https://１２７.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://dav.example.com./",
        "https://169.254.169.254/",
        "169.254.169.254",
        "https://[::ffff:169.254.169.254]/",
        "https://10.0.0.1:8843/",
        "https://dav.example.com:22/",
        "https://" + "a" * 300 + ".example.com/",
        "   ",
    ],
)
def test_addresses_that_are_not_connected_to_are_refused_without_a_request(server: str) -> None:
    reader = source()

    with pytest.raises((ServerRefused, ServerNotFound)):
        read(server, reader=reader)


@pytest.mark.parametrize(
    ("username", "password"),
    [("a\r\nX: y", "p"), ("a:b", "p"), ("a", "p\nq"), ("a\x00", "p"), ("\ud800", "p"), ("a", "\x7f")],
)
def test_a_sign_in_that_cannot_be_sent_is_refused_before_anything_is(username: str, password: str) -> None:
    with serving({BOOK: book(1)}) as server:
        with pytest.raises(SignInRefused):
            read(server.url, username=username, password=password)
        assert server.seen == []


def test_a_password_in_any_script_is_sent_as_utf_8() -> None:
    with serving({BOOK: book(1)}) as server:
        read(server.url, username="zoë", password="pä:ß 王")
        sent = server.seen[0].headers["Authorization"].removeprefix("Basic ")

    assert b64decode(sent).decode() == "zoë:pä:ß 王"


# --- Names and mailboxes ----------------------------------------------------------------------------------------------


def _find(username: str, names: FakeNames, server: str = "") -> ImportFailure:
    """What discovery fails with; nothing of these names resolves, so nothing is ever connected to."""
    with pytest.raises(ImportFailure) as caught:
        read(server, username=username, reader=source(names=names))
    return caught.value


@pytest.mark.parametrize("domain", ["outlook.com", "hotmail.com", "proton.me", "PROTONMAIL.com"])
def test_providers_without_carddav_are_named_at_once(domain: str) -> None:
    names = FakeNames()

    assert isinstance(_find("someone@" + domain, names), ProviderWithoutAddressBook)
    assert names.asked == []


@pytest.mark.parametrize("username", ["alice", "alice@", "@"])
def test_neither_server_nor_mailbox_is_no_server(username: str) -> None:
    assert isinstance(_find(username, FakeNames()), ServerNotFound)


def test_an_unknown_domain_is_looked_up_as_a_service() -> None:
    names = FakeNames()

    assert isinstance(_find("alice@nosuch.invalid", names), ServerNotFound)
    assert names.asked == ["_carddavs._tcp.nosuch.invalid"]


def test_a_bare_host_is_looked_up_as_a_service_too() -> None:
    names = FakeNames()

    assert isinstance(_find("alice", names, "nosuch.invalid"), ServerNotFound)
    assert names.asked == ["_carddavs._tcp.nosuch.invalid"]


def test_a_service_record_under_another_owner_gets_no_password() -> None:
    names = FakeNames({"_carddavs._tcp.nosuch.invalid": ("dav.example.com", 443)})

    assert isinstance(_find("alice@nosuch.invalid", names), RedirectRefused)


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1"])
def test_a_service_record_with_a_private_address_gets_nothing(host: str) -> None:
    names = FakeNames({"_carddavs._tcp.nosuch.invalid": (host, 443)})

    assert isinstance(_find("alice@nosuch.invalid", names), RedirectRefused | ServerRefused)


def test_a_service_record_in_the_same_domain_is_followed() -> None:
    names = FakeNames({"_carddavs._tcp.nosuch.invalid": ("dav.nosuch.invalid", 443)})

    assert isinstance(_find("alice@nosuch.invalid", names), ServerNotFound)


# --- Presets ----------------------------------------------------------------------------------------------------------


def _preset(name: str, server: str, start: str) -> Whole:
    return read(server, reader=source(info=SOURCES[name], start=start))


@pytest.mark.parametrize("name", [name for name, info in SOURCES.items() if not info.needs_server])
def test_every_preset_can_be_pointed_elsewhere(name: str) -> None:
    with serving({BOOK: book(2)}) as server:
        assert len(_preset(name, "", server.url).contacts) == 2


def test_nextcloud_is_found_below_the_server_that_the_user_names() -> None:
    only_below = moved("/cloud/remote.php/dav/", "/principal/")
    with serving({BOOK: book(2)}, gone("/", "/cloud/", "/.well-known/carddav"), only_below) as server:
        assert len(_preset("nextcloud", server.url + "cloud/", "").contacts) == 2


def test_the_same_card_has_another_id_under_another_source() -> None:
    with serving({BOOK: book(1)}) as server:
        ids = {_preset(name, "", server.url).contacts[0].id for name in ("icloud", "gmx")}

    assert len(ids) == 2
