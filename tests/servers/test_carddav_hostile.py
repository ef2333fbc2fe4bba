"""Servers that bear little, or want to cost much: what can be had is had, and the rest ends soon."""

import re
import time

import pytest
from carddav_reading import FakeNames, read, source
from scripted_server import (
    NAMES,
    Reaction,
    Seen,
    Trick,
    book,
    card,
    data,
    failed,
    found,
    is_book,
    listed,
    multistatus,
    serving,
)

from rubrica.domain.credential import Credential
from rubrica.errors import AddressBookTooLarge, AnswerTruncated, ProviderUnavailable, ServerSilent
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.carddav.places import LONGEST_HREF

BOOK = "/home/book/"
CUT = b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 999999\r\n\r\n"


def _no_more_than(most: int, refusal: Reaction | None) -> Trick:
    """Answer multigets of more cards with the refusal, or None: with an answer that breaks off after so many."""

    def trick(seen: Seen) -> Reaction | None:
        if seen.report != "addressbook-multiget" or len(seen.hrefs) <= most:
            return None
        rows = "".join(data(href, card(href)) for href in seen.hrefs[:most])
        return refusal or Reaction(raw=CUT + f"<d:multistatus {NAMES}>{rows}<d:response>".encode())

    return trick


# --- Servers that bear little -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 10, 50])
@pytest.mark.parametrize("refusal", [Reaction(405), Reaction(413), Reaction(500), Reaction(raw=b""), None], ids=str)
def test_every_card_of_a_large_book_arrives_where_only_small_requests_work(most: int, refusal: Reaction | None) -> None:
    with serving({BOOK: book(1000)}, _no_more_than(most, refusal)) as server:
        whole = read(server.url)
        asked = len(server.seen)

    assert len(whole.contacts) == 1000
    assert whole.adds_up()
    assert asked < (1100 if most == 0 else 600)


@pytest.mark.parametrize("poison", range(0, 100, 9))
def test_a_card_that_always_breaks_off_costs_only_itself_where_only_small_requests_work(poison: int) -> None:
    path = f"{BOOK}{poison:04}.vcf"

    def broken(seen: Seen) -> Reaction | None:
        return Reaction(raw=CUT) if path in seen.body + seen.path else None

    with serving({BOOK: book(100)}, broken, _no_more_than(10, None)) as server:
        whole = read(server.url)

    assert whole.rejected == {path: "card_refused"}
    assert len(whole.contacts) == 99


def test_good_cards_among_many_too_large_ones_are_read() -> None:
    big = card("big").replace("END", "NOTE:" + "x" * 50_000 + "\r\nEND")
    cards = {path: big if number % 2 else text for number, (path, text) in enumerate(book(100).items())}
    with serving({BOOK: cards}) as server:
        whole = read(server.url, reader=source(Limits(card_bytes=2000, batch_bytes=60_000)))

    assert len(whole.contacts) == 50
    assert list(whole.rejected.values()) == ["card_too_large"] * 50


def test_a_server_that_goes_down_is_asked_little() -> None:
    def down(seen: Seen) -> Reaction | None:
        return Reaction(500) if seen.report or seen.method == "GET" else None

    with serving({BOOK: book(2000)}, down) as server:
        with pytest.raises(ProviderUnavailable):
            read(server.url)
        asked = [seen for seen in server.seen if seen.method != "PROPFIND"]

    in_a_row, under_way, looks = 16, 4, 3 * 2
    assert len(asked) <= in_a_row + under_way + looks


# --- Names ------------------------------------------------------------------------------------------------------------


def _listing(*hrefs: str) -> Trick:
    def trick(seen: Seen) -> Reaction | None:
        if seen.method == "PROPFIND" and seen.path == BOOK:
            return multistatus(is_book(BOOK), *map(listed, hrefs))
        return None

    return trick


@pytest.mark.parametrize("name", ["x" * LONGEST_HREF, "😀" * (LONGEST_HREF // 12)], ids=["plain", "quoted"])
def test_a_card_with_an_endless_name_is_rejected_under_a_short_one(name: str) -> None:
    with serving({BOOK: book(2)}, _listing(BOOK + name, *book(2))) as server:
        whole = read(server.url)

    place, *others = whole.rejected
    assert re.fullmatch(r"/home/book/unreadable-[\w-]{1,64}", place)
    assert others == []
    assert len(whole.contacts) == 2
    assert whole.adds_up()


def test_names_that_are_too_long_all_together_are_an_account_too_large() -> None:
    hrefs = [f"{BOOK}{number}{'x' * 1000}" for number in range(20)]
    with serving({BOOK: {}}, _listing(*hrefs)) as server, pytest.raises(AddressBookTooLarge):
        read(server.url, reader=source(Limits(paths=20_000)))


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_listing_ends_with_the_book_that_is_one_too_many() -> None:
    books = {f"/home/b{n}/": book(30, f"/home/b{n}/") for n in range(9)}
    with serving(books) as server:
        with pytest.raises(AddressBookTooLarge):
            read(server.url, reader=source(Limits(cards=50)))
        assert not any(seen.path == "/home/b2/" for seen in server.seen)


@pytest.mark.parametrize(("count", "least"), [(200, 200), (201, 0)])
def test_more_than_200_books_are_too_many(count: int, least: int) -> None:
    books = {f"/home/b{n:03}/": book(1, f"/home/b{n:03}/") for n in range(count)}
    with serving(books) as server:
        if least:
            assert len(read(server.url).contacts) == least
            return
        with pytest.raises(AddressBookTooLarge):
            read(server.url)
        assert len(server.seen) < 10


def test_more_than_200_homes_are_too_many() -> None:
    def trick(seen: Seen) -> Reaction | None:
        homes = "".join(f"<d:href>/h{n}/</d:href>" for n in range(201))
        home_set = f"<c:addressbook-home-set>{homes}</c:addressbook-home-set>"
        return multistatus(found(seen.path, home_set if seen.path == "/" else ""))

    with serving({}, trick) as server:
        with pytest.raises(AddressBookTooLarge):
            read(server.url)
        assert len(server.seen) < 10


def test_listing_many_books_ends_when_the_time_is_over() -> None:
    books = {f"/home/b{n}/": book(1, f"/home/b{n}/") for n in range(50)}
    with serving(books, lambda seen: Reaction(403, pause=0.05) if seen.path.startswith("/home/b") else None) as server:
        over = time.monotonic() + 0.3
        reader = source(names=FakeNames())
        with pytest.raises(ServerSilent):
            next(reader.read(Credential(server.url, "alice", "x"), None, lambda: time.monotonic() > over))
        assert len(server.seen) < 30


def test_sync_pages_without_a_new_card_end_however_new_their_tokens() -> None:
    def trick(seen: Seen) -> Reaction | None:
        full = failed(BOOK, "HTTP/1.1 507 Insufficient Storage")
        if seen.method == "PROPFIND" and seen.path == BOOK:
            return multistatus(is_book(BOOK), full)
        if seen.report == "sync-collection":
            return multistatus(listed(BOOK + "0001.vcf"), full, token=f"t{len(server.seen)}")
        return Reaction(400) if seen.report == "addressbook-query" else None

    with serving({BOOK: book(4)}, trick) as server:
        with pytest.raises(AnswerTruncated):
            read(server.url)
        assert len(server.asked("sync-collection")) <= 6


def test_sync_pages_may_repeat_what_the_cut_list_named() -> None:
    paths = list(book(12))

    def trick(seen: Seen) -> Reaction | None:
        full = failed(BOOK, "HTTP/1.1 507 Insufficient Storage")
        if seen.method == "PROPFIND" and seen.path == BOOK:
            return multistatus(is_book(BOOK), *map(listed, paths[:10]), full)
        if seen.report == "sync-collection":
            start = int(seen.token or 0)
            return multistatus(*map(listed, paths[start : start + 1]), *[full] * (start < 11), token=str(start + 1))
        return None

    with serving({BOOK: book(12)}, trick) as server:
        assert len(read(server.url).contacts) == 12
