"""Answers of a provider that do not belong here, or come too late."""

from typing import Any

import pytest

from rubrica.adapters.memory import MemoryImports, MemoryUpstreams
from rubrica.domain.consent import Return, Way
from rubrica.domain.imports import Import, State
from rubrica.domain.views import StartImport
from rubrica.errors import (
    ImportGone,
    ReturnExpired,
    ReturnRefused,
    WorkflowUnavailable,
)
from rubrica.ports import Begun
from tests.fakes import CODE, HOME, TENANT
from tests.unit.services.trips import Browser, gone
from tests.unit.services.worlds import World


def stored(browser: Browser) -> Import:
    return browser.world.imp(browser.imp.id)


def assert_still_waiting(browser: Browser) -> None:
    world = browser.world
    assert stored(browser).state is State.AWAITING_CONSENT
    assert world.kept(browser.imp.id) is None
    assert world.workflow.started == []
    assert world.notify.announced == []


# --- Not theirs ---


@pytest.mark.parametrize(
    "change",
    [
        {"state": ""},
        {"state": "1001.state-that-nobody-has"},
        {"state": "7.state-that-nobody-has-xx"},
        {"state": "9999999999.state-that-nobody-has-xx"},
        {"source": "microsoft"},
        {"issuer": "https://accounts.example.org"},
        {"issuer": ""},
        {"code": ""},
        {"error": "access_denied"},
    ],
)
def test_an_answer_that_does_not_belong_here_is_refused_and_the_consent_still_awaited(change: dict[str, str]) -> None:
    browser = gone(World())

    with pytest.raises(ReturnRefused):
        browser.come_back(browser.answer(**change))

    assert_still_waiting(browser)
    assert browser.come_back().state is State.IMPORTING


@pytest.mark.parametrize("cookie", ["", "x" * 48])
def test_another_browsers_cookie_is_refused(cookie: str) -> None:
    browser = gone(World())

    with pytest.raises(ReturnRefused):
        browser.world.callback(browser.answer(), cookie)

    assert_still_waiting(browser)


def test_the_cookie_of_another_imports_browser_is_refused() -> None:
    world = World()
    browser, other = gone(world), gone(world)

    with pytest.raises(ReturnRefused):
        world.callback(browser.answer(), other.cookie)

    assert_still_waiting(browser)


def test_an_import_without_a_consent_takes_no_answer() -> None:
    world = World()
    world.add()

    with pytest.raises(ReturnRefused):
        world.callback(Return("_csAuth=1&import_id=1126.state-that-nobody-has", CODE), "x" * 48)


def others(world: World) -> dict[Way, Import]:
    """An import of each way but that to a provider; each awaits its user."""
    relay = StartImport("cloudsponge", service="plaxo")
    sign_in = StartImport("carddav", by_page=True)
    return {
        Way.FILE: world.start(TENANT, StartImport("upload"), HOME),
        Way.SIGN_IN: world.start(TENANT, sign_in, HOME),
        Way.RELAY: world.start(TENANT, relay, HOME),
    }


@pytest.mark.parametrize("way", sorted(set(Way) - {Way.PROVIDER}))
@pytest.mark.parametrize("source", ["", "google", "upload", "carddav", "cloudsponge"])
@pytest.mark.parametrize("seconds", [0, 3_600, 10**6])
def test_a_consent_that_leads_to_no_provider_is_as_good_as_none(way: Way, source: str, seconds: int) -> None:
    world = World(upstreams=MemoryUpstreams({"plaxo": Begun(90_001, "https://elsewhere.example.com/n/AB12CD3")}))
    imp = others(world)[way]
    world.clock.later(seconds)

    refusals = []
    for number in (imp.id, 7):
        with pytest.raises(ReturnRefused) as caught:
            world.callback(Return(f"_csAuth=1&import_id={number}.{'x' * 24}", CODE, source=source), "x" * 48)
        refusals.append((caught.value.why, str(caught.value)))

    assert refusals == [("state", str(ReturnRefused()))] * 2
    assert world.imp(imp.id) == imp


@pytest.mark.parametrize("seconds", [0, 660, 20 * 60, 10**6])
def test_who_guesses_a_state_does_not_learn_which_imports_there_were(seconds: int) -> None:
    browser = gone(World())
    browser.world.clock.later(seconds)
    guess = f"_csAuth=1&import_id={browser.imp.id}.{'x' * 24}"

    for answer, cookie in ((browser.answer(state=guess), browser.cookie), (browser.answer(), "x" * 48)):
        with pytest.raises(ReturnRefused):
            browser.world.callback(answer, cookie)


# --- Too late ---


def test_an_answer_that_comes_eleven_minutes_after_the_opening_is_too_late() -> None:
    browser = gone(World())
    browser.world.clock.later(660)

    with pytest.raises(ReturnExpired):
        browser.come_back()

    assert_still_waiting(browser)


def test_an_answer_after_the_sweeper_is_too_late() -> None:
    browser = gone(World())
    browser.world.clock.later(20 * 60)
    browser.world.sweep()

    with pytest.raises(ReturnExpired):
        browser.come_back()

    assert (stored(browser).state, stored(browser).failure) == (State.ABANDONED, "consent_expired")
    assert browser.world.workflow.started == []


def test_an_import_that_was_closed_meanwhile_takes_no_answer_even_in_time() -> None:
    browser = gone(World())
    browser.world.close(browser.imp.id, WorkflowUnavailable)

    with pytest.raises(ReturnExpired):
        browser.come_back()


def test_an_answer_for_an_import_that_has_expired_or_goes_meanwhile_is_too_late() -> None:
    expired = gone(World())
    expired.world.clock.moment = expired.imp.expires_at
    with pytest.raises(ReturnExpired):
        expired.come_back()

    class Vanishing(MemoryImports):
        def answer_consent(self, imp: Import, credential: bytes | None, due_at: Any) -> tuple[Import, bool]:
            raise ImportGone

    with pytest.raises(ReturnExpired):
        gone(World(imports=Vanishing())).come_back()


def test_an_answer_for_a_deleted_import_is_too_late() -> None:
    browser = gone(World())
    browser.world.delete(TENANT, browser.imp.id)

    with pytest.raises((ReturnExpired, ReturnRefused)):
        browser.come_back()

    assert stored(browser).state is State.PURGED
    assert browser.world.workflow.started == []
