"""The browser leaves the application for the consent and comes back, in one window; and what can go astray."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from application import Application
from installation import Installation
from visitor import Visitor, decide, held_answer

CONTACTS = "contacts.readonly"
REFUSED = "This answer does not belong to a sign-in that was begun in this browser."
ANSWERED = "This sign-in has been answered already."
UNDERWAY = "Your contacts are being imported."


@pytest.mark.parametrize(
    ("source", "include", "decision", "untick", "told"),
    [
        ("google", [], "Allow", [], {"state": ["importing"]}),
        ("google", [], "Deny", [], {"state": ["failed"], "failure": ["consent_denied"]}),
        (
            "google",
            ["other_contacts"],
            "Allow",
            [CONTACTS],
            {"state": ["failed"], "failure": ["consent_unticked"]},
        ),
        ("google", ["other_contacts"], "Allow", ["contacts.other.readonly"], {"state": ["importing"]}),
        ("microsoft", [], "Allow", [], {"state": ["importing"]}),
        ("microsoft", [], "Deny", [], {"state": ["failed"], "failure": ["consent_denied"]}),
    ],
)
def test_the_browser_comes_back_to_the_application_with_the_outcome(
    source: str,
    include: list[str],
    decision: str,
    untick: list[str],
    told: dict[str, list[str]],
    visitor: Visitor,
    installation: Installation,
    application: Application,
) -> None:
    started = installation.start(source, redirect_url=application.back, include=include)
    page = visitor.page(application.origin)

    page.goto(started["consent_url"])
    decide(page, decision, untick=untick)
    page.wait_for_url(f"{application.origin}/back?**")

    assert page.get_by_role("heading").inner_text() == "Back in the application"
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"tab": ["contacts"], "import_id": [str(started["id"])], **told}
    assert installation.finished(started["id"])["state"] == (
        "complete" if told == {"state": ["importing"]} else "failed"
    )


def test_the_landing_page_is_the_same_after_reload_and_back_and_forth(
    visitor: Visitor, installation: Installation
) -> None:
    started = installation.start("google")
    asked = installation.token_requests("google")
    page = visitor.page(started["consent_url"])
    decide(page, "Allow")
    page.wait_for_url(f"{installation.origin}/**")
    landing, before = page.url, page.locator("body").inner_html()
    installation.finished(started["id"])

    page.reload()
    assert page.locator("body").inner_html() == before

    visitor.expect_trouble("400 (Bad Request)")  # the provider's, whose page has been used
    page.go_back()
    assert urlsplit(page.url).netloc == urlsplit(installation.provider).netloc
    page.go_forward()

    assert page.url == landing
    assert page.locator("body").inner_html() == before
    assert installation.token_requests("google") == asked + 1


@pytest.mark.parametrize(
    ("decision", "heading"),
    [("Allow", "Your contacts have been imported."), ("Deny", "Access to the contacts was not allowed.")],
)
def test_who_opens_the_link_again_sees_how_it_ended(
    decision: str, heading: str, visitor: Visitor, installation: Installation
) -> None:
    started = installation.start("google")
    page = visitor.page(started["consent_url"])
    decide(page, decision)
    page.wait_for_url(f"{installation.origin}/**")
    installation.finished(started["id"])

    page.goto(started["consent_url"])

    assert page.get_by_role("heading").inner_text() == heading


def test_the_link_is_worth_nothing_to_others_once_it_was_used(
    new_visitor: Callable[..., Visitor], installation: Installation
) -> None:
    started = installation.start("google")
    person, other = new_visitor(), new_visitor()
    page = person.page(started["consent_url"])
    decide(page, "Allow")
    page.get_by_role("heading", name=UNDERWAY).wait_for()

    other.expect_trouble("404 (Not Found)")
    late = other.page(started["consent_url"])

    assert late.get_by_role("heading").inner_text() == "This link leads nowhere."


def test_two_tabs_of_one_browser_consent_to_two_imports(visitor: Visitor, installation: Installation) -> None:
    both = [installation.start("google"), installation.start("microsoft")]
    tabs = [visitor.page(started["consent_url"]) for started in both]

    for tab in reversed(tabs):
        decide(tab, "Allow")

    for tab, started in zip(tabs, both, strict=True):
        tab.get_by_role("heading", name=UNDERWAY).wait_for()
        assert installation.finished(started["id"])["state"] == "complete"


def test_two_tabs_with_one_link_import_once(visitor: Visitor, installation: Installation) -> None:
    started = installation.start("google")
    asked = installation.token_requests("google")
    first, second = visitor.page(started["consent_url"]), visitor.page(started["consent_url"])

    decide(second, "Allow")
    second.get_by_role("heading", name=UNDERWAY).wait_for()
    visitor.expect_trouble("409 (Conflict)")
    decide(first, "Allow")

    first.get_by_role("heading", name=ANSWERED).wait_for()
    assert installation.finished(started["id"])["state"] == "complete"
    assert installation.token_requests("google") == asked + 1


def test_the_answer_is_worth_nothing_in_another_browser(
    new_visitor: Callable[..., Visitor], installation: Installation
) -> None:
    started = installation.start("google")
    asked = installation.token_requests("google")
    person, thief = new_visitor(), new_visitor()
    page = person.page(started["consent_url"])
    answer = held_answer(page)

    thief.expect_trouble("400 (Bad Request)")
    stolen = thief.page(answer)

    assert stolen.get_by_role("heading").inner_text() == REFUSED
    assert installation.status(started["id"])["state"] == "awaiting_consent"
    assert installation.token_requests("google") == asked
    page.goto(answer)
    assert page.get_by_role("heading").inner_text() == UNDERWAY


def test_nothing_that_a_provider_says_is_repeated(visitor: Visitor, installation: Installation) -> None:
    started = installation.start("google")
    page = visitor.page(started["consent_url"])
    answer = held_answer(page)
    state = parse_qs(urlsplit(answer).query)["state"][0]
    issuer = parse_qs(urlsplit(answer).query)["iss"][0]
    hostile = {"error": "<script>alert(1)</script>", "error_description": "<img src=x onerror=alert(1)>" * 40}

    page.goto(f"{answer.partition('?')[0]}?{urlencode({'state': state, 'iss': issuer, **hostile})}")

    assert page.get_by_role("heading").inner_text() == "The provider ended the sign-in with an error."
    assert "alert(1)" not in page.content()
    assert installation.status(started["id"])["failure"]["code"] == "consent_failed"


def test_an_answer_in_a_form_of_the_providers_finds_its_browser(
    visitor: Visitor, installation: Installation, application: Application
) -> None:
    """response_mode=form_post: another site's form, which comes without our cookie."""
    started = installation.start("microsoft")
    page = visitor.page(started["consent_url"])
    answer = held_answer(page)
    path, _, query = answer.partition("?")

    page.goto(f"{application.origin}/post")
    page.evaluate(
        """([path, fields]) => {
          const form = document.forms[0];
          form.action = path;
          for (const [name, value] of fields) {
            const field = document.createElement("input");
            Object.assign(field, { type: "hidden", name, value });
            form.append(field);
          }
          form.submit();
        }""",
        [path, [[name, value] for name, values in parse_qs(query).items() for value in values]],
    )

    page.get_by_role("heading", name=UNDERWAY).wait_for()
    assert installation.finished(started["id"])["state"] == "complete"


def test_a_link_that_is_too_old_says_so(visitor: Visitor, installation: Installation) -> None:
    started = installation.start("google")
    installation.age(started["id"], minutes=11)

    visitor.expect_trouble("410 (Gone)")
    page = visitor.page(started["consent_url"])

    assert page.get_by_role("heading").inner_text() == "This link has expired."


@pytest.mark.parametrize("code", ["0000000000000000000", "nonsense", "%3Cscript%3E"])
def test_a_link_of_nothing_says_so(code: str, visitor: Visitor, installation: Installation) -> None:
    visitor.expect_trouble("404 (Not Found)")
    page = visitor.page(f"{installation.origin}/n/{code}")

    assert page.get_by_role("heading").inner_text() == "This link leads nowhere."


@pytest.mark.parametrize("query", ["", "?code=x", "?state=1126.aaaaaaaaaaaaaaaaaaaaaaaa&code=x", "?error=%3Cscript%3E"])
def test_an_answer_to_nothing_is_refused(query: str, visitor: Visitor, installation: Installation) -> None:
    visitor.expect_trouble("400 (Bad Request)")
    page = visitor.page(f"{installation.origin}/oauth/google/callback{query}")

    assert page.get_by_role("heading").inner_text() == REFUSED
