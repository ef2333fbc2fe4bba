"""A person chooses a file on our page and sends it: in a popup, in the same window, and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from application import Application
from installation import Installation
from playwright.sync_api import FilePayload, Page
from visitor import Visitor

SCREENS = {"desktop": {"width": 1000, "height": 900}, "phone": {"width": 360, "height": 640}}
CARDS = "".join(
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Person {number}\r\nEMAIL:person-{number}@example.com\r\nEND:VCARD\r\n"
    for number in range(1, 4)
)
VCARD = FilePayload(name="contacts.vcf", mimeType="text/vcard", buffer=CARDS.encode())
CSV = FilePayload(
    name="contacts.csv",
    mimeType="text/csv",
    buffer=b"First Name,Last Name,E-mail 1 - Value\r\nAnna,Example,anna@example.com\r\n",
)
WORKBOOK = FilePayload(name="contacts.csv", mimeType="text/csv", buffer=b"PK\x03\x04\x14\x00 a workbook")


def send(page: Page, file: FilePayload) -> None:
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Send the file").click()


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("file", "count"), [(VCARD, 3), (CSV, 1)])
def test_a_file_is_sent_and_its_contacts_arrive(
    file: FilePayload,
    count: int,
    scripts: bool,
    new_visitor: Callable[..., Visitor],
    installation: Installation,
) -> None:
    started = installation.start("upload")
    page = new_visitor(java_script_enabled=scripts).page(started["consent_url"])
    assert page.get_by_role("heading").inner_text() == "Choose the file with your contacts."

    send(page, file)

    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()
    finished = installation.finished(started["id"])
    assert (finished["state"], finished["contacts"]["so_far"]) == ("complete", count)
    page.reload()
    page.goto(started["consent_url"])
    assert page.get_by_role("heading").inner_text() == "Your contacts have been imported."


def test_a_file_of_no_use_is_told_and_another_one_may_be_chosen(visitor: Visitor, installation: Installation) -> None:
    visitor.expect_trouble("status of 422")
    started = installation.start("upload")
    page = visitor.page(started["consent_url"])

    send(page, WORKBOOK)

    assert "holds no contacts" in page.get_by_role("alert").inner_text()
    assert page.title() == "Problem: Choose the file with your contacts."
    assert page.get_by_role("heading", level=1).inner_text() == "Choose the file with your contacts."
    send(page, VCARD)
    page.get_by_role("heading", name="Your contacts are being imported.").wait_for()
    assert installation.finished(started["id"])["contacts"]["so_far"] == 3


def test_nothing_is_sent_before_a_file_is_chosen(visitor: Visitor, installation: Installation) -> None:
    started = installation.start("upload")
    page = visitor.page(started["consent_url"])

    page.get_by_role("button", name="Send the file").click()

    assert page.get_by_label("The file").evaluate("field => field.matches(':invalid')")
    assert page.get_by_role("heading").inner_text() == "Choose the file with your contacts."
    assert installation.status(started["id"])["state"] == "awaiting_consent"


def test_the_application_that_opened_a_popup_is_told(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    started = installation.start("upload", origin=application.origin)
    opener = visitor.page(application.origin)
    visitor.expect_trouble("status of 422")

    popup = visitor.popup(opener, started["consent_url"])
    send(popup, WORKBOOK)
    popup.get_by_role("alert").wait_for()
    with popup.expect_event("close"):
        send(popup, VCARD)

    opener.wait_for_function("messages.length > 0")
    assert opener.evaluate("messages") == [
        {
            "origin": installation.origin,
            "data": {"type": "rubrica", "import_id": started["id"], "state": "importing", "failure": None},
        }
    ]
    assert installation.finished(started["id"])["state"] == "complete"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_browser_comes_back_to_the_application(
    scripts: bool, new_visitor: Callable[..., Visitor], installation: Installation, application: Application
) -> None:
    started = installation.start("upload", redirect_url=application.back)
    page = new_visitor(java_script_enabled=scripts).page(started["consent_url"])

    send(page, VCARD)

    page.wait_for_url(f"{application.back}&import_id={started['id']}&state=importing")
    assert page.get_by_role("heading").inner_text() == "Back in the application"


def test_the_page_can_be_used_by_keyboard_alone(visitor: Visitor, installation: Installation) -> None:
    page = visitor.page(installation.start("upload")["consent_url"])
    found = []
    for _ in range(3):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.tagName"))

    assert found == ["INPUT", "BUTTON", "SUMMARY"]
    page.keyboard.press("Enter")
    assert page.get_by_text("Thunderbird").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_the_page_for_a_file_has_its_picture_taken(
    screen: str, scheme: str, new_visitor: Callable[..., Visitor], installation: Installation, pictures: Path
) -> None:
    visitor = new_visitor(viewport=SCREENS[screen], color_scheme=scheme)
    visitor.expect_trouble("status of 422")
    page = visitor.page(installation.start("upload")["consent_url"])
    page.screenshot(path=pictures / f"file-{screen}-{scheme}.png", full_page=True)
    assert fits(page)
    page.get_by_text("How do I get such a file?").click()
    page.screenshot(path=pictures / f"file-help-{screen}-{scheme}.png", full_page=True)
    assert fits(page)

    send(page, WORKBOOK)
    page.get_by_role("alert").wait_for()
    page.screenshot(path=pictures / f"file-refused-{screen}-{scheme}.png", full_page=True)
    assert fits(page)
