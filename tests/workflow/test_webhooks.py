"""A tenant is told of the end of its imports, through the deployed rule, workflow and function.

What arrives is checked by the library that receivers use.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from local.client import Client
from local.sandbox.book import Book
from local.sandbox.radicale import PASSWORD, USERNAME
from local.stack import path_of
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.system import SystemChance
from rubrica.adapters.webhooks import WebhookRegister
from rubrica.domain.imports import Import, ImportId, State, TenantId
from rubrica.domain.webhooks import MOST_ATTEMPTS, shown
from rubrica.ports import Row, Webhook
from rubrica.services.tenants import Administer
from tests.workflow.machines import EngineMachine, eventually
from tests.workflow.webhook_receiver import Post, WebhookReceiver, running_receiver

REFERENCE = "zz-canary-reference"
OVER = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
CHANCE = SystemChance()


@dataclass
class Told:
    """A tenant with a webhook, and the receiver behind it."""

    engine: EngineMachine
    receiver: WebhookReceiver
    tenant: TenantId
    key: str
    secret: bytes

    @property
    def client(self) -> Client:
        return Client(self.engine.stack.base_url, self.key)

    @property
    def tenants(self) -> Administer:
        return Administer(
            DynamoTenants(Table(self.engine.client("dynamodb"), self.engine.stack.accounts_table)), CHANCE
        )

    @property
    def register(self) -> WebhookRegister:
        return WebhookRegister(self.engine.client("secretsmanager"), self.engine.stack.webhooks_secret)

    def add(self, **changes: Any) -> ImportId:
        """An import that somebody else has begun and nobody has ended."""
        now = datetime.now(UTC).replace(microsecond=0)
        fields = {"state": State.IMPORTING, "deadline": now + timedelta(hours=1), "webhook": True, **changes}
        imp = Import(
            id=ImportId(secrets.randbelow(2**31 - 1) + 1),
            tenant=self.tenant,
            source="carddav",
            created_at=now,
            expires_at=now + timedelta(hours=2),
            reference=REFERENCE,
            **fields,
        )
        imports = DynamoImports(Table(self.engine.client("dynamodb"), self.engine.imports_table))
        return imports.add(Row(imp, credential=b"sealed"), None, now + timedelta(hours=1))[0].id

    def close(self, import_id: ImportId, error: str = "") -> None:
        answered = self.engine.stack.invoke("CloseImportFunction", {"import_id": import_id, "run": 1, "error": error})
        assert answered is None

    def execution(self, import_id: int) -> dict[str, Any]:
        """The execution that told of the import, once it is over."""
        over: dict[str, Any] = eventually(
            lambda: self.execution_now(import_id), lambda it: it.get("status") in OVER, seconds=60
        )
        return over

    def execution_now(self, import_id: int) -> dict[str, Any]:
        """The execution that tells of the import, as it is; empty while there is none."""
        workflows = self.engine.client("stepfunctions")
        for known in self.engine.stack.executions(self.engine.stack.webhook_machine):
            described: dict[str, Any] = workflows.describe_execution(executionArn=known["executionArn"])
            if json.loads(described["input"])["import_id"] == import_id:
                return described
        return {}

    def posts(self, number: int) -> list[Post]:
        """What the receiver got, once it is as many as that."""
        return list(eventually(lambda: self.receiver.posts, lambda posts: len(posts) >= number))


@pytest.fixture(scope="module")
def receiver_of_all() -> Iterator[WebhookReceiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def told(engine: EngineMachine, receiver_of_all: WebhookReceiver) -> Told:
    receiver_of_all.answer(200)
    made = Told(engine, receiver_of_all, TenantId(""), "", secrets.token_bytes(32))
    tenant, made.key = made.tenants.create("with a webhook")
    made.tenant = tenant.id
    made.register.keep(tenant.id, Webhook(receiver_of_all.url, made.secret))
    made.tenants.tell(tenant.id, True)
    return made


def verified(post: Post, secret: bytes) -> dict[str, Any]:
    """The message, as the library that receivers use accepts it."""
    accepted: dict[str, Any] = Verifier(shown(secret)).verify(post.body, dict(post.headers))
    return accepted


def test_a_tenant_is_told_once_of_an_import_that_was_completed(told: Told, radicale_url: str, book: Book) -> None:
    fields = {"source": "carddav", "server": radicale_url, "username": USERNAME, "password": PASSWORD}
    started = told.client.start(**fields, user_id=REFERENCE)
    assert told.client.wait(started["id"])["state"] == "complete"

    (post,) = told.posts(1)
    execution = told.execution(started["id"])

    message = verified(post, told.secret)
    assert message["type"] == "import.complete"
    assert message["data"]["import_id"] == started["id"]
    assert message["data"]["contacts"] == told.client.status(started["id"])["contacts"]["so_far"]
    assert message["data"]["user_id"] == REFERENCE
    assert (execution["status"], json.loads(execution["output"])) == (
        "SUCCEEDED",
        {"import_id": started["id"], "outcome": "delivered"},
    )
    assert len(told.receiver.posts) == 1


def test_a_receiver_that_fails_twice_is_told_the_third_time_by_the_same_id(told: Told) -> None:
    told.receiver.answer(500, 503, 204)
    import_id = told.add()

    told.close(import_id, "SignInRefused")

    posts = told.posts(3)
    assert [post.answered for post in posts] == [500, 503, 204]
    assert {post.headers["webhook-id"] for post in posts} == {f"import_{import_id}"}
    assert {verified(post, told.secret)["data"]["failure"] for post in posts} == {"sign_in_refused"}
    assert told.execution(import_id)["status"] == "SUCCEEDED"
    assert len(told.receiver.posts) == 3


def test_another_secret_does_not_verify(told: Told) -> None:
    told.close(told.add())
    (post,) = told.posts(1)

    with pytest.raises(WebhookVerificationError):
        verified(post, secrets.token_bytes(32))
    with pytest.raises(WebhookVerificationError):
        Verifier(shown(told.secret)).verify(post.body.replace(b'"rejected":0', b'"rejected":1'), dict(post.headers))


def test_a_consent_that_never_came_is_told_by_the_sweeper(told: Told) -> None:
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    import_id = told.add(state=State.AWAITING_CONSENT, deadline=past)
    key = {"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}}
    told.engine.client("dynamodb").update_item(
        TableName=told.engine.imports_table,
        Key=key,
        UpdateExpression="SET due_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(past.timestamp()))}},
    )

    told.engine.stack.invoke("SweepImportsFunction", {})

    (post,) = told.posts(1)
    assert verified(post, told.secret)["type"] == "import.abandoned"


def test_a_receiver_that_redirects_is_not_followed_and_one_that_stays_dead_is_given_up(told: Told) -> None:
    told.receiver.answer(307, 500)
    import_id = told.add()

    told.close(import_id)

    execution = told.execution(import_id)
    assert json.loads(execution["output"])["outcome"] == "given_up"
    assert execution["status"] == "SUCCEEDED"
    assert len(told.receiver.posts) == MOST_ATTEMPTS
    assert told.receiver.posts[0].answered == 307


def test_a_receiver_that_is_gone_is_asked_once(told: Told) -> None:
    told.receiver.answer(410)
    import_id = told.add()

    told.close(import_id)

    assert json.loads(told.execution(import_id)["output"])["outcome"] == "given_up"
    assert len(told.receiver.posts) == 1


def test_a_receiver_that_cannot_be_reached_does_not_change_the_import(told: Told) -> None:
    import_id = told.add(webhook=False)
    told.close(import_id)
    told.register.keep(told.tenant, Webhook("http://127.0.0.1:1/", told.secret))

    first, last = (
        told.engine.stack.invoke("SendWebhookFunction", {"import_id": import_id, "retry": retry})
        for retry in (0, MOST_ATTEMPTS - 1)
    )

    assert (first["errorType"], last["outcome"]) == ("WebhookUnanswered", "given_up")
    assert told.client.status(import_id)["state"] == "failed"


@pytest.mark.parametrize("why", ["disabled", "removed"])
def test_who_does_not_want_to_hear_any_more_is_not_told(told: Told, why: str) -> None:
    import_id = told.add()
    if why == "disabled":
        told.tenants.disable(told.tenant)
    else:
        told.register.remove(told.tenant)

    told.close(import_id)

    assert json.loads(told.execution(import_id)["output"])["outcome"] == "nothing"
    assert told.receiver.posts == []


def test_no_workflow_is_started_for_an_import_that_nobody_wants_to_hear_of(told: Told) -> None:
    unheard, heard = told.add(webhook=False), told.add()
    told.close(unheard)

    told.close(heard)

    told.execution(heard)
    assert {json.loads(post.body)["data"]["import_id"] for post in told.receiver.posts} == {heard}
    assert told.execution_now(unheard) == {}


def test_an_import_that_was_deleted_meanwhile_is_told_no_more(told: Told) -> None:
    told.receiver.answer(500)
    import_id = told.add()
    told.close(import_id)
    told.posts(1)

    told.client.call("DELETE", f"/v1/imports/{import_id}")

    assert json.loads(told.execution(import_id)["output"])["outcome"] == "nothing"
    assert len(told.receiver.posts) < MOST_ATTEMPTS


def test_nothing_of_a_user_an_address_or_a_secret_is_in_the_state_or_the_log(told: Told) -> None:
    told.receiver.answer(500, 200)
    import_id = told.add()
    told.close(import_id)
    posts = told.posts(2)

    execution = told.execution(import_id)
    history = told.engine.stack.history(execution["executionArn"])
    lines = told.engine.stack.logs("SendWebhookFunction")
    written = json.dumps(history, default=str) + "".join(lines)
    secret_texts = (shown(told.secret), shown(told.secret).partition("_")[2], posts[0].headers["webhook-signature"])

    assert path_of(history) == ["Send webhook"]
    assert json.loads(execution["input"]) == {"import_id": import_id}
    assert [line for line in lines if f'"import_id":{import_id},' in line]
    assert not [text for text in ("zz-canary", told.receiver.url, *secret_texts) if text in written]


def test_a_call_of_the_function_that_dies_is_repeated(told: Told) -> None:
    told.receiver.answer(200)
    warm = told.add()
    told.close(warm)
    told.execution(warm)
    told.engine.stack.kill_workers("SendWebhookFunction")
    import_id = told.add()

    told.close(import_id)

    assert json.loads(told.execution(import_id)["output"])["outcome"] == "delivered"
