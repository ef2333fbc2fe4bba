"""What is asked for a consent and refused: nothing is stored of it, and nothing sent."""

from collections.abc import Sequence

import pytest

from rubrica.adapters.memory import MemoryApps
from rubrica.domain.consent import App
from rubrica.errors import (
    FieldInvalid,
    SecretsUnavailable,
    SourceNotConfigured,
    TooManyStarts,
)
from tests.fakes import (
    APP,
    CREDENTIAL,
    HOME,
    OTHER_TENANT,
    REDIRECT_URL,
    TENANT,
)
from tests.unit.services.trips import CONSENT_COMMAND, started
from tests.unit.services.worlds import World


def assert_nothing_happened(world: World) -> None:
    assert world.imports.rows == {}
    assert world.workflow.started == []
    assert world.telemetry.events == []
    assert world.telemetry.counts == []


def test_a_source_without_an_app_is_refused_as_not_set_up() -> None:
    world = World()

    with pytest.raises(SourceNotConfigured):
        started(world, source="microsoft", include=())

    assert_nothing_happened(world)


def test_secrets_that_cannot_be_read_are_no_source_that_is_not_set_up() -> None:
    class Locked(MemoryApps):
        def app(self, tenant: object, source: str) -> App | None:
            raise SecretsUnavailable("ThrottlingException")

    world = World(apps=Locked({}))

    with pytest.raises(SecretsUnavailable):
        started(world)

    assert_nothing_happened(world)


@pytest.mark.parametrize("words", [("calendar",), ("other_contacts", "x"), ("OTHER_CONTACTS",), ("scope",), ("",)])
def test_a_word_that_the_source_does_not_know_is_refused(words: Sequence[str]) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, include=words)

    assert (caught.value.field, caught.value.rule) == ("include", "may hold other_contacts for this source")
    assert_nothing_happened(world)


def test_a_source_with_nothing_to_include_says_so() -> None:
    world = World(apps=MemoryApps({"microsoft": APP}))

    with pytest.raises(FieldInvalid) as caught:
        started(world, source="microsoft")

    assert caught.value.rule == "may hold nothing for this source"


def test_a_source_that_wants_a_password_has_nothing_to_include() -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, source="carddav", include=("other_contacts",), credential=CREDENTIAL)

    assert (caught.value.field, caught.value.rule) == ("include", "may hold nothing for this source")
    assert_nothing_happened(world)


FORGED = [
    "https://evil.com\\@app.example.com/",
    "https:/evil.com",
    "https:evil.com",
    "//evil.com/x",
    "https://app.example.com.evil.com/",
    "https://app.example.com%2eevil.com/",
    "https://app.example.com%E3%80%82evil.com/",
    "https://evil。com/",
    "https://ⓔⓥⓘⓛ.com/",
    "https://app.example.com/imported?x=1\r\nSet-Cookie:a=b",
    "http://app.example.com/imported",
    "https://app.example.com:8443/imported",
    "https://app.example.com:443/imported",
    "https://app.example.com./imported",
    "https://app.example.com/imported/",
    "https://app.example.com/imported/../x",
    "https://app.example.com/imported%2f..%2f",
    "https://app.example.com/imported#@evil.com",
    "https://app.example.com/imported?",
    "https://app.example.com/imported#",
    "https://app.example.com/Imported",
    "https://APP.example.com/imported",
    " https://app.example.com/imported",
    "https://app.example.com/imported ",
    "https://app.example.com/%69mported",
    "https://user@app.example.com/imported",
    "javascript:alert(1)",
    "data:text/html,x",
    "null",
    "*",
    "\ud800",
    "https://app.example.com/imported\x00",
]


@pytest.mark.parametrize("address", FORGED)
def test_a_redirect_url_that_is_not_registered_letter_for_letter_is_refused(address: str) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, redirect_url=address)

    assert caught.value.field == "redirect_url"
    assert address not in caught.value.rule
    assert_nothing_happened(world)


@pytest.mark.parametrize("address", [*FORGED, REDIRECT_URL, "https://app.example.com/", "app.example.com"])
def test_an_origin_that_is_not_registered_letter_for_letter_is_refused(address: str) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, origin=address)

    assert caught.value.field == "origin"
    assert_nothing_happened(world)


def test_what_another_tenant_registered_is_refused() -> None:
    world = World()
    for tenant in (TENANT, OTHER_TENANT):
        with pytest.raises(FieldInvalid):
            world.start(tenant, CONSENT_COMMAND, HOME)

    assert_nothing_happened(world)


def test_starts_that_wait_for_a_consent_count_as_well() -> None:
    world = World(starts_per_minute=1)
    started(world)

    with pytest.raises(TooManyStarts):
        started(world)
