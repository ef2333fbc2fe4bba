"""What a person is shown, by what has become of the import; and what the window that opened it is told."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from rubrica.dialects.pages.answers import (
    file_refused,
    file_wanted,
    outcome,
    proxy_works,
    refusal,
    sign_in_refused,
    sign_in_wanted,
)
from rubrica.dialects.pages.rendering import FileForm, Page, Words, render
from rubrica.dialects.pages.sign_ins import NOTHING, Entered
from rubrica.domain.consent import Consent, Opening, Way
from rubrica.domain.imports import Import, ImportId, Progress, State
from rubrica.domain.views import SourceView
from rubrica.errors import (
    ConsentDenied,
    ConsentRefusal,
    FileMissing,
    FileNotContacts,
    FileTooLarge,
    FileUnreadable,
    ImportFailure,
    ImportGone,
    ServerMissing,
    ServerRefused,
    SignInIncomplete,
    SignInMalformed,
    StorageUnavailable,
    WorkerFailed,
    leaves,
)
from tests.fakes import NOW, TENANT

ORIGIN = "https://app.example.com"
HOUR = timedelta(hours=1)
YAHOO = SourceView("yahoo", "Yahoo", "password", needs_server=False, hint="Use an app password.")
CARDDAV = SourceView(
    "carddav", "CardDAV address book", "password", needs_server=True, hint="Many want an app password."
)
REFUSALS = leaves(ConsentRefusal)
FAILURES = leaves(ImportFailure)


class Seen(HTMLParser):
    """A page as a browser takes it apart: tags with attributes, the text of each, and the text a person reads."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(page.body)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._open] = self.texts.get(self._open, "") + data

    def attributes(self, tag: str) -> dict[str, str | None]:
        [attributes] = [attributes for name, attributes in self.tags if name == tag]
        return attributes

    def count(self, tag: str) -> int:
        return [name for name, _ in self.tags].count(tag)

    def place(self, tag: str, **having: str) -> int:
        """Where in the page the one such tag stands that has these attributes."""
        [place] = [at for at, (name, had) in enumerate(self.tags) if name == tag and having.items() <= had.items()]
        return place


def first_paragraph(page: Page) -> str:
    return page.body.partition("<p>")[2].partition("</p>")[0]


def assert_refused_above_its_form(page: Page, wanted: Page, error: ConsentRefusal | ImportFailure) -> None:
    """It is the page that asked, with all that this said, and what is wrong stands between that and the form."""
    seen, asked = Seen(page), Seen(wanted)

    assert seen.texts["h1"] == asked.texts["h1"]
    assert seen.texts["title"] == f"Problem: {asked.texts['h1']}"
    assert first_paragraph(page) == first_paragraph(wanted)
    assert seen.texts["h2"] == error.title
    assert error.advice in seen.texts["p"]
    assert seen.place("h1") < seen.place("div", role="alert") < seen.place("h2") < seen.place("form")


def an_import(state: State, *, failure: str = "", origin: str = ORIGIN, contacts: int = 3) -> Import:
    consent = Consent("LINK", "https://provider.example.com/", "https://us.example.com/oauth/google/callback")
    return Import(
        ImportId(1126),
        TENANT.id,
        "google",
        state,
        NOW,
        NOW + HOUR,
        NOW + 2 * HOUR,
        failure=failure,
        progress=Progress(contacts=contacts),
        consent=replace(consent, origin=origin),
    )


def awaiting_a_file(*, origin: str = "", redirect_url: str = "") -> Import:
    consent = Consent("LINK", "", "", way=Way.FILE, origin=origin, redirect_url=redirect_url)
    return replace(an_import(State.AWAITING_CONSENT), source="upload", consent=consent)


def awaiting_a_sign_in(*, origin: str = "", redirect_url: str = "") -> Import:
    consent = Consent("LINK", "", "", way=Way.SIGN_IN, origin=origin, redirect_url=redirect_url)
    return replace(an_import(State.AWAITING_CONSENT), source="yahoo", consent=consent)


def every_sign_in() -> list[Page]:
    errors = SignInIncomplete(), SignInMalformed(), ServerMissing(), ServerRefused()
    imp = awaiting_a_sign_in(origin=ORIGIN, redirect_url="https://app.example.com/back")
    refused = [sign_in_refused(imp, source, NOTHING, error) for source in (YAHOO, CARDDAV) for error in errors]
    return [sign_in_wanted(imp, YAHOO), sign_in_wanted(imp, CARDDAV), *refused]


def every_form() -> list[Page]:
    errors = FileMissing(), FileTooLarge(), FileNotContacts(), FileUnreadable()
    imp = awaiting_a_file(origin=ORIGIN, redirect_url="https://app.example.com/back")
    return [file_wanted(awaiting_a_file()), file_wanted(imp), *(file_refused(imp, error) for error in errors)]


def every_page() -> list[Page]:
    return [*every_page_without_a_form(), *every_form(), *every_sign_in()]


def every_page_without_a_form() -> list[Page]:
    landed = [outcome(an_import(state, origin=origin), NOW) for state in State for origin in (ORIGIN, "")]
    failed = [outcome(an_import(State.FAILED, failure=each.code), NOW) for each in FAILURES]
    return [*landed, *failed, *(refusal(each()) for each in REFUSALS), proxy_works()]


def directives(page: Page) -> dict[str, str]:
    """The page's content security policy, by directive."""
    parts = page.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("imp", "title", "role"),
    [
        (an_import(State.IMPORTING), "Your contacts are being imported.", "status"),
        (an_import(State.COMPLETE), "Your contacts have been imported.", "status"),
        (an_import(State.COMPLETE, contacts=0), "There was nothing to import.", "alert"),
        (an_import(State.FAILED, failure="consent_denied"), ConsentDenied.title, "alert"),
        (an_import(State.ABANDONED, failure="consent_denied"), ConsentDenied.title, "alert"),
    ],
)
def test_the_page_says_what_has_become_of_the_import(imp: Import, title: str, role: str) -> None:
    page = outcome(imp, NOW)
    seen = Seen(page)

    assert page.status == 200
    assert seen.texts["h1"] == seen.texts["title"] == title
    assert seen.attributes("div") == {"role": role}


@pytest.mark.parametrize(
    "imp", [an_import(State.IMPORTING), replace(awaiting_a_file(), state=State.IMPORTING)], ids=["consent", "file"]
)
def test_while_contacts_are_read_the_page_says_who_tells_of_the_end(imp: Import) -> None:
    assert "The application shows how it ends." in Seen(outcome(imp, NOW)).texts["p"]


def test_no_page_for_users_names_what_they_do_not_know() -> None:
    for page in every_page():
        if page != proxy_works():
            assert "Rubrica" not in re.sub(r"<(script|style).*?</\1>", "", page.body, flags=re.DOTALL)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_a_failure_is_shown_with_its_advice_and_nothing_for_the_operator(failure: type[ImportFailure]) -> None:
    seen = Seen(outcome(an_import(State.FAILED, failure=failure.code), NOW))

    assert seen.texts["h1"] == failure.title
    assert failure.advice in seen.texts["p"]
    assert ("To start again" in seen.texts["p"]) == failure.retryable
    assert not failure.operator or failure.operator not in seen.texts["p"]


@pytest.mark.parametrize("code", [StorageUnavailable.code, "of_a_later_version"])
def test_a_failure_without_a_text_for_people_is_shown_as_ours(code: str) -> None:
    seen = Seen(outcome(an_import(State.FAILED, failure=code), NOW))

    assert seen.texts["h1"] == WorkerFailed.title
    assert seen.attributes("script")["data-failure"] == code


def test_a_consent_that_never_came_is_abandoned_before_the_sweeper_says_so() -> None:
    imp = an_import(State.AWAITING_CONSENT)
    opened = replace(imp, consent=replace(imp.consent, openings={"digest": Opening("digest", NOW)}))  # type: ignore[type-var]
    seen = Seen(outcome(opened, NOW + HOUR))

    assert seen.texts["h1"] == "The consent was not given in time."
    assert seen.attributes("script")["data-state"] == "abandoned"


def test_an_import_past_its_retention_is_gone_and_tells_nobody() -> None:
    page = outcome(an_import(State.COMPLETE), NOW + 2 * HOUR)
    seen = Seen(page)

    assert page.status == 410
    assert seen.texts["h1"] == ImportGone.title
    assert not seen.count("script")


@pytest.mark.parametrize(
    ("imp", "state", "failure", "stay"),
    [
        (an_import(State.IMPORTING), "importing", "", ""),
        (an_import(State.COMPLETE), "complete", "", ""),
        (an_import(State.COMPLETE, contacts=0), "complete", "", "yes"),
        (an_import(State.FAILED, failure="consent_unticked"), "failed", "consent_unticked", "yes"),
    ],
)
def test_the_window_that_opened_the_page_is_told(imp: Import, state: str, failure: str, stay: str) -> None:
    told = Seen(outcome(imp, NOW)).attributes("script")

    assert told == {
        "data-origin": ORIGIN,
        "data-import": "1126",
        "data-state": state,
        "data-failure": failure,
        "data-stay": stay,
    }


@pytest.mark.parametrize("state", [State.IMPORTING, State.COMPLETE, State.FAILED, State.ABANDONED])
def test_without_an_origin_nobody_is_told(state: State) -> None:
    page = outcome(an_import(state, origin=""), NOW)

    assert not Seen(page).count("script")
    assert "script-src" not in directives(page)
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_import_without_a_consent_has_a_page_too() -> None:
    page = outcome(replace(an_import(State.IMPORTING), consent=None), NOW)

    assert not Seen(page).count("script")


def test_a_page_that_tells_keeps_its_tie_to_the_window_that_opened_it() -> None:
    page = outcome(an_import(State.IMPORTING), NOW)

    assert page.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.code)
def test_a_refusal_is_shown_with_its_status_and_tells_nobody(error: type[ConsentRefusal]) -> None:
    page = refusal(error())
    seen = Seen(page)

    assert page.status == error.status
    assert seen.texts["h1"] == error.title
    assert error.advice in seen.texts["p"]
    assert not seen.count("script")
    assert "Location" not in page.headers
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_self_test_of_a_proxy_page_is_confirmed() -> None:
    page = proxy_works()

    assert page.status == 200
    assert Seen(page).texts["h1"] == "The proxy page works."


def test_every_page_is_fenced_in() -> None:
    for page in every_page():
        policy = directives(page)

        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        open_ones = {"style-src", "script-src", "img-src"} | ({"form-action"} if Seen(page).count("form") else set())
        assert {value for name, value in policy.items() if name not in open_ones} == {"'none'"}
        assert policy.keys() >= {"default-src", "frame-ancestors", "base-uri", "form-action"}
        assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_style_and_script_are_allowed_by_their_hashes() -> None:
    for page in every_page():
        seen, policy = Seen(page), directives(page)

        assert policy["style-src"] == hashed(seen.texts["style"])
        assert policy.get("script-src") == (hashed(seen.texts["script"]) if seen.count("script") else None)


def test_the_policy_is_the_same_for_every_page_that_tells() -> None:
    policies = {page.headers["Content-Security-Policy"] for page in every_page() if "<script" in page.body}

    assert len(policies) == 1


def test_every_page_can_be_read_by_everyone() -> None:
    for page in every_page():
        seen = Seen(page)

        assert seen.attributes("html") == {"lang": "en"}
        assert seen.count("h1") == seen.count("title") == seen.count("main") == 1
        assert seen.attributes("link") == {"rel": "icon", "href": "data:,"}
        assert "width=device-width" in str([attributes for name, attributes in seen.tags if name == "meta"])


def test_a_file_is_asked_for_by_a_form_that_needs_no_script() -> None:
    for page in every_form():
        seen = Seen(page)

        assert seen.attributes("form") == {"method": "post", "enctype": "multipart/form-data"}
        field = seen.attributes("input")
        assert (field["type"], field["name"], "required" in field) == ("file", "file", True)
        assert field["accept"] == ".vcf,.csv,text/vcard,text/x-vcard,text/csv"
        assert seen.attributes("label") == {"for": field["id"]}
        assert "up to 4 MB" in page.body
        assert not seen.count("script")


def test_the_page_for_a_file_says_how_to_come_by_one_and_what_becomes_of_it() -> None:
    page = file_wanted(awaiting_a_file())

    assert page.status == 200
    for word in ("Google", "Apple", "Outlook", "Thunderbird", "Yahoo", "encrypted", "deleted", "ten minutes"):
        assert word in page.body


@pytest.mark.parametrize(
    ("error", "status"),
    [(FileMissing(), 400), (FileTooLarge(), 413), (FileNotContacts(), 422), (FileUnreadable(), 422)],
)
def test_what_is_wrong_with_a_file_is_said_above_the_form(error: ConsentRefusal | ImportFailure, status: int) -> None:
    page = file_refused(awaiting_a_file(), error)

    assert page.status == status
    assert_refused_above_its_form(page, file_wanted(awaiting_a_file()), error)
    assert "works for ten minutes" in Seen(page).texts["p"]


@pytest.mark.parametrize(
    ("redirect_url", "targets"),
    [
        ("", "'self'"),
        ("https://app.example.com/back?tab=1#x", "'self' https://app.example.com"),
        ("http://localhost:8080/", "'self' http://localhost:8080"),
        ("https://app.example.com;script-src */x", "'self'"),
        ("https://*.example.com/x", "'self'"),
        ("https://user@app.example.com/", "'self'"),
    ],
)
def test_the_form_leads_here_and_to_where_the_application_wants_its_user_back(redirect_url: str, targets: str) -> None:
    page = file_wanted(awaiting_a_file(redirect_url=redirect_url))

    assert directives(page)["form-action"] == targets


def test_the_page_for_a_file_keeps_the_tie_to_a_window_that_may_be_told() -> None:
    assert file_wanted(awaiting_a_file(origin=ORIGIN)).headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert file_wanted(awaiting_a_file()).headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert file_wanted(replace(awaiting_a_file(), consent=None)).headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(("state", "advice"), [(State.IMPORTING, "arrived"), (State.COMPLETE, "has been read")])
def test_what_became_of_a_file_is_told_in_words_for_files(state: State, advice: str) -> None:
    seen = Seen(outcome(replace(awaiting_a_file(origin=ORIGIN), state=state, progress=Progress(contacts=3)), NOW))

    assert advice in seen.texts["p"]
    assert seen.attributes("script")["data-state"] == state.value


def test_user_name_and_password_are_asked_for_by_a_form_that_needs_no_script() -> None:
    page = sign_in_wanted(awaiting_a_sign_in(), YAHOO)
    seen = Seen(page)

    assert (page.status, seen.texts["h1"]) == (200, "Sign in to Yahoo")
    assert seen.attributes("form") == {"method": "post"}
    username, password = (attributes for tag, attributes in seen.tags if tag == "input")
    assert (username["name"], username["autocomplete"], username["value"]) == ("username", "username", "")
    assert (password["name"], password["type"], password["autocomplete"]) == ("password", "password", "off")
    assert "value" not in password
    assert {"required"} <= username.keys() & password.keys()
    labels = [attributes["for"] for tag, attributes in seen.tags if tag == "label"]
    assert labels == [username["id"], password["id"]]
    assert password["aria-describedby"] == "hint"
    assert "Use an app password." in page.body
    assert not seen.count("script")


@pytest.mark.parametrize("error", [SignInIncomplete(), SignInMalformed()])
def test_whoever_is_asked_for_a_password_once_more_is_told_by_whom_and_for_which_provider(
    error: ConsentRefusal,
) -> None:
    page = sign_in_refused(awaiting_a_sign_in(), YAHOO, NOTHING, error)
    seen = Seen(page)

    assert seen.texts["h1"] == "Sign in to Yahoo"
    assert "This page is not the provider's own" in seen.texts["p"]


def test_a_page_that_asks_for_the_first_time_tells_of_no_problem() -> None:
    for page in (sign_in_wanted(awaiting_a_sign_in(), YAHOO), file_wanted(awaiting_a_file())):
        seen = Seen(page)

        assert seen.texts["title"] == seen.texts["h1"]
        assert seen.attributes("div") == {"role": "status"}


def test_a_server_is_asked_for_where_the_source_needs_one() -> None:
    fields = [it["name"] for tag, it in Seen(sign_in_wanted(awaiting_a_sign_in(), CARDDAV)).tags if tag == "input"]

    assert fields == ["server", "username", "password"]


def test_what_is_wrong_with_a_sign_in_is_said_above_the_form_which_keeps_all_but_the_password() -> None:
    found = Entered('"><script>ann', "zz-canary-password", "https://'dav.example.com/")
    for error in (SignInIncomplete(), SignInMalformed(), ServerMissing(), ServerRefused()):
        page = sign_in_refused(awaiting_a_sign_in(), CARDDAV, found, error)
        seen = Seen(page)

        assert page.status == (422 if isinstance(error, ServerRefused) else 400)
        assert_refused_above_its_form(page, sign_in_wanted(awaiting_a_sign_in(), CARDDAV), error)
        server, username, _ = (attributes for tag, attributes in seen.tags if tag == "input")
        assert (username["value"], server["value"]) == (found.username, found.server)
        assert "zz-canary" not in page.body + repr(found)


@pytest.mark.parametrize(("redirect_url", "targets"), [("", "'self'"), (f"{ORIGIN}/back", f"'self' {ORIGIN}")])
def test_the_form_of_a_sign_in_leads_where_that_of_a_file_does(redirect_url: str, targets: str) -> None:
    page = sign_in_wanted(awaiting_a_sign_in(redirect_url=redirect_url), YAHOO)

    assert directives(page)["form-action"] == targets
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    opened = sign_in_wanted(awaiting_a_sign_in(origin=ORIGIN), YAHOO)
    assert opened.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize(
    ("state", "advice"), [(State.IMPORTING, "entered has arrived"), (State.COMPLETE, "was opened")]
)
def test_what_became_of_a_sign_in_is_told_in_words_for_it(state: State, advice: str) -> None:
    seen = Seen(outcome(replace(awaiting_a_sign_in(origin=ORIGIN), state=state, progress=Progress(contacts=3)), NOW))

    assert advice in seen.texts["p"]
    assert seen.attributes("script")["data-state"] == state.value


def test_no_page_names_an_address_to_load_from() -> None:
    addresses = re.compile(r"""https?:|//|url\(|@import|\bon[a-z]+=|style=""")
    for page in every_page():
        without_script = re.sub(r"<script.*</script>", "", page.body, flags=re.DOTALL)

        assert not addresses.search(without_script)


def test_every_text_is_escaped() -> None:
    hostile = "</title><script>alert(1)</script>\"'&$title"
    body = render(Words(hostile, hostile, hostile), "done").body

    assert "<script" not in body
    assert body.count("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;$title") == 4


def test_what_is_said_above_a_form_is_escaped() -> None:
    hostile = "</title><script>alert(1)</script>\"'&$title"
    body = render(Words("Title", "Advice"), "asking", form=FileForm(4, problem=Words(hostile, hostile))).body

    assert "<script" not in body
    assert body.count("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;$title") == 2


def test_what_the_script_is_given_is_escaped() -> None:
    hostile = "\"></script><script>alert(1)</script>'&"
    seen = Seen(outcome(an_import(State.FAILED, failure=hostile, origin=hostile), NOW))

    assert seen.count("script") == 1
    assert seen.attributes("script")["data-origin"] == hostile
    assert seen.attributes("script")["data-failure"] == hostile


def test_the_message_is_never_for_everyone() -> None:
    script = Seen(outcome(an_import(State.IMPORTING), NOW)).texts["script"]

    assert re.findall(r"postMessage\(([^)]*)\)", script) == ["message, told.origin"]
    assert "*" not in script
