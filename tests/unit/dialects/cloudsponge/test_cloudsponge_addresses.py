"""Paths of the CloudSponge API: both places of the format, and ids that cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.cloudsponge.requests import NO_IMPORT, Address, Form, address, form_of
from rubrica.errors import FieldInvalid, ImportNotFound

ACTIONS = ["user_consent", "import", "desktop_applet"]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("ending", "form"),
    [
        ("", Form.JSON),
        ("/", Form.JSON),
        (".json", Form.JSON),
        (".json/", Form.JSON),
        (".xml", Form.XML),
        (".xml/", Form.XML),
        (".XML", Form.XML),
        (".Json/", Form.JSON),
    ],
)
def test_a_beginning_may_name_a_format_and_end_in_a_slash(action: str, ending: str, form: Form) -> None:
    assert address(f"/begin_import/{action}{ending}") == Address(action, form, NO_IMPORT)


@pytest.mark.parametrize("action", ["events", "contacts"])
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/{}/1126", Form.JSON),
        ("/{}/1126/", Form.JSON),
        ("/{}/1126.json", Form.JSON),
        ("/{}/1126.xml", Form.XML),
        ("/{}/1126.XML/", Form.XML),
        ("/{}.json/1126", Form.JSON),
        ("/{}.xml/1126", Form.XML),
        ("/{}.Xml/1126/", Form.XML),
        ("/{}.xml/1126.XML", Form.XML),
    ],
)
def test_a_poll_may_name_its_format_before_or_after_the_id(action: str, path: str, form: Form) -> None:
    assert address(path.format(action)) == Address(action, form, 1126)


def test_the_largest_id_is_one_that_fits_into_31_bits() -> None:
    assert address("/events/2147483647").import_id == 2**31 - 1
    with pytest.raises(ImportNotFound):
        address("/events/2147483648")


@pytest.mark.parametrize("action", ["events", "contacts"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "+1",
        "01126",
        str(2**63),
        "1e3",
        "1126abc",
        "\uff10\uff11\uff11\uff12\uff16",
        "\u0661\u0661",
        "1126%00",
        "1126\x00",
        "1126\n",
        "1126 ",
        " 1126",
        "1126.",
        "1126//",
        "1126/x",
        "1126.plist",
        "1126.xml.json",
        "1" * 4000,
        "9" * 5000 + ".xml",
    ],
)
def test_an_id_that_cannot_be_one_is_no_import(action: str, text: str) -> None:
    with pytest.raises(ImportNotFound):
        address(f"/{action}/{text}")


@pytest.mark.parametrize(
    "path",
    [
        "/events.plist/1126",
        "/events.xml/1126.json",
        "/events.json/1126.xml",
        "/events.\uff58ml/1126",
        "/Events/1126",
        "//events/1126",
        "/events",
        "/events.json",
        "/",
        "",
        "/elsewhere/1126",
        "/events\n/1126",
    ],
)
def test_a_path_that_is_none_of_the_grammar_is_no_import(path: str) -> None:
    with pytest.raises(ImportNotFound):
        address(path)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/begin_import", "action"),
        ("/begin_import.json", "action"),
        ("/begin_import/", "action"),
        ("/begin_import/everything", "action"),
        ("/begin_import/User_Consent", "action"),
        ("/begin_import/import/x", "action"),
        ("/begin_import/import//", "action"),
        ("/begin_import/import\n", "action"),
        ("/begin_import/user_consent.", "action"),
        ("/begin_import/user_consent/.xml", "action"),
        ("/begin_import/user_consent.plist", "format"),
    ],
)
def test_a_beginning_that_there_is_none_of_says_so(path: str, field: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        address(path)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/events.xml/abc", Form.XML),
        ("/events/abc.XML", Form.XML),
        ("/begin_import/nothing.xml/", Form.XML),
        ("/events.json/abc.xml", Form.JSON),
        ("/events/abc", Form.JSON),
        ("/events/abc.xmlx", Form.JSON),
        ("", Form.JSON),
    ],
)
def test_an_error_is_written_in_the_first_format_that_is_named(path: str, form: Form) -> None:
    assert form_of(path) is form


@given(st.text(st.characters(exclude_categories=[])))
def test_no_path_breaks_the_reader(text: str) -> None:
    assert form_of(text) in Form
    for path in (text, f"/events/{text}", f"/events{text}/1", f"/begin_import/{text}"):
        try:
            found = address(path)
        except (ImportNotFound, FieldInvalid):
            continue
        assert form_of(path) is found.form


@given(st.sampled_from(["events", "contacts"]), st.integers(1, 2**31 - 1), st.sampled_from(["", ".json", ".xml"]))
def test_every_id_is_found_in_both_positions(action: str, number: int, named: str) -> None:
    assert address(f"/{action}{named}/{number}") == address(f"/{action}/{number}{named}")
