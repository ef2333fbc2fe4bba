"""What an operator does about the apps at providers."""

import io
import json
import os
import pty
from typing import TYPE_CHECKING, Final

import boto3
import commands
import pytest

from rubrica import operator
from rubrica.adapters.secrets import AppRegister
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET: Final = "canary-client-secret"


@pytest.fixture
def secret(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the providers' secret, with a client secret on standard input."""
    monkeypatch.setenv("PROVIDERS_SECRET", "rubrica/providers")
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET + "\n"))
    return "rubrica/providers"


def register(name: str) -> AppRegister:
    return AppRegister(boto3.client("secretsmanager"), name)


def printed_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines of a command that went well; none of them holds the client secret."""
    lines = commands.printed_by(capsys, *arguments)
    assert SECRET not in "\n".join(lines)
    return lines


def test_an_app_is_stored_with_the_secret_from_standard_input_listed_and_removed(
    capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    assert printed_by(capsys, "providers", "list") == ["There is no app yet."]

    made = printed_by(capsys, "providers", "set", "google", "--client-id", "app.apps.example.com")

    assert made == ["google      app.apps.example.com"]
    assert register(secret).apps() == {"google": App("app.apps.example.com", SECRET)}
    assert printed_by(capsys, "providers", "list") == made
    assert "gone" in printed_by(capsys, "providers", "remove", "google")[0]
    assert register(secret).apps() == {}


def test_an_app_of_microsofts_has_a_directory_and_may_come_back_elsewhere(
    capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    uri = "https://app.example.org/proxy"
    asked = ["--client-id", "id", "--redirect-uri", uri, "--directory", "organizations"]

    lines = printed_by(capsys, "providers", "set", "microsoft", *asked)

    assert lines[0] == f"microsoft   id  redirect-uri={uri}  directory=organizations"
    assert lines[1].endswith(f": {uri}")
    assert register(secret).apps() == {"microsoft": App("id", SECRET, uri, "organizations")}


def test_a_tenants_own_app_is_kept_apart(capsys: pytest.CaptureFixture[str], table: str, secret: str) -> None:
    tenant = commands.said(capsys, "create", "Example application")["tenant"]

    printed_by(capsys, "providers", "set", "google", "--client-id", "own", "--tenant", tenant)

    assert register(secret).apps() == {}
    assert register(secret).apps(TenantId(tenant)) == {"google": App("own", SECRET)}
    assert printed_by(capsys, "providers", "list", "--tenant", tenant) == ["google      own"]
    assert printed_by(capsys, "providers", "list") == ["There is no app yet."]
    printed_by(capsys, "providers", "remove", "google", "--tenant", tenant)
    assert register(secret).apps(TenantId(tenant)) == {}


def test_a_tenant_is_shown_for_which_providers_the_installations_app_is_used(
    capsys: pytest.CaptureFixture[str], table: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = commands.said(capsys, "create", "Example application")["tenant"]
    listing = ("providers", "list", "--tenant", tenant)
    assert printed_by(capsys, *listing) == ["There is no app yet."]

    for source in ("google", "microsoft"):
        monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
        printed_by(capsys, "providers", "set", source, "--client-id", "id")
    shared = "None of its own for {}; the installation's is used."
    assert printed_by(capsys, *listing) == [shared.format("google"), shared.format("microsoft")]

    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
    printed_by(capsys, "providers", "set", "google", "--client-id", "own", "--tenant", tenant)
    assert printed_by(capsys, *listing) == ["google      own", shared.format("microsoft")]


@pytest.mark.parametrize(
    ("public_url", "home"), [("", "https://api.example.org"), ("https://a.example.com", "https://a.example.com")]
)
def test_the_redirect_uri_to_register_is_told_when_the_stack_knows_its_address(
    capsys: pytest.CaptureFixture[str], secret: str, monkeypatch: pytest.MonkeyPatch, public_url: str, home: str
) -> None:
    monkeypatch.delenv("PROVIDERS_SECRET")
    outputs = {"ApiUrl": "https://api.example.org", "ProvidersSecretName": "stack/providers"}
    template = {
        "Parameters": {"PublicUrl": {"Type": "String", "Default": public_url}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName="rubrica", TemplateBody=json.dumps(template))

    lines = printed_by(capsys, "--stack", "rubrica", "providers", "set", "google", "--client-id", "id")

    assert lines[1].endswith(f": {home}/oauth/google/callback")
    assert "google" in register("stack/providers").apps()


def test_at_a_terminal_the_secret_is_asked_for_and_not_shown(
    capsys: pytest.CaptureFixture[str], secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own prompt switches the echo off; a test stands in for the person at it."""
    master, slave = pty.openpty()
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return SECRET

    with os.fdopen(slave) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr("rubrica.operator.installation.getpass", typed)
        printed_by(capsys, "providers", "set", "google", "--client-id", "id")
    os.close(master)

    assert prompts == ["Client secret: "]
    assert register(secret).apps() == {"google": App("id", SECRET)}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["set", "google", "--client-id", "a b"], "client_id"),
        (["set", "google", "--client-id", "id", "--redirect-uri", "http://app.example.org/"], "redirect_uri"),
        (["set", "google", "--client-id", "id", "--directory", "common"], "directory"),
        (["set", "microsoft", "--client-id", "id", "--directory", "a/b"], "directory"),
        (["set", "google", "--client-id", "id", "--tenant", "t-none"], "no such tenant"),
        (["list", "--tenant", "t-none"], "no such tenant"),
        (["remove", "google", "--tenant", "t-none"], "no such tenant"),
        (["remove", "google"], "no app"),
    ],
)
def test_an_app_that_cannot_be_is_refused_in_one_line_without_its_secret(
    capsys: pytest.CaptureFixture[str], table: str, secret: str, arguments: list[str], why: str
) -> None:
    assert operator.main(["providers", *arguments]) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert why in printed.err
    assert len(printed.err.splitlines()) == 1
    assert SECRET not in printed.err
    assert register(secret).apps() == {}


@pytest.mark.parametrize("typed", ["", "\n", "two words\n", SECRET + "\nand a line"])
def test_a_secret_that_cannot_be_one_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str], secret: str, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    assert operator.main(["providers", "set", "google", "--client-id", "id"]) == 1

    printed = capsys.readouterr()
    assert "client_secret" in printed.err
    assert len(printed.err.splitlines()) == 1
    assert "words" not in printed.err
    assert SECRET not in printed.err


def test_a_secret_that_cannot_be_read_is_told_by_its_reason(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    boto3.client("secretsmanager").create_secret(Name=secret, SecretString=f"{{{SECRET}")

    for command in (["list"], ["remove", "google"], ["set", "google", "--client-id", "id"]):
        assert operator.main(["providers", *command]) == 1
        printed = capsys.readouterr()
        assert "SecretMalformed" in printed.err
        assert len(printed.err.splitlines()) == 1
        assert SECRET not in printed.err


def test_the_secret_has_to_be_named_and_cannot_be_given_as_an_argument(
    capsys: pytest.CaptureFixture[str], dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROVIDERS_SECRET", raising=False)
    assert operator.main(["providers", "list"]) == 1
    assert "PROVIDERS_SECRET" in capsys.readouterr().err

    for arguments in (["set", "google", "--client-id", "id", "--client-secret", "x"], ["set", "yahoo"], ["set"], []):
        with pytest.raises(SystemExit) as caught:
            operator.main(["providers", *arguments])
        assert caught.value.code == 2
