import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from rubrica.dialects.native import answers, openapi
from rubrica.dialects.native.examples import examples
from rubrica.dialects.native.negotiation import CSV, JSCONTACT, JSON, MEDIA_TYPES, VCARD
from rubrica.dialects.native.routes import ROUTES
from rubrica.domain.imports import Import, ImportId
from rubrica.domain.views import ContactsPage, LedgerPage, LedgerQuery, SourceView
from rubrica.errors import (
    AnswerTooLong,
    CredentialsInAddress,
    FieldInvalid,
    ImportNotComplete,
    PathUnknown,
    RequestError,
    SourceUnsupported,
    TooManyStarts,
    leaves,
)
from tests.unit.contact_strategies import ENTRIES, IMPORTS, contacts

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DOCUMENT: Any = json.loads(openapi.text())
DATES = Draft202012Validator.FORMAT_CHECKER


def check(name: str, body: answers.Body) -> None:
    """`body`, encoded, is what the schema says, and holds no key that the schema does not name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": closed(DOCUMENT["components"])}
    Draft202012Validator(schema, format_checker=DATES).validate(json.loads(answers.encode(body)))


def closed(schema: Any) -> Any:
    """The same schemas, with unknown keys refused: the document lets clients ignore them, our answers have none."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if "properties" in inner and "type" in inner:
        inner.setdefault("additionalProperties", False)
    return inner


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_committed_document_is_up_to_date() -> None:
    assert (ROOT / "docs/openapi.json").read_text(encoding="utf-8") == openapi.text()


def test_the_document_has_the_project_s_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == openapi.VERSION


def test_the_document_is_written_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command writes beside where it is called from, so the test calls it from elsewhere.
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)

    assert openapi.main(["--check"]) == 1
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0


@pytest.mark.parametrize("name", examples())
def test_every_example_is_what_its_schema_says(name: str) -> None:
    example = examples()[name]

    assert isinstance(example, dict)
    check(name, example)


def test_every_operation_has_its_own_name_and_refuses_the_unknown() -> None:
    assert len({route.operation for route in ROUTES}) == len(ROUTES) == len({route.key for route in ROUTES})
    for route in ROUTES:
        assert "401" in DOCUMENT["paths"][route.path][route.method.lower()]["responses"]


def test_every_error_that_a_request_can_meet_is_declared_somewhere() -> None:
    of_no_route, of_cloudsponge = {PathUnknown}, {CredentialsInAddress, SourceUnsupported, AnswerTooLong}

    declared = {error for route in ROUTES for error in route.errors}

    assert declared == set(leaves(RequestError)) - of_cloudsponge - of_no_route


def test_contacts_are_offered_in_every_format() -> None:
    content = DOCUMENT["paths"]["/v1/imports/{id}/contacts"]["get"]["responses"]["200"]["content"]

    assert tuple(content) == MEDIA_TYPES == (JSON, JSCONTACT, VCARD, CSV)


@given(IMPORTS)
def test_every_import_is_told_as_the_document_says(imp: Import) -> None:
    check("Import", answers.import_body(imp, NOW, "https://rubrica.example.com"))


@settings(max_examples=40, deadline=None)
@given(st.lists(contacts(), max_size=3), st.sampled_from(["", "2-0-500"]))
def test_every_contact_is_told_as_the_document_says(found: list[Any], cursor: str) -> None:
    check("Contacts", answers.contacts_body(ImportId(1), ContactsPage(found, len(found), cursor)))


@given(st.lists(ENTRIES, max_size=5), st.sampled_from(["", "2-0-500"]))
def test_every_ledger_is_told_as_the_document_says(entries: list[Any], cursor: str) -> None:
    query = LedgerQuery(frozenset(), "", 500)

    check("Ledger", answers.ledger_body(ImportId(1), LedgerPage(entries, cursor), query))


def test_sources_are_told_as_the_document_says() -> None:
    check("Sources", answers.sources_body([SourceView("icloud", "iCloud", "password", False, "…")]))


@pytest.mark.parametrize("error", leaves(RequestError))
def test_every_problem_is_told_as_the_document_says(error: type[RequestError]) -> None:
    made: dict[type[RequestError], RequestError] = {
        FieldInvalid: FieldInvalid("limit", "has to be a number"),
        ImportNotComplete: ImportNotComplete("server_silent"),
        TooManyStarts: TooManyStarts(3),
        SourceUnsupported: SourceUnsupported("password"),
    }

    check("Problem", answers.problem(made[error] if error in made else error()))
