import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.native.negotiation import CONTENT_TYPES, CSV, JSCONTACT, JSON, MEDIA_TYPES, VCARD, choose
from rubrica.errors import FormatUnknown


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("  ", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/*", JSON),
        ("text/*", VCARD),
        ("text/csv", CSV),
        ("text/vcard", VCARD),
        ("application/jscontact+json", JSCONTACT),
        ("text/html, text/csv", CSV),
        ("text/csv;q=0.5, text/vcard;q=0.9", VCARD),
        ("text/csv;q=0.5,text/vcard;q=0.5", VCARD),
        ("text/*;q=0.9, text/vcard;q=0.1, application/json;q=0.5", CSV),
        ("*/*, application/json;q=0", JSCONTACT),
        ("*/*;q=0.1, text/csv;q=0.2", CSV),
        ("text/csv;q=0, */*", JSON),
        ("text/vcard;version=4.0", VCARD),
        ('text/vcard; version="4.0"; charset=UTF-8', VCARD),
        ("text/vcard;version=3.0, text/csv;q=0.1", CSV),
        ("application/jscontact+json;version=1.0", JSCONTACT),
        ("application/json;charset=utf-8", JSON),
        ("nonsense, text/csv", CSV),
        ("text/csv;q=high, text/vcard;q=0.1", VCARD),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (",,text/csv,", CSV),
    ],
)
def test_the_format_that_the_caller_likes_best_is_chosen(accept: str, chosen: str) -> None:
    assert choose(accept) == chosen


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/xml, image/*",
        "text/vcard;version=3.0",
        "*/*;q=0",
        "text/csv;q=0",
        "csv",
        "text/csv;q=2",
    ],
)
def test_a_caller_that_accepts_none_of_ours_is_told_so(accept: str) -> None:
    with pytest.raises(FormatUnknown):
        choose(accept)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_content_type_of_ours_is_accepted_as_it_is(media_type: str) -> None:
    assert choose(CONTENT_TYPES[media_type]) == media_type


@given(st.text(max_size=300))
def test_any_header_gives_a_format_or_the_one_error(accept: str) -> None:
    with contextlib.suppress(FormatUnknown):
        assert choose(accept) in MEDIA_TYPES
