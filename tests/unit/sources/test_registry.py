"""The sources as data."""

import pytest

from rubrica.sources.carddav.places import given
from rubrica.sources.registry import (
    SOURCES,
    has_no_address_book,
    is_provider,
    largest_batch,
    start_for_mailbox,
)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_source_tells_its_user_what_to_type_and_leads_somewhere(name: str) -> None:
    source = SOURCES[name]

    assert source.name == name
    assert source.title
    assert source.hint.endswith(".")
    if source.method == "consent":
        assert source.consent is not None
        assert not source.start
        assert not source.needs_server
    elif source.method in ("upload", "relay"):
        assert (source.consent, source.start, source.needs_server) == (None, "", False)
    else:
        assert source.method == "password"
        assert source.consent is None
        assert bool(source.start) != source.needs_server


def test_what_may_be_included_is_what_the_provider_has_a_scope_for() -> None:
    assert list(SOURCES["google"].include) == ["other_contacts"]
    assert list(SOURCES["microsoft"].include) == []
    assert list(SOURCES["carddav"].include) == []


@pytest.mark.parametrize(
    "source", [source for source in SOURCES.values() if source.start], ids=lambda source: source.name
)
def test_every_start_is_a_provider_reached_by_https(source: object) -> None:
    for start in (source.start, *source.by_domain.values()):  # type: ignore[attr-defined]
        assert given(start).scheme == "https"
        assert is_provider(given(start).host)


@pytest.mark.parametrize(
    ("username", "start"),
    [
        ("a@icloud.com", "https://contacts.icloud.com/"),
        ("A@ME.COM", "https://contacts.icloud.com/"),
        ("a@gmx.de", "https://carddav.gmx.net/"),
        ("a@gmx.com", "https://carddav.gmx.com/"),
        ("a@posteo.de", "https://posteo.de:8843/"),
        ("a@zoho.eu", "https://contacts.zoho.eu/carddav/"),
        ("a@example.com", ""),
        ("a", ""),
    ],
)
def test_a_mailbox_of_a_known_provider_has_a_start(username: str, start: str) -> None:
    assert start_for_mailbox(username) == start


def test_regions_follow_the_mailbox() -> None:
    assert SOURCES["zoho"].start_for("a@zoho.in") == "https://contacts.zoho.in/carddav/"
    assert SOURCES["zoho"].start_for("a@example.com") == "https://contacts.zoho.com/carddav/"


def test_providers_without_carddav_are_known() -> None:
    assert has_no_address_book("a@Outlook.com")
    assert has_no_address_book("a@proton.me")
    assert not has_no_address_book("a@example.com")
    assert not has_no_address_book("outlook.com")


def test_hosts_of_providers_are_known_by_whole_labels() -> None:
    assert is_provider("p42-contacts.icloud.com")
    assert not is_provider("evilicloud.com")
    assert not is_provider("icloud.com.evil.example")


def test_hosts_that_like_small_batches_get_them() -> None:
    assert largest_batch("carddav.gmx.net") == 25
    assert largest_batch("spica.t-online.de") == 25
    assert largest_batch("carddav.example.com") == 500
