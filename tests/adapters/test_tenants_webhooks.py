"""The tenants' webhooks in Secrets Manager: on moto and on the engine, and in memory."""

import json
import traceback
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest

from local.engine import Engine
from rubrica.adapters.memory import MemoryWebhooks
from rubrica.adapters.webhooks import SecretWebhooks, WebhookRegister, check_address
from rubrica.domain.webhooks import shown
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Webhook
from tests.fakes import OTHER_TENANT, TENANT

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

WEBHOOK: Final = Webhook("https://app.example.com/hooks?x=1", b"canary-secret-of-the-webhook-123")
OTHER: Final = Webhook("http://127.0.0.1:8080/hook", bytes(24))
_NUMBERS: Final = count(1)


@pytest.fixture(params=["moto", "engine"])
def secrets(request: pytest.FixtureRequest) -> "SecretsManagerClient":
    if request.param == "engine":
        engine: Engine = request.getfixturevalue("engine")
        on_engine: SecretsManagerClient = engine.client("secretsmanager")
        return on_engine
    on_moto: SecretsManagerClient = request.getfixturevalue("moto_client")("secretsmanager")
    return on_moto


@pytest.fixture
def name() -> str:
    return f"stack-{next(_NUMBERS)}/webhooks"


def test_a_webhook_is_the_tenants_alone(secrets: "SecretsManagerClient", name: str) -> None:
    register, webhooks = WebhookRegister(secrets, name), SecretWebhooks(secrets, name)
    assert webhooks.webhook(TENANT.id) is None

    register.keep(TENANT.id, WEBHOOK)

    assert webhooks.webhook(TENANT.id) == register.webhook(TENANT.id) == WEBHOOK
    assert webhooks.webhook(OTHER_TENANT.id) is None


def test_another_webhook_holds_at_once(secrets: "SecretsManagerClient", name: str) -> None:
    register, webhooks = WebhookRegister(secrets, name), SecretWebhooks(secrets, name)
    register.keep(TENANT.id, WEBHOOK)
    assert webhooks.webhook(TENANT.id) == WEBHOOK

    register.keep(TENANT.id, OTHER)

    assert webhooks.webhook(TENANT.id) == OTHER


def test_a_removed_webhook_is_gone_and_can_be_set_again(secrets: "SecretsManagerClient", name: str) -> None:
    register = WebhookRegister(secrets, name)
    assert register.remove(TENANT.id) is False
    register.keep(TENANT.id, WEBHOOK)

    assert register.remove(TENANT.id) is True

    assert register.webhook(TENANT.id) is None
    assert register.remove(TENANT.id) is False
    register.keep(TENANT.id, OTHER)
    assert register.webhook(TENANT.id) == OTHER


def test_a_secret_says_what_the_operator_can_read(moto_client: Callable[[str], Any], name: str) -> None:
    secrets = moto_client("secretsmanager")
    WebhookRegister(secrets, name).keep(TENANT.id, WEBHOOK)

    kept = json.loads(secrets.get_secret_value(SecretId=f"{name}/{TENANT.id}")["SecretString"])

    assert kept == {"url": WEBHOOK.address, "secret": shown(WEBHOOK.secret)}


ADDRESSES = [
    "",
    "app.example.com/hooks",
    "http://app.example.com/hooks",
    "http://localhost:8080/",
    "http://127.0.0.2/",
    "ftp://app.example.com/",
    "https://canary@app.example.com/",
    "https://user:canary@app.example.com/",
    "https://app.example.com/#canary",
    "https://app.example.com\\@canary.example/",
    "https://app.example.com/a b",
    "https://app.example.com/hooks\n",
    "https://App.example.com/",
    "https://app..example.com/",
    "https://.example.com/",
    "https://10.0.0.1/",
    "https://127.0.0.1/",
    "https://169.254.169.254/latest/",
    "https://2130706433/",
    "https://[::1]/",
    "https://app.example.com:0/",
    "https://app.example.com:65536/",
    "http://127.0.0.1:65536/",
    "https://app.example.com/" + "x" * 2_000,
    "https://müller.example/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_no_address_is_not_kept(moto_client: Callable[[str], Any], address: str) -> None:
    secrets = moto_client("secretsmanager")

    with pytest.raises(ValueError, match="address") as caught:
        WebhookRegister(secrets, "rubrica/webhooks").keep(TENANT.id, Webhook(address, WEBHOOK.secret))

    assert "canary" not in str(caught.value)
    assert not secrets.list_secrets()["SecretList"]


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example.com",
        "https://app.example.com?tenant=1",
        "https://app.example.com:8443/hooks/%20/a;b=c?d=[1]",
        "https://8.8.8.8/",
        "http://127.0.0.1:3000/hooks",
    ],
)
def test_what_a_receiver_may_have_for_an_address_is_taken(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_of_another_length_is_not_kept(moto_client: Callable[[str], Any], length: int) -> None:
    with pytest.raises(ValueError, match="secret"):
        WebhookRegister(moto_client("secretsmanager"), "n").keep(TENANT.id, Webhook(WEBHOOK.address, bytes(length)))


GOOD = {"url": WEBHOOK.address, "secret": shown(WEBHOOK.secret)}
MALFORMED = [
    "canary",
    "[]",
    "7",
    "",
    "{}",
    "[" * 60_000,
    json.dumps({**GOOD, "url": "http://canary.example/"}),
    json.dumps({**GOOD, "url": 7}),
    json.dumps({**GOOD, "secret": "canary"}),
    json.dumps({**GOOD, "secret": None}),
]


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_a_secret_of_another_form_is_trouble_and_nothing_of_it_is_told(text: str) -> None:
    class Answering:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:
            return {"SecretString": text}

    with pytest.raises(SecretsUnavailable) as caught:
        SecretWebhooks(Answering(), "rubrica/webhooks").webhook(TENANT.id)  # type: ignore[arg-type]

    assert caught.value.reason == "SecretMalformed"
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_the_webhooks_in_memory_are_what_they_were_made_of() -> None:
    webhooks = MemoryWebhooks({TENANT.id: WEBHOOK})

    assert webhooks.webhook(TENANT.id) == WEBHOOK
    assert webhooks.webhook(OTHER_TENANT.id) is None
