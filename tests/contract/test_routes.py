"""The template's routes against the API's own description."""

import json

import pytest

from tests.contract.deployed_template import ROOT, functions

METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


def described() -> set[tuple[str, str]]:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    return {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS & item.keys()}


def routed() -> list[tuple[str, str]]:
    return [
        (event["Properties"].get("Method", "ANY"), event["Properties"].get("Path", "$default"))
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]


FOR_BROWSERS = {
    ("GET", "/n/{code}"),
    ("GET", "/csv/{code}"),
    ("POST", "/csv/{code}"),
    ("GET", "/sign-in/{code}"),
    ("POST", "/sign-in/{code}"),
    ("GET", "/oauth/{source}/callback"),
    ("POST", "/oauth/{source}/callback"),
    ("GET", "/auth"),
    ("POST", "/auth"),
}
"""What a person's browser asks for; no part of the API."""


CLOUDSPONGE = {("ANY", "/begin_import/{action+}")} | {
    ("ANY", f"/{what}{form}/{{id+}}") for what in ("events", "contacts") for form in ("", ".json", ".xml")
}
"""Where the CloudSponge dialect begins; what follows is the dialect's to read (docs/cloudsponge.md)."""


ANYTHING_ELSE = {("ANY", "$default")}


def test_every_route_is_described_or_for_browsers_or_another_dialects() -> None:
    assert sorted(routed()) == sorted(described() | FOR_BROWSERS | CLOUDSPONGE | ANYTHING_ELSE)


def test_every_route_has_an_event_to_try_it_with_in_one_format() -> None:
    events = (ROOT / "events").glob("*/*.json")
    tried = {json.loads(path.read_text("utf-8")).get("routeKey") for path in events}

    keys = {f"{method} {path}".replace(".json/", "/").replace(".xml/", "/") for method, path in routed()}
    assert {key.replace("ANY $default", "$default") for key in keys} <= tried


@pytest.mark.parametrize("function", sorted(functions()))
def test_only_the_functions_behind_the_api_and_the_one_that_tells_know_tenants(function: str) -> None:
    events = functions()[function].get("Events", {}).values()
    behind_the_api = any(str(event["Properties"].get("Path", "")).startswith("/v1/") for event in events)

    assert ("ACCOUNTS_TABLE" in functions()[function]["Environment"]["Variables"]) is (
        behind_the_api or function == "SendWebhookFunction"
    )
