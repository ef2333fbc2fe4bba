"""Servers that list cards and do not hand them out: a few cost only themselves, all of them are no success."""

import pytest
from carddav_reading import read, source
from faulty_book import BOOK, faulty, on, once, relisted
from scripted_server import Reaction, Seen, Trick, book, card, multistatus, serving

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AccessForbidden,
    AnswerMalformed,
    AnswerTruncated,
    ImportFailure,
    NotAnAddressBook,
    ProviderUnavailable,
)
from rubrica.sources.carddav.limits import Limits

UTF_16 = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16")
PAGE = Reaction(200, "<html><body>Sign in</body></html>", {"Content-Type": "text/html"})
CHUNKED = b"HTTP/1.1 207 M\r\nTransfer-Encoding: chunked\r\n\r\n"
WITHHELD: dict[str, tuple[Reaction, Reaction, type[ImportFailure]]] = {
    "forbidden": (Reaction(403), Reaction(403), AccessForbidden),
    "forbidden, without GET": (Reaction(403), Reaction(405), AccessForbidden),
    "not there": (Reaction(404), Reaction(404), NotAnAddressBook),
    "a status that does not exist": (Reaction(999), Reaction(999), NotAnAddressBook),
    "left out without a word": (multistatus(), Reaction(404), NotAnAddressBook),
    "a document type": (Reaction(207, "<!DOCTYPE a><a/>"), Reaction(405), AnswerMalformed),
    "a document type in UTF-16": (Reaction(207, UTF_16), Reaction(405), AnswerMalformed),
    "bytes that are not UTF-8": (Reaction(207, b"<a>\xff</a>"), Reaction(405), NotAnAddressBook),
    "a status line of garbage": (Reaction(raw=b"GARBAGE\r\n\r\n"), Reaction(405), AnswerMalformed),
    "garbage for each": (Reaction(raw=b"GARBAGE\r\n\r\n"), Reaction(raw=b"GARBAGE\r\n\r\n"), AnswerMalformed),
    "a chunk of no size": (Reaction(raw=CHUNKED + b"ZZZ\r\nfoo"), Reaction(405), AnswerTruncated),
    "an endless header": (Reaction(207, b"", {"X-A": "a" * 1_000_000}), Reaction(405), AnswerMalformed),
    "a page for each": (Reaction(405), PAGE, NotAnAddressBook),
    "trouble": (Reaction(500), Reaction(500), ProviderUnavailable),
    "broken off": (Reaction(raw=b""), Reaction(raw=b""), AnswerTruncated),
}


def _all(several: Reaction, one: Reaction) -> tuple[Trick, Trick]:
    return on("addressbook-multiget", several), on("GET", one)


def _poison(first: int, count: int, reaction: Reaction) -> Trick:
    paths = [f"{BOOK}{number:04}.vcf" for number in range(first, first + count)]
    return lambda seen: reaction if any(path in seen.body + seen.path for path in paths) else None


# --- All of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 20, 400])
@pytest.mark.parametrize(("several", "one", "failure"), WITHHELD.values(), ids=WITHHELD)
def test_a_server_that_hands_out_no_card_ends_the_import_and_is_asked_little(
    several: Reaction, one: Reaction, failure: type[ImportFailure], count: int
) -> None:
    with faulty(count, *_all(several, one)) as server:
        with pytest.raises(failure):
            read(server.url)
        assert len(server.seen) < 110


def test_how_much_is_asked_does_not_grow_with_the_book() -> None:
    with faulty(5000, *_all(Reaction(403), Reaction(403))) as server:
        with pytest.raises(AccessForbidden):
            read(server.url)
        assert len(server.seen) < 110


def test_nothing_is_handed_on_of_an_account_that_hands_out_nothing() -> None:
    with faulty(200, *_all(Reaction(403), Reaction(403))) as server:
        batches = source().read(Credential(server.url, "alice", "x"), None, lambda: False)
        assert next(batches).announced == 200
        with pytest.raises(AccessForbidden):
            next(batches)


def test_cards_that_all_went_since_they_were_listed_are_an_empty_book() -> None:
    listing = once(relisted(*book(20)))
    with faulty(0, listing) as server:
        whole = read(server.url)

    assert list(whole.rejected.values()).count("card_missing") >= 16
    assert len(whole.rejected) == 20
    assert whole.adds_up()


def test_cards_that_are_all_elsewhere_are_no_address_book() -> None:
    hrefs = [f"https://elsewhere.example.org/{number}.vcf" for number in range(50)]
    with faulty(0, relisted(*hrefs)) as server, pytest.raises(NotAnAddressBook):
        read(server.url)


# --- Some of them -----------------------------------------------------------------------------------------------------

BAD = {
    "forbidden": Reaction(403),
    "not there": Reaction(404),
    "trouble": Reaction(500),
    "garbage": Reaction(raw=b"GARBAGE\r\n\r\n"),
    "broken off": Reaction(raw=b"HTTP/1.1 207 M\r\nContent-Length: 9999\r\n\r\n"),
}


@pytest.mark.parametrize(("first", "count"), [(0, 1), (0, 30), (40, 10), (95, 30), (220, 30)])
@pytest.mark.parametrize("reaction", BAD.values(), ids=BAD)
def test_bad_cards_in_a_row_cost_only_themselves(reaction: Reaction, first: int, count: int) -> None:
    with faulty(250, _poison(first, count, reaction)) as server:
        whole = read(server.url)
        assert len(server.seen) < 40 + 10 * count

    assert len(whole.contacts) == 250 - count
    assert len(whole.rejected) == count
    assert whole.adds_up()


def test_one_card_that_comes_among_many_that_do_not_is_found() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return Reaction(404) if seen.hrefs != [BOOK + "0099.vcf"] else None
        return Reaction(404) if seen.method == "GET" else None

    with faulty(100, trick) as server:
        assert read(server.url).names == ["Person 99"]


def test_a_card_that_is_too_large_has_come() -> None:
    big = card("big").replace("END", "NOTE:" + "x" * 3000 + "\r\nEND")
    with serving({BOOK: dict.fromkeys(book(30), big)}, on("addressbook-multiget", Reaction(403))) as server:
        whole = read(server.url, reader=source(Limits(card_bytes=2000)))

    assert list(whole.rejected.values()) == ["card_too_large"] * 30


@pytest.mark.parametrize("withheld", [0, 1, 2])
def test_a_book_that_withholds_its_cards_costs_only_itself(withheld: int) -> None:
    books = {f"/home/b{n}/": book(300, f"/home/b{n}/") for n in range(3)}
    with serving(books, lambda seen: Reaction(403) if f"/home/b{withheld}/0" in seen.body + seen.path else None) as it:
        whole = read(it.url)
        assert len(it.seen) < 200

    assert len(whole.contacts) == 600
    assert set(whole.rejected.values()) == {"card_refused"}
    assert all(place.startswith(f"/home/b{withheld}/") for place in whole.rejected)
    assert whole.adds_up()


def test_reading_that_goes_on_after_cards_came_takes_the_rest_for_withheld() -> None:
    with faulty(120) as server:
        cursor = read(server.url).cursors[1]
        server.tricks += _all(Reaction(403), Reaction(403))
        rest = read(server.url, cursor)

    assert rest.contacts == []
    assert list(rest.rejected.values()) == ["card_refused"] * 20
