"""Opening the link to a consent."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from rubrica.adapters.memory import MemoryImports
from rubrica.domain import consent
from rubrica.domain.consent import MOST_OPENINGS
from rubrica.domain.imports import Import, ImportId, State
from rubrica.domain.views import StartImport
from rubrica.errors import ImportGone, LinkExpired, LinkUnknown, LinkWornOut, StorageUnavailable
from rubrica.services.open import Departure
from tests.fakes import HOME, NOW, REGISTERED, TENANT, any_import
from tests.unit.services.trips import Browser, allowed, gone, started
from tests.unit.services.worlds import World


def link(imp: Import) -> str:
    assert imp.consent is not None
    return imp.consent.link


def openings(world: World, imp: Import) -> dict[str, str]:
    """Digests of the states to digests of the browsers."""
    kept = world.imports.rows[imp.id].imp.consent
    assert kept is not None
    return {state: opening.browser for state, opening in kept.openings.items()}


def test_the_browser_is_bound_and_sent_to_the_provider() -> None:
    world = World()
    imp = started(world)
    browser = Browser(world, imp)

    browser.go()

    assert browser.asked is not None
    assert browser.asked["code_challenge_method"] == "S256"
    assert consent.import_of_state(browser.state) == imp.id
    assert openings(world, imp) == {consent.digest(browser.state): consent.digest(browser.cookie)}
    assert world.telemetry.events == [("consent_opened", {"import_id": imp.id, "source": "google"})]


def test_neither_cookie_nor_state_nor_verifier_is_kept_or_told() -> None:
    world = World()
    browser = Browser(world, started(world))
    browser.go()
    row = world.imports.rows[browser.imp.id]
    assert row.imp.consent is not None

    kept = "\n".join([str(row.imp.consent.openings), row.imp.consent.address, json.dumps(world.telemetry.events)])

    for secret in (browser.cookie, browser.state, consent.verifier(browser.cookie, browser.state)):
        assert secret not in kept


def test_the_answer_may_come_for_ten_minutes_after_each_opening() -> None:
    world = World()
    imp = started(world)
    browser = Browser(world, imp)
    browser.go()
    world.clock.later(300)
    browser.go()

    kept = world.imports.rows[imp.id].imp.consent
    assert kept is not None
    assert sorted(opening.until for opening in kept.openings.values()) == [
        NOW + timedelta(seconds=600),
        NOW + timedelta(seconds=900),
    ]


def test_a_browser_keeps_its_cookie_and_gets_a_new_state_each_time() -> None:
    world = World()
    browser = Browser(world, started(world))
    states = {browser.go() for _ in range(3)}
    cookies = set(openings(world, browser.imp).values())

    assert len(states) == 3
    assert cookies == {consent.digest(browser.cookie)}


def test_one_browser_keeps_one_cookie_for_all_its_imports() -> None:
    world = World()
    first = gone(world)
    second = Browser(world, started(world), cookie=first.cookie)

    second.go()

    assert second.cookie == first.cookie
    assert second.come_back().state is State.IMPORTING
    assert first.come_back().state is State.IMPORTING


@pytest.mark.parametrize(
    "odd", ["x", "x" * 42, "x" * 65, "x" * 43 + "\n", "é" * 43, "x" * 42 + "=", "x" * 42 + ";", "<" * 43, "\ud800" * 43]
)
def test_a_cookie_that_is_none_of_ours_is_replaced(odd: str) -> None:
    world = World()
    opened = world.open(link(started(world)), odd)

    assert isinstance(opened, Departure)
    assert opened.cookie != odd
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,64}", opened.cookie)


def test_two_browsers_get_two_cookies_and_each_comes_back_with_its_own_state() -> None:
    world = World()
    imp = started(world)
    one, other = Browser(world, imp), Browser(world, imp)
    one.go()
    other.go()

    assert one.cookie != other.cookie
    assert other.come_back().state is State.IMPORTING


# --- Links that lead nowhere ---


def test_an_unknown_or_altered_link_leads_nowhere_and_changes_nothing() -> None:
    world = World()
    imp = started(world)
    code = link(imp)
    altered = code[:-1] + ("0" if code[-1] != "0" else "1")
    for wrong in ("", "x", altered, code[:7] + "0" * 12, "0000001" + code[7:], code.lower(), code + "\n", "9" * 5_000):
        with pytest.raises(LinkUnknown):
            world.open(wrong, "")

    assert openings(world, imp) == {}
    assert world.telemetry.events == []


def test_an_import_without_a_consent_has_no_link() -> None:
    world = World()
    world.add()

    with pytest.raises(LinkUnknown):
        world.open(consent.link_code(1126, "chance"), "")


def test_a_link_can_be_opened_for_ten_minutes() -> None:
    world = World()
    code = link(started(world))
    world.clock.later(599)
    assert isinstance(world.open(code, ""), Departure)

    for seconds in (1, 599):
        world.clock.later(seconds)
        with pytest.raises(LinkExpired):
            world.open(code, "")


def test_a_link_can_be_opened_ten_times() -> None:
    world = World()
    imp = started(world)
    for _ in range(MOST_OPENINGS):
        world.open(link(imp), "")

    with pytest.raises(LinkWornOut):
        world.open(link(imp), "")

    assert len(openings(world, imp)) == MOST_OPENINGS


def test_the_link_of_a_consent_that_never_came_has_expired() -> None:
    tried = gone(World())
    closed = gone(World())
    for browser in (tried, closed):
        browser.world.clock.later(20 * 60)
    closed.world.sweep()

    assert closed.world.imp(closed.imp.id).state is State.ABANDONED
    for browser in (tried, closed):
        with pytest.raises(LinkExpired):
            browser.world.open(link(browser.imp), browser.cookie)


def test_an_import_that_is_deleted_or_expired_has_no_link() -> None:
    deleted, expired = gone(World()), gone(World())
    deleted.world.delete(TENANT, deleted.imp.id)
    expired.world.clock.moment = expired.imp.expires_at

    for browser in (deleted, expired):
        with pytest.raises(LinkUnknown):
            browser.world.open(link(browser.imp), browser.cookie)


def test_an_import_that_moves_on_while_its_link_is_opened_is_not_opened() -> None:
    class MovedOn(MemoryImports):
        def open_consent(self, import_id: ImportId, state: str, opening: object) -> None:
            raise ImportGone

    world = World(imports=MovedOn())

    with pytest.raises(LinkExpired):
        world.open(link(started(world)), "")
    assert world.telemetry.events == []


def test_a_store_that_does_not_answer_is_told_to_the_caller() -> None:
    class Down(MemoryImports):
        def get(self, import_id: ImportId) -> None:
            raise StorageUnavailable("InternalServerError")

    with pytest.raises(StorageUnavailable):
        World(imports=Down()).open(consent.link_code(1126, "chance"), "")


# --- After the answer ---


def test_a_settled_link_shows_the_import_to_the_browser_that_opened_it_and_to_no_other() -> None:
    world = World()
    browser = allowed(world)
    code = link(browser.imp)

    shown = world.open(code, browser.cookie)

    assert isinstance(shown, Import)
    assert (shown.id, shown.state) == (browser.imp.id, State.IMPORTING)
    for cookie in ("", "x" * 48, browser.cookie + "x"):
        with pytest.raises(LinkUnknown):
            world.open(code, cookie)


def test_the_browser_that_opened_one_import_sees_no_other() -> None:
    world = World()
    browser, other = allowed(world), allowed(world)

    with pytest.raises(LinkUnknown):
        world.open(link(other.imp), browser.cookie)


def test_a_settled_import_without_a_link_lets_nobody_in_by_an_empty_one() -> None:
    world = World()
    imp = any_import(consent=replace(started(World()).consent, link=""))  # type: ignore[type-var]
    world.add(imp)

    for code in ("", consent.link_code(1126, "chance")):
        with pytest.raises(LinkUnknown):
            world.open(code, "")


def test_the_link_to_a_file_is_no_link_to_a_provider() -> None:
    world = World()
    imp = world.start(REGISTERED, StartImport("upload"), HOME)

    with pytest.raises(LinkUnknown):
        world.open(link(imp), "")

    assert openings(world, imp) == {}
