"""The CardDAV source against a server with bad rows and cards, each of which costs only itself."""

from collections.abc import Callable

import pytest
from carddav_reading import read, source
from faulty_book import BOOK, faulty, on, read_faulty, relisted
from scripted_server import (
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

from rubrica.errors import (
    AddressBookTooLarge,
)
from rubrica.sources.carddav.limits import Limits

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
    with faulty(0, relisted(*hrefs), _answering({})) as server:
        whole = read(server.url)
        asked = server.asked("addressbook-multiget")[0].hrefs

    assert len(whole.contacts) == 1
    assert whole.announced == 1
    assert all(href.startswith("/home/book/") for href in asked)


def test_a_card_that_comes_back_spelled_otherwise_is_the_card_asked_for() -> None:
    with faulty(
        0, relisted("/home/book/a%40b.vcf"), _answering({"/home/book/a%40b.vcf": "/home/book/a@b.vcf"})
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
    with faulty(0, relisted(BOOK + "1.vcf", *hrefs), _answering({})) as server:
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
