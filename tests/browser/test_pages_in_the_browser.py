"""What the browser is told about the pages, and pictures of each of them for somebody to look at."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from application import Application
from installation import Installation
from playwright.sync_api import Page, Response
from visitor import Visitor, decide

SCREENS = {"desktop": {"width": 1000, "height": 640}, "phone": {"width": 360, "height": 640}}
POPUP = {"width": 480, "height": 640}


def landing(
    visitor: Visitor, installation: Installation, decision: str = "Allow", **fields: object
) -> tuple[Page, Response]:
    """The page at the end of a consent, and the answer that brought it."""
    page = visitor.page(installation.start("google", **fields)["consent_url"])
    with page.expect_response(lambda answer: "/oauth/google/callback" in answer.url) as answered:
        decide(page, decision)
    page.wait_for_url(f"{installation.origin}/**")
    return page, answered.value


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor: Visitor, installation: Installation) -> None:
    landing(visitor, installation)

    [cookie] = visitor.context.cookies(f"{installation.origin}/n/x")
    # Without TLS on one machine; in the cloud its name begins with __Host- and it is Secure.
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    assert (cookie["domain"], cookie["path"]) == ("127.0.0.1", "/")
    assert len(cookie["value"]) >= 43


@pytest.mark.parametrize("told", [True, False])
def test_the_landing_page_is_fenced_in(
    told: bool, visitor: Visitor, installation: Installation, application: Application
) -> None:
    _, answer = landing(visitor, installation, **({"origin": application.origin} if told else {}))

    headers = answer.all_headers()
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'; base-uri 'none'; form-action 'none'" in policy
    assert "unsafe" not in policy
    assert ("script-src" in policy) == told
    assert headers["cross-origin-opener-policy"] == ("unsafe-none" if told else "same-origin")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-type"] == "text/html; charset=utf-8"


def framed(page: Page, framing: str, address: str) -> str:
    """What a page that wants to show another one has in its frame."""
    with page.expect_event("framenavigated", lambda frame: frame.parent_frame and frame.url not in ("", "about:blank")):
        page.goto(f"{framing}/frame?{urlencode({'address': address})}")
    return page.frames[1].url


def test_no_page_shows_in_a_frame(visitor: Visitor, installation: Installation, application: Application) -> None:
    visitor.expect_trouble("frame-ancestors 'none'")
    shown = framed(visitor.page(), application.origin, f"{installation.origin}/auth?state=import_id%3Dproxy-test")

    assert shown.startswith("chrome-error:")


def test_the_landing_page_does_not_show_in_a_frame_either(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    page, answer = landing(visitor, installation)

    visitor.expect_trouble("frame-ancestors 'none'")
    # A page of the same site: the browser sends it our cookie, and only the frame is in the way.
    shown = framed(page, application.stranger, answer.url)

    assert shown.startswith("chrome-error:")


@pytest.mark.parametrize("state", ["_csAuth=1&import_id=proxy-test", "_csAuth%3D1%26import_id%3Dproxy-test"])
def test_the_self_test_of_a_proxy_page_is_confirmed(state: str, visitor: Visitor, installation: Installation) -> None:
    page = visitor.page(f"{installation.origin}/auth?state={state}")

    assert page.get_by_role("heading").inner_text() == "The proxy page works."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_every_page_fits_its_screen_and_has_its_picture_taken(
    screen: str,
    scheme: str,
    new_visitor: Callable[..., Visitor],
    installation: Installation,
    application: Application,
    pictures: Path,
) -> None:
    visitor = new_visitor(viewport=SCREENS[screen], color_scheme=scheme)
    visitor.expect_trouble("404 (Not Found)", "410 (Gone)", "400 (Bad Request)")

    def picture(name: str, page: Page) -> None:
        page.screenshot(path=pictures / f"{name}-{screen}-{scheme}.png")
        assert fits(page), f"{name} is wider than the screen"

    consent = visitor.page(installation.start("google", include=["other_contacts"])["consent_url"])
    picture("consent-google", consent)
    decide(consent, "Allow")
    consent.wait_for_url(f"{installation.origin}/**")
    picture("landing-importing", consent)
    done = installation.start("microsoft")
    decide(visitor.page(done["consent_url"]), "Allow")
    installation.finished(done["id"])
    picture("landing-complete", visitor.page(done["consent_url"]))
    picture("consent-microsoft", visitor.page(installation.start("microsoft")["consent_url"]))
    picture("landing-denied", landing(visitor, installation, "Deny")[0])
    picture("proxy-test", visitor.page(f"{installation.origin}/auth?state=_csAuth=1&import_id=proxy-test"))
    picture("link-unknown", visitor.page(f"{installation.origin}/n/nonsense"))
    picture("return-refused", visitor.page(f"{installation.origin}/oauth/google/callback?code=x"))
    old = installation.start("google")
    installation.age(old["id"], minutes=11)
    picture("link-expired", visitor.page(old["consent_url"]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_popup_has_its_picture_taken(
    scheme: str,
    new_visitor: Callable[..., Visitor],
    installation: Installation,
    application: Application,
    pictures: Path,
) -> None:
    visitor = new_visitor(viewport=POPUP, color_scheme=scheme)
    started = installation.start("google", origin=application.origin, include=["other_contacts"])
    popup = visitor.popup(visitor.page(application.origin), started["consent_url"])
    popup.screenshot(path=pictures / f"popup-consent-{scheme}.png")
    assert fits(popup)
    decide(popup, "Deny")
    button = popup.get_by_role("button", name="Close this window")
    button.wait_for()
    popup.screenshot(path=pictures / f"popup-denied-{scheme}.png")
    popup.keyboard.press("Tab")
    popup.screenshot(path=pictures / f"popup-denied-focus-{scheme}.png")

    assert fits(popup)
    assert button.evaluate("button => button.matches(':focus-visible')")
