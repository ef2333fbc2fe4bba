"""Parameters from query, urlencoded body and multipart body, in any method."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.cloudsponge.requests import Parameters, parameters
from rubrica.errors import FieldInvalid, RequestTooLarge
from tests.unit.dialects.cloudsponge.forms import BOUNDARY, MULTIPART, URLENCODED, asked, multipart

KNOWN = ["domain_key", "domain_password", "service", "username", "password", "echo", "user_id", "include", "start"]


def refused_field(query: str = "", content_type: str = URLENCODED, body: bytes = b"") -> str:
    with pytest.raises(FieldInvalid) as refused:
        parameters(query, content_type, body)
    return refused.value.field


# --- Where they may stand ---------------------------------------------------------------------------------------------


def test_parameters_are_read_from_the_query() -> None:
    found = parameters("service=gmail&echo=a+b%26c", "", b"")

    assert (found.get("service"), found.get("echo")) == ("gmail", "a b&c")


def test_parameters_are_read_from_an_urlencoded_body() -> None:
    found = parameters("", "Application/X-WWW-Form-Urlencoded; charset=UTF-8", b"service=gmail&echo=%C3%A9")

    assert (found.get("service"), found.get("echo")) == ("gmail", "é")


def test_parameters_are_read_from_a_multipart_body_as_php_sends_it() -> None:
    body = multipart(("service", b"gmail"), ("redirect_url", b""), ("echo", "né".encode()), ("user_id", b""))
    found = parameters("", MULTIPART, body)

    assert (found.get("service"), found.get("echo"), found.get("redirect_url")) == ("gmail", "né", "")
    assert found.given("redirect_url")


def test_a_post_without_a_body_has_its_parameters_in_the_query() -> None:
    assert parameters("service=gmail", URLENCODED, b"").get("service") == "gmail"


def test_query_and_body_are_read_together() -> None:
    found = parameters("service=gmail&_=123&", URLENCODED, b"echo=x")

    assert (found.get("service"), found.get("echo")) == ("gmail", "x")


def test_it_is_known_what_stood_in_the_address() -> None:
    found = parameters("domain_key=k&echo=", URLENCODED, b"domain_password=p&domain_key=k")

    assert found.in_query("domain_key")
    assert not found.in_query("domain_password")
    assert not found.in_query("echo")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "nonsense", "multipart/mixed; boundary=x"]
)
def test_a_body_that_is_no_form_is_passed_over(content_type: str) -> None:
    found = parameters("service=gmail", content_type, b'{"service": "yahoo"}')

    assert found.get("service") == "gmail"


def test_an_empty_value_is_absent_and_yet_known_to_have_been_there() -> None:
    found = parameters("callback=&echo", "", b"")

    assert (found.get("callback"), found.given("callback")) == ("", True)
    assert (found.get("echo"), found.given("user_id")) == ("", False)


def test_unknown_parameters_are_passed_over_however_often_they_come() -> None:
    query = (
        "_=1&_=2&unix_second_resolution_timestramp=9&referrer=x&state=COMPLETE&tenant=other&ttl=9999999999&service=aol"
    )
    found = parameters(query, "", b"")

    assert found.get("service") == "aol"
    assert not any(found.given(name) for name in ("_", "state", "tenant", "ttl", "referrer"))


def test_names_are_known_in_lower_case_only() -> None:
    assert not parameters("SERVICE=gmail&Echo=x", "", b"").given("service")


# --- In which letters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("octets", [b"echo=%E9t%E9", b"echo=\xe9t\xe9", b"echo=%c3%a9t%C3%A9", "echo=été".encode()])
def test_bytes_that_are_no_utf_8_are_read_as_iso_8859_1(octets: bytes) -> None:
    assert parameters("", URLENCODED, octets).get("echo") == "été"


@pytest.mark.parametrize("query", ["echo=%E9t%E9", "echo=\udce9t\udce9", "echo=été"])
def test_a_query_is_forgiven_the_same(query: str) -> None:
    assert parameters(query, "", b"").get("echo") == "été"


def test_each_value_is_read_for_itself() -> None:
    found = parameters("", URLENCODED, b"echo=%E9&user_id=%C3%A9")

    assert (found.get("echo"), found.get("user_id")) == ("é", "é")


def test_half_a_surrogate_pair_in_a_query_breaks_nothing() -> None:
    assert parameters("echo=\ud83d", "", b"").get("echo") == "?"


@pytest.mark.parametrize(
    ("charset", "octets", "value"),
    [
        ("", b"\xe9", "é"),
        ("UTF-8", "é".encode(), "é"),
        ("iso-8859-1", "é".encode(), "Ã©"),
        ("windows-1252", b"\x80", "€"),
        ("windows-1252", b"\x81\xe9", "\x81é"),
        ("utf-7", b"+AOk-", "+AOk-"),
        ("zlib_codec", b"x", "x"),
        ("x-nope", b"\xe9", "é"),
    ],
)
def test_a_part_may_name_its_charset(charset: str, octets: bytes, value: str) -> None:
    header = f"\r\nContent-Type: text/plain; charset={charset}" if charset else ""

    assert parameters("", MULTIPART, multipart(("echo", octets), more=header)).get("echo") == value


def test_a_file_in_a_form_is_passed_over() -> None:
    body = multipart(("echo", b"content"), more='; filename="a.csv"')

    assert not parameters("", MULTIPART, body).given("echo")


# --- What is refused --------------------------------------------------------------------------------------------------


def everywhere(name: str, values: tuple[str, ...]) -> list[tuple[str, str, bytes]]:
    """One parameter several times, in each of the places where it counts."""
    text = "&".join(f"{name}={value}" for value in values)
    parts = multipart(*[(name, value.encode()) for value in values])
    return [(text, "", b""), ("", URLENCODED, text.encode()), ("", MULTIPART, parts)]


@pytest.mark.parametrize("name", KNOWN)
def test_a_parameter_with_two_values_in_one_place_is_refused(name: str) -> None:
    for place in everywhere(name, ("a", "b")):
        assert refused_field(*place) == "parameters"


@pytest.mark.parametrize("name", ["domain_key", "domain_password"])
@pytest.mark.parametrize("values", [("a", "a"), ("", "a"), ("a", "")])
def test_a_key_that_comes_twice_in_one_place_is_refused_whatever_it_is(name: str, values: tuple[str, str]) -> None:
    for place in everywhere(name, values):
        assert refused_field(*place) == "parameters"


@pytest.mark.parametrize("name", ["service", "echo", "start"])
@pytest.mark.parametrize("values", [("a", "a"), ("", "a"), ("a", ""), ("a", "", "a")])
def test_what_is_said_again_or_not_at_all_is_no_second_value(name: str, values: tuple[str, ...]) -> None:
    for place in everywhere(name, values):
        assert parameters(*place).get(name) == "a"


def test_a_parameter_with_two_values_in_two_places_is_refused() -> None:
    assert refused_field("domain_key=a", URLENCODED, b"domain_key=b") == "parameters"
    assert parameters("domain_key=a", URLENCODED, b"domain_key=a").get("domain_key") == "a"
    assert parameters("domain_key=a", URLENCODED, b"domain_key=").get("domain_key") == "a"
    assert parameters("domain_key=", URLENCODED, b"domain_key=a").get("domain_key") == "a"


def test_an_echo_of_2048_bytes_of_emoji_is_kept_and_one_letter_more_is_refused() -> None:
    echo = "😀" * 512

    assert asked(echo=echo).get("echo") == echo
    assert refused_field(f"echo={quote(echo)}x") == "echo"


def test_a_body_or_query_past_64_kib_is_refused_whatever_it_is() -> None:
    for query, body in (("", b"echo=" + b"a" * 65_536), ("echo=" + "a" * 65_536, b"")):
        with pytest.raises(RequestTooLarge):
            parameters(query, "", body)


@pytest.mark.parametrize(
    ("name", "longest"),
    [("domain_key", 512), ("username", 320), ("password", 1024), ("redirect_url", 2000), ("server", 2000)],
)
def test_a_value_that_is_too_long_is_refused(name: str, longest: int) -> None:
    assert asked(**{name: "é" * longest}).get(name) == "é" * longest
    assert refused_field(f"{name}={'a' * (longest + 1)}") == name


def test_more_than_a_hundred_parameters_in_one_place_are_refused() -> None:
    many = "&".join(f"x{number}=1" for number in range(101))

    assert refused_field(many) == "parameters"
    assert refused_field(body=many.encode()) == "parameters"
    assert refused_field("", MULTIPART, multipart(*[(f"x{number}", b"") for number in range(101)])) == "body"
    assert parameters(many.rpartition("&")[0], "", b"")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", multipart(("echo", b"x"))),
        ("multipart/form-data; boundary=", multipart(("echo", b"x"))),
        ("multipart/form-data; boundary=" + "x" * 201, b"--x"),
        ("multipart/form-data; boundary=other", multipart(("echo", b"x"))),
        (MULTIPART, multipart(("echo", b"x"))[:-20]),
        (MULTIPART, multipart(("echo", b"x")).replace(b"form-data", b"attachment")),
        (MULTIPART, multipart(("echo", b"x")).replace(b"\r\n", b"\n")),
        (MULTIPART, multipart(("echo", b"x"), more="\r\nContent-Length: 99")),
        (MULTIPART, multipart(("echo", b"x"), more="\r\nContent-Length: " + "9" * 5000)),
        (MULTIPART, multipart(("echo", b"x"), more="\r\nX: 1" * 20)),
        (MULTIPART, multipart(("echo", b"x"), more="\r\nX: " + "1" * 20_000)),
    ],
)
def test_a_multipart_body_that_is_broken_is_refused(content_type: str, body: bytes) -> None:
    assert refused_field("", content_type, body) == "body"


# --- Everything else --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        'Content-Disposition: form-data; name="service"\r\nContent-Disposition: form-data; name="echo"',
        'Content-Disposition: form-data; name="service"; name="echo"',
        "Content-Disposition: form-data; NAME=service;name=echo",
        "Content-Disposition: form-data; name=\"service\"; name*=utf-8''echo",
        "Content-Disposition: form-data",
        "Content-Type: text/plain",
    ],
)
def test_a_part_that_can_be_understood_in_two_ways_is_refused(headers: str) -> None:
    body = f"--{BOUNDARY}\r\n{headers}\r\n\r\ngmail\r\n--{BOUNDARY}--\r\n".encode()

    assert refused_field("", MULTIPART, body) == "body"


@pytest.mark.parametrize("more", ['; filename="a"', "; filename*=utf-8''a", "; FileName = a", '; filename=""'])
def test_a_file_is_a_file_however_its_name_is_written(more: str) -> None:
    assert parameters("", MULTIPART, multipart(("echo", b"e"), more=more)).get("echo") == ""


def test_two_boundaries_are_refused() -> None:
    body = multipart(("service", b"gmail"))

    for content_type in (f"{MULTIPART}; boundary=x", f"multipart/form-data; boundary=x; boundary={BOUNDARY}"):
        assert refused_field("", content_type, body) == "body"


@pytest.mark.parametrize("name", ['a"; name="echo', "a; name=b", "name=name=", "a\\"])
def test_a_name_that_looks_like_more_than_one_is_one_that_nobody_knows(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace('"', "%22")
    body = multipart((escaped, b"x"), ("echo", b"e"))

    assert parameters("", MULTIPART, body).get("echo") == "e"


def test_nothing_of_the_values_is_shown() -> None:
    assert "canary" not in repr(asked(password="canary-secret", username="canary@example.org"))


@given(
    st.dictionaries(st.sampled_from(KNOWN), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
)
def test_what_a_form_says_is_what_is_read(values: dict[str, str]) -> None:
    expected = [values.get(name, "") for name in KNOWN]
    parts = multipart(*[(name, value.encode()) for name, value in values.items()])

    for found in (
        parameters(urlencode(values), "", b""),
        parameters("", URLENCODED, urlencode(values).encode()),
        parameters("", MULTIPART, parts),
    ):
        assert [found.get(name) for name in KNOWN] == expected


@given(st.text(st.characters(exclude_categories=[])), st.binary())
def test_no_bytes_break_the_reader(query: str, body: bytes) -> None:
    for content_type in (URLENCODED, MULTIPART, query):
        for wrapped in (body, multipart(("echo", body)), multipart(("echo", b"x"), more="\r\n" + query)):
            try:
                found = parameters(query, content_type, wrapped)
            except (FieldInvalid, RequestTooLarge):
                continue
            assert isinstance(found, Parameters)
            found.get("echo").encode()
