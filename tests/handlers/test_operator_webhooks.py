"""What an operator does about the tenants' webhooks."""

import boto3
import pytest
from commands import noted_by, printed_by, refused, said

from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.webhooks import WebhookRegister
from rubrica.domain.imports import TenantId
from rubrica.domain.webhooks import secret_of
from rubrica.ports import Webhook
from rubrica.services.tenants import Administer
from tests.fakes import NumberedChance

URL = "https://app.example.org/rubrica"


@pytest.fixture
def tenant(capsys: pytest.CaptureFixture[str], table: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WEBHOOKS_SECRET", "rubrica/webhooks")
    return said(capsys, "create", "Example application")["tenant"]


def stored(tenant: str) -> Webhook | None:
    return WebhookRegister(boto3.client("secretsmanager"), "rubrica/webhooks").webhook(TenantId(tenant))


def told(table: str, tenant: str) -> bool:
    administer = Administer(DynamoTenants(Table(boto3.client("dynamodb"), table)), NumberedChance())
    return administer.find(TenantId(tenant)).webhook


def test_a_webhook_is_set_with_a_secret_that_is_shown_once(
    capsys: pytest.CaptureFixture[str], table: str, tenant: str
) -> None:
    assert not told(table, tenant)

    lines = printed_by(capsys, "webhooks", "set", tenant, "--url", URL)

    secret = lines[1].removeprefix("secret  ")
    assert lines[0] == f"url     {URL}"
    assert secret.startswith("whsec_")
    assert len(secret_of(secret)) == 32
    assert stored(tenant) == Webhook(URL, secret_of(secret))
    assert told(table, tenant)
    shown = printed_by(capsys, "webhooks", "show", tenant)
    assert shown == [f"url     {URL}"]
    assert "  webhook       set" in printed_by(capsys, "tenants", "list")


def test_another_address_keeps_the_secret(capsys: pytest.CaptureFixture[str], table: str, tenant: str) -> None:
    printed_by(capsys, "webhooks", "set", tenant, "--url", URL)
    before = stored(tenant)
    assert before is not None

    lines = printed_by(capsys, "webhooks", "set", tenant, "--url", URL + "/v2")

    assert stored(tenant) == Webhook(URL + "/v2", before.secret)
    assert "whsec_" not in "".join(lines)


def test_a_new_secret_ends_the_old_one(capsys: pytest.CaptureFixture[str], table: str, tenant: str) -> None:
    old = printed_by(capsys, "webhooks", "set", tenant, "--url", URL)[1].removeprefix("secret  ")

    new = printed_by(capsys, "webhooks", "rotate", tenant)[0].removeprefix("secret  ")

    assert new != old
    assert stored(tenant) == Webhook(URL, secret_of(new))
    assert told(table, tenant)


def test_a_webhook_that_is_removed_is_forgotten_and_nobody_is_told(
    capsys: pytest.CaptureFixture[str], table: str, tenant: str
) -> None:
    printed_by(capsys, "webhooks", "set", tenant, "--url", URL)

    printed_by(capsys, "webhooks", "remove", tenant)

    assert stored(tenant) is None
    assert not told(table, tenant)
    for command in ("rotate", "remove"):
        assert "webhooks set" in refused(capsys, "webhooks", command, tenant)
    assert "webhooks set" in printed_by(capsys, "webhooks", "show", tenant)[0]


@pytest.mark.parametrize(
    "url", ["http://app.example.org/", "https://10.0.0.1/", "https://user@app.example.org/", "ftp://x", ""]
)
def test_an_address_that_cannot_be_one_is_refused_and_nobody_is_told(
    capsys: pytest.CaptureFixture[str], table: str, tenant: str, url: str
) -> None:
    assert "address" in refused(capsys, "webhooks", "set", tenant, "--url", url)

    assert stored(tenant) is None
    assert not told(table, tenant)


def test_a_port_that_functions_may_not_connect_to_is_noted(capsys: pytest.CaptureFixture[str], tenant: str) -> None:
    for url, port in (("https://app.example.org:8444/h", "8444"), ("https://app.example.org:8443", "8443")):
        noted = noted_by(capsys, "webhooks", "set", tenant, "--url", url)
        assert noted == f"rubrica.operator: Port {port} has to be in the stack's parameter EgressPorts.\n"
        assert stored(tenant) is not None
    for url in (URL, "https://app.example.org:443/h", URL + "?next=https://a:8444/", "http://127.0.0.1:8444/h"):
        assert noted_by(capsys, "webhooks", "set", tenant, "--url", url) == ""


def test_an_unknown_tenant_has_no_webhook(capsys: pytest.CaptureFixture[str], tenant: str) -> None:
    for command in (["show"], ["rotate"], ["remove"], ["set", "--url", URL]):
        assert "no such tenant" in refused(capsys, "webhooks", command[0], "t-none", *command[1:])
    assert stored("t-none") is None


def test_the_secrets_have_to_be_named(
    capsys: pytest.CaptureFixture[str], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBHOOKS_SECRET")

    assert "WEBHOOKS_SECRET" in refused(capsys, "webhooks", "show", tenant)


def test_a_secret_that_cannot_be_read_is_told_by_its_reason_and_can_be_removed(
    capsys: pytest.CaptureFixture[str], table: str, tenant: str
) -> None:
    boto3.client("secretsmanager").create_secret(Name=f"rubrica/webhooks/{tenant}", SecretString="{canary")

    for command in (["show"], ["rotate"], ["set", "--url", URL]):
        why = refused(capsys, "webhooks", command[0], tenant, *command[1:])
        assert "SecretMalformed" in why
        assert "canary" not in why
    printed_by(capsys, "webhooks", "remove", tenant)
    printed_by(capsys, "webhooks", "set", tenant, "--url", URL)
