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
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]


def test_every_described_operation_has_one_route_and_every_route_is_described() -> None:
    assert sorted(routed()) == sorted(described())


@pytest.mark.parametrize("function", sorted(functions()))
def test_only_the_functions_behind_the_api_know_tenants(function: str) -> None:
    has_routes = any(event["Type"] == "HttpApi" for event in functions()[function].get("Events", {}).values())

    assert ("ACCOUNTS_TABLE" in functions()[function]["Environment"]["Variables"]) is has_routes
