from collections.abc import Sequence

import pytest

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone, Record
from rubrica.domain.ledger import Reason
from rubrica.formats.csv import read


def contacts(text: str | bytes) -> list[Contact]:
    data = text.encode() if isinstance(text, str) else text
    return [record.value for record in read(data) if isinstance(record.value, Contact)]


def contact(*lines: str) -> Contact:
    (one,) = contacts("\n".join(lines))
    return one


def records(*lines: str) -> list[Record]:
    return list(read("\n".join(lines).encode()))


def row(cells: dict[str, str], delimiter: str = ",") -> Contact:
    """The contact of one row with these cells under these headings."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells.values()]
    return contact(delimiter.join(cells), delimiter.join(quoted))


# --- Layouts ----------------------------------------------------------------------------------------------------------


def test_googles_new_layout_is_read_whole() -> None:
    found = row(
        {
            "First Name": "Zoë", "Middle Name": "Maria", "Last Name": "Example", "Phonetic First Name": "Zo-e",
            "Name Prefix": "Dr.", "Name Suffix": "PhD", "Nickname": "Zo", "File As": "",
            "Organization Name": "Bakery ::: Choir", "Organization Title": "Baker ::: Alto",
            "Organization Department": "Bread ::: ", "Birthday": " --02-29", "Notes": "first\nsecond", "Photo": "x",
            "Labels": "Friends; old ::: * myContacts ::: * Starred", "E-mail 1 - Label": "* Work",
            "E-mail 1 - Value": "zoe@example.com ::: z@example.org", "E-mail 2 - Label": "Mum's",
            "E-mail 2 - Value": "mum@example.net", "Phone 1 - Label": "Work Fax", "Phone 1 - Value": "+49 30 1",
            "Address 1 - Label": "Home", "Address 1 - Formatted": "all", "Address 1 - Street": "1 Main St",
            "Address 1 - City": "Springfield", "Address 1 - PO Box": "PO 7", "Address 1 - Region": "S",
            "Address 1 - Postal Code": "12345", "Address 1 - Country": "Nowhere",
            "Address 1 - Extended Address": "Suite 4", "Website 1 - Label": "Blog",
            "Website 1 - Value": "https://example.com/", "Custom Field 1 - Label": "Mail",
            "Custom Field 1 - Value": "no@example.com",
        }
    )  # fmt: skip

    assert found == Contact(
        place="row 2",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example",
        prefix="Dr.",
        suffix="PhD",
        nickname="Zo",
        emails=(
            Email("zoe@example.com", "work", True),
            Email("z@example.org", "work"),
            Email("mum@example.net", "Mum's"),
        ),
        phones=(Phone("+49 30 1", "work fax"),),
        addresses=(Address("home", "PO 7\nSuite 4\n1 Main St", "Springfield", "S", "12345", "Nowhere", "all"),),
        organizations=(Organization("Bakery", "Bread", "Baker"), Organization("Choir", "", "Alto")),
        birthday=Birthday(None, 2, 29),
        groups=("Friends; old",),
        note="first\nsecond",
        urls=("https://example.com/",),
    )


def test_googles_old_layout_has_numbered_organizations_and_a_whole_name() -> None:
    found = row(
        {
            "Name": "Ada Example", "Given Name": "Ada", "Family Name": "Example", "Group Membership": "* My Contacts",
            "E-mail 1 - Type": "* Home", "E-mail 1 - Value": "ada@example.com", "Phone 1 - Type": "Mobile",
            "Phone 1 - Value": "555-0100", "Organization 1 - Name": "Mill", "Organization 1 - Title": "Miller",
            "Organization 2 - Name": "Bank", "Relation 1 - Type": "Spouse", "Relation 1 - Value": "Bob",
        }
    )  # fmt: skip

    assert (found.full_name, found.first_name, found.last_name) == ("Ada Example", "Ada", "Example")
    assert found.emails == (Email("ada@example.com", "home", True),)
    assert found.phones == (Phone("555-0100", "mobile"),)
    assert found.organizations == (Organization("Mill", "", "Miller"), Organization("Bank"))
    assert found.groups == ()


def test_outlooks_layout_is_read_whole() -> None:
    found = row(
        {
            "Title": "Dr.", "First Name": "Zoë", "Middle Name": "Maria", "Last Name": "Example", "Suffix": "Jr.",
            "Company": "Bakery", "Department": "Bread", "Job Title": "Baker", "Business Street": "2 Office St",
            "Business Street 2": "2nd floor", "Business City": "Springfield", "Business Country/Region": "Nowhere",
            "Business Address PO Box": "PO 7", "Home Street": "1 Main St", "Home Postal Code": "12345",
            "Assistant's Phone": "555-0109", "Business Fax": "555-0101", "Business Phone": "555-0102",
            "Business Phone 2": "555-0103", "Company Main Phone": "555-0104", "Mobile Phone": "555-0105",
            "Pager": "555-0106", "Primary Phone": "555-0107", "Telex": "99", "Anniversary": "6/3/2005",
            "Birthday": "1/20/1981", "Categories": "Friends;Choir", "E-mail Address": "zoe@example.com",
            "E-mail Type": "SMTP", "E-mail Display Name": "Zoë (zoe@example.com)", "E-mail 2 Address": "z@example.org",
            "Location": "Here", "Manager's Name": "Bob", "Notes": "hi", "Web Page": "https://example.com/",
        }
    )  # fmt: skip

    assert found == Contact(
        place="row 2",
        prefix="Dr.",
        first_name="Zoë",
        middle_name="Maria",
        last_name="Example",
        suffix="Jr.",
        emails=(Email("zoe@example.com"), Email("z@example.org")),
        phones=(
            Phone("555-0101", "work fax"),
            Phone("555-0102", "work"),
            Phone("555-0103", "work"),
            Phone("555-0104", "work"),
            Phone("555-0105", "mobile"),
            Phone("555-0106", "pager"),
            Phone("555-0107", "main"),
        ),
        addresses=(
            Address("work", "PO 7\n2 Office St\n2nd floor", "Springfield", "", "", "Nowhere"),
            Address("home", "1 Main St", postal_code="12345"),
        ),
        organizations=(Organization("Bakery", "Bread", "Baker"),),
        birthday=Birthday(1981, 1, 20),
        groups=("Friends", "Choir"),
        note="hi",
        urls=("https://example.com/",),
    )


@pytest.mark.parametrize(
    "heading",
    [
        "Vorname;Nachname;E-Mail-Adresse;Telefon geschäftlich;Mobiltelefon;Ort privat;Land/Region privat;Geburtstag",
        "Prénom;Nom;Adresse de messagerie;Téléphone (bureau);Tél. mobile;Ville (domicile);Pays/Région (domicile);"
        "Anniversaire",
        "Nombre;Apellidos;Dirección de correo electrónico;Teléfono del trabajo;Móvil;Ciudad de residencia;"
        "País o región del domicilio;Cumpleaños",
        "Nome;Cognome;Indirizzo posta elettronica;Telefono (uff.);Cellulare;Città (ab.);Paese (ab.);Compleanno",
        "Nome;Sobrenome;Endereço de email;Telefone comercial;Celular;Cidade do endereço residencial;"
        "País do endereço residencial;Data de nascimento",
        "Voornaam;Achternaam;E-mailadres;Telefoon op werk;Mobiele telefoon;Huisadres, plaats;Huisadres, land;"
        "Verjaardag",
        "first_name;lastName;EMAIL;work-phone;Cell Phone;HomeCity;homeCountry;DOB",
    ],
)
def test_headers_are_understood_in_several_languages(heading: str) -> None:
    found = contact(heading, "Zoë;Example;zoe@example.com;555-0101;555-0102;Springfield;Nowhere;31.1.1981")

    assert (found.first_name, found.last_name) == ("Zoë", "Example")
    assert [it.address for it in found.emails] == ["zoe@example.com"]
    assert found.phones == (Phone("555-0101", "work"), Phone("555-0102", "mobile"))
    assert found.addresses == (Address("home", city="Springfield", country="Nowhere"),)
    assert found.birthday == Birthday(1981, 1, 31)


def test_yahoos_numbers_have_only_a_place_for_a_heading() -> None:
    found = row(
        {"First": "Zoë", "Last": "Example", "Email": "a@example.com", "Yahoo! ID": "zoe", "Home": "555-0101",
         "Work": "555-0102", "Primary": "home", "Alternate Email 1": "b@example.com", "Title": "Baker",
         "Home Town": "Springfield", "Home PIN Code": "12345", "Comments": "hi"}
    )  # fmt: skip

    assert found.phones == (Phone("555-0101", "home"), Phone("555-0102", "work"))
    assert [it.address for it in found.emails] == ["a@example.com", "b@example.com"]
    assert found.organizations == (Organization("", "", "Baker"),)
    assert found.addresses == (Address("home", city="Springfield", postal_code="12345"),)
    assert found.note == "hi"


def test_linkedins_notice_before_the_header_is_no_contact() -> None:
    found = records(
        "Notes:",
        '"Some addresses are missing,',
        'because their owners hide them."',
        "",
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
        "Ada,Example,https://example.com/ada,,Mill,Miller,01 Jan 2024",
    )

    (record,) = found
    assert record.place == "row 5"
    assert isinstance(record.value, Contact)
    assert record.value.organizations == (Organization("Mill", "", "Miller"),)
    assert record.value.urls == ("https://example.com/ada",)


def test_thunderbird_keeps_a_birthday_in_three_columns() -> None:
    found = row(
        {"First Name": "Zoë", "Display Name": "Dr. Zoë", "Primary Email": "a@example.com",
         "Secondary Email": "b@example.com", "Home Address": "1 Main St", "Home Address 2": "2nd floor",
         "Birth Year": "1981", "Birth Month": "1", "Birth Day": "31"}
    )  # fmt: skip

    assert found.full_name == "Dr. Zoë"
    assert found.birthday == Birthday(1981, 1, 31)
    assert found.emails == (Email("a@example.com", "", True), Email("b@example.com"))
    assert found.addresses == (Address("home", "1 Main St\n2nd floor"),)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Name,Email", ("A", "", "")),
        ("Name,Vorname", ("", "B", "A")),
        ("Nombre,Apellidos", ("", "A", "B")),
        ("Name,Family Name,Given Name", ("A", "C", "B")),
        ("Customer First Name,Customer Last Name", ("", "A", "B")),
    ],
)
def test_what_a_name_is_the_other_columns_tell(heading: str, name: Sequence[str]) -> None:
    found = contact(heading, "A,B,C")

    assert (found.full_name, found.first_name, found.last_name) == name


@pytest.mark.parametrize(
    ("heading", "prefix", "title"),
    [
        ("Name,Title", "", "X"),
        ("Name,Title,Job Title", "X", "Y"),
        ("Name,Title,Suffix", "X", ""),
        ("Nom,Titre,Titre", "X", "Y"),
        ("Name,Titel,Anrede", "Y", "X"),
    ],
)
def test_what_a_title_is_the_other_columns_tell(heading: str, prefix: str, title: str) -> None:
    found = contact(heading, "A,X,Y")

    assert (found.prefix, found.organizations[0].title if found.organizations else "") == (prefix, title)


def test_an_address_of_an_unknown_sort_counts_only_where_there_is_no_plain_one() -> None:
    assert row({"Name": "A", "Customer e-mail": "a@example.com"}).emails == (Email("a@example.com"),)
    assert row({"Email": "a@example.com", "Sister-email": "b@example.com"}).emails == (Email("a@example.com"),)
    assert row({"Name": "A", "Email opt out": "1", "E-mail type": "SMTP"}).emails == ()


def test_columns_of_one_kind_append() -> None:
    found = contact("Email,email,E-Mail 3,Phone,Phone", "a@example.com,b@example.com,c@example.com,1,2")

    assert [it.address for it in found.emails] == ["a@example.com", "b@example.com", "c@example.com"]
    assert [it.number for it in found.phones] == ["1", "2"]


def test_a_list_without_a_header_is_read_by_its_addresses() -> None:
    assert contacts("a@example.com\nb@example.com\n")[1].emails == (Email("b@example.com"),)
    assert contacts("姓名;电子邮件\n王;a@example.com")[0] == Contact(place="row 2", emails=(Email("a@example.com"),))
    found = contact("Zoë Example,Zoë,Example,zoe@example.com")
    assert (found.full_name, found.first_name, found.last_name) == ("Zoë Example", "Zoë", "Example")


# --- Cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("mailto:a@example.com", ["a@example.com"]),
        ("Zoë Example <a@example.com>", ["a@example.com"]),
        ("a@example.com; b@example.com", ["a@example.com", "b@example.com"]),
        ("a@example.com ::: b@example.com", ["a@example.com", "b@example.com"]),
        ("'=a@example.com", ["=a@example.com"]),
        ('"a b"@example.com', ['"a b"@example.com']),
        ("a@b@example.com", ["a@b@example.com"]),
        ('"a@example.com"', ["a@example.com"]),
        (" a@example.com ", ["a@example.com"]),
        ("a" * 501 + "@example.com", []),
        ("/o=Example/ou=Exchange/cn=Recipients/cn=zoe", []),
    ],
)
def test_addresses_are_taken_out_of_what_surrounds_them(cell: str, addresses: list[str]) -> None:
    assert [it.address for it in row({"Name": "A", "Email": cell}).emails] == addresses


@pytest.mark.parametrize("cell", ["n/a", "-", "not an address", "mailto:zoe", '"', "a@example.com ::: none"])
def test_what_has_no_at_sign_is_no_address_and_the_row_says_that_it_was_left_out(cell: str) -> None:
    (one,) = records("Name,Email", 'A,"' + cell.replace('"', '""') + '"')

    assert isinstance(one.value, Contact)
    assert [it.address for it in one.value.emails] == (["a@example.com"] if "@" in cell else [])
    assert one.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_name_with_a_comma_and_without_quotes_makes_no_address_of_its_second_half() -> None:
    (one,) = records("Name,Email,City", "Doe, John,a@example.com")

    assert isinstance(one.value, Contact)
    assert one.value.emails == ()
    assert one.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_row_with_nothing_but_what_is_no_address_is_rejected() -> None:
    (one,) = records("Name,Email", ",n/a")

    assert (one.value, one.reasons) == (None, (Reason.CARD_MALFORMED,))


def test_a_field_that_is_empty_is_taken_from_the_next_column_of_its_name() -> None:
    one, two = contacts("Name,Notes,Comments,Memo\nA,,second,third\nB,first,second,\n")

    assert (one.note, two.note) == ("second", "first")


@pytest.mark.parametrize(
    ("cell", "number"), [("'+49 30 1", "+49 30 1"), ('="0049301"', "0049301"), ("tel:+49301", "+49301")]
)
def test_numbers_are_taken_out_of_what_surrounds_them(cell: str, number: str) -> None:
    assert row({"Name": "A", "Phone": cell}).phones == (Phone(number),)


@pytest.mark.parametrize(
    ("days", "birthdays"),
    [
        (["2/3/1980", "1/20/1981"], [Birthday(1980, 2, 3), Birthday(1981, 1, 20)]),
        (["2/3/1980", "20/1/1981"], [Birthday(1980, 3, 2), Birthday(1981, 1, 20)]),
        (["2.3.1980"], [Birthday(1980, 3, 2)]),
        (["2/2/1980"], [Birthday(1980, 2, 2)]),
        (["1980-03-02"], [Birthday(1980, 3, 2)]),
        (["--03-02"], [Birthday(None, 3, 2)]),
        (["0/0/00"], [None]),
        (["0.0.00"], [None]),
    ],
)
def test_which_number_is_the_day_the_files_other_dates_tell(days: list[str], birthdays: list[object]) -> None:
    found = records("Name,Birthday", *[f"A,{day}" for day in days])

    assert [it.value.birthday for it in found if isinstance(it.value, Contact)] == birthdays
    assert all(it.reasons == () for it in found)


UNTOLD = (Reason.DATE_UNREADABLE,)


@pytest.mark.parametrize(
    "days",
    [
        ["13/02/1980", "02/13/1980"],
        ["02/13/1980", "13/02/1980"],
        ["20.1.1981"],  # a date with dots begins with its day, whatever the others do
        ["40/1/1981", "0/13/1981"],
        ["13/02/1980", *[""] * 3_000, "02/13/1980"],
    ],
)
def test_dates_that_disagree_or_do_not_tell_leave_open_which_number_is_the_day(days: list[str]) -> None:
    first, *_ = records("Name,Birthday", "A,2/3/1980", *[f"A,{day}" for day in days])

    assert isinstance(first.value, Contact)
    assert (first.value.birthday, first.reasons) == (None, UNTOLD)


def test_dates_that_can_be_only_one_day_are_read_where_the_others_disagree() -> None:
    found = contacts("Name,Birthday\nA,13/02/1980\nA,02/13/1980\nA,3/3/1980\nA,1980-03-02\n")

    assert [(it.birthday.month, it.birthday.day) for it in found if it.birthday] == [(2, 13), (2, 13), (3, 3), (3, 2)]


def test_dates_in_a_second_column_of_birthdays_can_disagree_with_the_first() -> None:
    first, *_ = records("Name,Birthday,DOB", "A,2/3/1980,", "A,13/02/1980,02/13/1980")

    assert first.reasons == UNTOLD


@pytest.mark.parametrize("day", ["2/3/1980", "31/31/1980", "30.2.1980", "soon"])
def test_a_date_that_tells_no_day_is_left_out_and_said_so(day: str) -> None:
    (one,) = records("Name,Birthday", f"A,{day}")

    assert isinstance(one.value, Contact)
    assert one.value.birthday is None
    assert one.reasons == (Reason.DATE_UNREADABLE,)


# --- Rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_content(delimiter: str) -> None:
    assert row({"First Name": "A, B; C", "Email": "a@example.com"}, delimiter).first_name == "A, B; C"


def test_the_line_that_names_the_delimiter_for_excel_is_no_row() -> None:
    (one,) = records("sep=;", "First Name;Last Name", "A;B")

    assert one.place == "row 2"
    assert contacts("sep=\t\nFirst Name\tLast Name\nA\tB")[0].last_name == "B"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found_by_content(encoding: str) -> None:
    mark = b""
    assert contacts(mark + "Name;Straße\nZoë Müller;Größe 1\n".encode(encoding))[0].full_name == "Zoë Müller"


def test_damaged_utf8_stays_utf8_and_is_said_to_be_damaged() -> None:
    (one, two) = read("Name,Notes\nZoë Müller,ÄÖÜ\nÄda,".encode() + b"\xff")

    assert isinstance(one.value, Contact)
    assert one.value.full_name == "Zoë Müller"
    assert (one.reasons, two.reasons) == ((), (Reason.TEXT_REPLACED,))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like_and_notes_have_lines_of_their_own(end: str) -> None:
    (one, two) = contacts(end.join(["Name,Notes", 'A,"x', 'y, ""z"""', "B,"]) + end)

    assert one.note == 'x\ny, "z"'
    assert (two.full_name, two.place) == ("B", "row 3")


def test_ragged_rows_are_kept_and_surplus_cells_are_reported() -> None:
    short, long, padded = records("First Name,Last Name,Email", "A", "B,C,b@example.com,surplus", "D,,,,,")

    assert short.value == Contact(place="row 2", first_name="A")
    assert short.reasons == padded.reasons == ()
    assert isinstance(long.value, Contact)
    assert long.reasons == (Reason.LINES_LEFT_OUT,)


def test_a_row_of_empty_cells_is_rejected_and_a_blank_line_is_none() -> None:
    found = records("First Name,Last Name", "A,B", "", " ,", "C,D", "")

    assert [(it.place, it.reasons) for it in found] == [
        ("row 2", ()),
        ("row 4", (Reason.CARD_EMPTY,)),
        ("row 5", ()),
    ]


def test_a_header_alone_is_a_file_without_contacts() -> None:
    assert records("First Name,Last Name,E-mail Address", "") == []


@pytest.mark.parametrize(
    "broken",
    ['A,"a@example.com', 'A,"a@example.com\nB,b@example.com', 'A,"a@example.com\nB,"b@example.com"'],
)
def test_a_quote_that_is_never_closed_swallows_no_other_row(broken: str) -> None:
    found = records("Name,Email", broken, "C,c@example.com", 'D,"d@example.com"')

    last = found[-2:]
    assert found[0].reasons == (Reason.CARD_UNFINISHED,)
    assert [it.value.full_name for it in last if isinstance(it.value, Contact)] == ["C", "D"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("blank", [" ", "   "])
def test_blanks_before_a_quote_are_no_part_of_the_cell(delimiter: str, blank: str) -> None:
    gap = delimiter + blank
    (one,) = records(f"Name{gap}Email{gap}Notes", f'"Doe{gap}Ann"{gap}"a@example.com"{gap}"x\ny"')

    assert isinstance(one.value, Contact)
    assert (one.value.full_name, one.value.emails) == (f"Doe{gap}Ann", (Email("a@example.com"),))
    assert (one.value.note, one.reasons) == ("x\ny", ())


def test_a_name_in_quotes_after_a_blank_may_have_a_comma_in_it() -> None:
    (one, two) = records('"Email", "Name"', 'a@example.com, "Doe, Ann"', ' "b@example.com" , "Doe, Bob" ')

    assert isinstance(one.value, Contact)
    assert isinstance(two.value, Contact)
    assert (one.value.full_name, two.value.full_name) == ("Doe, Ann", "Doe, Bob")
    assert two.value.emails == (Email("b@example.com"),)
    assert (one.reasons, two.reasons) == ((), ())


def test_a_blank_may_lie_between_the_cells() -> None:
    assert contacts("sep= \nName Email\nA a@example.com")[0].emails == (Email("a@example.com"),)


def test_rows_after_many_broken_ones_are_still_read() -> None:
    broken = [f'A,,"open\nB{at},b@example.com,' for at in range(1_500)]
    *first, last = records("Name,Email,Notes", *broken, 'C,,"d', 'e"')

    assert [it.reasons for it in first] == [(Reason.CARD_UNFINISHED,), ()] * len(broken)
    assert isinstance(last.value, Contact)
    assert (last.value.full_name, last.value.note, last.reasons) == ("C", "d\ne", ())


def test_after_too_many_quotes_that_are_never_closed_every_line_is_a_row() -> None:
    broken = ['x",,"'] * 2_000  # each line closes the last one's quote and opens one
    tail = ['C,c@example.com,"d, e"', "", "F", 'G,,"open', 'H,"the" h,', "I,,"]
    found = records("Name,Email,Notes", *broken, *tail)

    last, short, open_, inside, plain = found[-5:]
    assert {it.reasons for it in found[:2_000]} == {(Reason.CARD_UNFINISHED,)}
    assert isinstance(last.value, Contact)
    assert (last.value.full_name, last.value.note, last.reasons) == ("C", "d, e", ())
    assert (short.place, plain.place, plain.reasons) == ("row 2004", "row 2007", ())
    assert short.reasons == open_.reasons == (Reason.CARD_UNFINISHED,)
    assert Reason.CARD_UNFINISHED in inside.reasons


def test_quotes_inside_of_a_cell_need_not_be_doubled() -> None:
    (one, two) = contacts('Name,Notes\n"A "the" B","so\nsaid "he" twice"\nC,"d"\n')

    assert one.full_name == 'A the" B"'
    assert two.full_name == "C"


def test_a_thousand_columns_are_read() -> None:
    heading = ["Name", *[f"Custom {number}" for number in range(998)], "Email"]
    found = contact(",".join(heading), ",".join(["A", *["x"] * 998, "a@example.com"]))

    assert found.emails == (Email("a@example.com"),)
