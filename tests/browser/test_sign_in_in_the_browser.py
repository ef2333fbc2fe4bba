"""A person enters user name and password on our page and sends them: in one window, with and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from application import Application
from installation import Installation
from playwright.sync_api import Page
from visitor import Visitor

SCREENS = {"desktop": {"width": 1000, "height": 900}, "phone": {"width": 360, "height": 640}}


def enter(page: Page, username: str, password: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Import the contacts").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_user_name_and_password_are_sent_and_the_contacts_arrive(
    scripts: bool, new_visitor: Callable[..., Visitor], installation: Installation
) -> None:
    started = installation.asked_for_consent("yahoo")
    page = new_visitor(java_script_enabled=scripts).page(started["url"])
    assert page.get_by_role("heading").inner_text() == "Sign in to Yahoo"

    enter(page, "alice", "sandbox-password")

    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()
    finished = installation.finished(started["id"])
    assert (finished["state"], finished["contacts"]["so_far"]) == ("complete", 10)
    page.goto(started["url"])
    assert page.get_by_role("heading").inner_text() == "Your contacts have been imported."


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_wrong_is_said_and_the_user_name_stays(
    scripts: bool, new_visitor: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = new_visitor(java_script_enabled=scripts)
    visitor.expect_trouble("status of 400")
    page = visitor.page(installation.asked_for_consent("yahoo")["url"])

    enter(page, "ali:ce", "sandbox-password")

    page.get_by_role("alert").wait_for()
    assert page.title() == "Problem: Sign in to Yahoo"
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in to Yahoo"
    assert page.get_by_text("This page is not the provider's own").is_visible()
    assert page.get_by_label("User name").input_value() == "ali:ce"
    assert page.get_by_label("Password").input_value() == ""
    enter(page, "alice", "sandbox-password")
    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()


def test_the_browser_comes_back_to_the_application(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.asked_for_consent("yahoo", redirect_url=application.back)
    page = visitor.page(started["url"])

    enter(page, "alice", "sandbox-password")

    page.wait_for_url(f"{application.back}&import_id={started['id']}&state=importing")


def test_nothing_is_sent_before_both_are_entered_and_the_keyboard_is_enough(
    visitor: Visitor, installation: Installation
) -> None:
    started = installation.asked_for_consent("yahoo")
    page = visitor.page(started["url"])
    page.get_by_role("button").click()
    assert page.get_by_label("Password").evaluate("field => field.matches(':invalid')")

    page.get_by_label("User name").focus()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("sandbox-password")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()


@pytest.mark.parametrize("service", ["yahoo", "nextcloud"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_the_page_for_a_sign_in_has_its_picture_taken(
    screen: str,
    scheme: str,
    service: str,
    new_visitor: Callable[..., Visitor],
    installation: Installation,
    pictures: Path,
) -> None:
    page = new_visitor(viewport=SCREENS[screen], color_scheme=scheme).page(
        installation.asked_for_consent(service)["url"]
    )
    page.screenshot(path=pictures / f"sign-in-{service}-{screen}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_a_sign_in_that_was_refused_has_its_picture_taken(
    screen: str, scheme: str, new_visitor: Callable[..., Visitor], installation: Installation, pictures: Path
) -> None:
    visitor = new_visitor(viewport=SCREENS[screen], color_scheme=scheme)
    visitor.expect_trouble("status of 400")
    page = visitor.page(installation.asked_for_consent("yahoo")["url"])

    enter(page, "ali:ce", "sandbox-password")
    page.get_by_role("alert").wait_for()

    page.screenshot(path=pictures / f"sign-in-refused-{screen}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
