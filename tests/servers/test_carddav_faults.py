"""The CardDAV source against a server that misbehaves: each fault is one error of its own."""

import gzip
import time

import pytest
from carddav_reading import read, source
from faulty_book import LONG, faulty, on, once, read_faulty
from scripted_server import (
    NAMES,
    Reaction,
    Seen,
)

from rubrica.domain.credential import Credential
from rubrica.errors import (
    AccessForbidden,
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
