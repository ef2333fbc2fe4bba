"""The front's translation between HTTP and payload format 2.0, as API Gateway does it."""

import base64
import json
from typing import Any

import pytest

from local.payload import HttpRequest, Route, answer_of, event_of, find_route

TARGET = "arn:${AWS::Partition}:apigateway:x:lambda:path/2015-03-31/functions/${Some.Arn}/invocations"


def route(method: str, path: str, function: str = "Some") -> Route:
    return Route.parse(method, path, TARGET.replace("Some", function))


def event(request: HttpRequest, where: Route | None = None, **parameters: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(event_of(request, where or route("get", "/x"), parameters))
    return read


def request(target: str = "/x", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> HttpRequest:
    return HttpRequest("GET", target, headers, body, "127.0.0.1")


def test_a_whole_path_wins_over_a_variable_and_a_variable_over_a_greedy_one() -> None:
    routes = [route("get", "/{rest+}", "C"), route("get", "/a/{id}", "B"), route("get", "/a/b", "A")]

    found = [find_route(routes, "GET", path) for path in ("/a/b", "/a/c", "/a/c/d")]

    assert [match[0].function if match else None for match in found] == ["A", "B", "C"]
    assert found[1]
    assert found[1][1] == {"id": "c"}


def test_another_method_or_a_deeper_path_finds_no_route() -> None:
    routes = [route("get", "/a/{id}")]

    assert find_route(routes, "HEAD", "/a/b") is None
    assert find_route(routes, "GET", "/a/b/c") is None
    assert find_route(routes, "GET", "/a/") is None


def test_the_default_route_takes_what_no_other_does() -> None:
    routes = [route("x-amazon-apigateway-any-method", "/$default", "B"), route("get", "/{rest+}", "A")]

    found = [find_route(routes, method, path) for method, path in (("GET", "/a"), ("GET", "/"), ("PUT", "/a\n/b"))]

    assert [match[0].function if match else None for match in found] == ["A", "B", "B"]
    assert event(request(), routes[0])["routeKey"] == "$default"


def test_header_names_are_lower_case_and_repeated_ones_are_joined() -> None:
    headers = (("X-Some", "1"), ("x-some", "2"), ("Cookie", "a=1; b=2"))

    read = event(request(headers=headers))

    assert read["headers"] == {"x-some": "1,2"}
    assert read["cookies"] == ["a=1", "b=2"]


def test_the_query_comes_raw_and_decoded_and_repeated_names_are_joined() -> None:
    read = event(request("/x?a=1&a=%C3%A9&b="))

    assert read["rawQueryString"] == "a=1&a=%C3%A9&b="
    assert read["queryStringParameters"] == {"a": "1,é", "b": ""}


def test_what_is_absent_is_left_out() -> None:
    assert not event(request()).keys() & {"cookies", "queryStringParameters", "pathParameters", "body"}


@pytest.mark.parametrize("content_type", ["application/json", "application/problem+json; charset=utf-8", "text/csv"])
def test_text_stays_text(content_type: str) -> None:
    read = event(request(headers=(("Content-Type", content_type),), body="é".encode()))

    assert (read["body"], read["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "image/png"])
def test_everything_else_comes_in_base64(content_type: str) -> None:
    read = event(request(headers=(("Content-Type", content_type),), body=b"a=b"))

    assert (base64.b64decode(read["body"]), read["isBase64Encoded"]) == (b"a=b", True)


def test_an_answer_is_passed_on_with_its_cookies() -> None:
    told = {"statusCode": 201, "headers": {"X-Some": "1"}, "cookies": ["a=b"], "body": "é"}

    answer = answer_of(json.dumps(told).encode(), failed=False)

    assert (answer.status, answer.body) == (201, "é".encode())
    assert ("Set-Cookie", "a=b") in answer.headers


def test_a_body_in_base64_is_decoded() -> None:
    told = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}

    assert answer_of(json.dumps(told).encode(), failed=False).body == b"\x00\xff"


def test_what_is_no_answer_becomes_the_body() -> None:
    answer = answer_of(b'{"a": 1}', failed=False)

    assert (answer.status, json.loads(answer.body)) == (200, {"a": 1})


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b'{"statusCode": "many"}',
        b'{"statusCode": 200, "headers": {"X": "a\\r\\nSet-Cookie: b=c"}}',
        b'{"statusCode": 200, "body": "*", "isBase64Encoded": true}',
    ],
)
def test_a_broken_answer_is_an_internal_error_and_nothing_of_it_gets_out(payload: bytes) -> None:
    answer = answer_of(payload, failed=False)

    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


def test_an_unhandled_error_shows_no_trace() -> None:
    answer = answer_of(b'{"errorMessage": "secret", "stackTrace": ["secret"]}', failed=True)

    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')
