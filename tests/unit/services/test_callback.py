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
from rubrica.domain.consent import Return
from rubrica.domain.credential import Code
from rubrica.domain.imports import Import, ImportId, State
from rubrica.errors import (
    ImportGone,
    KeyUnavailable,
    ReturnExpired,
    ReturnRefused,
    StorageUnavailable,
    WorkflowUnavailable,
)
from tests.fakes import CANARY_EMAIL, CODE, HOME, NOW, OTHERS, READING, RETENTION, TENANT
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

    with pytest.raises(ReturnRefused):
        browser.come_back(browser.answer(**change))

    assert browser.world.imports.rows[browser.imp.id] == before
    assert len(browser.world.workflow.started) == 1


def test_a_second_browser_that_went_as_well_comes_too_late() -> None:
    first = gone(World())
    second = Browser(first.world, first.imp)
    second.go()
    first.come_back()

    with pytest.raises(ReturnRefused):
        second.come_back()


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

    with pytest.raises(ReturnRefused):
        replace(world.callback, imports=Overtaken())(browser.answer(), browser.cookie)  # type: ignore[arg-type]

    assert world.workflow.started == []
    assert world.kept(browser.imp.id) is None


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
        world.callback(Return("1126.state-that-nobody-has", CODE), "x" * 48)


# --- Too late ---


def test_an_answer_that_comes_eleven_minutes_after_the_opening_is_too_late() -> None:
    browser = gone(World())
    browser.world.clock.later(660)

    with pytest.raises(ReturnExpired):
        browser.come_back()

    assert_still_waiting(browser)


def test_an_answer_after_the_sweeper_is_too_late() -> None:
    browser = gone(World())
    browser.world.clock.moment = browser.imp.deadline
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


# --- Not given ---

ENDS = {
    "access_denied": "consent_denied",
    "consent_required": "consent_needs_admin",
    "admin_policy_enforced": "consent_needs_admin",
    "org_internal": "app_unverified",
    "redirect_uri_mismatch": "app_misconfigured",
    "server_error": "provider_unavailable",
    "something_new": "consent_failed",
}


@pytest.mark.parametrize(("word", "failure"), ENDS.items())
def test_a_consent_that_is_not_given_ends_the_import_with_its_own_failure(word: str, failure: str) -> None:
    browser = gone(World())
    world = browser.world

    imp = browser.come_back(browser.denial(word))

    assert (imp.state, imp.failure) == (State.FAILED, failure)
    assert (stored(browser).state, stored(browser).failure, stored(browser).closed_at) == (State.FAILED, failure, NOW)
    assert stored(browser).expires_at == NOW + RETENTION
    assert world.kept(browser.imp.id) is None
    assert world.workflow.started == []
    assert [(told.id, told.failure) for told in world.notify.announced] == [(imp.id, failure)]
    assert world.telemetry.events[-1] == (
        "consent_ended",
        {"import_id": imp.id, "source": "google", "failure": failure, "error": word},
    )
    assert world.telemetry.counts == [
        ("ImportsClosed", 1, {"source": "google", "state": "failed", "failure": failure})
    ]


@pytest.mark.parametrize("scope", [OTHERS, "openid", f"{OTHERS} openid"])
def test_a_box_that_was_not_ticked_ends_it_before_anything_is_redeemed(scope: str) -> None:
    browser = gone(World())

    imp = browser.come_back(browser.answer(scope=scope))

    assert (imp.state, imp.failure) == (State.FAILED, "consent_unticked")
    assert browser.world.kept(browser.imp.id) is None
    assert browser.world.workflow.started == []


@pytest.mark.parametrize("scope", ["", READING, f"{OTHERS} {READING}"])
def test_the_other_box_may_stay_unticked(scope: str) -> None:
    browser = gone(World())

    assert browser.come_back(browser.answer(scope=scope)).state is State.IMPORTING


def test_a_denial_again_is_told_again_and_announced_once() -> None:
    browser = gone(World())

    outcomes = [browser.come_back(browser.denial()) for _ in range(3)]

    assert {(imp.state, imp.failure) for imp in outcomes} == {(State.FAILED, "consent_denied")}
    assert len(browser.world.notify.announced) == 1
    assert len(browser.world.telemetry.counts) == 1
    with pytest.raises(ReturnRefused):
        browser.come_back()


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", "zz canary", "a\r\nX: y", "é", "x" * 65, "a@example.com"])
def test_an_error_that_is_no_word_enters_no_log(word: str) -> None:
    browser = gone(World())

    assert browser.come_back(browser.denial(word)).failure == "consent_failed"
    assert browser.world.telemetry.events[-1][1]["error"] == "other"


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
