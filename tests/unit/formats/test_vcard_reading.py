import pytest

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Group, Organization, Phone, Record
from rubrica.domain.ledger import Reason
from rubrica.formats.vcard import read_card, read_file


def record(*lines: str, version: str = "3.0") -> Record:
    text = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])
    (only,) = read_card(text, "/book/a.vcf")
    return only


def contact(*lines: str, version: str = "3.0") -> Contact:
    value = record(*lines, version=version).value
    assert isinstance(value, Contact)
    return value


def from_bytes(raw: bytes) -> list[Record]:
    return list(read_file([raw]))


def contacts(raw: bytes) -> list[Contact]:
    return [one.value for one in from_bytes(raw) if isinstance(one.value, Contact)]


def test_a_card_is_read_with_its_place_and_uid() -> None:
    read = record("UID:one", "FN:Ada Example", "N:Example;Ada;Byron,King;Dr.;Jr.,M.D.")

    assert read.reasons == ()
    assert read.value == Contact(
        uid="one", place="/book/a.vcf", full_name="Ada Example", first_name="Ada", middle_name="Byron King",
        last_name="Example", prefix="Dr.", suffix="Jr. M.D.",
    )  # fmt: skip


def test_no_full_name_is_invented() -> None:
    assert contact("N:Example;Ada;;;").full_name == ""


def test_fields_of_every_kind_are_read() -> None:
    read = contact(
        "FN:Ada",
        "NICKNAME:Addie",
        "ORG:Example Inc.;Research;Europe",
        "TITLE:Engineer",
        "ADR;TYPE=HOME:PO 7;Floor 2;1 Main Street;Springfield;IL;62701;USA",
        "CATEGORIES:Friends,Choir\\, old,Friends",
        "NOTE:One\\nTwo\\, three\\; four \\\\ five",
        "URL:https\\://example.com/a",
        "X-PHONETIC-FIRST-NAME:Ahdah",
    )

    assert read.nickname == "Addie"
    assert read.organizations == (Organization("Example Inc.", "Research, Europe", "Engineer"),)
    assert read.addresses == (
        Address("home", "PO 7\nFloor 2\n1 Main Street", "Springfield", "IL", "62701", "USA"),
    )  # fmt: skip
    assert read.groups == ("Friends", "Choir, old")
    assert read.note == "One\nTwo, three; four \\ five"
    assert read.urls == ("https://example.com/a",)


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        ("TEL;TYPE=CELL,VOICE", "mobile"),
        ("TEL;CELL;PREF", "mobile"),
        ("TEL;TYPE=FAX;TYPE=WORK", "work fax"),
        ('TEL;TYPE="home,voice"', "home"),
        ("tel;type=pager", "pager"),
        ("TEL;TYPE=IPHONE;type=CELL", "mobile"),
        ("TEL;TYPE=X-Holiday", "X-Holiday"),
        ("TEL;TYPE=Sommerhaus", "Sommerhaus"),
        ("TEL", ""),
    ],
)
def test_types_are_words_of_the_source(head: str, type_: str) -> None:
    assert contact(f"{head}:+1-212-555-0100").phones[0].type == type_


def test_apple_labels_name_types_in_any_case() -> None:
    read = contact(
        "item1.EMAIL;type=INTERNET:a@example.com",
        "ITEM1.X-ABLABEL:_$!<Other>!$_",
        "item2.TEL:+1-212-555-0100",
        "item2.X-ABLabel:Ferienhaus",
        "item3.TEL;type=FAX:+1-212-555-0101",
        "item3.X-ABLabel:Club",
        "item4.TEL:+1-212-555-0102",
        "item9.X-ABLabel:alone",
    )

    assert read.emails == (Email("a@example.com", "other"),)
    assert [phone.type for phone in read.phones] == ["Ferienhaus", "Club fax", ""]


def test_the_most_preferred_value_is_the_only_primary_one() -> None:
    read = contact(
        "EMAIL;PREF=50:a@example.com", "EMAIL;PREF=1:b@example.com", "EMAIL;PREF=1:c@example.com",
        "TEL;TYPE=pref:+1-212-555-0100", "TEL:+1-212-555-0101", version="4.0",
    )  # fmt: skip

    assert [email.primary for email in read.emails] == [False, True, False]
    assert [phone.primary for phone in read.phones] == [True, False]


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("mailto:ada%2Bx@example.com", "ada+x@example.com"),
        ("Ada Example <ada@example.com>", "ada@example.com"),
        ('"a b"@example.com', '"a b"@example.com'),
        ("a@b@c", "a@b@c"),
        ("ADA@EXAMPLE.COM.", "ADA@EXAMPLE.COM."),
        ("ж@пример.example", "ж@пример.example"),
    ],
)
def test_email_values_are_taken_out_of_what_surrounds_them(value: str, address: str) -> None:
    assert contact(f"EMAIL:{value}").emails[0].address == address


def test_a_tel_uri_is_a_number() -> None:
    assert contact("TEL;VALUE=uri:tel:+1-212-555-0100", version="4.0").phones == (Phone("+1-212-555-0100"),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BDAY:1990-12-31", Birthday(1990, 12, 31)),
        ("BDAY:19901231", Birthday(1990, 12, 31)),
        ("BDAY;VALUE=DATE-TIME:1990-12-31T23:10:00Z", Birthday(1990, 12, 31)),
        ("BDAY:19901231T231000+0100", Birthday(1990, 12, 31)),
        ("BDAY:--1231", Birthday(None, 12, 31)),
        ("BDAY:--02-29", Birthday(None, 2, 29)),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", Birthday(None, 2, 29)),
        ("BDAY:1604-03-01", Birthday(None, 3, 1)),
        ("BDAY;X-APPLE-OMIT-YEAR=1900:1900-03-01", Birthday(None, 3, 1)),
        ("BDAY:1990/2/3", Birthday(1990, 2, 3)),
        ("BDAY:3.2.1990", Birthday(1990, 2, 3)),
    ],
)
def test_birthdays_of_all_forms_are_read(line: str, expected: Birthday) -> None:
    assert contact("FN:Ada", line).birthday == expected


@pytest.mark.parametrize(
    "value", ["1990-02-30", "1990-13-01", "---31", "1990", "1990-02", "circa 1800", "２０００-01-01"]
)
def test_an_unreadable_birthday_is_said_and_the_contact_kept(value: str) -> None:
    read = record("FN:Ada", f"BDAY:{value}")

    assert isinstance(read.value, Contact)
    assert read.value.birthday is None
    assert read.reasons == (Reason.DATE_UNREADABLE,)


def test_the_label_of_an_address_is_its_formatted_text() -> None:
    old = contact("ADR;HOME:;;1 Main Street;;;;", "LABEL;HOME;ENCODING=QUOTED-PRINTABLE:1 Main=0D=0AUSA", version="2.1")
    new = contact("ADR;LABEL=\"Mr. ^'X^':\\n1 Main^nUSA\";TYPE=home:;;1 Main Street;;;;", version="4.0")

    assert old.addresses[0].formatted == "1 Main\nUSA"
    assert new.addresses[0] == Address("home", "1 Main Street", formatted='Mr. "X":\n1 Main\nUSA')


def test_a_role_stands_in_for_a_title() -> None:
    assert contact("FN:Ada", "ROLE:Programmer").organizations == (Organization(title="Programmer"),)


def test_apple_groups_are_groups_whose_members_are_uids() -> None:
    read = record(
        "UID:g", "FN:Choir", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:one",
        "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:two",
    )  # fmt: skip

    assert read.value == Group("g", "Choir", ("one", "two"))


def test_groups_of_4_0_name_their_members_as_the_cards_name_themselves() -> None:
    read = record("UID:urn:uuid:g", "FN:Choir", "KIND:group", "MEMBER:urn:uuid:one", version="4.0")

    assert read.value == Group("g", "Choir", ("one",))
    assert contact("UID:urn:uuid:one", "FN:Ada", version="4.0").uid == "one"


def test_photos_and_keys_are_left_out_even_if_broken() -> None:
    read = record(
        "FN:Ada", "PHOTO;ENCODING=b;TYPE=JPEG:!!!not base64", " AAAA", "KEY:data:;base64,====", "NOTE:kept"
    )  # fmt: skip

    assert read.reasons == ()
    assert read.value == Contact(place="/book/a.vcf", full_name="Ada", note="kept")


def test_a_photo_of_2_1_need_not_be_indented() -> None:
    read = record("FN:Ada", "PHOTO;ENCODING=BASE64;JPEG:AAAA", "AAAA", "AA==", "", "NOTE:kept", version="2.1")

    assert read.reasons == ()
    assert isinstance(read.value, Contact)
    assert read.value.note == "kept"


def test_lines_fold_anywhere() -> None:
    assert contact("NOTE:One tw", " o three", "\t four").note == "One two three four"


def test_a_fold_of_2_1_keeps_its_space_unless_the_line_is_full() -> None:
    assert contact("NOTE:One", " two", version="2.1").note == "One two"
    assert contact("NOTE:" + "x" * 70, " yz", version="2.1").note == "x" * 70 + "yz"


def test_a_character_parted_by_a_soft_break_is_put_together() -> None:
    read = contact("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=", "=8E=8B;=E5=A8=", "=9C", version="2.1")

    assert (read.last_name, read.first_name) == ("王", "娜")


def test_quoted_printable_may_end_with_the_file() -> None:
    (read,) = contacts(b"BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen=")

    assert read.full_name == "Jürgen"


def test_a_backslash_of_2_1_is_a_backslash() -> None:
    assert contact("NOTE:next week\\month", version="2.1").note == "next week\\month"
    assert contact("NOTE:\\\\server\\share", version="2.1").note == "\\\\server\\share"
    assert contact("ORG:Sales\\;Marketing;Unit", version="2.1").organizations[0].name == "Sales;Marketing"


@pytest.mark.parametrize(
    ("charset", "raw"),
    [("ISO-8859-1", b"Jos\xe9"), ("windows-1251", b"\xcc\xe8\xf0"), ("SHIFT_JIS", b"\x94\x5c;\x83\x5c")],
)
def test_a_named_charset_is_read(charset: str, raw: bytes) -> None:
    (read,) = contacts(b"BEGIN:VCARD\nVERSION:2.1\nNOTE;CHARSET=" + charset.encode() + b":" + raw + b"\nEND:VCARD\n")

    assert read.note == raw.decode(charset)


def test_an_unknown_charset_is_replaced_and_said() -> None:
    (read,) = from_bytes(b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=x-nope;ENCODING=QUOTED-PRINTABLE:Jos=E9\nEND:VCARD\n")

    assert isinstance(read.value, Contact)
    assert read.value.full_name == "José"
    assert read.reasons == (Reason.TEXT_REPLACED,)


def test_bytes_of_no_named_charset_are_what_the_card_names_elsewhere_or_windows_1252() -> None:
    one, two = contacts(
        b"BEGIN:VCARD\nVERSION:2.1\nFN:\xcc\xe8\xf0\nNOTE;CHARSET=windows-1251:\xcc\nEND:VCARD\n"
        b"BEGIN:VCARD\nVERSION:3.0\nFN:Jos\xe9 \x80\nEND:VCARD\n"
    )

    assert one.full_name == "Мир"
    assert two.full_name == "José €"


def test_a_character_parted_by_a_fold_is_put_together() -> None:
    (read,) = contacts(b"BEGIN:VCARD\nVERSION:3.0\nFN:J\xc3\r\n \xbcrgen\nEND:VCARD\n")

    assert read.full_name == "Jürgen"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_files_of_every_encoding_and_line_end_are_read(encoding: str, end: str) -> None:
    text = end.join(["BEGIN:VCARD", "VERSION:3.0", "FN:Jürgen 王", "NOTE:a", " b", "END:VCARD", ""])

    (read,) = contacts(text.encode(encoding))

    assert (read.full_name, read.note) == ("Jürgen 王", "ab")


def test_what_xml_cannot_carry_is_removed() -> None:
    read = contact("FN:A\x0bd\x00a\ufffe", "NOTE:one\ttwo\x85")

    assert (read.full_name, read.note) == ("Ada", "one\ttwo")


def test_a_card_without_a_version_is_read_as_any_other() -> None:
    (read,) = contacts(b"begin:vcard\nfn:Ada\ntel;home:+1-212-555-0100\nend:vcard\n")

    assert (read.full_name, read.phones) == ("Ada", (Phone("+1-212-555-0100", "home"),))


def test_the_card_of_an_agent_is_another_person() -> None:
    for agent in ("AGENT:\r\nBEGIN:VCARD", "AGENT:BEGIN:VCARD"):
        read = contact("FN:Ada", *agent.split("\r\n"), "FN:Bob", "TEL:1", "END:VCARD", "NOTE:hers", version="2.1")

        assert (read.full_name, read.phones, read.note) == ("Ada", (), "hers")


def test_jcard_is_read() -> None:
    text = """[["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Ada, Example"],
        ["n", {}, "text", ["Example", "Ada", ["B", "C"], "", ""]],
        ["tel", {"type": ["work", "fax"], "pref": "1"}, "uri", "tel:+1-212-555-0100"],
        ["categories", {}, "text", "x", "y"], ["note", {}, "text", "a\\nb"]]]]"""

    (read,) = read_card(text, "/a")

    assert read.value == Contact(
        place="/a", full_name="Ada, Example", first_name="Ada", middle_name="B C", last_name="Example",
        phones=(Phone("+1-212-555-0100", "work fax", primary=True),), groups=("x", "y"), note="a\nb",
    )  # fmt: skip
