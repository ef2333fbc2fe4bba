import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from local.sandbox.people import STYLES, card, people
from rubrica.domain.contacts import Contact
from rubrica.formats.vcard import read_card, read_file

UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LINES = st.sampled_from(
    [
        b"BEGIN:VCARD", b"END:VCARD", b"begin:vcard", b"AGENT:", b"AGENT:BEGIN:VCARD", b"VERSION:2.1", b"VERSION:4.0",
        b"FN:Ada", b"N:Example;Ada", b"EMAIL;TYPE=work:a@example.com", b"NOTE;ENCODING=QUOTED-PRINTABLE:a=", b" folded",
        b"\tfolded", b"PHOTO;ENCODING=BASE64:AAAA", b"junk", b"", b"item1.TEL;PREF=1:1", b"item1.X-ABLabel:Boat",
        b"N;CHARSET=SHIFT_JIS:\x94\\;\xff", b'ADR;LABEL="a:b":;;c', b"\xef\xbb\xbfBEGIN:VCARD", b"KIND:group",
        b"BDAY:2000-02-30", b"LABEL;HOME:x", b"ORG:a;b\\;c", b"CATEGORIES:a,b\\,c", b"END:VCARDBEGIN:VCARD",
    ]
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b"\r\r\n"])
FILES = st.lists(st.tuples(LINES | st.binary(max_size=20), ENDS), max_size=30).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


@given(st.binary() | FILES)
@example(b"BEGIN:VCARD\nN;CHARSET=idna;ENCODING=QUOTED-PRINTABLE:=FF\nEND:VCARD")
@example(b"\xff\xfe\x00")
@example(b"BEGIN:VCARD\nNOTE;ENCODING=BASE64:A\nFN:x\nEND:VCARD")
def test_any_bytes_are_records_and_nothing_is_raised(raw: bytes) -> None:
    records = list(read_file([raw]))

    assert records
    for one in records:
        assert one.value is not None or one.reasons
        assert not any(UNWANTED.search(text) for text in texts(one.value))


@given(st.text() | FILES.map(lambda raw: raw.decode("latin-1")))
@example("\ud800")
@example("[")
@example('[["vcard", [["fn", {"group": "\\ud800"}, "text", "\\udfff"]]]]')
def test_any_text_is_records_and_nothing_is_raised(text: str) -> None:
    assert read_card(text, "/a")


@given(FILES, st.lists(st.integers(min_value=0, max_value=400)))
@example(b"BEGIN:VCARD\r\r\nFN:x\r\r\n y\r\r\nEND:VCARD\r\n", [14, 15, 20, 21])
def test_pieces_of_any_size_are_the_same_file(raw: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(cut for cut in cuts if cut < len(raw)), len(raw)]
    pieces = [raw[start:end] for start, end in pairwise(at)]

    assert list(read_file(pieces)) == list(read_file([raw]))
    assert list(read_file(bytes([byte]) for byte in raw)) == list(read_file([raw]))


def test_people_are_read_as_they_are_in_every_style() -> None:
    for person in people(200, seed=7):
        for style in STYLES:
            (one,) = read_card(card(person, style), "/a")

            assert one.reasons == ()
            assert isinstance(one.value, Contact)
            assert one.value.uid == person.uid
            assert one.value.full_name == person.full_name
            assert (one.value.first_name, one.value.last_name) == (person.first_name, person.last_name)
            assert tuple(email.address for email in one.value.emails) == person.emails
            assert tuple(phone.number for phone in one.value.phones) == person.phones
            assert one.value.note == person.note
            assert one.value.organizations[0][::2] == (person.company, person.title)
            assert (one.value.addresses[0].street, one.value.addresses[0].city) == (person.street, person.city)
            assert one.value.birthday is not None
