"""template.yaml and what belongs to it, read for the tests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


class _Loader(yaml.SafeLoader):
    """Knows the short forms of CloudFormation's functions."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


@cache
def template() -> dict[str, Any]:
    """The whole template."""
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text("utf-8"), _Loader)
    return loaded


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of every resource of a type, by logical id."""
    return {n: r.get("Properties", {}) for n, r in template()["Resources"].items() if r["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Properties of every function, by logical id."""
    return resources("AWS::Serverless::Function")


def use_case(function: str) -> str:
    """The name of a function's folder."""
    return Path(functions()[function]["CodeUri"]).name


def variables(function: str) -> set[str]:
    """Names of all environment variables that a function gets."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return set(shared) | set(functions()[function]["Environment"]["Variables"])


def statements(function: str) -> list[dict[str, Any]]:
    """The policy statements of a function; actions and resources are lists."""
    listed = []
    for policy in functions()[function]["Policies"]:
        for statement in policy["Statement"]:
            listed.append({**statement, "Action": _list(statement["Action"]), "Resource": _list(statement["Resource"])})
    return listed


def granted(function: str, resource: str) -> set[str]:
    """Actions that a function may take on a resource, given by logical id (`Table/index/x` for an index)."""
    return {
        action
        for statement in statements(function)
        if resource in map(named, statement["Resource"])
        for action in statement["Action"]
    }


def named(reference: Any) -> str:
    """The resource that a Ref, GetAtt or Sub names."""
    if "Ref" in reference:
        return str(reference["Ref"])
    if "Fn::GetAtt" in reference:
        return str(reference["Fn::GetAtt"][0])
    text = str(reference["Fn::Sub"])
    return text.replace("${", "").replace(".Arn}", "") if text.startswith("${") else text


def state_machine(name: str = "import") -> dict[str, Any]:
    """The definition of a workflow."""
    loaded: dict[str, Any] = json.loads((ROOT / "statemachines" / f"{name}.asl.json").read_text("utf-8"))
    return loaded


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
