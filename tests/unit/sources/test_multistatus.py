"""Reading multistatus bodies: in any pieces, by namespace, within limits."""

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import AnswerMalformed, AnswerTooLarge, AnswerTruncated, NotAnAddressBook, RubricaError
from rubrica.sources.carddav.multistatus import ADDRESS_DATA, CARDDAV, DAV, Multistatus, ReaderLimits, Row

SAMPLE = """<?xml version="1.0" encoding="utf-8"?>
<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">
  <d:response><d:href>/a/1.vcf</d:href>
    <d:propstat><d:prop><d:getetag>"1"</d:getetag><c:address-data>BEGIN:VCARD&#13;
FN:Zo&#235; &amp; <![CDATA[<王>]]>
END:VCARD</c:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
    <d:propstat><d:prop><d:displayname>no</d:displayname></d:prop><d:status>HTTP/1.1 404 No</d:status></d:propstat>
  </d:response>
  <d:response><d:href>/a/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>
  <d:sync-token>data:,1_2</d:sync-token>
</d:multistatus>""".encode()


def rows(body: bytes, limits: ReaderLimits | None = None, piece: int = 65536) -> list[Row]:
    return list(Multistatus(limits).rows(body[at : at + piece] for at in range(0, len(body), piece)))


def document(inside: str) -> bytes:
    return f'<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">{inside}</multistatus>'.encode()


def test_entities_and_cdata_are_read_alike() -> None:
    first, _ = rows(SAMPLE)

    assert first.texts[ADDRESS_DATA] == "BEGIN:VCARD\r\nFN:Zoë & <王>\nEND:VCARD"


def test_what_was_not_found_is_not_there() -> None:
    first, second = rows(SAMPLE)

    assert DAV + "displayname" not in first.texts
    assert (first.status, second.status) == (None, 507)


def test_the_sync_token_is_known_at_the_end() -> None:
    reader = Multistatus()
    list(reader.rows([SAMPLE]))

    assert reader.token == "data:,1_2"


@given(st.integers(1, 200))
def test_pieces_of_any_size_read_the_same(piece: int) -> None:
    assert rows(SAMPLE, piece=piece) == rows(SAMPLE)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = head + '<multistatus xmlns="DAV:"><response><href>/ü</href></response></multistatus>'

    assert rows(body.encode(encoding))[0].href == "/ü"


def test_a_response_is_handed_out_as_soon_as_it_is_whole() -> None:
    def pieces() -> Iterator[bytes]:
        yield SAMPLE[: SAMPLE.index(b"</d:response>") + 13]
        raise AssertionError("asked for more")

    assert next(Multistatus().rows(pieces())).href == "/a/1.vcf"


def test_hrefs_and_kinds_inside_properties_are_known() -> None:
    row = rows(
        document(
            "<response><href>/p/</href><propstat><prop><c:addressbook-home-set><href> /h1/ </href><href>/h2/</href>"
            "</c:addressbook-home-set><resourcetype><collection/><c:addressbook/></resourcetype></prop></propstat></response>"
        )
    )[0]

    assert row.hrefs(CARDDAV + "addressbook-home-set") == ["/h1/", "/h2/"]
    assert row.has(DAV + "resourcetype", CARDDAV + "addressbook")
    assert not row.has(DAV + "resourcetype", DAV + "principal")
    assert row.href == "/p/"


def test_a_name_in_another_namespace_is_another_name() -> None:
    row = rows(
        document("<response><href>/p</href><propstat><prop><address-data>x</address-data></prop></propstat></response>")
    )[0]

    assert ADDRESS_DATA not in row.texts


@pytest.mark.parametrize(
    ("line", "status"),
    [
        *(
            ("HTTP/1.1 200 OK", 200),
            (" HTTP/1.1 404 ", 404),
            ("HTTP/2 200", 200),
            ("HTTP/1.1 507 Insufficient Storage", 507),
        ),
        *(("200 OK", 0), ("HTTP/1.1 2000 OK", 0), ("HTTP/1.1 abc", 0), ("", 0), ("HTTP/1.1 ２００ OK", 0)),
    ],
)
def test_a_status_line_is_read_strictly_and_garbage_is_a_failure(line: str, status: int) -> None:
    assert rows(document(f"<response><href>/x</href><status>{line}</status></response>"))[0].status == status


def test_properties_under_a_garbage_status_were_not_found() -> None:
    body = document(
        "<response><href>/x</href><propstat><prop><getetag>1</getetag></prop><status>odd</status></propstat></response>"
    )

    assert rows(body)[0].texts == {}


# --- Refusals and limits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">']
)
def test_a_doctype_is_refused(doctype: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<multistatus xmlns="DAV:"/>'

    with pytest.raises(AnswerMalformed):
        rows(body.encode(encoding))


@pytest.mark.parametrize(
    "body", [b"<multistatus/>", b"<html/>", b"<multistatus xmlns='urn:x'/>", b"<d:response xmlns:d='DAV:'/>"]
)
def test_another_document_is_no_multistatus(body: bytes) -> None:
    with pytest.raises(NotAnAddressBook):
        rows(body)


@pytest.mark.parametrize("cut", range(60, len(SAMPLE) - 1, 37))
def test_a_document_that_breaks_off_is_truncated(cut: int) -> None:
    with pytest.raises((AnswerTruncated, AnswerMalformed)):
        rows(SAMPLE[:cut])


@pytest.mark.parametrize("mark", ["\x00", "\x0b", "\x1f", "&#11;", "&nope;", "<", "\ufffe"])
def test_what_xml_may_not_hold_is_malformed(mark: str) -> None:
    with pytest.raises(AnswerMalformed):
        rows(document(f"<response><href>{mark}</href></response>"))


def test_responses_before_the_fault_are_kept() -> None:
    reader = Multistatus().rows([document("<response><href>/1</href></response>")[:-14], b"<response>&nope;"])

    assert next(reader).href == "/1"
    with pytest.raises(AnswerMalformed):
        next(reader)


LIMITS = ReaderLimits(depth=10, elements=50, rows=5, text=100)


@pytest.mark.parametrize(
    "inside",
    [
        "<response>" * 20,
        "<response>" + "<a/>" * 100 + "</response>",
        "<a/>" * 100,
        "<response><href>/</href></response>" * 6,
        "<response><propstat><prop>" + "<a>" * 10,
    ],
)
def test_nesting_elements_and_responses_are_capped(inside: str) -> None:
    with pytest.raises(AnswerTooLarge):
        rows(document(inside), LIMITS)


def test_a_long_text_is_left_out_and_its_response_says_so() -> None:
    def response(name: str, length: int) -> str:
        text = "x" * length
        return (
            f"<response><href>/{name}</href><propstat><prop><c:address-data>{text}</c:address-data><getetag>e</getetag>"
            "</prop></propstat></response>"
        )

    long, short = rows(document(response("long", 101) + response("short", 100)), LIMITS)

    assert (long.oversize, short.oversize) == (True, False)
    assert ADDRESS_DATA not in long.texts
    assert long.texts[DAV + "getetag"] == "e"


def test_a_token_without_end_is_too_large() -> None:
    def endless() -> Iterator[bytes]:
        yield b"<multistatus xmlns='DAV:' a='"
        while True:
            yield b"x" * 65536

    with pytest.raises(AnswerTooLarge):
        list(Multistatus().rows(endless()))


def test_memory_does_not_grow_with_the_body() -> None:
    card = b"x" * 1000
    row = b"<response><href>/1</href><propstat><prop><getetag>" + card + b"</getetag></prop></propstat></response>"

    def pieces(count: int) -> Iterator[bytes]:
        yield b"<multistatus xmlns='DAV:'>"
        for _ in range(count):
            yield row
        yield b"</multistatus>"

    tracemalloc.start()
    try:
        assert sum(1 for _ in Multistatus().rows(pieces(5000))) == 5000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_error_of_ours(body: bytes) -> None:
    with suppress(RubricaError):
        rows(SAMPLE[:150] + body)


def test_white_space_before_a_response_does_not_make_it_oversize() -> None:
    limits = ReaderLimits(text=100)
    body = document(" " * 200 + "<response><href>/a</href></response>")

    assert [row.oversize for row in rows(body, limits, piece=64)] == [False]


def test_elements_are_counted_over_the_whole_body() -> None:
    body = document("<response><href>/a</href><x/></response>" * 10)

    assert len(rows(body, ReaderLimits(total=31))) == 10
    with pytest.raises(AnswerTooLarge):
        rows(body, ReaderLimits(total=30))
