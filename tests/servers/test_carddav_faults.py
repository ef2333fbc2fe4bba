"""The CardDAV source against a server that misbehaves: one bad card, row or book costs only itself, and everything
else is one error of its own."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from carddav_reading import QUICK, Whole, read, source
from scripted_server import (
    NAMES,
    Reaction,
    ScriptedServer,
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
from rubrica.errors import (
    AccessForbidden,
    AddressBookTooLarge,
    AnswerEncoded,
    AnswerMalformed,
    AnswerTruncated,
    ImportFailure,
    NotAnAddressBook,
    ProviderThrottled,
    ProviderUnavailable,
    ServerSilent,
    ServerUnreachable,
    SignInRefused,
)
from rubrica.ports import Batch
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.registry import SOURCES

BOOK = "/home/book/"

LONG = 60.0
"""Seconds that a server takes which nobody waits for; a loaded machine may take a good part of them as well."""


def on(what: str, reaction: Reaction) -> Trick:
    """React like this to every request of a method or report."""
    return lambda seen: reaction if what in (seen.method, seen.report) else None


def once(trick: Trick) -> Trick:
    """Play a trick the first time only."""
    left = [trick]

    def play(seen: Seen) -> Reaction | None:
        reaction = left[0](seen) if left else None
        if reaction is not None:
            left.clear()
        return reaction

    return play


@contextmanager
def faulty(count: int, *tricks: Trick) -> Iterator[ScriptedServer]:
    with serving({BOOK: book(count)}, *tricks) as server:
        yield server


def read_faulty(count: int, *tricks: Trick) -> Whole:
    with faulty(count, *tricks) as server:
        return read(server.url)


# --- Statuses ---------------------------------------------------------------------------------------------------------

STATUSES: list[tuple[int, type[ImportFailure]]] = [
    (200, NotAnAddressBook),
    (204, NotAnAddressBook),
    (400, NotAnAddressBook),
    (401, SignInRefused),
    (403, AccessForbidden),
    (404, NotAnAddressBook),
    (405, NotAnAddressBook),
    (412, NotAnAddressBook),
    (415, NotAnAddressBook),
    (423, ProviderUnavailable),
    (429, ProviderThrottled),
    (500, ProviderUnavailable),
    (501, NotAnAddressBook),
    (502, ProviderUnavailable),
    (503, ProviderUnavailable),
    (504, ProviderUnavailable),
]


@pytest.mark.parametrize(("status", "failure"), STATUSES)
def test_a_status_at_discovery_is_one_error(status: int, failure: type[ImportFailure]) -> None:
    with pytest.raises(failure):
        read_faulty(1, on("PROPFIND", Reaction(status)))


def test_a_page_for_people_is_no_address_book() -> None:
    page = Reaction(200, "<!DOCTYPE html><html><body>Welcome</body></html>", {"Content-Type": "text/html"})

    with pytest.raises(NotAnAddressBook):
        read_faulty(1, on("PROPFIND", page))


def test_a_207_that_is_another_document_is_no_address_book() -> None:
    with pytest.raises(NotAnAddressBook):
        read_faulty(1, on("PROPFIND", Reaction(207, "<html><body/></html>")))


def test_a_refused_sign_in_is_not_tried_elsewhere() -> None:
    with faulty(1, on("PROPFIND", Reaction(401))) as server:
        with pytest.raises(SignInRefused):
            read(server.url)
        assert len(server.seen) == 1


def test_basic_is_sent_before_it_is_asked_for() -> None:
    with faulty(1) as server:
        read(server.url)
        assert all(seen.headers["Authorization"].startswith("Basic ") for seen in server.seen)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Wed, 21 Oct 2037 07:28:30 GMT", "Date": "Wed, 21 Oct 2037 07:28:00 GMT"}, 30),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "99999999999999999999"}, 7 * 24 * 3600),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_handed_on(status: int, headers: dict[str, str], seconds: int | None) -> None:
    with pytest.raises((ProviderThrottled, ProviderUnavailable)) as caught:
        read_faulty(1, on("PROPFIND", Reaction(status, b"", headers)))
    assert caught.value.retry_after == seconds


# --- Trouble while cards are fetched ----------------------------------------------------------------------------------


def test_a_throttled_fetch_waits_and_goes_on_from_the_cursor_with_nothing_twice() -> None:
    refused = once(
        lambda seen: Reaction(429, b"", {"Retry-After": "3"}) if "/home/book/0250.vcf" in seen.body else None
    )
    with faulty(300, refused) as server:
        got, batches = list[Batch](), source().read(Credential(server.url, "alice", "x"), None, lambda: False)
        with pytest.raises(ProviderThrottled) as caught:
            got.extend(batches)
        rest = read(server.url, got[-1].cursor)

    assert caught.value.retry_after == 3
    first = [contact for batch in got for contact in batch.contacts]
    assert len(first) == 200
    assert [contact.uid for contact in [*first, *rest.contacts]] == [f"u{n}" for n in range(300)]
    assert rest.announced == 300


@pytest.mark.parametrize("status", [500, 502, 503, 504, 413, 404, 403, 400])
def test_a_batch_refused_once_is_asked_for_in_halves(status: int) -> None:
    with faulty(120, once(on("addressbook-multiget", Reaction(status)))) as server:
        whole = read(server.url)
        asked = sorted(len(seen.hrefs) for seen in server.asked("addressbook-multiget"))

    assert len(whole.contacts) == 120
    assert whole.adds_up()
    assert asked[:2] != [20, 100]


def test_a_server_that_fails_on_is_in_trouble_and_asked_little() -> None:
    with faulty(400, on("addressbook-multiget", Reaction(500)), on("GET", Reaction(500))) as server:
        with pytest.raises(ProviderUnavailable):
            read(server.url)
        assert len(server.seen) < 40


def test_a_card_on_which_the_server_always_fails_is_rejected_alone() -> None:
    def poison(seen: Seen) -> Reaction | None:
        return Reaction(500) if "/home/book/0042.vcf" in seen.body + seen.path else None

    whole = read_faulty(250, poison)

    assert whole.rejected == {"/home/book/0042.vcf": "card_refused"}
    assert len(whole.contacts) == 249
    assert whole.adds_up()


def test_a_lone_card_on_which_the_server_always_fails_is_rejected_while_its_book_answers() -> None:
    whole = read_faulty(1, on("addressbook-multiget", Reaction(500)), on("GET", Reaction(500)))

    assert whole.rejected == {"/home/book/0000.vcf": "card_refused"}


def test_one_vanished_card_that_fails_the_whole_multiget_costs_only_itself() -> None:
    def vanished(seen: Seen) -> Reaction | None:
        return Reaction(404) if "/home/book/0007.vcf" in seen.body + seen.path else None

    whole = read_faulty(120, vanished)

    assert whole.rejected == {"/home/book/0007.vcf": "card_missing"}
    assert len(whole.contacts) == 119


def test_a_server_without_multiget_is_read_card_by_card() -> None:
    with faulty(40, on("addressbook-multiget", Reaction(405))) as server:
        whole = read(server.url)
        assert len(server.asked("addressbook-multiget")) < 12

    assert len(whole.contacts) == 40


def test_an_answer_that_breaks_off_is_asked_for_once_more() -> None:
    half = Reaction(raw=b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 5000\r\n\r\n<d:multistatus xmlns:d='DAV:'>")

    assert len(read_faulty(120, once(on("addressbook-multiget", half))).contacts) == 120


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 5000\r\n\r\n<?xml version='1.0'?>",
        b"HTTP/1.1 207 Multi-Status\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<?xml\r\n",
        b"HTTP/1.1 207 Multi-Status\r\nConnection: close\r\n\r\n<d:multistatus xmlns:d='DAV:'><d:resp",
        b"",
    ],
)
def test_answers_that_always_break_off_are_truncated(raw: bytes) -> None:
    for count in (1, 2, 3, 400):
        status = b"207 Multi-Status" if count % 2 else b"200 OK"
        half = Reaction(raw=b"HTTP/1.1 %s\r\nContent-Length: 5000\r\n\r\nBEGIN:VCARD\r\n" % status)
        cut = on("addressbook-multiget", Reaction(raw=raw)), on("GET", half)
        with faulty(count, *cut) as server:
            with pytest.raises(AnswerTruncated):
                read(server.url)
            assert len(server.seen) < 30
    with pytest.raises(AnswerTruncated):
        read_faulty(3, on("PROPFIND", Reaction(raw=raw)))


def test_a_server_that_says_nothing_is_silent() -> None:
    with pytest.raises(ServerSilent):
        read_faulty(1, on("PROPFIND", Reaction(pause=LONG)))


def test_a_server_that_falls_silent_while_cards_are_fetched_is_silent() -> None:
    began = time.monotonic()

    with pytest.raises(ServerSilent):
        read_faulty(200, on("addressbook-multiget", Reaction(pause=LONG)))
    assert time.monotonic() - began < LONG / 2


def test_a_server_that_is_gone_is_unreachable() -> None:
    with faulty(1) as server:
        url = server.url

    with pytest.raises(ServerUnreachable):
        read(url)


# --- Rows and cards ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["HTTP/1.1 404 Not Found", "HTTP/1.1 507 Insufficient Storage", "nonsense", "HTTP/1.1 ٢٠٠"]
)
def test_a_card_reported_as_failed_is_asked_for_by_itself(status: str) -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return multistatus(failed(seen.hrefs[0], status), *(data(href, card(href)) for href in seen.hrefs[1:]))
        return None

    whole = read_faulty(5, trick)

    assert len(whole.contacts) == 5


def test_a_card_that_is_gone_is_missing() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return multistatus(*(data(href, card(href)) for href in seen.hrefs[1:]))
        return Reaction(404) if seen.method == "GET" else None

    whole = read_faulty(5, trick)

    assert whole.rejected == {"/home/book/0000.vcf": "card_missing"}
    assert whole.adds_up()


def test_a_card_that_may_not_be_read_is_refused() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return multistatus(*(data(href, card(href)) for href in seen.hrefs[1:]))
        return Reaction(403) if seen.method == "GET" else None

    assert read_faulty(5, trick).rejected == {"/home/book/0000.vcf": "card_refused"}


@pytest.mark.parametrize(
    "answer",
    [
        lambda href: found(href, '<d:getetag>"1"</d:getetag>'),
        lambda href: found(href, "<c:address-data/>", "HTTP/1.1 404 Not Found"),
        lambda href: found(href, "<c:address-data/>"),
        lambda _href: "",
    ],
)
def test_a_row_without_its_card_is_fetched_by_itself(answer: Callable[[str], str]) -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return multistatus(*map(answer, seen.hrefs))
        return None

    assert len(read_faulty(5, trick).contacts) == 5


def test_a_propstat_without_a_status_was_found() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report != "addressbook-multiget":
            return Reaction(500) if seen.method == "GET" else None
        return multistatus(*(data(h, card(h)).replace("<d:status>HTTP/1.1 200 OK</d:status>", "") for h in seen.hrefs))

    assert len(read_faulty(5, trick).contacts) == 5


def test_one_card_that_breaks_the_xml_costs_at_most_itself() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget" and "/home/book/0003.vcf" in seen.hrefs:
            return multistatus(*(data(h, card(h) + ("\x0b" if "0003" in h else "")) for h in seen.hrefs))
        return None

    whole = read_faulty(60, trick)

    assert len(whole.contacts) == 60


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
        "\x89PNG binary",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
        "   ",
    ],
)
def test_what_is_no_card_is_rejected_with_a_reason(text: str) -> None:
    with serving({BOOK: book(3) | {BOOK + "odd.vcf": text}}) as server:
        whole = read(server.url)

    assert list(whole.rejected) == [BOOK + "odd.vcf"]
    assert whole.rejected[BOOK + "odd.vcf"] in ("not_a_card", "card_empty", "card_malformed")
    assert len(whole.contacts) == 3
    assert whole.adds_up()


def test_version_4_is_read_though_3_was_asked_for() -> None:
    text = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:v4\r\nFN:Four Example\r\nEND:VCARD\r\n"
    with serving({BOOK: {BOOK + "four.vcf": text}}) as server:
        assert read(server.url).names == ["Four Example"]


def test_version_4_is_asked_for_where_the_server_lists_it() -> None:
    kinds = (
        '<c:supported-address-data><c:address-data-type content-type="text/vcard" version="3.0"/>'
        '<c:address-data-type content-type="text/vcard" version="4.0"/></c:supported-address-data>'
    )

    def trick(seen: Seen) -> Reaction | None:
        return multistatus(is_book(BOOK, kinds)) if seen.path == "/home/" else None

    with faulty(1, trick) as server:
        read(server.url)
        assert 'version="4.0"' in server.asked("addressbook-multiget")[0].body
    with faulty(1) as server:
        read(server.url)
        assert "version" not in server.asked("addressbook-multiget")[0].body.partition("?>")[2]


def test_a_card_past_the_limit_is_rejected_and_its_neighbours_are_read() -> None:
    big = card("big").replace("END", "NOTE:" + "x" * 3000 + "\r\nEND")
    limits = Limits(card_bytes=2000)
    with serving({BOOK: book(3) | {BOOK + "big.vcf": big}}) as server:
        whole = read(server.url, reader=source(limits))

    assert whole.rejected == {BOOK + "big.vcf": "card_too_large"}
    assert len(whole.contacts) == 3


def test_a_batch_whose_answer_is_too_large_is_divided() -> None:
    limits = Limits(batch_bytes=4000)
    with faulty(60) as server:
        assert len(read(server.url, reader=source(limits)).contacts) == 60


def test_a_book_past_the_limit_of_bytes_is_too_large_and_never_complete() -> None:
    with faulty(60) as server, pytest.raises(AddressBookTooLarge):
        read(server.url, reader=source(Limits(total_bytes=1000)))


def test_a_book_past_the_limit_of_cards_is_too_large() -> None:
    with faulty(60) as server, pytest.raises(AddressBookTooLarge):
        read(server.url, reader=source(Limits(cards=50)))


def test_a_card_too_large_by_itself_is_too_large_for_a_get_too() -> None:
    big = card("big").replace("END", "NOTE:" + "x" * 3000 + "\r\nEND")
    refused = on("addressbook-multiget", Reaction(413))
    with serving({BOOK: {BOOK + "big.vcf": big}}, refused) as server:
        assert read(server.url, reader=source(Limits(card_bytes=2000))).rejected == {BOOK + "big.vcf": "card_too_large"}


def test_a_card_in_an_old_code_page_is_read() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return Reaction(405)
        return Reaction(200, card("Zoë").encode("cp1252")) if seen.method == "GET" else None

    assert read_faulty(1, trick).names == ["Person Zoë"]


def test_two_cards_in_one_resource_are_two_contacts() -> None:
    with serving({BOOK: {BOOK + "two.vcf": card("a") + card("b")}}) as server:
        whole = read(server.url)

    assert whole.names == ["Person a", "Person b"]
    assert len({contact.id for contact in whole.contacts}) == 2
    assert whole.adds_up()


# --- Spellings --------------------------------------------------------------------------------------------------------


def _relisted(*hrefs: str) -> Trick:
    def trick(seen: Seen) -> Reaction | None:
        if seen.method == "PROPFIND" and seen.path == BOOK:
            return multistatus(is_book(BOOK), *map(listed, hrefs))
        return None

    return trick


def _answering(spell: dict[str, str]) -> Trick:
    """Cards come back under another spelling of their path."""

    def trick(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return multistatus(*(data(spell.get(href, href), card(href)) for href in seen.hrefs))
        return None

    return trick


@pytest.mark.parametrize(
    "hrefs",
    [
        ["/home/book/a%40b.vcf", "/home/book/a@b.vcf"],
        ["/home/book/a%3Db.vcf", "/home/book/a%3db.vcf", "/home/book/a=b.vcf"],
        ["/home/book/%C3%BC.vcf", "/home/book/%c3%bc.vcf", "/home/book/ü.vcf"],
        ["a.vcf", "/home/book/a.vcf", "home/book/a.vcf", "/home/book/a.vcf"],
    ],
)
def test_spellings_of_one_path_are_one_card(hrefs: list[str]) -> None:
    with faulty(0, _relisted(*hrefs), _answering({})) as server:
        whole = read(server.url)
        asked = server.asked("addressbook-multiget")[0].hrefs

    assert len(whole.contacts) == 1
    assert whole.announced == 1
    assert all(href.startswith("/home/book/") for href in asked)


def test_a_card_that_comes_back_spelled_otherwise_is_the_card_asked_for() -> None:
    with faulty(
        0, _relisted("/home/book/a%40b.vcf"), _answering({"/home/book/a%40b.vcf": "/home/book/a@b.vcf"})
    ) as server:
        whole = read(server.url)
        assert server.asked("GET") == []

    assert len(whole.contacts) == 1


def test_whole_addresses_in_hrefs_are_asked_for_by_path() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.method == "PROPFIND" and seen.path == BOOK:
            own = f"http://127.0.0.1:{server.port}/home/book/1.vcf"
            return multistatus(is_book(BOOK), listed(own))
        return None

    with faulty(0, trick, _answering({})) as server:
        whole = read(server.url)
        assert server.asked("addressbook-multiget")[0].hrefs == ["/home/book/1.vcf"]

    assert len(whole.contacts) == 1


def test_cards_elsewhere_or_nowhere_are_rejected_and_never_asked_for() -> None:
    hrefs = "https://elsewhere.example.org/2.vcf", "https://[::1/", "mailto:a@example.org"
    with faulty(0, _relisted(BOOK + "1.vcf", *hrefs), _answering({})) as server:
        whole = read(server.url)

    assert len(whole.contacts) == 1
    assert list(whole.rejected.values()) == ["card_refused"] * 3
    assert whole.adds_up()


def test_the_collection_itself_and_collections_inside_are_no_cards() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.method == "PROPFIND" and seen.path == BOOK:
            inner = found("/home/book/inner", "<d:resourcetype><d:collection/></d:resourcetype>")
            return multistatus(
                is_book("/home/book"), is_book(BOOK), inner, listed("/home/book/x/"), listed(BOOK + "1.vcf")
            )
        return None

    with faulty(0, trick, _answering({})) as server:
        assert read(server.url).announced == 1


def test_prefixes_order_and_unknown_elements_do_not_matter() -> None:
    def trick(seen: Seen) -> Reaction | None:
        if seen.report != "addressbook-multiget":
            return None
        rows = "".join(
            f'<response><x:odd xmlns:x="urn:x"><x:href>no</x:href></x:odd>'
            "<propstat><status>HTTP/1.1 200 OK</status><prop>"
            f'<ns7:address-data xmlns:ns7="urn:ietf:params:xml:ns:carddav"><![CDATA[{card(href)}]]></ns7:address-data>'
            f"<y xmlns='urn:y'>z</y></prop></propstat><href>{href}</href></response>"
            for href in seen.hrefs
        )
        return Reaction(207, f'<multistatus xmlns="DAV:">{rows}</multistatus>')

    with faulty(4, trick) as server:
        whole = read(server.url)
        assert server.asked("GET") == []

    assert len(whole.contacts) == 4


# --- XML and encodings ------------------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
DOCTYPES = [
    BOMB,
    '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE m [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    '<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE m [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
    "<!DOCTYPE m>",
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_whatever_is_in_it(doctype: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<d:multistatus {NAMES}/>'

    with pytest.raises(AnswerMalformed):
        read_faulty(1, on("PROPFIND", Reaction(207, body.encode(encoding))))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not XML",
        "<d:multistatus xmlns:d='DAV:'></d:other>",
        '<?xml version="1.0" encoding="x-nope"?><a/>',
        "\xff\xfe\x00",
    ],
)
def test_broken_xml_is_malformed(body: str) -> None:
    with pytest.raises(AnswerMalformed):
        read_faulty(1, on("PROPFIND", Reaction(207, body)))


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "zstd", "br", "deflate", ", ".join(["gzip"] * 500)])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    body = gzip.compress(b"<x/>" * 100_000)

    with pytest.raises(AnswerEncoded):
        read_faulty(1, on("PROPFIND", Reaction(207, body, {"Content-Encoding": encoding})))


def test_identity_is_asked_for_and_accepted() -> None:
    with faulty(1) as server:
        reply = lambda seen: Reaction(404, b"", {"Content-Encoding": "identity"}) if seen.path == "/x" else None  # noqa: E731
        server.tricks.append(reply)
        read(server.url)
        assert {seen.headers["Accept-Encoding"] for seen in server.seen} == {"identity"}


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
    return read_faulty(count, *others, _relisted())


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

    with faulty(4, trick, _relisted()) as server:
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
