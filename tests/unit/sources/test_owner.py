"""What an import keeps of the one whose address book it is."""

import pytest

from rubrica.domain.contacts import Address, Contact, Email, Organization, Phone
from rubrica.sources.owner import owner_of


def addresses(*numbers: int, primary: int = -1) -> tuple[Email, ...]:
    return tuple(Email(f"a{number}@example.com", "home", number == primary) for number in numbers)


def test_names_and_addresses_are_kept_and_nothing_else() -> None:
    kept = Contact("id", "uid", "here", "Dr. A. B. C. jr", "A.", "B.", "C.", "Dr.", "jr", emails=addresses(1, 2))
    told = kept._replace(
        nickname="Annie",
        phones=(Phone("555-0100"),),
        addresses=(Address("Home", "1 Main St"),),
        organizations=(Organization("Example"),),
        groups=("Friends",),
        note="a note",
        urls=("https://example.com",),
    )

    assert owner_of(told) == kept


def test_ten_addresses_are_kept_in_their_order() -> None:
    kept = owner_of(Contact(emails=addresses(*range(200))))

    assert kept is not None
    assert kept.emails == addresses(*range(10))


def test_the_primary_address_is_among_them() -> None:
    kept = owner_of(Contact(emails=addresses(*range(200), primary=150)))

    assert kept is not None
    assert kept.emails == addresses(150, *range(9), primary=150)


def test_an_address_is_kept_once_as_it_was_told_first() -> None:
    kept = owner_of(Contact(emails=(Email("A@example.com"), Email("b@example.com"), Email("a@Example.com"))))

    assert kept is not None
    assert kept.emails == (Email("A@example.com"), Email("b@example.com"))


@pytest.mark.parametrize("field", ["full_name", "first_name", "middle_name", "last_name"])
def test_an_address_in_the_place_of_a_name_is_no_name(field: str) -> None:
    told = Contact(emails=addresses(1))

    assert owner_of(told._replace(**{field: "A1@Example.com"})) == told


@pytest.mark.parametrize("told", [Contact(), Contact("id", "uid", note="a note"), Contact(phones=(Phone("1"),))])
def test_neither_name_nor_address_is_no_owner(told: Contact) -> None:
    assert owner_of(told) is None
