"""Telling a tenant of the end of an import: what is sent, to whom, and what follows from the answer."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from rubrica import errors
from rubrica.adapters.memory import MemoryImports, MemoryTenants, MemoryWebhooks
from rubrica.domain.imports import Import, Progress, State, ended
from rubrica.domain.views import Tenant
from rubrica.domain.webhooks import MOST_ATTEMPTS, signature
from rubrica.ports import Answer, Request, Row, Webhook
from rubrica.services.tell import Tell, Told
from tests.fakes import NOW, OTHER_TENANT, RETENTION, TENANT, FixedClock, Recorder, any_import
from tests.unit.services.trips import gone
from tests.unit.services.worlds import World

ADDRESS = "https://app.example.com/hooks/canary-path"
SECRET = b"canary-secret-of-the-webhook-123"


@dataclass
class Answered:
    """Implements ports.Answer; its body must not be asked for."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def chunks(self) -> Iterator[bytes]:
        raise AssertionError("Nobody reads what a receiver says.")


@dataclass
class ScriptedEgress:
    """Implements ports.Egress: gives one answer after the other, or raises it, the last for ever."""

    answers: Sequence[int | Exception] = (200,)
    sent: list[Request] = field(default_factory=list)

    @contextmanager
    def exchange(self, request: Request) -> Iterator[Answer]:
        self.sent.append(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        yield Answered(answer)


@dataclass
class Telling:
    """The use case over the stores in memory, with one import that has ended."""

    egress: ScriptedEgress = field(default_factory=ScriptedEgress)
    imports: MemoryImports = field(default_factory=MemoryImports)
    tenants: MemoryTenants = field(default_factory=MemoryTenants)
    webhooks: MemoryWebhooks = field(default_factory=lambda: MemoryWebhooks({TENANT.id: Webhook(ADDRESS, SECRET)}))
    clock: FixedClock = field(default_factory=FixedClock)
    telemetry: Recorder = field(default_factory=Recorder)

    def __call__(self, attempt: int = 1) -> Told:
        tell = Tell(self.imports, self.tenants, self.webhooks, self.egress, self.clock, self.telemetry)
        return tell(any_import().id, attempt)

    @property
    def body(self) -> Any:
        return json.loads(self.egress.sent[-1].body)


def complete(**changes: Any) -> Import:
    imp = any_import(state=State.IMPORTING, progress=Progress(contacts=120), **changes)
    return ended(imp, None, NOW, RETENTION)


def telling(imp: Import | None = None, *answers: int | Exception, tenant: Tenant = TENANT) -> Telling:
    told = Telling(ScriptedEgress(answers or (200,)))
    told.imports.rows[any_import().id] = Row(imp or complete())
    told.tenants.add(tenant, {})
    return told


def test_the_end_is_posted_signed_to_the_tenants_webhook() -> None:
    tell = telling()

    assert tell() is Told.DELIVERED
    (sent,) = tell.egress.sent
    assert (sent.method, sent.url) == ("POST", ADDRESS)
    assert tell.body["type"] == "import.complete"
    assert tell.body["data"]["contacts"] == 120
    assert sent.headers["webhook-signature"] == signature(SECRET, "import_1126", int(NOW.timestamp()), sent.body)
    assert sent.silence <= 10
    assert sent.largest <= 1024


@pytest.mark.parametrize("failure", [errors.SignInRefused, errors.ConsentExpired, errors.ConsentAbandoned])
def test_every_end_is_told(failure: type[errors.ImportFailure]) -> None:
    tell = telling(ended(any_import(), failure, NOW, RETENTION))

    assert tell() is Told.DELIVERED
    assert tell.body["data"]["failure"] == failure.code
    assert tell.body["type"] == f"import.{tell.body['data']['state']}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_enough(status: int) -> None:
    assert telling(None, status)() is Told.DELIVERED


UNANSWERED = [
    100,
    300,
    301,
    307,
    400,
    401,
    404,
    429,
    500,
    503,
    errors.ServerSilent(),
    errors.ServerUnreachable(),
    errors.ServerNotFound(),
    errors.ServerRefused(),
    errors.CertificateRefused(),
    errors.AnswerTruncated(),
    errors.AnswerTooLarge(),
]


@pytest.mark.parametrize("answer", UNANSWERED, ids=str)
def test_anything_else_is_tried_again_and_given_up_in_the_end(answer: int | Exception) -> None:
    tell = telling(None, answer)

    told = [tell(attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]

    assert told == [Told.UNANSWERED] * (MOST_ATTEMPTS - 1) + [Told.GIVEN_UP]
    assert [name for name, _, _ in tell.telemetry.counts].count("WebhooksGivenUp") == 1
    assert len({sent.headers["webhook-id"] for sent in tell.egress.sent}) == 1
    assert {sent.url for sent in tell.egress.sent} == {ADDRESS}


def test_a_receiver_that_is_gone_is_given_up_at_once() -> None:
    tell = telling(None, 410)

    assert tell() is Told.GIVEN_UP
    assert ("WebhooksGivenUp", 1, {}) in tell.telemetry.counts


def without_row() -> Telling:
    tell = telling()
    tell.imports.rows.clear()
    return tell


def without_webhook() -> Telling:
    tell = telling()
    tell.webhooks = MemoryWebhooks()
    return tell


NOTHING = {
    "a tenant that is disabled": lambda: telling(tenant=replace(TENANT, disabled=True)),
    "a tenant that is gone": lambda: telling(tenant=OTHER_TENANT),
    "an import that runs": lambda: telling(any_import(state=State.IMPORTING)),
    "an import that was deleted": lambda: telling(replace(complete(), state=State.PURGED)),
    "an import that has expired": lambda: telling(replace(complete(), expires_at=NOW)),
    "an import that was purged": without_row,
    "a webhook that was removed": without_webhook,
}


@pytest.mark.parametrize("made", NOTHING.values(), ids=NOTHING.keys())
def test_where_there_is_nothing_to_tell_nothing_is_sent(made: Callable[[], Telling]) -> None:
    tell = made()

    assert tell() is Told.NOTHING
    assert tell.egress.sent == []
    assert tell.telemetry.counts == []


def test_trouble_of_our_own_is_not_the_receivers() -> None:
    class Denied(MemoryWebhooks):
        def webhook(self, tenant: Any) -> Webhook | None:
            raise errors.SecretsUnavailable("AccessDeniedException")

    tell = telling()
    tell.webhooks = Denied()

    with pytest.raises(errors.SecretsUnavailable):
        tell()


def test_the_log_tells_who_and_what_came_of_it_and_no_address_secret_or_reference() -> None:
    tell = telling(None, errors.ServerSilent(), 503, 200)

    for attempt in (1, 2, 3):
        tell(attempt)

    told = [fields for name, fields in tell.telemetry.events if name == "webhook"]
    assert [(it["attempt"], it["outcome"], it["status"], it["trouble"]) for it in told] == [
        (1, "unanswered", 0, "server_silent"),
        (2, "unanswered", 503, ""),
        (3, "delivered", 200, ""),
    ]
    assert {(it["import_id"], it["tenant"]) for it in told} == {(1126, TENANT.id)}
    said = repr((tell.telemetry.events, tell.telemetry.counts))
    assert not [word for word in ("canary", "user-7", "example.com") if word in said]


# --- Who is to be told ---


def denied() -> World:
    browser = gone(World())
    row = browser.world.imports.rows[browser.imp.id]
    browser.world.imports.rows[browser.imp.id] = replace(row, imp=replace(row.imp, webhook=True))
    browser.come_back(browser.denial())
    return browser.world


def closed() -> World:
    world = World()
    world.add(any_import(webhook=True))
    world.finish(errors.SignInRefused)
    return world


def swept() -> World:
    world = World()
    world.add(any_import(state=State.AWAITING_CONSENT, webhook=True))
    world.clock.later(3_600)
    world.sweep()
    return world


@pytest.mark.parametrize("ending", [denied, closed, swept])
def test_whoever_ends_an_import_announces_once_that_its_tenant_is_to_be_told(ending: Callable[[], World]) -> None:
    assert [imp.webhook for imp in ending().notify.announced] == [True]
