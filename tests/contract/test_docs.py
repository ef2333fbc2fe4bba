"""The documents say what the code does: names, numbers and links in them are compared with it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from rubrica.adapters import egress
from rubrica.adapters.dynamodb import consents
from rubrica.dialects import strict_json
from rubrica.dialects.cloudsponge.codes import code_of
from rubrica.dialects.native import openapi, requests
from rubrica.dialects.native.routes import ROUTES
from rubrica.dialects.pages import requests as pages
from rubrica.dialects.pages import uploads
from rubrica.domain import consent
from rubrica.domain.imports import LONGEST_WAIT, MOST_RUNS, MOST_TROUBLES, State
from rubrica.domain.ledger import Reason
from rubrica.errors import ConsentRefusal, ImportFailure, ProviderTrouble, RequestError, RubricaError, leaves
from rubrica.formats import limits as contact_limits
from rubrica.formats.vcard import limits as card_limits
from rubrica.sources.carddav import conversation, places
from rubrica.sources.carddav.limits import Limits
from rubrica.sources.json_api import limits as json_api
from rubrica.sources.registry import SOURCES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/rubrica/rubrica"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


class Tolerant(yaml.SafeLoader):
    """Reads a template's functions (!Ref, !Sub, ...) as what they are applied to."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)


Tolerant.add_multi_constructor("!", _untagged)
TEMPLATE: Any = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Tolerant)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def table(name: str, heading: str) -> dict[str, list[str]]:
    """The rows of the first table below a heading: cells by the code word in the first one."""
    section = re.split(rf"^#+ {re.escape(heading)}$", text(name), flags=re.MULTILINE)[1]
    section = re.split(r"^#", section, flags=re.MULTILINE)[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for word in re.findall(r"`([^`]+)`", cells[0]) if line.startswith("| `") else []:
            found[word] = cells[1:]
    return found


def resources(kind: str) -> dict[str, Any]:
    return {name: it["Properties"] for name, it in TEMPLATE["Resources"].items() if it["Type"] == kind}


# --- Errors -----------------------------------------------------------------------------------------------------------

ERRORS = "docs/errors.md"
SECTIONS = {
    **table(ERRORS, "Failures of an import"),
    **table(ERRORS, "Failures of a consent"),
    **table(ERRORS, "Failures at another service"),
    **table(ERRORS, "Trouble that may pass"),
    **table(ERRORS, "Trouble of a webhook"),
    **table(ERRORS, "Trouble of the platform"),
}


def test_every_answer_to_a_request_is_in_the_document_with_its_status() -> None:
    told = {code: cells[0] for code, cells in table(ERRORS, "Answers to requests").items()}

    assert told == {leaf.code: str(leaf.status) for leaf in leaves(RequestError) if issubclass(leaf, RequestError)}


def test_every_page_for_a_browser_is_in_the_document_with_its_status() -> None:
    told = {code: cells[0] for code, cells in table(ERRORS, "Pages in the browser").items()}

    assert told == {leaf.code: str(leaf.status) for leaf in leaves(ConsentRefusal) if issubclass(leaf, ConsentRefusal)}


def test_every_failure_of_a_consent_is_in_the_document_with_its_cloudsponge_code() -> None:
    told = {code: cells[0] for code, cells in table(ERRORS, "Failures of a consent").items()}
    known = {leaf.code: leaf for leaf in leaves(RubricaError)}

    assert told == {code: str(code_of(known[code], "consent")) for code in told}


def test_every_failure_at_another_service_is_in_the_document_with_its_cloudsponge_code() -> None:
    told = {code: cells[0] for code, cells in table(ERRORS, "Failures at another service").items()}
    known = {leaf.code: leaf for leaf in leaves(RubricaError)}

    assert told == {code: str(code_of(known[code], "password")) for code in told}


def test_every_failure_of_a_consent_or_elsewhere_tells_user_and_operator_what_to_do() -> None:
    failures = {leaf.code: leaf for leaf in leaves(ImportFailure) if issubclass(leaf, ImportFailure)}

    described = [*table(ERRORS, "Failures of a consent"), *table(ERRORS, "Failures at another service")]
    for code in (*described, "provider_throttled"):
        assert failures[code].advice
        assert failures[code].operator


def test_every_other_error_is_in_the_document_and_no_other() -> None:
    expected = {leaf.code for leaf in leaves(RubricaError) if not issubclass(leaf, RequestError | ConsentRefusal)}

    assert set(SECTIONS) == expected


def test_every_trouble_is_in_the_document_with_its_attempts() -> None:
    told = {code: cells[0] for code, cells in table(ERRORS, "Trouble that may pass").items()}

    assert told == {
        leaf.code: str(leaf.attempts) for leaf in leaves(ProviderTrouble) if issubclass(leaf, ProviderTrouble)
    }


def test_every_reason_is_in_the_document_and_no_other() -> None:
    assert list(table(ERRORS, "The ledger")) == [reason.value for reason in Reason]


# --- Configuration ----------------------------------------------------------------------------------------------------

CONFIGURATION = "docs/configuration.md"


def test_every_parameter_is_in_the_document_with_its_default() -> None:
    told = {name: cells[0].strip("`") for name, cells in table(CONFIGURATION, "Parameters").items()}
    given = {name: str(it.get("Default", "")) for name, it in TEMPLATE["Parameters"].items()}

    assert told == {name: default or "empty" for name, default in given.items()}


def function_variables() -> dict[str, set[str]]:
    """Which functions get a variable, by the last word of their use case's first."""
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    found: dict[str, set[str]] = {}
    for properties in resources("AWS::Serverless::Function").values():
        use_case = Path(properties["CodeUri"]).name.partition("_")[0]
        for variable in {**shared, **properties.get("Environment", {}).get("Variables", {})}:
            found.setdefault(variable, set()).add(use_case)
    return found


def test_every_variable_is_in_the_document_with_its_functions() -> None:
    rows = table(CONFIGURATION, "Environment variables of the functions")
    everybody = {Path(it["CodeUri"]).name.partition("_")[0] for it in resources("AWS::Serverless::Function").values()}
    told = {name: everybody if cells[0] == "all" else set(cells[0].split(", ")) for name, cells in rows.items()}

    assert told == function_variables()


def test_every_variable_that_the_code_reads_is_given_by_the_template() -> None:
    source = text("layers/rubrica/rubrica/settings.py")
    read = set(re.findall(r'environment\.(?:text|number|numbers|flag|optional)\("([A-Z_]+)"\)', source))

    assert read
    assert read <= set(function_variables())


def test_every_source_is_in_the_document_and_no_other() -> None:
    assert set(table(CONFIGURATION, "Sources")) == set(SOURCES)


# --- Operations -------------------------------------------------------------------------------------------------------

OPERATIONS = "docs/operations.md"


def test_every_alarm_is_in_the_document_and_no_other() -> None:
    assert set(table(OPERATIONS, "Alarms and what to do")) == set(resources("AWS::CloudWatch::Alarm"))


MIB = 1024 * 1024
CARDDAV = Limits()
JSON = json_api.Limits()
STAGE = resources("AWS::Serverless::HttpApi")["HttpApi"]["DefaultRouteSettings"]
STEPS: Any = json.loads(text("statemachines/import.asl.json"))["States"]
MOST_POLLS = STEPS["Finished?"]["Choices"][0]["NumericGreaterThan"]
LIMITS: dict[str, list[float]] = {
    "requests to the API": [STAGE["ThrottlingRateLimit"], STAGE["ThrottlingBurstLimit"]],
    "request body": [strict_json.LARGEST_BODY / 1024],
    "`limit` of one page": [1, requests.MOST_ITEMS, requests.USUAL_ITEMS],
    "cards of an import": [CARDDAV.cards, CARDDAV.total_bytes / 10**9, CARDDAV.card_bytes / MIB],
    "one answer of a server": [CARDDAV.discovery_bytes / MIB, CARDDAV.listing_bytes / MIB, CARDDAV.batch_bytes / MIB],
    "silence of a server": [CARDDAV.discovery_silence, CARDDAV.fetch_silence, CARDDAV.listing_silence, egress._CONNECT],
    "one account": [CARDDAV.books, CARDDAV.books, places.LONGEST_HREF, CARDDAV.paths / MIB],
    "redirects": [conversation._MOST_REDIRECTS],
    "link to a consent": [
        consent.LINK_LIFE.total_seconds() / 60,
        consent.MOST_OPENINGS,
        consent.RETURN_LIFE.total_seconds() / 60,
    ],
    "file that a user sends": [uploads.MOST_MEGABYTES, uploads.MOST_PARTS],
    "answer of a consent": [pages.LONGEST_CODE, pages.LONGEST_ANSWER, pages.MOST_PARAMETERS],
    "records from Google or Microsoft": [JSON.records, JSON.pages, JSON.page_records, JSON.page_bytes / MIB],
    "silence of Google or Microsoft": [JSON.silence],
    "folders of a Microsoft account": [JSON.folders, JSON.in_flight],
    "connections to one server": [CARDDAV.connections],
    "values of one field": [contact_limits.VALUES, contact_limits.EXACT],
    "one text": [contact_limits.TEXT, contact_limits.STRUCTURE, contact_limits.NOTE, contact_limits.KEPT_TEXT],
    "members of one group": [card_limits.MEMBERS],
    "executions of one import": [MOST_RUNS, MOST_POLLS],
    "one wait for a provider": [LONGEST_WAIT.total_seconds() / 60, MOST_TROUBLES],
}
"""Every number of each row, in order, as the code has it."""


def numbers(cell: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", cell)]


def test_every_limit_is_in_the_document_with_the_numbers_of_the_code() -> None:
    section = re.split(r"^## ", text(OPERATIONS).split("\n## Limits\n")[1], flags=re.MULTILINE)[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]

    assert {what: numbers(limit) for what, limit in cells[1:]} == LIMITS


def spoken(method: str) -> set[str]:
    """The names that the package gives to what it reports."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return set(re.findall(rf'\.{method}\(\s*"(\w+)"', sources))


def test_every_event_of_the_log_is_in_the_document_and_no_other() -> None:
    platform = {"platform_trouble", "unforeseen"}

    assert set(table(OPERATIONS, "Logs")) == spoken("event") | spoken("trouble") | platform


def test_every_metric_is_in_the_document() -> None:
    counted = spoken("count") | {"Errors"}

    assert counted <= set(re.findall(r"`(\w+)`", text(OPERATIONS)))


# --- Data and API -----------------------------------------------------------------------------------------------------


def test_every_attribute_of_a_row_is_in_the_document() -> None:
    source = text("layers/rubrica/rubrica/adapters/dynamodb/rows.py")
    written = set(re.findall(r'item(?:\.get\(|\[)"(\w+)"', source)) | set(consents.ATTRIBUTES)

    assert "deadline" in written
    assert written <= set(re.findall(r"`([\w]+)`", text("docs/data.md")))


def test_every_table_and_index_is_in_the_document() -> None:
    data = text("docs/data.md")
    tables = resources("AWS::DynamoDB::Table")

    assert all(name in data for name in tables)
    assert all(index["IndexName"] in data for it in tables.values() for index in it.get("GlobalSecondaryIndexes", ()))


def test_every_state_is_in_the_document_of_the_architecture() -> None:
    assert all(state.value in text("docs/architecture.md") for state in State)


def test_every_step_of_the_workflow_is_in_the_document_of_the_architecture() -> None:
    assert all(step in text("docs/architecture.md") for step in STEPS)


def test_every_service_is_in_the_document_of_the_architecture() -> None:
    told = re.findall(r"\w+", " ".join(table("docs/architecture.md", "The package")["rubrica/services"]))

    assert {path.stem for path in (PACKAGE / "services").glob("*.py")} - {"__init__"} <= set(told)


def test_every_route_of_the_template_is_in_the_openapi_document() -> None:
    events = [
        event["Properties"]
        for it in resources("AWS::Serverless::Function").values()
        for event in it.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    native = [event for event in events if event.get("Path", "").startswith("/v1")]
    deployed = {f"{event['Method'].upper()} {event['Path']}" for event in native}

    assert deployed == {route.key for route in ROUTES}


@pytest.mark.parametrize(("name", "schema"), [("README.md", "Import"), (ERRORS, "Problem")])
def test_an_example_is_what_the_openapi_document_says(name: str, schema: str) -> None:
    document: Any = json.loads(openapi.text())
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **document})
    examples = re.findall(r"^```json\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)

    assert examples
    for example in examples:
        validator.validate(json.loads(example))


def requirements(path: Path) -> list[str]:
    """The names in a list of requirements."""
    names = re.findall(r"^([A-Za-z][\w.-]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [name.lower() for name in names]


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.in")), ids=lambda path: path.name)
def test_every_requirement_is_in_the_document(path: Path) -> None:
    told = {
        word.lower()
        for line in text("docs/dependencies.md").splitlines()
        if line.startswith("| ")
        for word in re.findall(r"[\w.-]+", line.split("|")[1])
    }

    assert set(requirements(path)) <= told


# --- Links ------------------------------------------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as web views of repositories make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(document: Path) -> None:
    files = r"(?:\w+/)+[\w.-]+\.(?:py|mjs|json|yaml|in|txt|md)"
    folders = r"(?:rubrica|docs|local|tests|events|bench)/[\w/]*"
    named = re.findall(f"`({files}|{folders})`", text_of(document))
    places = (ROOT, PACKAGE.parent, PACKAGE)

    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs/adr").glob("*.md")]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\d{4}", number) for number in numbers)


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")
