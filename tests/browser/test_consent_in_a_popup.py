"""The application opens a window for the consent: what the person sees there, and what the application is told."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from application import Application
from installation import Installation
from playwright.sync_api import Error, Page
from visitor import Visitor, decide

CONTACTS = "contacts.readonly"
OTHERS = "contacts.other.readonly"


def messages(opener: Page) -> list[dict[str, object]]:
    """What the application heard, once it has heard something."""
    opener.wait_for_function("messages.length > 0")
    heard: list[dict[str, object]] = opener.evaluate("messages")
    return heard


def message(installation: Installation, import_id: int, state: str, failure: str | None = None) -> dict[str, object]:
    told = {"type": "rubrica", "import_id": import_id, "state": state, "failure": failure}
    return {"origin": installation.origin, "data": told}


@pytest.mark.parametrize("source", ["google", "microsoft"])
def test_who_allows_sees_the_window_close_and_the_contacts_arrive(
    source: str, visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start(source, origin=application.origin)
    opener = visitor.page(application.origin)

    popup = visitor.popup(opener, started["consent_url"])
    with popup.expect_event("close"):
        decide(popup, "Allow")

    assert messages(opener) == [message(installation, started["id"], "importing")]
    finished = installation.finished(started["id"])
    assert (finished["state"], finished["failure"]) == ("complete", None)
    assert finished["contacts"]["so_far"] > 0


@pytest.mark.parametrize("source", ["google", "microsoft"])
def test_who_denies_is_told_how_to_try_again(
    source: str, visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start(source, origin=application.origin)
    opener = visitor.page(application.origin)

    popup = visitor.popup(opener, started["consent_url"])
    decide(popup, "Deny")

    assert messages(opener) == [message(installation, started["id"], "failed", "consent_denied")]
    assert popup.get_by_role("heading").inner_text() == "Access to the contacts was not allowed."
    assert popup.get_by_role("alert").is_visible()
    assert installation.status(started["id"])["failure"]["code"] == "consent_denied"


def test_the_window_with_advice_stays_until_it_is_closed_by_hand(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin)
    popup = visitor.popup(visitor.page(application.origin), started["consent_url"])
    decide(popup, "Deny")
    button = popup.get_by_role("button", name="Close this window")
    button.wait_for()
    popup.wait_for_timeout(2_500)

    assert not popup.is_closed()
    popup.keyboard.press("Tab")
    # The window is gone before the key is let go.
    with popup.expect_event("close"), suppress(Error):
        popup.keyboard.press("Enter")


def test_who_unticks_contacts_is_told_which_box_it_was(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin, include=["other_contacts"])
    opener = visitor.page(application.origin)

    popup = visitor.popup(opener, started["consent_url"])
    decide(popup, "Allow", untick=[CONTACTS])

    assert messages(opener) == [message(installation, started["id"], "failed", "consent_unticked")]
    assert "tick the box for contacts" in popup.get_by_role("alert").inner_text()


@pytest.mark.parametrize(("untick", "imported"), [([], "everybody"), ([OTHERS], "saved")])
def test_other_contacts_come_only_with_their_own_tick(
    untick: list[str], imported: str, visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin, include=["other_contacts"])
    opener = visitor.page(application.origin)

    popup = visitor.popup(opener, started["consent_url"])
    with popup.expect_event("close"):
        decide(popup, "Allow", untick=untick)

    assert messages(opener) == [message(installation, started["id"], "importing")]
    finished = installation.finished(started["id"])
    assert finished["state"] == "complete"
    assert finished["contacts"]["so_far"] == getattr(installation, imported)


def test_an_application_may_keep_its_own_window_apart_from_others(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin)
    opener = visitor.page(f"{application.origin}/guarded")

    popup = visitor.popup(opener, started["consent_url"])
    with popup.expect_event("close"):
        decide(popup, "Allow")

    assert messages(opener) == [message(installation, started["id"], "importing")]


def test_a_window_that_is_not_the_registered_application_hears_nothing(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin)
    opener = visitor.page(application.stranger)
    # Only the browser knows who opened a window of another host, and it tells the developer of that page.
    visitor.expect_trouble("does not match the recipient window's origin")

    popup = visitor.popup(opener, started["consent_url"])
    with popup.expect_event("close"):
        decide(popup, "Allow")
    opener.wait_for_timeout(200)

    assert opener.evaluate("messages") == []


def test_without_an_origin_nobody_is_told_and_the_window_stays(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google")
    opener = visitor.page(application.origin)

    popup = visitor.popup(opener, started["consent_url"])
    decide(popup, "Allow")
    popup.get_by_role("heading", name="Your contacts are being imported.").wait_for()
    popup.wait_for_timeout(2_000)

    assert opener.evaluate("messages") == []
    assert not popup.is_closed()
    assert popup.evaluate("opener") is None


def test_the_window_says_the_same_after_a_reload(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin)
    opener = visitor.page(application.origin)
    popup = visitor.popup(opener, started["consent_url"])
    decide(popup, "Deny")
    before = popup.locator("body").inner_html()

    popup.reload()

    assert popup.locator("body").inner_html() == before
    opener.wait_for_function("messages.length == 2")
    assert messages(opener) == [message(installation, started["id"], "failed", "consent_denied")] * 2


def test_a_page_opened_by_itself_has_nobody_to_tell_and_stays(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("google", origin=application.origin)
    page = visitor.page(started["consent_url"])
    decide(page, "Allow")
    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()
    page.wait_for_timeout(2_000)

    assert not page.is_closed()
    assert page.locator("#close").is_hidden()


def test_without_scripts_the_page_reads_the_same(
    new_visitor: Callable[..., Visitor], installation: Installation, application: Application
) -> None:
    visitor = new_visitor(java_script_enabled=False)
    started = installation.start("google", origin=application.origin)
    page = visitor.page(started["consent_url"])
    decide(page, "Allow")

    assert page.get_by_role("heading").inner_text() == "Your contacts are being imported."
    assert "You can close this window" in page.locator("main").inner_text()
    assert page.locator("#close").is_hidden()
    assert installation.finished(started["id"])["state"] == "complete"
