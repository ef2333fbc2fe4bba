"""What an operator does about the accounts at other import services."""

import io
import json
from typing import Final

import boto3
import commands
import pytest
from commands import noted_by, refused, said

from rubrica.adapters.upstreams import UpstreamRegister
from rubrica.domain.imports import TenantId
from rubrica.ports import Upstream

PASSWORD: Final = "canary-domain-password"
URL: Final = "https://api.elsewhere.example.com"
ASKED: Final = ("--url", URL, "--domain-key", "OURKEY", "--services", "plaxo,aol")


@pytest.fixture(autouse=True)
def named(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation, with our password there on standard input."""
    monkeypatch.setenv("UPSTREAMS_SECRET", "rubrica/upstreams")
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))


def stored(tenant: str = "") -> Upstream | None:
    register = UpstreamRegister(boto3.client("secretsmanager"), "rubrica/upstreams")
    return register.upstream(TenantId(tenant) if tenant else None)


def printed_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines of a command that went well; none of them holds the password."""
    lines = commands.printed_by(capsys, "upstreams", *arguments)
    assert PASSWORD not in "\n".join(lines)
    return lines


def test_an_upstream_is_stored_with_the_password_from_standard_input_shown_and_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed_by(capsys, "show") == ["There is no upstream yet."]

    made = printed_by(capsys, "set", *ASKED)

    upstream = stored()
    assert upstream is not None
    assert (upstream.address, upstream.domain_key, upstream.domain_password) == (URL, "OURKEY", PASSWORD)
    assert set(upstream.services) == {"plaxo", "aol"}
    shown = printed_by(capsys, "show")
    assert shown == [f"url         {URL}", "domain-key  OURKEY", "services    aol,plaxo"]
    assert made[:2] == shown[:2]
    assert "gone" in printed_by(capsys, "remove")[0]
    assert stored() is None


def test_a_tenants_own_upstream_is_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    tenant = said(capsys, "create", "Example application")["tenant"]

    printed_by(capsys, "set", *ASKED, "--tenant", tenant)

    assert stored() is None
    assert stored(tenant) is not None
    printed_by(capsys, "remove", "--tenant", tenant)
    assert stored(tenant) is None


def test_a_tenant_without_one_of_its_own_is_told_which_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    tenant = said(capsys, "create", "Example application")["tenant"]
    assert printed_by(capsys, "show", "--tenant", tenant) == ["There is no upstream yet."]

    printed_by(capsys, "set", *ASKED)

    assert printed_by(capsys, "show", "--tenant", tenant) == ["None of its own; the installation's is used."]


def test_a_port_that_the_stack_does_not_connect_to_is_noted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = {
        "Parameters": {"EgressPorts": {"Type": "CommaDelimitedList", "Default": "443, 8843"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"UpstreamsSecretName": {"Value": "rubrica/upstreams"}},
    }
    boto3.client("cloudformation").create_stack(StackName="rubrica", TemplateBody=json.dumps(template))

    for where, port, noted in (
        (["--stack", "rubrica"], 9999, True),
        (["--stack", "rubrica"], 8843, False),
        (["--stack", "rubrica"], 443, False),
        ([], 8843, True),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
        told = noted_by(capsys, *where, "upstreams", "set", *ASKED, "--url", f"{URL}:{port}/api")
        assert (told == f"rubrica.operator: Port {port} has to be in the stack's parameter EgressPorts.\n") is noted
        assert noted or told == ""


def test_services_and_address_are_taken_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    printed_by(capsys, "set", "--url", URL + "/", "--domain-key", "OURKEY", "--services", " Plaxo, AOL ,plaxo,")

    upstream = stored()
    assert upstream is not None
    assert upstream.address == URL
    assert sorted(upstream.services) == ["aol", "plaxo"]


def test_at_a_terminal_the_password_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return PASSWORD

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("rubrica.operator.installation.getpass", typed)
    printed_by(capsys, "set", *ASKED)

    assert prompts == ["Domain password: "]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["set", *ASKED, "--url", "http://elsewhere.example.com"], "address"),
        (["set", *ASKED, "--url", URL + "?a=b"], "without query"),
        (["set", *ASKED, "--domain-key", "a:b"], "domain_key"),
        (["set", *ASKED, "--services", "../"], "service"),
        (["set", *ASKED, "--services", ","], "services"),
        (["set", *ASKED, "--tenant", "t-none"], "no such tenant"),
        (["show", "--tenant", "t-none"], "no such tenant"),
        (["remove", "--tenant", "t-none"], "no such tenant"),
        (["remove"], "no upstream"),
    ],
)
def test_an_upstream_that_cannot_be_is_refused_in_one_line_without_its_password(
    capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    said_why = refused(capsys, "upstreams", *arguments)

    assert why in said_why
    assert PASSWORD not in said_why
    assert stored() is None


def test_without_a_password_nothing_is_stored(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert "domain_password" in refused(capsys, "upstreams", "set", *ASKED)

    assert stored() is None


def test_the_secret_has_to_be_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPSTREAMS_SECRET")

    assert "UPSTREAMS_SECRET" in refused(capsys, "upstreams", "show")
