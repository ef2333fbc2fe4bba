"""The documents name what there is."""

import pytest
from deployed_template import ROOT, functions, template, variables
from rubrica import errors
from rubrica.domain.ledger import Reason


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def tree(error: type[errors.RubricaError]) -> list[type[errors.RubricaError]]:
    below = [leaf for child in error.__subclasses__() for leaf in tree(child)]
    return below or [error]


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_every_parameter_is_described(name: str) -> None:
    assert f"`{name}`" in document("configuration.md")


@pytest.mark.parametrize("name", sorted({name for function in functions() for name in variables(function)}))
def test_every_variable_is_described(name: str) -> None:
    assert f"`{name}`" in document("configuration.md")


@pytest.mark.parametrize("error", tree(errors.RubricaError), ids=lambda error: str(error.__name__))
def test_every_error_is_described(error: type[errors.RubricaError]) -> None:
    assert f"`{error.code}`" in document("errors.md")


@pytest.mark.parametrize("reason", sorted(Reason))
def test_every_reason_of_the_ledger_is_described(reason: Reason) -> None:
    assert f"`{reason.value}`" in document("errors.md")


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_every_output_is_described(name: str) -> None:
    assert f"`{name}`" in document("configuration.md") + document("operations.md")
