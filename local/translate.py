"""Turns template.yaml into plain CloudFormation, as `sam package` and the cloud's own transform would.

Run in the engine's virtual environment: `python translate.py TEMPLATE PARAMETERS`; PARAMETERS is a JSON object of
parameter values. Prints the translated template as JSON. Code and layers point to the bucket `code`, one archive each.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform  # type: ignore[import-untyped, import-not-found, unused-ignore]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped, import-not-found, unused-ignore]

BUCKET = "code"


class NoManagedPolicies:
    """Stands in for the list of managed policies, which would come from the network; the template names none."""

    def load(self) -> dict[str, str]:
        """No names, so every ARN stays what it is."""
        return {}


def package(template: dict[str, Any], root: Path) -> None:
    """Do what `sam package` does: code to the bucket, definitions into the template."""
    for name, resource in template["Resources"].items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind == "AWS::Serverless::Function":
            properties["CodeUri"] = {"Bucket": BUCKET, "Key": f"{name}.zip"}
            # The archive is a bootstrap that runs the sources in place under the real runtime client.
            properties["Runtime"] = "provided.al2023"
        elif kind == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = {"Bucket": BUCKET, "Key": f"{name}.zip"}
        elif kind == "AWS::Serverless::StateMachine":
            properties["Definition"] = json.loads((root / properties.pop("DefinitionUri")).read_text("utf-8"))


def unpack_runtime(template: dict[str, Any]) -> None:
    """A function's own runtime wins over the one of Globals; layers must not name theirs any more."""
    template["Globals"]["Function"].pop("Runtime", None)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"].pop("CompatibleRuntimes", None)


def main() -> None:
    """Translate and print."""
    path, parameters = Path(sys.argv[1]), json.loads(sys.argv[2])
    template = yaml_parse(path.read_text("utf-8"))
    package(template, path.parent)
    unpack_runtime(template)
    json.dump(transform(template, parameters, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main()
