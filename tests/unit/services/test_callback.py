"""The answer of a provider: whose it is, that it counts once, and what it comes to."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from rubrica.adapters.memory import MemoryImports, MemoryVault
from rubrica.domain import consent
from rubrica.domain.credential import Code
from rubrica.domain.imports import Import, ImportId, State
from rubrica.errors import (
    KeyUnavailable,
    ReturnAnswered,
    ReturnRefused,
    StorageUnavailable,
    WorkflowUnavailable,
)
from tests.fakes import CANARY_EMAIL, CODE, HOME, NOW, OTHERS, RETENTION
from tests.unit.services.trips import Browser, allowed, gone
from tests.unit.services.worlds import World


def stored(browser: Browser) -> Import:
    return browser.world.imp(browser.imp.id)


def assert_still_waiting(browser: Browser) -> None:
    world = browser.world
    assert stored(browser).state is State.AWAITING_CONSENT
    assert world.kept(browser.imp.id) is None
    assert world.workflow.started == []
    assert world.notify.announced == []


# --- Given ---


def test_a_consent_that_is_given_starts_the_import_once() -> None:
    browser = gone(World())
    browser.world.clock.later(60)

    imp = browser.come_back()

    assert (imp.id, imp.state, imp.failure) == (browser.imp.id, State.IMPORTING, "")
    assert browser.world.workflow.started == [(imp.id, 1)]
    assert stored(browser).deadline == NOW + timedelta(seconds=60) + timedelta(hours=1)
    assert stored(browser).expires_at == stored(browser).deadline + RETENTION
    assert browser.world.telemetry.counts == [("ImportsStarted", 1, {"source": "google"})]
    assert browser.world.notify.announced == []


def test_the_code_is_kept_sealed_with_what_it_takes_to_redeem_it() -> None:
    browser = allowed(World())

    assert browser.world.kept(browser.imp.id) == Code(
        CODE, consent.verifier(browser.cookie, browser.state), f"{HOME}/oauth/google/callback", ("other_contacts",)
    )


def test_what_led_to_the_provider_is_forgotten_once_it_is_answered() -> None:
    kept = stored(allowed(World())).consent

    assert kept is not None
    assert (kept.link, kept.address, kept.redirect_uri, kept.include) == ("", "", "", ())
    assert kept.redirect_url
    assert kept.origin


def test_the_answer_may_come_on_the_shared_path() -> None:
    browser = gone(World())

    assert browser.come_back(browser.answer(source="")).state is State.IMPORTING


def test_a_workflow_that_takes_nothing_now_is_left_to_the_sweeper() -> None:
    class NoWorkflow:
        def start(self, import_id: ImportId, run: int) -> None:
            raise WorkflowUnavailable("ThrottlingException")

    browser = gone(World())
    world = browser.world
    imp = replace(world.callback, workflow=NoWorkflow())(browser.answer(), browser.cookie)

    assert imp.state is State.IMPORTING
    assert "start_postponed" in world.telemetry.names()
    world.clock.later(60)
    world.sweep()
    assert world.workflow.started == [(imp.id, 2)]


# --- Once ---


def test_the_same_answer_again_has_no_second_effect_and_the_same_outcome() -> None:
    browser = gone(World())
    first = browser.come_back()
    before = stored(browser), list(browser.world.telemetry.events), list(browser.world.telemetry.counts)

    for _ in range(3):
        again = browser.come_back()
        assert (again.id, again.state, again.failure) == (first.id, first.state, first.failure)

    assert browser.world.workflow.started == [(first.id, 1)]
    assert (stored(browser), browser.world.telemetry.events, browser.world.telemetry.counts) == before


def test_the_same_answer_gets_the_same_outcome_whatever_has_become_of_the_import_since() -> None:
    browser = allowed(World())
    browser.world.close(browser.imp.id, WorkflowUnavailable)
    browser.world.clock.later(3_000)

    again = browser.come_back()

    assert stored(browser).state is State.FAILED
    assert (again.state, again.failure) == (State.IMPORTING, "")


@pytest.mark.parametrize("change", [{"code": CODE + "x"}, {"code": "", "error": "access_denied"}, {"scope": OTHERS}])
def test_another_answer_after_it_is_refused_and_changes_nothing(change: dict[str, str]) -> None:
    browser = allowed(World())
    before = browser.world.imports.rows[browser.imp.id]

    with pytest.raises(ReturnAnswered):
        browser.come_back(browser.answer(**change))

    assert browser.world.imports.rows[browser.imp.id] == before
    assert len(browser.world.workflow.started) == 1


def test_a_second_browser_that_went_as_well_comes_too_late() -> None:
    first = gone(World())
    second = Browser(first.world, first.imp)
    second.go()
    first.come_back()

    with pytest.raises(ReturnAnswered):
        second.come_back()
    assert len(first.world.workflow.started) == 1


def test_a_second_tab_of_the_same_browser_hears_that_the_first_one_was_taken() -> None:
    browser = gone(World())
    first = browser.answer()
    browser.go()
    browser.come_back(first)
    before = browser.world.imports.rows[browser.imp.id]

    for answer in (browser.answer(), browser.denial()):
        with pytest.raises(ReturnAnswered):
            browser.come_back(answer)

    assert browser.world.imports.rows[browser.imp.id] == before
    assert len(browser.world.workflow.started) == 1
    for cookie in ("", "x" * 48):
        with pytest.raises(ReturnRefused) as caught:
            browser.world.callback(browser.answer(), cookie)
        assert caught.value.why == "cookie"


class Atomic(MemoryImports):
    """The table's conditional write: one at a time, whoever comes."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.together = threading.Barrier(50)
        self.settled = 0

    def answer_consent(self, imp: Import, credential: bytes | None, due_at: Any) -> tuple[Import, bool]:
        self.together.wait(30)
        with self._lock:
            standing, ours = super().answer_consent(imp, credential, due_at)
            self.settled += ours
            return standing, ours


class Salted(MemoryVault):
    """Seals nothing twice alike, as a key does."""

    def __init__(self) -> None:
        self._salt = count()

    def seal(self, imp: Import, secret: bytes) -> bytes:
        return super().seal(imp, b"%d|" % next(self._salt) + secret)


@pytest.mark.parametrize("error", ["", "access_denied"])
def test_fifty_callbacks_at_once_start_one_import_and_get_the_same_answer(error: str) -> None:
    store = Atomic()
    browser = gone(World(imports=store, vault=Salted()))
    answer = browser.denial(error) if error else browser.answer()
    answers: list[Import] = []

    def call() -> None:
        answers.append(browser.come_back(answer))

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({(imp.id, imp.state, imp.failure) for imp in answers}) == 1
    assert len(answers) == 50
    assert store.settled == 1
    assert len(browser.world.workflow.started) == (0 if error else 1)
    assert len(browser.world.notify.announced) == (1 if error else 0)
    assert len(browser.world.telemetry.counts) == 1


def test_an_answer_that_another_one_overtakes_is_refused() -> None:
    browser = gone(World())
    world = browser.world

    class Overtaken:
        def __getattr__(self, name: str) -> object:
            return getattr(world.imports, name)

        def answer_consent(self, imp: Import, credential: bytes | None, due_at: Any) -> object:
            browser.come_back(browser.denial())
            return world.imports.answer_consent(imp, credential, due_at)

    with pytest.raises(ReturnAnswered):
        replace(world.callback, imports=Overtaken())(browser.answer(), browser.cookie)  # type: ignore[arg-type]

    assert world.workflow.started == []
    assert world.kept(browser.imp.id) is None


# --- Our own trouble, and secrets ---


def test_trouble_of_the_platform_leaves_the_consent_awaited_and_the_answer_good() -> None:
    browser = gone(World())
    world = browser.world

    class Locked:
        def seal(self, imp: Import, secret: bytes) -> bytes:
            raise KeyUnavailable("KMSInternalException")

    with pytest.raises(KeyUnavailable):
        replace(world.callback, vault=Locked())(browser.answer(), browser.cookie)  # type: ignore[arg-type]
    assert_still_waiting(browser)

    assert browser.come_back().state is State.IMPORTING


def test_a_write_that_took_effect_and_still_failed_counts_once() -> None:
    class Unsure(MemoryImports):
        def answer_consent(self, imp: Import, credential: bytes | None, due_at: Any) -> tuple[Import, bool]:
            super().answer_consent(imp, credential, due_at)
            raise StorageUnavailable("InternalServerError")

    browser = gone(World(imports=Unsure()))
    world = browser.world
    with pytest.raises(StorageUnavailable):
        browser.come_back()

    assert browser.come_back().state is State.IMPORTING
    assert world.workflow.started == []
    world.clock.later(60)
    world.sweep()
    assert world.workflow.started == [(browser.imp.id, 2)]


def test_no_secret_of_a_consent_is_told_or_handed_to_the_workflow() -> None:
    world = World()
    given, denied, refused = gone(world), gone(world), gone(world)
    given.come_back()
    denied.come_back(denied.denial())
    with pytest.raises(ReturnRefused) as caught:
        refused.come_back(refused.answer(issuer="https://zz-canary.example"))

    told = json.dumps([world.telemetry.events, world.telemetry.counts, world.workflow.started]) + repr(caught.value)
    told += repr(world.notify.announced) + repr(list(world.imports.rows.values()))

    secrets = [CODE, CANARY_EMAIL, "canary"]
    for browser in (given, denied, refused):
        secrets += [browser.cookie, browser.state, consent.verifier(browser.cookie, browser.state)]
    for secret in secrets:
        assert secret not in told
