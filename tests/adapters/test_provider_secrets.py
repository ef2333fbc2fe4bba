"""The apps at providers: on moto, on the engine and in memory, and what is Secrets Manager's own."""

import json
import traceback
from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from apps_contract import GOOGLE, MICROSOFT, OWN, AppsContract, Setup
from botocore.exceptions import ClientError, ConnectTimeoutError

from local.engine import REGION, Engine
from rubrica.adapters.memory import MemoryApps
from rubrica.adapters.secrets import AppRegister, SecretApps, apps_of
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.errors import SecretsUnavailable
from rubrica.ports import Apps
from tests.fakes import OTHER_TENANT, TENANT, FixedClock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME: Final = "rubrica/providers"
CANARY: Final = "canary"
_NUMBERS: Final = count(1)


@pytest.fixture
def secrets(moto_client: Callable[[str], Any]) -> "SecretsManagerClient":
    client: SecretsManagerClient = moto_client("secretsmanager")
    return client


def registered(client: "SecretsManagerClient", name: str) -> Setup:
    """Sets apps up as an operator does."""

    def setup(apps: Mapping[TenantId | None, Mapping[str, App]]) -> Apps:
        register = AppRegister(client, name)
        for tenant, of_tenant in apps.items():
            for source, app in of_tenant.items():
                register.keep(source, app, tenant)
        return SecretApps(client, name, FixedClock())

    return setup


class TestSecretAppsOnMoto(AppsContract):
    @pytest.fixture
    def setup(self, secrets: "SecretsManagerClient") -> Setup:
        return registered(secrets, NAME)


class TestSecretAppsOnTheEngine(AppsContract):
    @pytest.fixture
    def setup(self, engine: Engine) -> Setup:
        return registered(engine.client("secretsmanager"), f"stack-{next(_NUMBERS)}/providers")


class TestMemoryApps(AppsContract):
    @pytest.fixture
    def setup(self) -> Setup:
        def setup(apps: Mapping[TenantId | None, Mapping[str, App]]) -> Apps:
            own = {(tenant, source): app for tenant, its in apps.items() if tenant for source, app in its.items()}
            return MemoryApps(apps.get(None, {}), own)

        return setup


# --- How often, and how long ---


class CountingSecrets:
    """Remembers which secrets were asked for."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self.client = client
        self.asked: list[str] = []

    def get_secret_value(self, SecretId: str) -> Any:
        self.asked.append(SecretId)
        return self.client.get_secret_value(SecretId=SecretId)


def test_a_secret_is_asked_for_once_in_a_minute_whether_it_is_there_or_not(secrets: "SecretsManagerClient") -> None:
    AppRegister(secrets, NAME).keep("google", GOOGLE)
    client, clock = CountingSecrets(secrets), FixedClock()
    apps = SecretApps(client, NAME, clock)  # type: ignore[arg-type]

    for _ in range(3):
        for source in ("google", "microsoft"):
            apps.app(TENANT.id, source)
        clock.later(19.9)
    assert client.asked == [f"{NAME}/{TENANT.id}", NAME]

    clock.later(0.3)
    apps.app(TENANT.id, "google")
    apps.app(OTHER_TENANT.id, "google")
    assert client.asked[2:] == [f"{NAME}/{TENANT.id}", NAME, f"{NAME}/{OTHER_TENANT.id}"]


def test_a_change_is_noticed_within_a_minute(secrets: "SecretsManagerClient") -> None:
    clock = FixedClock()
    apps, register = SecretApps(secrets, NAME, clock), AppRegister(secrets, NAME)
    assert apps.app(TENANT.id, "google") is None
    register.keep("google", GOOGLE)
    clock.later(60)
    assert apps.app(TENANT.id, "google") == GOOGLE
    register.keep("google", OWN)
    assert apps.app(TENANT.id, "google") == GOOGLE
    clock.later(60)
    assert apps.app(TENANT.id, "google") == OWN
    register.remove("google")
    clock.later(60)
    assert apps.app(TENANT.id, "google") is None


def test_what_is_remembered_of_many_tenants_has_bounds(secrets: "SecretsManagerClient") -> None:
    apps = SecretApps(secrets, NAME, FixedClock())

    for number in range(1_200):
        apps.app(TenantId(f"t{number}"), "google")

    assert len(apps._secrets._remembered) <= 600


# --- What is missing ---


def test_a_secret_that_was_deleted_or_never_had_a_value_is_missing(secrets: "SecretsManagerClient") -> None:
    AppRegister(secrets, NAME).keep("google", GOOGLE, TENANT.id)
    secrets.delete_secret(SecretId=f"{NAME}/{TENANT.id}")
    secrets.create_secret(Name=NAME)

    assert SecretApps(secrets, NAME, FixedClock()).app(TENANT.id, "google") is None


class Answering:
    """Answers every call with the same text, or error."""

    def __init__(self, answer: Exception | dict[str, Any]) -> None:
        self.answer = answer
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            self.calls += 1
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


def refused(code: str, message: str = "canary") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetSecretValue")


def asking(answer: Exception | dict[str, Any]) -> SecretApps:
    return SecretApps(Answering(answer), NAME, FixedClock())  # type: ignore[arg-type]


DENIED = "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: secretsmanager:GetSecretValue on resource: "


def denied(what: str) -> ClientError:
    return refused("AccessDeniedException", f"{DENIED}{what} because no identity-based policy allows it")


def test_a_refusal_that_names_no_secret_but_its_name_means_that_there_is_none() -> None:
    class Denying:
        """IAM is asked before the name is looked up; what does not exist is called by its name alone."""

        def get_secret_value(self, SecretId: str) -> Any:
            raise denied(self.form.format(SecretId))

        form = "{}"

    for form in ("{}", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{}"):
        client = Denying()
        client.form = form
        assert SecretApps(client, NAME, FixedClock()).app(TENANT.id, "google") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "what", [f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{NAME}/{TENANT.id}-AbCdEf", "other", f"x{NAME}"]
)
def test_a_refusal_that_names_a_secret_is_trouble(what: str) -> None:
    with pytest.raises(SecretsUnavailable) as caught:
        asking(denied(what)).app(TENANT.id, "google")
    assert caught.value.reason == "AccessDeniedException"


def test_a_role_that_may_read_these_secrets_alone_finds_out_that_one_is_missing(engine: Engine) -> None:
    name = f"stack-{next(_NUMBERS)}/providers"
    secrets, iam = engine.client("secretsmanager"), engine.client("iam")
    AppRegister(secrets, name).keep("google", OWN, TENANT.id)
    iam.create_user(UserName="reader")
    arn = "arn:aws:secretsmanager:*:*:secret:"
    resources = [f"{arn}{name}", f"{arn}{name}-??????", f"{arn}{name}/*"]
    allowed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    client = session.client("secretsmanager", endpoint_url=engine.endpoint)
    apps = SecretApps(client, name, FixedClock())

    assert apps.app(TENANT.id, "google") == OWN
    assert apps.app(OTHER_TENANT.id, "google") is None
    AppRegister(secrets, f"{name}-other").keep("google", GOOGLE)
    with pytest.raises(SecretsUnavailable):
        SecretApps(client, f"{name}-other", FixedClock()).app(TENANT.id, "google")


# --- What cannot be read ---

GOOD = {"client_id": "id", "client_secret": "canary-secret"}


def entry(**changes: Any) -> str:
    return json.dumps({"google": {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}})


MALFORMED = {
    "no JSON": '{"google": canary',
    "an array": "[]",
    "a text": '"canary"',
    "a number": "7",
    "nothing": "",
    "deep nesting": "[" * 60_000,
    "no object": '{"google": "canary"}',
    "an unknown field": entry(secret="canary"),
    "no secret": entry(client_secret=...),
    "no id": entry(client_id=...),
    "an empty id": entry(client_id=""),
    "an empty secret": entry(client_secret=""),
    "a secret with a line end": entry(client_secret="canary\n"),
    "a secret with a blank": entry(client_secret="canary secret"),
    "a secret beyond ASCII": entry(client_secret="canary-é"),
    "a number for a secret": entry(client_secret=7),
    "null": entry(client_secret=None),
    "a long secret": entry(client_secret="x" * 1_025),
    "an http address": entry(redirect_uri="http://app.example.org/auth"),
    "an address of no scheme": entry(redirect_uri="app.example.org/auth"),
    "an address with a fragment": entry(redirect_uri="https://app.example.org/auth#canary"),
    "an address with a user": entry(redirect_uri="https://canary@app.example.org/auth"),
    "an address with a backslash": entry(redirect_uri="https://app.example.org\\@canary.example/auth"),
    "an address with a line end": entry(redirect_uri="https://app.example.org/auth\n"),
    "an address with no path": entry(redirect_uri="https://app.example.org"),
    "a local name": entry(redirect_uri="http://localhost.example.org/auth"),
    "a directory with a slash": entry(directory="common/../x"),
    "an empty directory": entry(directory=""),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_secret_of_another_form_is_trouble_and_nothing_of_it_is_told(text: str) -> None:
    apps = asking({"SecretString": text})

    for _ in range(2):
        with pytest.raises(SecretsUnavailable) as caught:
            apps.app(TENANT.id, "google")
        assert caught.value.reason == "SecretMalformed"
        assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("other", [{"microsoft": 7}, {"../odd": {}}, {"microsoft": {"client_id": "alone"}}])
def test_an_app_that_is_written_wrong_costs_no_other(other: dict[str, object]) -> None:
    apps = asking({"SecretString": json.dumps({"google": GOOD, **other})})

    assert apps.app(TENANT.id, "google") is not None
    assert apps.app(TENANT.id, "yahoo") is None


def test_a_secret_in_bytes_is_trouble() -> None:
    with pytest.raises(SecretsUnavailable) as caught:
        asking({"SecretBinary": b"{}"}).app(TENANT.id, "google")
    assert caught.value.reason == "SecretMalformed"


def test_a_malformed_secret_is_not_asked_for_again_and_again() -> None:
    client = Answering({"SecretString": "canary"})
    apps = SecretApps(client, NAME, FixedClock())  # type: ignore[arg-type]

    for _ in range(5):
        with pytest.raises(SecretsUnavailable):
            apps.app(TENANT.id, "google")

    assert client.calls == 1


@pytest.mark.parametrize(
    "code", ["DecryptionFailure", "InternalServiceError", "AccessDeniedException", "ThrottlingException"]
)
def test_trouble_is_told_with_the_services_code_and_without_its_text_and_not_remembered(code: str) -> None:
    client = Answering(refused(code))
    apps = SecretApps(client, NAME, FixedClock())  # type: ignore[arg-type]

    for _ in range(2):
        with pytest.raises(SecretsUnavailable) as caught:
            apps.app(TENANT.id, "google")
        assert caught.value.reason == code
        assert CANARY not in str(caught.value)
        assert caught.value.__suppress_context__
    assert client.calls == 2


def test_a_service_that_cannot_be_reached_is_trouble() -> None:
    with pytest.raises(SecretsUnavailable) as caught:
        asking(ConnectTimeoutError(endpoint_url="https://canary.example/")).app(TENANT.id, "google")
    assert caught.value.reason == "ConnectTimeoutError"


def test_the_empty_register_is_no_trouble() -> None:
    assert asking({"SecretString": "{}"}).app(TENANT.id, "google") is None


# --- The operator's side ---


def test_what_is_kept_for_one_source_leaves_the_others(secrets: "SecretsManagerClient") -> None:
    register = AppRegister(secrets, NAME)
    register.keep("google", GOOGLE)
    register.keep("microsoft", MICROSOFT)
    register.keep("google", OWN, TENANT.id)

    register.keep("google", OWN)

    assert register.apps() == {"google": OWN, "microsoft": MICROSOFT}
    assert register.apps(TENANT.id) == {"google": OWN}
    assert json.loads(secrets.get_secret_value(SecretId=NAME)["SecretString"]) == {
        "google": {
            "client_id": OWN.client_id,
            "client_secret": OWN.client_secret,
            "redirect_uri": OWN.redirect_uri,
        },
        "microsoft": {
            "client_id": MICROSOFT.client_id,
            "client_secret": MICROSOFT.client_secret,
            "redirect_uri": MICROSOFT.redirect_uri,
            "directory": "organizations",
        },
    }


def test_a_secret_without_a_value_gets_one(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=NAME)

    AppRegister(secrets, NAME).keep("google", GOOGLE)

    assert AppRegister(secrets, NAME).apps() == {"google": GOOGLE}


def test_what_was_removed_is_gone_and_the_others_stay(secrets: "SecretsManagerClient") -> None:
    register = AppRegister(secrets, NAME)
    assert not register.remove("google")
    register.keep("google", GOOGLE)
    register.keep("microsoft", MICROSOFT)

    assert register.remove("google")
    assert not register.remove("google")
    assert not register.remove("microsoft", TENANT.id)
    assert register.apps() == {"microsoft": MICROSOFT}


@pytest.mark.parametrize(
    ("source", "app", "why"),
    [
        ("Google!", GOOGLE, "source"),
        ("google", App("", "canary"), "client_id"),
        ("google", App("id", "canary\n"), "client_secret"),
        ("google", App("id", "canary", "http://canary.example/"), "redirect_uri"),
        ("google", App("id", "canary", directory="a/b"), "directory"),
    ],
)
def test_what_is_no_app_is_not_kept(secrets: "SecretsManagerClient", source: str, app: App, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        AppRegister(secrets, NAME).keep(source, app)

    assert CANARY not in str(caught.value)
    assert not secrets.list_secrets()["SecretList"]


def test_a_malformed_secret_is_not_overwritten(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=NAME, SecretString="{canary")

    with pytest.raises(SecretsUnavailable):
        AppRegister(secrets, NAME).keep("google", GOOGLE)

    assert secrets.get_secret_value(SecretId=NAME)["SecretString"] == "{canary"


def test_a_secret_that_is_marked_for_deletion_is_missing_and_not_written(engine: Engine) -> None:
    secrets, name = engine.client("secretsmanager"), f"stack-{next(_NUMBERS)}/providers"
    register = AppRegister(secrets, name)
    register.keep("google", GOOGLE)
    secrets.delete_secret(SecretId=name)

    with pytest.raises(LookupError, match="deletion"):
        register.keep("google", OWN)

    assert register.apps() == {}
    assert SecretApps(secrets, name, FixedClock()).app(TENANT.id, "google") is None


@pytest.mark.parametrize(
    "uri", ["https://app.example.org/", "https://app.example.org:8443/a/b?c=d&e=%20", "http://127.0.0.1:8080/auth"]
)
def test_redirect_addresses_that_providers_take_are_taken(uri: str) -> None:
    assert apps_of(entry(redirect_uri=uri))["google"].redirect_uri == uri
