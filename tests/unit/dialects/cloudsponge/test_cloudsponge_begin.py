"""What a begin call asks for."""

import pytest

from rubrica.dialects.cloudsponge.requests import begin
from rubrica.dialects.cloudsponge.services import Offered
from rubrica.domain.credential import Credential
from rubrica.domain.views import SourceView, StartImport
from rubrica.errors import FieldInvalid, SourceUnknown, SourceUnsupported
from rubrica.sources.registry import SOURCES
from tests.unit.dialects.cloudsponge.forms import asked, parameters

VIEWS = {
    name: SourceView(name, it.title, it.method, it.needs_server, it.hint, it.include) for name, it in SOURCES.items()
}
OFFERED = Offered(VIEWS)
LOGIN = {"username": "ann@example.com", "password": "app-word"}
CREDENTIAL = Credential("", "ann@example.com", "app-word")

CONSENTS = {"gmail": "google", "windowslive": "microsoft", "outlookcom": "microsoft", "office365": "microsoft"}
PASSWORDS = {
    "icloud": "icloud",
    "yahoo": "yahoo",
    "aol": "aol",
    "gmx": "gmx",
    "web_de": "webde",
    "yandex_ru": "yandex",
    "mail_ru": "mailru",
}
UPLOADS = ["csv", "outlook", "addressbook"]
LOGINS = (
    "plaxo uol bol terra rediff mail126 mail163 mail_yeah_net sapo qip_ru qq_mail naver o2_pl poczta_o2 mail mailcom"
)
WITH_CONSENT = ["linkedin", "facebook"]


def refused(action: str, offered: Offered = OFFERED, **values: str) -> FieldInvalid:
    with pytest.raises(FieldInvalid) as found:
        begin(action, asked(**values), offered)
    return found.value


# --- Services ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "source"), CONSENTS.items())
def test_a_consent_is_asked_for_by_user_consent(code: str, source: str) -> None:
    assert begin("user_consent", asked(service=code), OFFERED) == StartImport(source)


@pytest.mark.parametrize(("code", "source"), PASSWORDS.items())
def test_a_password_is_given_by_import(code: str, source: str) -> None:
    assert begin("import", asked(service=code, **LOGIN), OFFERED) == StartImport(source, CREDENTIAL)


@pytest.mark.parametrize("code", UPLOADS)
@pytest.mark.parametrize("action", ["user_consent", "import", "desktop_applet"])
@pytest.mark.parametrize("more", [{}, {"csv": "true"}, LOGIN])
def test_a_file_is_asked_for_by_every_action(code: str, action: str, more: dict[str, str]) -> None:
    assert begin(action, asked(service=code, **more), OFFERED) == StartImport("upload")


@pytest.mark.parametrize("code", ["GMAIL", "Gmail", "gMaIl"])
def test_letters_of_a_code_have_no_case(code: str) -> None:
    assert begin("user_consent", asked(service=code), OFFERED).source == "google"


@pytest.mark.parametrize("source", [name for name, it in VIEWS.items() if it.method == "password"])
def test_our_own_names_are_codes_too(source: str) -> None:
    assert begin("import", asked(service=source, **LOGIN), OFFERED) == StartImport(source, CREDENTIAL)


def test_a_server_may_be_named_for_a_source_that_wants_one() -> None:
    command = begin("import", asked(service="nextcloud", server="https://cloud.example.com", **LOGIN), OFFERED)

    assert command.credential == Credential("https://cloud.example.com", "ann@example.com", "app-word")


@pytest.mark.parametrize(
    "code",
    [
        "gmail ",
        " gmail",
        "../",
        "gmail\n",
        "g",
        "x" * 65,
        "ｇｍａｉｌ",
        "faceboo\u212a",
        "cloudsponge",
        "gmail,yahoo",
        "\0",
    ],
)
@pytest.mark.parametrize("action", ["user_consent", "import", "desktop_applet"])
def test_a_code_that_there_is_none_of_is_unknown(code: str, action: str) -> None:
    with pytest.raises(SourceUnknown):
        begin(action, asked(service=code, csv="true", **LOGIN), OFFERED)


@pytest.mark.parametrize("code", [*LOGINS.split(), *WITH_CONSENT])
@pytest.mark.parametrize("action", ["user_consent", "import", "desktop_applet"])
def test_a_service_that_nobody_reads_is_known_and_refused(code: str, action: str) -> None:
    with pytest.raises(SourceUnsupported) as found:
        begin(action, asked(service=code.upper(), **LOGIN), OFFERED)

    assert found.value.method == ("consent" if code in WITH_CONSENT else "password")


def test_a_source_that_this_installation_lacks_is_refused_as_unreadable() -> None:
    with pytest.raises(SourceUnsupported):
        begin("user_consent", asked(service="csv"), Offered({"google": VIEWS["google"]}))


@pytest.mark.parametrize("action", ["user_consent", "import", "desktop_applet"])
@pytest.mark.parametrize("values", [{}, {"service": ""}])
def test_a_service_is_needed(action: str, values: dict[str, str]) -> None:
    assert refused(action, **values).field == "service"


# --- Actions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, LOGIN, {"username": "a:b\r\nX: 1", "password": "\0"}])
@pytest.mark.parametrize(("code", "source"), [*PASSWORDS.items(), ("nextcloud", "nextcloud")])
def test_a_password_is_asked_for_on_a_page_by_user_consent_and_never_taken_from_there(
    code: str, source: str, more: dict[str, str]
) -> None:
    back = "https://app.example.com/imported"

    assert begin("user_consent", asked(service=code, **more), OFFERED) == StartImport(source, by_page=True)
    command = begin("user_consent", asked(service=code, redirect_url=back), OFFERED)
    assert command == StartImport(source, redirect_url=back, by_page=True)


@pytest.mark.parametrize("code", ["gmail", "icloud", "nextcloud"])
def test_the_applet_reads_files_only(code: str) -> None:
    assert refused("desktop_applet", service=code, **LOGIN).field == "action"


@pytest.mark.parametrize("code", ["gmail", "icloud", "plaxo", "OUTLOOK"])
def test_the_applet_asks_for_a_file_of_any_known_service_where_csv_is_wanted(code: str) -> None:
    assert begin("desktop_applet", asked(service=code, csv="TRUE"), OFFERED) == StartImport("upload")


def test_csv_changes_nothing_for_a_consent() -> None:
    assert begin("user_consent", asked(service="gmail", csv="true"), OFFERED) == StartImport("google")


@pytest.mark.parametrize("code", CONSENTS)
def test_import_of_a_consent_source_keeps_the_user_name_as_a_hint_and_never_the_password(code: str) -> None:
    command = begin("import", asked(service=code, **LOGIN), OFFERED)

    assert command == StartImport(CONSENTS[code], login_hint="ann@example.com")


def test_user_consent_does_not_look_at_a_login() -> None:
    values = {"username": "a:b\r\nX: 1", "password": "\0"}

    assert begin("user_consent", asked(service="gmail", **values), OFFERED) == StartImport("google")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "username"),
        ({"username": "ann@example.com"}, "password"),
        ({"username": "ann@example.com", "password": ""}, "password"),
        ({"password": "word"}, "username"),
        ({"username": "a:b", "password": "word"}, "username"),
        ({"username": "a\r\nX: y", "password": "word"}, "username"),
        ({"username": "ann", "password": "wo\x00rd"}, "password"),
        ({"username": "ann", "password": "é" * 1024, "server": "ö" * 2000}, "password"),
        ({"username": "ann", "password": "word", "server": "https://x\n"}, "server"),
    ],
)
def test_a_password_source_needs_a_login_that_can_be_used(values: dict[str, str], field: str) -> None:
    assert refused("import", service="icloud", **values).field == field


# --- What goes with it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("include", "parts"),
    [
        ("", ()),
        ("mailing_address", ("mailing_address",)),
        ("name,email,mailing_address", ("mailing_address",)),
        ("mailing_address,mailing_address,x", ("mailing_address",)),
        (" Mailing_Address , name", ("mailing_address",)),
        ("name,email,photo", ()),
        ("mailing_addresses", ()),
    ],
)
def test_only_postal_addresses_are_asked_for_beyond_the_usual(include: str, parts: tuple[str, ...]) -> None:
    command = begin("user_consent", asked(service="gmail", include=include), OFFERED)

    assert (command.parts, command.include) == (parts, ())


@pytest.mark.parametrize("include", ["other_contacts", "name, OTHER_CONTACTS,other_contacts,email"])
def test_what_a_source_reads_only_when_asked_is_a_word_too(include: str) -> None:
    assert begin("user_consent", asked(service="gmail", include=include), OFFERED).include == ("other_contacts",)


@pytest.mark.parametrize("code", ["windowslive", "csv", "icloud"])
def test_a_word_that_the_source_does_not_know_is_ignored(code: str) -> None:
    assert begin("user_consent", asked(service=code, include="other_contacts"), OFFERED).include == ()


def test_the_callers_own_word_for_the_user_has_two_names() -> None:
    for values in ({"user_id": "u-7"}, {"tracking_string": "u-7"}, {"user_id": "u-7", "tracking_string": "other"}):
        assert begin("user_consent", asked(service="gmail", **values), OFFERED).reference == "u-7"


@pytest.mark.parametrize("name", ["user_id", "tracking_string"])
@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\x00", "a\x7f", "a\x85", "a\u2028b", "x" * 256])
def test_a_user_id_that_is_no_line_of_255_characters_is_refused(name: str, value: str) -> None:
    assert refused("user_consent", service="gmail", **{name: value}).field == name


def test_a_user_id_may_hold_255_characters_of_any_language() -> None:
    assert begin("user_consent", asked(service="gmail", user_id="王" * 255), OFFERED).reference == "王" * 255


@pytest.mark.parametrize("code", ["gmail", "csv"])
@pytest.mark.parametrize("action", ["user_consent", "import"])
def test_a_redirect_url_goes_on_undecoded_where_a_page_is_opened(code: str, action: str) -> None:
    url = "https://app.example.com/cb?x=%2e%2e#f"

    assert begin(action, asked(service=code, redirect_url=url), OFFERED).redirect_url == url


def test_a_redirect_url_is_passed_over_where_no_page_is_opened() -> None:
    command = begin("import", asked(service="icloud", redirect_url="https://evil.example.org/", **LOGIN), OFFERED)

    assert command.redirect_url == ""


def test_nothing_else_goes_through() -> None:
    query = "service=gmail&state=COMPLETE&tenant=other&ttl=9999999999&source=x&origin=y&login_hint=z&id=1&parts=all"

    assert begin("user_consent", parameters(query, "", b""), OFFERED) == StartImport("google")


# --- Another service --------------------------------------------------------------------------------------------------


UPSTREAM = Offered(VIEWS, {"plaxo", "mailcom", "gmail", "outlook"})


@pytest.mark.parametrize("code", ["plaxo", "PLAXO", "gmail"])
def test_what_the_tenant_has_read_elsewhere_goes_there_under_its_code(code: str) -> None:
    command = begin("import", asked(service=code, include="mailing_address", **LOGIN), UPSTREAM)

    assert command == StartImport("cloudsponge", CREDENTIAL, service=code.lower(), parts=("mailing_address",))


def test_another_service_may_ask_the_user_itself() -> None:
    url = "https://app.example.com/"
    expected = StartImport("cloudsponge", service="plaxo", redirect_url=url)

    assert begin("user_consent", asked(service="plaxo", redirect_url=url, **LOGIN), UPSTREAM) == expected
    assert begin("import", asked(service="plaxo"), UPSTREAM) == StartImport("cloudsponge", service="plaxo")


def test_half_a_login_is_refused_for_another_service_too() -> None:
    assert refused("import", UPSTREAM, service="plaxo", username="ann").field == "password"


def test_two_codes_of_one_service_are_read_under_the_one_that_is_set_up() -> None:
    assert begin("user_consent", asked(service="mail"), UPSTREAM).service == "mailcom"
    assert begin("user_consent", asked(service="windowslive"), Offered(VIEWS, ["outlookcom"])).service == "outlookcom"
    assert begin("user_consent", asked(service="windowslive"), UPSTREAM).source == "microsoft"


def test_the_applet_is_always_a_page_of_ours() -> None:
    assert begin("desktop_applet", asked(service="outlook"), UPSTREAM) == StartImport("upload")
    assert begin("user_consent", asked(service="outlook"), UPSTREAM) == StartImport("cloudsponge", service="outlook")
