"""The CardDAV source against a server with bad books and lists: one that fails costs no other."""

import threading
import time

import pytest
from carddav_reading import QUICK, Whole, read, source
from faulty_book import BOOK, LONG, faulty, on, once, read_faulty, relisted
from scripted_server import (
    Reaction,
    Seen,
    Trick,
    book,
    failed,
    found,
    is_book,
    listed,
    multistatus,
    serving,
)

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerMalformed,
    AnswerTruncated,
    ProviderThrottled,
    ProviderUnavailable,
)
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.registry import SOURCES

# --- Books ------------------------------------------------------------------------------------------------------------


def test_a_book_of_too_many_cards_in_all_is_too_large() -> None:
    books = {f"/home/b{n}/": book(30, f"/home/b{n}/") for n in range(2)}
    with serving(books) as server, pytest.raises(AddressBookTooLarge):
        read(server.url, reader=source(Limits(cards=50)))


@pytest.mark.parametrize("reaction", [Reaction(500), Reaction(207, "<broken"), Reaction(429)])
def test_a_book_in_passing_trouble_is_not_left_out(reaction: Reaction) -> None:
    def trick(seen: Seen) -> Reaction | None:
        return reaction if seen.path == BOOK and seen.method == "PROPFIND" else None

    with pytest.raises((ProviderUnavailable, AnswerMalformed, AnswerTruncated, ProviderThrottled)):
        read_faulty(3, trick)


def test_a_forbidden_book_costs_only_itself() -> None:
    books = {f"/home/b{n}/": book(3, f"/home/b{n}/") for n in range(3)}
    with serving(books, lambda seen: Reaction(403) if seen.path == "/home/b1/" else None) as server:
        whole = read(server.url)

    assert len(whole.contacts) == 6
    assert whole.rejected == {"/home/b1": "book_refused"}
    assert whole.adds_up()


def test_only_forbidden_books_are_a_forbidden_account() -> None:
    with faulty(3, lambda seen: Reaction(403) if seen.path == BOOK else None) as server, pytest.raises(AccessForbidden):
        read(server.url)


def test_all_books_of_all_homes_are_read_and_a_home_may_name_this_port() -> None:
    books = {f"/home/b{n}/": book(2, f"/home/b{n}/") for n in range(2)} | {"/other/c/": book(2, "/other/c/")}

    def trick(seen: Seen) -> Reaction | None:
        if seen.path == "/principal/":
            homes = f"<d:href>http://127.0.0.1:{server.port}/home/</d:href><d:href>/other/</d:href>"
            return multistatus(found(seen.path, f"<c:addressbook-home-set>{homes}</c:addressbook-home-set>"))
        if seen.path == "/other/":
            return multistatus(is_book("/other/c/"))
        if seen.path == "/home/":
            return multistatus(is_book("/home/b0/"), is_book("/home/b1/"), is_book("/home/b0/"))
        return None

    with serving(books, trick) as server:
        whole = read(server.url)

    assert len(whole.contacts) == 6
    assert len({contact.id for contact in whole.contacts}) == 6


def test_reading_goes_on_in_the_book_where_it_stopped() -> None:
    books = {f"/home/b{n}/": book(3, f"/home/b{n}/") for n in range(3)}
    with serving(books) as server:
        whole = read(server.url)
        for count, cursor in enumerate(whole.cursors):
            assert read(server.url, cursor).contacts == whole.contacts[3 * count :]


def test_an_account_without_books_is_empty() -> None:
    with serving({}) as server:
        whole = read(server.url)

    assert (whole.contacts, whole.announced) == ([], 0)


# --- "None" is looked at again ----------------------------------------------------------------------------------------


def _unlisted(count: int, *others: Trick) -> Whole:
    """A book whose listing is empty although it holds cards."""
    return read_faulty(count, *others, relisted())


def test_an_empty_listing_is_checked_by_sync_collection() -> None:
    assert len(_unlisted(4).contacts) == 4


@pytest.mark.parametrize("status", [400, 403, 404, 405, 412, 501, 500])
def test_an_empty_listing_is_checked_by_a_query_where_sync_is_not_offered(status: int) -> None:
    assert len(_unlisted(4, on("sync-collection", Reaction(status))).contacts) == 4


def test_an_empty_book_is_empty_after_all_second_looks() -> None:
    with faulty(0) as server:
        whole = read(server.url)
        assert [seen.report for seen in server.seen if seen.report] == ["sync-collection", "addressbook-query"]

    assert (whole.contacts, whole.announced) == ([], 0)


def test_second_looks_send_neither_limit_nor_filter() -> None:
    with faulty(0) as server:
        read(server.url)
        assert not any(word in seen.body for seen in server.seen for word in ("limit", "nresults", "filter"))


def test_sync_is_tried_with_both_depths() -> None:
    def trick(seen: Seen) -> Reaction | None:
        return Reaction(400) if seen.report == "sync-collection" and seen.headers["Depth"] == "0" else None

    with faulty(4, trick, relisted()) as server:
        assert len(read(server.url).contacts) == 4
        assert server.asked("addressbook-query") == []


def _paged(seen: Seen) -> Reaction | None:
    """A sync-collection of 4 cards in pages of 2, each but the last cut by a 507."""
    if seen.report != "sync-collection":
        return None
    start = int(seen.token or 0)
    rows = [listed(path) for path in list(book(4))[start : start + 2]]
    cut = [failed(BOOK, "HTTP/1.1 507 Insufficient Storage")] if start < 2 else []
    return multistatus(*rows, *cut, token=str(start + 2))


def _cut(seen: Seen) -> Reaction | None:
    if seen.method == "PROPFIND" and seen.path == BOOK:
        return multistatus(is_book(BOOK), listed(BOOK + "0000.vcf"), failed(BOOK, "HTTP/1.1 507 Insufficient Storage"))
    return None


def test_a_listing_cut_by_507_is_completed_by_sync_collection_page_by_page() -> None:
    whole = read_faulty(4, _cut, _paged)

    assert len(whole.contacts) == 4
    assert whole.announced == 4


def test_a_server_that_repeats_a_token_for_ever_is_left_and_nothing_is_called_whole() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "sync-collection":
            return multistatus(listed(BOOK + "0001.vcf"), failed(BOOK, "HTTP/1.1 507 x"), token="same")
        return Reaction(400) if seen.report == "addressbook-query" else None

    with faulty(4, _cut, trick) as server:
        with pytest.raises(AnswerTruncated):
            read(server.url)
        assert 2 <= len(server.asked("sync-collection")) <= 4


def test_a_listing_refused_for_want_of_room_is_asked_for_page_by_page() -> None:
    def no_room(seen: Seen) -> Reaction | None:
        return Reaction(507) if seen.method == "PROPFIND" and seen.path == BOOK else None

    assert len(read_faulty(4, no_room, _paged).contacts) == 4


def test_a_second_look_that_asks_to_wait_is_waited_for() -> None:
    busy = Reaction(503, b"", {"Retry-After": "7"})
    with pytest.raises(ProviderUnavailable) as caught:
        _unlisted(4, on("sync-collection", busy), on("addressbook-query", busy))
    assert caught.value.retry_after == 7


# --- Batches and threads ----------------------------------------------------------------------------------------------


def test_batches_grow_while_answers_come_fast_and_stay_under_the_limit() -> None:
    with faulty(3000) as server:
        assert len(read(server.url).contacts) == 3000
        sizes = [len(seen.hrefs) for seen in server.asked("addressbook-multiget")]

    assert 100 in sizes
    assert max(sizes) <= 500


def test_a_provider_that_likes_small_batches_gets_them() -> None:
    with faulty(120) as server:
        read(server.url, reader=source(info=SOURCES["gmx"], start=server.url))
        assert max(len(seen.hrefs) for seen in server.asked("addressbook-multiget")) == 25


def test_contacts_come_in_order_however_late_a_batch_is() -> None:
    late = once(lambda seen: Reaction(pause=0.3, raw=b"") if "/home/book/0000.vcf" in seen.body else None)
    whole = read_faulty(400, late)

    assert [contact.uid for contact in whole.contacts] == [f"u{n}" for n in range(400)]


def test_closing_the_iterator_ends_all_waiting() -> None:
    slow = Reaction(pause=LONG)
    limits = Limits(fetch_silence=LONG)
    with faulty(800, lambda seen: slow if "/home/book/0100.vcf" in seen.body else None) as server:
        reader = source(limits)
        batches = reader.read(Credential(server.url, "alice", "x"), None, lambda: False)
        next(batches)
        next(batches)
        batches.close()
        began = time.monotonic()
        while any(thread.name.startswith("carddav") for thread in threading.enumerate()):
            assert time.monotonic() - began < LONG / 2
            time.sleep(0.02)


def test_limits_of_the_quick_tests_are_the_real_ones_but_for_time() -> None:
    assert QUICK.cards == Limits().cards
