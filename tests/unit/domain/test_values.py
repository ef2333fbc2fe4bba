"""Credentials, identities, and the texts of the errors."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import errors
from rubrica.domain.credential import Credential, unpack
from rubrica.domain.identity import contact_id
from rubrica.domain.imports import ImportId, Progress
from rubrica.domain.views import ContactsPage, LedgerPage, StartImport
from rubrica.ports import Batch, Commit, Page, PageKind, Request, Row, _never
from tests.fakes import CANARY_EMAIL, CANARY_NAME, CANARY_PASSWORD, CREDENTIAL, NOW, any_contact, any_import

SENDABLE = st.text(st.characters(exclude_categories=["Cs"]))


@given(SENDABLE, SENDABLE, SENDABLE)
def test_a_credential_comes_out_as_it_went_in(server: str, username: str, password: str) -> None:
    credential = Credential(server, username, password)

    assert unpack(credential.pack()) == credential


@pytest.mark.parametrize(
    "value",
    [
        CREDENTIAL,
        StartImport("carddav", CREDENTIAL, "user"),
        Row(any_import(), credential=b"canary", data_key=b"canary", cursor=b"canary"),
        Commit([Page(PageKind.CONTACTS, 1, b"canary")], Progress(), b"canary", b"canary", NOW),
        Request("GET", "https://example.com/", {"Authorization": "canary"}, b"canary"),
    ],
)
def test_no_secret_is_in_what_repr_shows(value: object) -> None:
    shown = repr(value) + str(value)

    assert "canary" not in shown.lower()
    assert CANARY_PASSWORD not in shown
    assert CANARY_EMAIL not in shown


def test_a_request_is_wanted_unless_somebody_says_otherwise() -> None:
    assert not Request("GET", "https://example.com/").stopped()
    assert _never() is False
    assert Batch([], [], {}).announced is None


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_an_identity_is_short_plain_and_always_the_same(parts: list[str]) -> None:
    identity = contact_id(*parts)

    assert re.fullmatch(r"[0-9a-f]{24}", identity)
    assert identity == contact_id(*parts)


def test_identities_of_other_parts_differ() -> None:
    assert len({contact_id("a", "b"), contact_id("ab"), contact_id("b", "a"), contact_id("a", "b", "")}) == 4


def test_an_identity_survives_half_a_surrogate_pair() -> None:
    assert contact_id("\ud800") != contact_id("?")


# --- Errors ---


LEAVES = sorted(errors.leaves(errors.RubricaError), key=lambda leaf: leaf.__name__)


def raised(leaf: type[errors.RubricaError]) -> errors.RubricaError:
    if leaf is errors.FieldInvalid:
        return errors.FieldInvalid("canary-field", "canary-rule")
    if leaf is errors.ImportNotComplete:
        return errors.ImportNotComplete("canary_code")
    if leaf is errors.SourceUnsupported:
        return errors.SourceUnsupported("canary-method")
    if leaf is errors.TooManyStarts:
        return errors.TooManyStarts(7)
    if issubclass(leaf, errors.PlatformTrouble):
        return leaf("canary-reason")
    return leaf()


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_error_has_a_stable_code_and_fixed_texts(leaf: type[errors.RubricaError]) -> None:
    error = raised(leaf)

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", leaf.code)
    assert leaf.title.endswith(".")
    assert leaf.advice.endswith(".")
    assert str(error) == f"{leaf.title} {leaf.advice}"
    assert "canary" not in str(error) + repr(error)


def test_codes_are_told_apart() -> None:
    assert len({leaf.code for leaf in LEAVES}) == len(LEAVES)


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if issubclass(leaf, errors.RequestError)])
def test_every_refusal_has_a_status_of_http(leaf: type[errors.RequestError]) -> None:
    assert 400 <= leaf.status <= 503


def test_an_error_keeps_its_particulars_beside_its_text() -> None:
    assert errors.ProviderThrottled(30).retry_after == 30
    assert errors.TooManyStarts(12).retry_after == 12
    assert errors.StorageUnavailable("ThrottlingException").reason == "ThrottlingException"
    assert errors.ImportNotComplete("sign_in_refused").failure == "sign_in_refused"
    assert (errors.FieldInvalid("limit", "too large").field, errors.FieldInvalid("limit", "x").rule) == ("limit", "x")


def test_no_contact_is_in_what_a_page_of_contacts_shows() -> None:
    assert CANARY_NAME not in repr(ContactsPage([any_contact(full_name=CANARY_NAME)], 1, ""))
    assert "entries" not in repr(LedgerPage([], ""))
    assert ImportId(7) == 7
