"""The file in a form: one, whole, and no larger than a function can be called with."""

import pytest

from rubrica.dialects.pages.uploads import LARGEST_FILE, MOST_PARTS, uploaded
from rubrica.errors import ConsentRefusal, FileIncomplete, FileMissing, FileTooLarge

BOUNDARY = "----example-boundary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
CONTENT = b"BEGIN:VCARD\r\nFN:Anna\r\nEND:VCARD\r\n"


def part(content: bytes = CONTENT, disposition: str = 'name="file"; filename="contacts.vcf"', *headers: str) -> bytes:
    lines = [f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    "body",
    [
        form(part()),
        form(part(b"", 'name="file"; filename=""'), part()),
        form(part(b"no file", 'name="remark"'), part(), part(b"x" * 9_000, 'name="other"')),
        form(part(CONTENT, 'name="anything"; filename="K\xf6ntakte.vcf"', "Content-Type: text/vcard")),
        form(part(CONTENT, 'name="file"; filename*=UTF-8\'\'%E2%82%AC.vcf; filename="e.vcf"')),
        b"\r\n" + form(part()),
    ],
)
def test_the_one_file_is_taken_whatever_else_is_in_the_form(body: bytes) -> None:
    assert uploaded(TYPE, str(len(body)), body) == CONTENT


def test_every_byte_of_a_file_arrives() -> None:
    content = bytes(range(256)) * 64 + b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n--\r"

    assert uploaded(TYPE, "", form(part(content))) == content


@pytest.mark.parametrize(
    ("error", "content_type", "body"),
    [
        (FileMissing, TYPE, b""),
        (FileMissing, TYPE, form(part(b"", 'name="file"; filename=""'))),
        (FileMissing, TYPE, form(part(CONTENT, 'name="file"'))),
        (FileMissing, TYPE, form()),
        (FileMissing, "", CONTENT),
        (FileMissing, "text/vcard", CONTENT),
        (FileMissing, "application/x-www-form-urlencoded", b"file=x"),
        (FileMissing, "multipart/mixed; boundary=x", form(part())),
        (FileIncomplete, "multipart/form-data", form(part())),
        (FileIncomplete, "multipart/form-data; boundary=", form(part())),
        (FileIncomplete, "multipart/form-data; boundary=\ud800", form(part())),
        (FileIncomplete, "multipart/form-data; boundary=another", form(part())),
        (FileIncomplete, TYPE, part()),
        (FileIncomplete, TYPE, form(part())[:-5]),
        (FileIncomplete, TYPE, form(part(), part())),
        (FileIncomplete, TYPE, form(part(), *[part(b"", 'name="x"')] * MOST_PARTS)),
        (FileIncomplete, TYPE, form(part(CONTENT, 'name="file"; filename="x"', "X-Long: " + "x" * 9_000))),
        (FileIncomplete, TYPE, form(part(CONTENT, 'name="file"; filename="x"', "Content-Length: 3"))),
        (FileTooLarge, TYPE, form(part(b"x" * (LARGEST_FILE + 1)))),
    ],
)
def test_what_is_no_whole_file_is_refused(error: type[ConsentRefusal], content_type: str, body: bytes) -> None:
    with pytest.raises(ConsentRefusal) as caught:
        uploaded(content_type, "", body)

    assert type(caught.value) is error


def test_the_largest_file_fits() -> None:
    assert len(uploaded(TYPE, "", form(part(b"x" * LARGEST_FILE)))) == LARGEST_FILE


@pytest.mark.parametrize("declared", ["1", "-1", "1e3", "0x10", "99999999999999999999"])
def test_a_body_of_another_length_than_declared_was_cut(declared: str) -> None:
    with pytest.raises(FileIncomplete):
        uploaded(TYPE, declared, form(part()))


def test_a_refusal_repeats_nothing_of_what_was_sent() -> None:
    with pytest.raises(FileIncomplete) as caught:
        uploaded(TYPE, "", form(part(b"zz-canary", 'name="zz-canary"; filename="zz-canary"', "zz-canary")))

    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__
