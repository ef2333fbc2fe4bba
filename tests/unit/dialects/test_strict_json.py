import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.dialects.strict_json import DEEPEST, LARGEST_BODY, read_object
from rubrica.errors import RequestMalformed, RequestTooLarge

REFUSED = {
    "nothing": b"",
    "not JSON": b"source=carddav",
    "an array": b"[]",
    "a text": b'"source"',
    "two objects": b"{} {}",
    "a trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "a comment": b"{} // why",
    "nested arrays": b'{"a":' + b"[" * 50_000,
    "nested objects": b'{"a":' * 8_000,
    "brackets after an open string": b'{"a":"\\"' + b"[" * 50_000,
    "one level too many": b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "an infinite number": b'{"a":1e400}',
    "a negative infinite number": b'{"a":-1e400}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "a number of 5,000 digits": b'{"a":' + b"9" * 5_000 + b"}",
    "a fraction of 5,000 digits": b'{"a":0.' + b"9" * 5_000 + b"}",
    "a leading zero": b'{"a":01}',
    "duplicate keys": b'{"a":1,"a":2}',
    "duplicate keys inside": b'{"b":{"a":1,"\\u0061":2}}',
    "a lone high surrogate": b'{"a":"\\ud83d"}',
    "a lone low surrogate in a key": b'{"\\ude00":1}',
    "surrogates in the wrong order": b'{"a":["\\ude00\\ud83d"]}',
    "an encoded surrogate": b'{"a":"\xed\xa0\xbd"}',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a":1}'.encode("utf-16-le"),
    "invalid UTF-8": b'{"a":"\xff"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "a raw line break in a text": b'{"a":"\n"}',
    "a raw null": b'{"a":\x00}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_a_body_that_two_readers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(RequestMalformed) as caught:
        read_object(body)

    assert caught.value.__context__ is None, "the parser's error holds the body"


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(RequestTooLarge):
        read_object(b"{" + b" " * LARGEST_BODY)


def test_a_body_at_the_limit_is_read() -> None:
    body = b'{"a":"' + b"x" * (LARGEST_BODY - 8) + b'"}'

    assert len(body) == LARGEST_BODY
    assert read_object(body)["a"] == "x" * (LARGEST_BODY - 8)


def test_brackets_inside_texts_do_not_count_as_depth() -> None:
    assert read_object(b'{"a":"' + b"[{" * 1000 + b'","b":"\\\\","c":"\\"[["}')["c"] == '"[['


def test_the_deepest_allowed_nesting_is_read() -> None:
    inner = DEEPEST - 1

    assert "a" in read_object(b'{"a":' + b"[" * inner + b"]" * inner + b"}")


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert read_object(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _VALUES, max_size=5), st.booleans())
def test_whatever_json_writes_is_read_back(value: dict[str, object], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert read_object(body) == json.loads(body)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_the_one_error(body: bytes) -> None:
    with contextlib.suppress(RequestMalformed):
        assert isinstance(read_object(body), dict)
