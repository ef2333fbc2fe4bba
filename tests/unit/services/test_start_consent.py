"""Starting an import from a source that wants a consent."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from rubrica.adapters.memory import MemoryApps
from rubrica.domain import consent
from rubrica.domain.consent import App
from rubrica.domain.credential import Credential
from rubrica.domain.imports import Import, State
from rubrica.domain.views import StartImport
from rubrica.errors import FieldInvalid, IdempotencyKeyReused
from tests.fakes import (
    APP,
    CANARY_EMAIL,
    HOME,
    NOW,
    ORIGIN,
    OTHER_TENANT,
    OTHERS,
    READING,
    REDIRECT_URL,
    REGISTERED,
    RETENTION,
    TENANT,
)
from tests.unit.services.trips import CONSENT_COMMAND, gone, started
from tests.unit.services.worlds import World


def query(imp: Import) -> list[tuple[str, str]]:
    assert imp.consent is not None
    return parse_qsl(urlsplit(imp.consent.address).query, strict_parsing=True)


def test_an_import_waits_for_its_consent_and_nothing_runs() -> None:
    world = World()

    imp = started(world)

    row = world.imports.rows[imp.id]
    assert (row.imp, row.credential, row.data_key, row.cursor) == (imp, None, None, None)
    assert (imp.state, imp.tenant, imp.source, imp.reference) == (
        State.AWAITING_CONSENT,
        REGISTERED.id,
        "google",
        "user-7",
    )
    assert world.workflow.started == []
    assert world.telemetry.events == []


def test_a_link_is_awaited_for_ten_minutes_and_ten_more_from_its_last_opening() -> None:
    world = World()
    imp = started(world)
    assert imp.deadline == NOW + timedelta(minutes=10)
    assert imp.expires_at == NOW + timedelta(minutes=20) + RETENTION

    world.clock.later(240)
    assert imp.consent is not None
    world.open(imp.consent.link, "")

    assert world.imp(imp.id).deadline == NOW + timedelta(minutes=14)


def test_the_link_leads_back_to_the_import_and_is_made_by_chance() -> None:
    world = World()

    codes = [imp.consent.link for imp in (started(world), started(world)) if imp.consent]

    assert [consent.import_of_link(code) for code in codes] == [1001, 1002]
    assert codes[0][7:] != codes[1][7:]


def test_the_address_asks_for_exactly_what_the_import_needs() -> None:
    imp = started(World())

    assert query(imp) == [
        ("response_type", "code"),
        ("client_id", APP.client_id),
        ("redirect_uri", f"{HOME}/oauth/google/callback"),
        ("scope", f"{READING} {OTHERS}"),
        ("access_type", "online"),
        ("login_hint", CANARY_EMAIL),
    ]
    assert imp.consent is not None
    assert imp.consent.redirect_uri == f"{HOME}/oauth/google/callback"
    assert (imp.consent.include, imp.consent.redirect_url, imp.consent.origin) == (
        ("other_contacts",),
        REDIRECT_URL,
        ORIGIN,
    )
    assert (imp.consent.openings, imp.consent.answered) == ({}, "")


def test_without_a_hint_the_user_is_asked_which_account_it_shall_be() -> None:
    asked = dict(query(started(World(), login_hint="", include=())))

    assert (asked["prompt"], asked["scope"]) == ("select_account", READING)
    assert "login_hint" not in asked


def test_the_redirect_uri_of_the_app_wins_over_our_own() -> None:
    world = World(apps=MemoryApps({"google": replace(APP, redirect_uri="https://app.example.com/proxy.html")}))

    imp = started(world)

    assert imp.consent is not None
    assert imp.consent.redirect_uri == dict(query(imp))["redirect_uri"] == "https://app.example.com/proxy.html"


def test_a_tenants_own_app_asks_for_its_users() -> None:
    own = App("client-of-tenant", "canary-secret")
    world = World(apps=MemoryApps({"google": APP}, {(REGISTERED.id, "google"): own}))

    ours = world.start(REGISTERED, StartImport("google"), HOME)
    theirs = world.start(OTHER_TENANT, StartImport("google"), HOME)

    assert dict(query(ours))["client_id"] == "client-of-tenant"
    assert dict(query(theirs))["client_id"] == APP.client_id


# --- The same request again ---


def again(world: World, **changes: Any) -> Import:
    return world.start(REGISTERED, replace(CONSENT_COMMAND, **changes), HOME, "key-1")


def test_a_repeated_start_gives_the_same_link() -> None:
    world = World()

    first, second = again(world), again(world)

    assert first == second
    assert len(world.imports.rows) == 1
    assert world.workflow.started == []


@pytest.mark.parametrize(
    "changes",
    [
        {"include": ()},
        {"login_hint": ""},
        {"login_hint": "bob@example.com"},
        {"redirect_url": ""},
        {"origin": ""},
        {"reference": "user-8"},
    ],
)
def test_another_consent_with_the_same_key_is_refused(changes: dict[str, Any]) -> None:
    world = World()
    again(world)

    with pytest.raises(IdempotencyKeyReused):
        again(world, **changes)


@pytest.mark.parametrize(
    ("source", "credential", "field", "rule"),
    [
        (
            "google",
            Credential("", "alice", ""),
            "username",
            "must not be sent for this source; 'login_hint' suggests an account",
        ),
        (
            "google",
            Credential("", "alice", "secret"),
            "password",
            "must not be sent for this source, nor a user name: its users are asked by a page",
        ),
        (
            "google",
            Credential("", "", "secret"),
            "password",
            "must not be sent for this source, nor a user name: its users are asked by a page",
        ),
        (
            "google",
            Credential("dav.example.com", "", ""),
            "server",
            "must not be sent for this source: its users are asked by a page",
        ),
        (
            "upload",
            Credential("", "alice", ""),
            "username",
            "must not be sent for this source: its users are asked by a page",
        ),
    ],
)
def test_what_is_no_use_where_a_page_asks_is_refused_by_its_own_field(
    source: str, credential: Credential, field: str, rule: str
) -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, source=source, include=(), credential=credential)

    assert (caught.value.field, caught.value.rule) == (field, rule)
    assert world.imports.rows == {}


def test_a_password_beside_it_is_refused_and_kept_nowhere() -> None:
    world = World()

    with pytest.raises(FieldInvalid) as caught:
        started(world, credential=Credential("", "alice", "zz-canary-secret"))

    assert caught.value.field == "password"
    assert world.imports.rows == {}
    assert "zz-canary-secret" not in json.dumps([world.telemetry.events, str(caught.value), caught.value.rule])


def test_a_repeated_start_whose_consent_never_came_shows_it_abandoned() -> None:
    world = World()
    first = again(world)
    world.clock.moment = first.deadline

    assert (again(world).state, again(world).failure) == (State.ABANDONED, "consent_abandoned")


def test_a_repeated_start_after_the_answer_shows_the_import_running() -> None:
    world = World()
    imp = again(world)
    browser = gone(world)
    browser.imp = imp
    browser.go()
    browser.come_back()

    assert (again(world).id, again(world).state) == (imp.id, State.IMPORTING)


# --- What can be started ---


def test_sources_are_listed_with_whether_they_are_set_up() -> None:
    listed = {source.name: source for source in World().offer(TENANT)}

    assert {name: source.configured for name, source in listed.items()} == {
        "carddav": True,
        "icloud": True,
        "google": True,
        "microsoft": False,
        "upload": True,
        "cloudsponge": False,
    }
    assert listed["google"].include == ["other_contacts"]


def test_a_tenants_own_app_sets_up_a_source_for_that_tenant_alone() -> None:
    world = World(apps=MemoryApps({}, {(TENANT.id, "microsoft"): APP}))

    def listed(tenant: Any) -> set[str]:
        return {source.name for source in world.offer(tenant) if source.configured}

    assert listed(TENANT) == {"carddav", "icloud", "microsoft", "upload"}
    assert listed(OTHER_TENANT) == {"carddav", "icloud", "upload"}
