"""The operator's command as a test gives it."""

import pytest

from rubrica import operator

Capture = pytest.CaptureFixture[str]


def printed_by(capsys: Capture, *arguments: str) -> list[str]:
    """The lines of a command that went well."""
    assert operator.main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out.splitlines()


def noted_by(capsys: Capture, *arguments: str) -> str:
    """What a command that went well says beside its own lines."""
    assert operator.main(arguments) == 0
    return capsys.readouterr().err


def said(capsys: Capture, *arguments: str) -> dict[str, str]:
    """The words that a command about tenants printed, by their labels."""
    return dict(line.split(maxsplit=1) for line in printed_by(capsys, "tenants", *arguments))


def refused(capsys: Capture, *arguments: str) -> str:
    """The one line that says why a command could not be done."""
    assert operator.main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err
    return printed.err
