"""The columns of each program's own layout, and of those that nobody knows."""

from collections.abc import Sequence

import pytest
from csv_contacts import contact, contacts, records, row

from rubrica.domain.contacts import Address, Birthday, Contact, Email, Organization, Phone


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
