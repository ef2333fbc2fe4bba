"""A provider that answers with an error, or with less than was asked for."""

from dataclasses import replace

import pytest

from rubrica.adapters.memory import MemoryNotify
from rubrica.domain.imports import Done, Import, State
from rubrica.errors import NotifyUnavailable, ReturnAnswered
from tests.fakes import NOW, OTHERS, READING, RETENTION
from tests.unit.services.trips import Browser, gone
from tests.unit.services.worlds import World


def stored(browser: Browser) -> Import:
    return browser.world.imp(browser.imp.id)


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
    assert world.telemetry.counts == [("ImportsClosed", 1, {"source": "google", "state": "failed", "failure": failure})]


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


class DeafNotify:
    def closed(self, imp: Import) -> None:
        raise NotifyUnavailable("ThrottlingException")


def test_a_denial_that_cannot_be_announced_is_settled_and_announced_by_the_workflow() -> None:
    browser = gone(World(notify=DeafNotify()))

    imp = browser.come_back(browser.denial())

    assert (imp.failure, stored(browser).failure) == ("consent_denied", "consent_denied")
    assert browser.world.workflow.started == [(imp.id, 1)]
    heard = MemoryNotify()
    after = replace(browser.world, notify=heard)
    assert after.turn(0, import_id=imp.id) == Done()
    after.close(imp.id, None)
    assert [it.failure for it in heard.announced] == ["consent_denied"]


def test_a_denial_again_is_told_again_and_announced_once() -> None:
    browser = gone(World())

    outcomes = [browser.come_back(browser.denial()) for _ in range(3)]

    assert {(imp.state, imp.failure) for imp in outcomes} == {(State.FAILED, "consent_denied")}
    assert len(browser.world.notify.announced) == 1
    assert len(browser.world.telemetry.counts) == 1
    with pytest.raises(ReturnAnswered):
        browser.come_back()


@pytest.mark.parametrize("word", ["canary-error-code", "AADSTS65004", "x.y_z-1", "x" * 64])
def test_an_error_code_of_the_providers_own_is_told_to_the_operator(word: str) -> None:
    browser = gone(World())

    assert browser.come_back(browser.denial(word)).failure == "consent_failed"
    assert browser.world.telemetry.events[-1][1]["error"] == word


@pytest.mark.parametrize(
    "word",
    ["<script>alert(1)</script>", "zz canary", "a\r\nX: y", "é", "x" * 65, "a@example.com", "a\n", "a:b", "a/b", "ａ"],
)
def test_an_error_that_is_no_word_enters_no_log(word: str) -> None:
    browser = gone(World())

    assert browser.come_back(browser.denial(word)).failure == "consent_failed"
    assert browser.world.telemetry.events[-1][1]["error"] == "other"
