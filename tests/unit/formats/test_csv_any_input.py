import re
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from rubrica.domain.contacts import Contact
from rubrica.errors import FileNotContacts, FileUnreadable
from rubrica.formats.csv import read

UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
CELLS = st.sampled_from(
    [
        "Name", "First Name", "Nachname", "E-mail 1 - Value", "E-mail 1 - Label", "Address 1 - City", "Email", "E-Mail",
        "Birthday", "Birth Year", "Labels", "Title", "Home Street 2", "City", "Organization 1 - Title", "Yahoo! ID",
        "Home", "a@example.com", "* Work", "A ::: B", "2/3/1980", '"open', '"a\nb"', '""', "'=1", '="1"', "²",
        "x" * 700, "", " ", "\ufffd", "\x00", "sep=;",
    ]
)  # fmt: skip
FILES = st.tuples(
    st.lists(st.lists(CELLS | st.text(max_size=6), max_size=8), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
).map(lambda it: it[2].join(it[1].join(row) for row in it[0]).encode(it[3], "replace"))


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


@given(st.binary() | FILES | FILES.map(lambda file: b"Name,Email,Birthday,Birth Month,Notes\n" + file))
@example(b"Name,Birth Day,Birth Month,Birth Year\nA,\xc2\xb2,\xc2\xb2,\xc2\xb2")
@example("Name\n\ud800".encode("utf-8", "surrogatepass"))
def test_any_bytes_are_refused_or_records_and_nothing_else_is_raised(data: bytes) -> None:
    try:
        found = list(read(data))
    except (FileNotContacts, FileUnreadable):
        return
    for record in found:
        assert re.fullmatch(r"row [1-9]\d*", record.place)
        assert isinstance(record.value, Contact) or record.reasons
        assert not any(UNWANTED.search(text) for text in texts(record.value))
        assert record.value is None or sum(it.primary for it in record.value.emails) <= 1  # type: ignore[union-attr]
