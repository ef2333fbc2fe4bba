"""The keys of a tenant, by HTTP Basic and as parameters."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.cloudsponge.requests import DomainPair, pairs, parameters
from tests.unit.dialects.cloudsponge.forms import asked

NOTHING = asked()


def basic(text: str, encoding: str = "utf-8", scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text.encode(encoding)).decode()}"


def test_a_call_without_keys_has_none() -> None:
    assert pairs(NOTHING, "") == []


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_carries_a_pair(scheme: str) -> None:
    assert pairs(NOTHING, basic("key:word", scheme=scheme)) == [DomainPair("key", "word")]


def test_the_first_colon_ends_the_key() -> None:
    assert pairs(NOTHING, basic("key:wo:rd:")) == [DomainPair("key", "wo:rd:")]


def test_basic_may_be_in_utf_8_and_in_iso_8859_1() -> None:
    assert pairs(NOTHING, basic("key:é")) == pairs(NOTHING, basic("key:é", "latin-1")) == [DomainPair("key", "é")]


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic a2V5",
        "Basic !!!!",
        "Basic a2V5OndvcmQ",
        "Basic =a2V",
        "Bearer a2V5OndvcmQ=",
        "Basic a2V5OndvcmQ=, Basic a2V5OndvcmQ=",
        "Basic a2V5OndvcmQ=\n",
        basic(":word"),
        basic("key:"),
        basic(":"),
        basic("k" * 513 + ":word"),
        "Basic " + "A" * 100_000,
    ],
)
def test_a_malformed_or_empty_pair_is_none(header: str) -> None:
    assert pairs(NOTHING, header) == []


def test_parameters_carry_a_pair_and_it_is_known_whether_in_the_address() -> None:
    assert pairs(asked(domain_key="key", domain_password="word"), "") == [DomainPair("key", "word")]
    in_query = [DomainPair("key", "word", in_query=True)]
    assert pairs(parameters("domain_key=key&domain_password=word", "", b""), "") == in_query


def test_half_a_pair_in_the_address_is_in_the_address() -> None:
    found = parameters("domain_password=word", "application/x-www-form-urlencoded", b"domain_key=key")

    assert pairs(found, "") == [DomainPair("key", "word", in_query=True)]


@pytest.mark.parametrize(
    "values", [{"domain_key": "key"}, {"domain_password": "word"}, {"domain_key": "", "domain_password": "w"}]
)
def test_half_a_pair_is_none(values: dict[str, str]) -> None:
    assert pairs(asked(**values), "") == []


def test_both_ways_at_once_are_two_pairs_of_which_either_may_open() -> None:
    found = pairs(asked(domain_key="key", domain_password="word"), basic("other:secret"))

    assert found == [DomainPair("other", "secret"), DomainPair("key", "word")]


def test_a_pair_shows_nothing_of_itself() -> None:
    assert "canary" not in repr(pairs(asked(domain_key="canary-1", domain_password="canary-2"), basic("canary:canary")))


@given(st.text(st.characters(exclude_categories=[])))
def test_no_header_breaks_the_reader(header: str) -> None:
    assert pairs(NOTHING, header) == pairs(NOTHING, f"Basic {header}!") == []
