"""Imports run one way only, as docs/architecture.md shows, and no part of the package grows long."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.deployed_template import ROOT

PACKAGE = ROOT / "layers" / "rubrica" / "rubrica"

ALLOWED = {
    "errors": set(),
    "domain": {"errors"},
    "ports": {"domain"},
    "formats": {"domain", "errors"},
    "sources": {"formats", "domain", "ports", "errors"},
    "dialects": {"domain", "errors"},
    "services": {"domain", "ports", "errors"},
    "adapters": {"domain", "ports", "errors"},
    "entrypoints": {"services", "dialects", "formats", "domain", "ports", "errors"},
    "environment": set(),
    "settings": {"environment"},
    "bootstrap": {
        "adapters",
        "domain",
        "entrypoints",
        "environment",
        "formats",
        "ports",
        "services",
        "settings",
        "sources",
    },
    "operator": {"adapters", "domain", "errors", "ports", "services"},
}
"""What each layer imports of the package, besides itself."""

PURE = {"domain", "errors", "formats", "dialects"}
IMPURE_MODULES = {"boto3", "botocore", "logging", "os", "random", "requests", "socket", "subprocess", "time", "urllib3"}

LONGEST_FUNCTION = 45
LONGEST_FILE = 300
ONE_LIST = {"errors.py", "ports.py"}
"""Files that stay whole however long they are: docs/adr/0005-bootstrap-is-a-package.md says why."""

FILES = sorted(path for path in PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules a file imports, also inside functions; type checking counts too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports relatively"
            module = node.module or ""
            yield from ((f"rubrica.{alias.name}" for alias in node.names) if module == "rubrica" else (module,))


def others(path: Path) -> set[str]:
    """The layers of the package that a file imports from, besides its own."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("rubrica.")} - {layer(path)}


def identify(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_module_imports_only_from_the_layers_below_it(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        pytest.skip("the package itself imports nothing")

    assert others(path) <= ALLOWED[layer(path)]


@pytest.mark.parametrize("own", sorted(ALLOWED))
def test_a_layer_may_import_nothing_that_it_does_not_need(own: str) -> None:
    used: set[str] = set().union(*(others(path) for path in FILES if layer(path) == own))

    assert used == ALLOWED[own]


def test_the_arrows_of_the_document_are_these() -> None:
    section = (ROOT / "docs/architecture.md").read_text("utf-8").split("\n## The package\n")[1].split("```")[1]
    drawn = {
        (start, end)
        for starts, ends in re.findall(r"^    (.+) --> (.+)$", section, re.MULTILINE)
        for start in starts.split(" & ")
        for end in ends.split(" & ")
    }
    arrows = {(start, end) for start, ends in ALLOWED.items() for end in ends}

    assert drawn == {("functions", "bootstrap"), *((start, end) for start, end in arrows if end != "errors")}


@pytest.mark.parametrize("path", [path for path in FILES if layer(path) in PURE], ids=identify)
def test_what_is_pure_imports_nothing_that_touches_the_world(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & IMPURE_MODULES


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/*.py")), ids=lambda path: path.parent.name)
def test_a_handler_knows_its_bootstrap_only(path: Path) -> None:
    known = {name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names}

    assert known == {f"rubrica.bootstrap.{path.parent.name}"}


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_nothing_outside_local_knows_the_engine(path: Path) -> None:
    assert "ministack" not in path.read_text("utf-8").lower()


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_no_function_of_the_package_is_long(path: Path) -> None:
    long = {
        node.name: length
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert long == {}


@pytest.mark.parametrize("path", [path for path in FILES if identify(path) not in ONE_LIST], ids=identify)
def test_no_file_of_the_package_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE
