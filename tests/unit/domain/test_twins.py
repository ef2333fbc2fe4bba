"""Contacts that say the same and are several all the same."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rubrica.domain.contacts import Contact
from rubrica.domain.identity import contact_id
from rubrica.domain.ledger import Entry, Fate, Reason
from rubrica.domain.twins import Twins

WORDS = st.lists(st.sampled_from("abcd"), max_size=30)


def saying(*words: str, uid: str = "") -> list[Contact]:
    return [Contact(contact_id(word), uid, f"contact {at}", word) for at, word in enumerate(words, 1)]


def ids(contacts: Sequence[Contact], size: int = 1_000, forget_after: int = 0) -> list[str]:
    """The ids after reading pages of a size; memory is lost, but for what is stored, after so many pages."""
    found: list[str] = []
    twins = Twins()
    for number, start in enumerate(range(0, len(contacts), size), 1):
        kept, _ = twins.apart(contacts[start : start + size], ())
        found += [contact.id for contact in kept]
        if number == forget_after:
            twins = Twins(found)
    return found


def test_the_first_keeps_its_id_and_the_others_get_their_own() -> None:
    found = ids(saying("a", "a", "b", "a"))

    assert found[0] == contact_id("a")
    assert found[2] == contact_id("b")
    assert len(set(found)) == 4


@given(WORDS, st.integers(1, 9), st.integers(0, 5))
def test_ids_are_the_same_whatever_the_pages_and_the_slices(words: list[str], size: int, forget_after: int) -> None:
    found = ids(saying(*words), size, forget_after)

    assert found == ids(saying(*words))
    assert len(set(found)) == len(words)


@given(WORDS, st.randoms())
def test_the_ids_of_what_is_said_are_the_same_in_any_order(words: list[str], random: Random) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)

    assert set(zip(ids(saying(*words)), words, strict=True)) == set(zip(ids(saying(*shuffled)), shuffled, strict=True))


def test_the_lines_of_a_twin_name_the_twin() -> None:
    contacts = saying("a", "a")
    entries = [Entry(it.place, Fate.ACCEPTED, (Reason.TEXT_CUT,), it.id) for it in contacts]

    kept, lines = Twins().apart(contacts, entries)

    assert [line.contact_id for line in lines] == [contact.id for contact in kept]


def test_one_of_a_name_that_has_been_is_the_same_contact() -> None:
    contacts = [*saying("a", uid="named"), Contact(contact_id("a"), "named", "contact 2", "other words")]
    twins = Twins()

    kept, lines = twins.apart(contacts, [Entry("contact 2", Fate.ACCEPTED, (Reason.TEXT_CUT,), contact_id("a"))])

    assert kept == contacts[:1]
    assert lines == [Entry("contact 2", Fate.MERGED, (Reason.SAME_RECORD,), contact_id("a"))]


def test_lines_of_what_is_no_contact_stay() -> None:
    line = Entry("contact 7", Fate.REJECTED, (Reason.CARD_EMPTY,))

    assert Twins().apart([], [line]) == ([], [line])
