"""Errors in the API's own envelope, with its statuses and codes."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from rubrica import errors
from rubrica.dialects.cloudsponge.answers import failure, failure_headers
from rubrica.dialects.cloudsponge.requests import Form
from rubrica.errors import RequestError, leaves

EXPECTED = [
    (errors.NotAuthenticated(), 401, 1),
    (errors.CredentialsInAddress(), 401, 1),
    (errors.FieldInvalid("echo", "is too long"), 400, 2),
    (errors.FieldInvalid("redirect_url", "is not registered"), 400, 2),
    (errors.FieldInvalid("service", "is needed"), 400, 260),
    (errors.FieldInvalid("username", "is needed"), 400, 259),
    (errors.FieldInvalid("password", "is needed"), 400, 259),
    (errors.SourceUnknown(), 400, 261),
    (errors.SourceUnsupported("password"), 400, 261),
    (errors.SourceUnsupported("consent"), 400, 513),
    (errors.SourceNotConfigured(), 400, 513),
    (errors.UpstreamNotConfigured(), 400, 513),
    (errors.ImportNotFound(), 404, 404),
    (errors.ImportNotFound(expired=True), 410, 410),
    (errors.ImportNotFinished(), 404, 404),
    (errors.ImportNotComplete("sign_in_refused"), 404, 263),
    (errors.ImportNotComplete("consent_denied"), 404, 514),
    (errors.ImportNotComplete("of_tomorrow"), 404, 256),
    (errors.AnswerTooLong(), 400, 2),
    (errors.RequestTooLarge(), 400, 2),
    (errors.TooManyStarts(17), 429, 429),
    (errors.UpstreamRefused(263), 400, 263),
    (errors.UpstreamRefused(), 502, 502),
    (errors.UpstreamRefused(retry_after=17), 503, 503),
    (errors.ServiceUnavailable(), 503, 503),
    (errors.ContactsUnreadable(), 500, 500),
]
IDS = [f"{type(error).__name__}-{code}" for error, _, code in EXPECTED]
CASES = pytest.mark.parametrize(("error", "status", "code"), EXPECTED, ids=IDS)


def example(leaf: type[RequestError]) -> RequestError:
    """One error of each kind, whatever it takes to make it."""
    made = {type(error): error for error, _, _ in EXPECTED}
    return made[leaf] if leaf in made else leaf()


@CASES
def test_an_error_has_the_status_and_code_of_the_api(error: RequestError, status: int, code: int) -> None:
    found, body = failure(error, Form.JSON, begin=False)
    told = json.loads(body)

    assert found == status
    assert list(told) == ["error"]
    assert list(told["error"]) == ["message", "code"]
    assert told["error"]["code"] == code
    assert isinstance(told["error"]["message"], str)


@CASES
def test_a_begin_call_says_beside_it_that_it_failed(error: RequestError, status: int, code: int) -> None:
    found, body = failure(error, Form.JSON, begin=True)
    told = json.loads(body)

    assert found == status
    assert list(told) == ["status", "error"]
    assert (told["status"], told["error"]["code"]) == ("error", code)


@pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring])
@CASES
def test_an_error_in_xml_has_every_element_that_clients_look_for(
    error: RequestError, status: int, code: int, read: Any
) -> None:
    found, body = failure(error, Form.XML, begin=True)
    root = read(body)

    assert found == status
    assert root.tag == "result"
    assert [child.tag for child in root] == ["status", "error", "import-id", "user-id", "echo"]
    assert root.findtext("status") == "error"
    assert root.findtext("error/code") == str(code)
    assert root.findtext("error/message") == json.loads(failure(error, Form.JSON)[1])["error"]["message"]
    assert (root.findtext("import-id"), dict(root.find("import-id").attrib)) == ("", {})
    assert root.find("user-id").attrib == root.find("echo").attrib == {"nil": "true"}


@pytest.mark.parametrize("leaf", leaves(RequestError))
def test_every_error_has_a_status_that_the_api_knows(leaf: type[RequestError]) -> None:
    status, body = failure(example(leaf), Form.JSON)

    assert status in {400, 401, 404, 406, 410, 429, 500, 502, 503}
    assert json.loads(body)["error"]["message"]


def told(error: RequestError) -> dict[str, Any]:
    return dict(json.loads(failure(error, Form.JSON)[1])["error"])


def message(error: RequestError) -> str:
    return str(told(error)["message"])


def test_a_field_that_is_refused_is_named_with_its_rule() -> None:
    assert message(errors.FieldInvalid("echo", "may have at most 2,048 bytes")).endswith(
        " echo may have at most 2,048 bytes."
    )


def test_no_text_sends_a_caller_of_this_api_to_the_other_one() -> None:
    for error, _, _ in EXPECTED:
        assert not any(word in message(error) for word in ("Bearer", "/v1", "OpenAPI", "problem"))


def test_an_answer_that_is_too_long_names_start_and_count() -> None:
    assert "start" in message(errors.AnswerTooLong())
    assert "count" in message(errors.AnswerTooLong())


def test_a_failed_import_is_told_with_the_text_of_its_failure() -> None:
    error = errors.SignInRefused

    assert message(errors.ImportNotComplete("sign_in_refused")) == f"{error.title} {error.advice}"


def test_the_code_of_a_failed_import_depends_on_how_its_user_signed_in() -> None:
    assert told(errors.ImportNotComplete("provider_unavailable"))["code"] == 264
    assert told(errors.ImportNotComplete("provider_unavailable", "consent"))["code"] == 518


def test_what_another_service_refuses_is_told_in_words_for_its_user() -> None:
    refused = errors.UpstreamRefused(263, meaning=errors.SignInRefused)

    assert message(refused) == f"{errors.SignInRefused.title} {errors.SignInRefused.advice}"
    assert message(errors.UpstreamRefused(999)) == f"{errors.UpstreamRefused.title} {errors.UpstreamRefused.advice}"
    assert not any(word in message(errors.UpstreamRefused()) for word in ("code", "259", "operator", "keys"))


def test_missing_keys_are_challenged_for() -> None:
    for error in (errors.NotAuthenticated(), errors.CredentialsInAddress()):
        assert failure_headers(error) == {"WWW-Authenticate": 'Basic realm="Rubrica"'}


def test_what_passes_by_itself_says_when() -> None:
    assert failure_headers(errors.TooManyStarts(17)) == {"Retry-After": "17"}
    assert failure_headers(errors.ServiceUnavailable()) == {"Retry-After": "5"}
    assert failure_headers(errors.UpstreamRefused(retry_after=17)) == {"Retry-After": "17"}
    assert failure_headers(errors.ImportNotFinished()) == {"Retry-After": "1"}
    assert failure_headers(errors.ImportNotFound()) == {}
