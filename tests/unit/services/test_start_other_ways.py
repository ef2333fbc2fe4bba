"""Starting an import whose user gives a file, and one that another service runs."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from rubrica.adapters.memory import MemoryUpstreams
from rubrica.domain import consent
from rubrica.domain.consent import LINK_LIFE, Consent, Way
from rubrica.domain.credential import Credential, Relay
from rubrica.domain.imports import Import, State, TenantId
from rubrica.domain.views import StartImport
from rubrica.errors import (
    FieldInvalid,
    IdempotencyKeyReused,
    LinkExpired,
    TooManyStarts,
    UpstreamNotConfigured,
    UpstreamRefused,
)
from rubrica.ports import Begun
from tests.fakes import CANARY_PASSWORD, HOME, NOW, ORIGIN, REDIRECT_URL, REGISTERED, RETENTION, TENANT, NumberedChance
from tests.unit.services.worlds import World

ELSEWHERE = "https://elsewhere.example.com/n/AB12CD3"
FILE = StartImport("upload", reference="user-7", parts=("mailing_address",), redirect_url=REDIRECT_URL, origin=ORIGIN)
ASKED = StartImport("cloudsponge", reference="user-7", service="plaxo", redirect_url=REDIRECT_URL, origin=ORIGIN)
PASSWORD = replace(ASKED, credential=Credential("", "alice", CANARY_PASSWORD), service="terra")


@dataclass
class CountedUpstreams(MemoryUpstreams):
    """Remembers what was begun, and can refuse."""

    begun: dict[str, Begun] = field(  # type: ignore[assignment]  # a field here, an attribute there
        default_factory=lambda: {"plaxo": Begun(90_001, ELSEWHERE), "terra": Begun(90_002)}
    )
    asked: list[tuple[TenantId, StartImport]] = field(default_factory=list)
    refusal: Exception | None = None

    def begin(self, tenant: TenantId, command: StartImport) -> Begun:
        self.asked.append((tenant, command))
        if self.refusal:
            raise self.refusal
        return super().begin(tenant, command)


def relaying(**changes: object) -> tuple[World, CountedUpstreams]:
    upstreams = CountedUpstreams()
    return World(upstreams=upstreams, **changes), upstreams  # type: ignore[arg-type]


def consent_of(imp: Import) -> Consent:
    assert imp.consent is not None
    return imp.consent


# --- A file ---


def test_an_import_of_a_file_waits_for_it_under_a_link_of_its_own() -> None:
    world = World()

    imp = world.start(REGISTERED, FILE, HOME)

    row = world.imports.rows[imp.id]
    assert (row.imp, row.credential) == (imp, None)
    assert (imp.state, imp.source, imp.begun_at) == (State.AWAITING_CONSENT, "upload", None)
    assert consent_of(imp) == Consent(consent_of(imp).link, "", "", (), REDIRECT_URL, ORIGIN, way=Way.FILE)
    assert consent_of(imp).path == f"/csv/{consent_of(imp).link}"
    assert consent.import_of_link(consent_of(imp).link) == imp.id
    assert (imp.deadline, imp.expires_at) == (NOW + LINK_LIFE, NOW + LINK_LIFE + RETENTION)
    assert world.workflow.started == []
    assert imp.parts == ("mailing_address",)


def test_nobody_is_asked_for_the_password_to_a_file() -> None:
    world = World()

    with pytest.raises(FieldInvalid):
        world.start(REGISTERED, replace(FILE, credential=PASSWORD.credential), HOME)

    assert world.imports.rows == {}


def test_a_file_that_never_comes_abandons_its_import() -> None:
    world = World()
    imp = world.start(REGISTERED, FILE, HOME)
    world.clock.later(LINK_LIFE.total_seconds())

    world.sweep()

    assert world.imp(imp.id).state is State.ABANDONED


# --- Another service, by its user's consent ---


def test_an_import_that_runs_elsewhere_waits_for_its_user_under_a_link_of_ours() -> None:
    world, upstreams = relaying()

    imp = world.start(REGISTERED, ASKED, HOME)

    assert upstreams.asked == [(REGISTERED.id, ASKED)]
    assert world.kept(imp.id) == Relay(90_001, "plaxo", REGISTERED.id)
    assert (imp.state, imp.begun_at) == (State.AWAITING_CONSENT, None)
    awaited = consent_of(imp)
    assert awaited == Consent(awaited.link, ELSEWHERE, "", (), REDIRECT_URL, ORIGIN, way=Way.RELAY)
    assert awaited.path == f"/n/{awaited.link}"
    assert world.workflow.started == []


def test_an_import_that_wants_nothing_of_its_user_is_begun_at_once() -> None:
    world, upstreams = relaying()

    imp = world.start(REGISTERED, PASSWORD, HOME)

    assert upstreams.asked == [(REGISTERED.id, PASSWORD)]
    assert world.kept(imp.id) == Relay(90_002, "terra", REGISTERED.id)
    assert (imp.state, imp.consent, imp.begun_at) == (State.CREATED, None, None)
    assert world.workflow.started == [(imp.id, 1)]
    assert CANARY_PASSWORD not in repr(world.imports.rows) + repr(world.telemetry)


def test_the_other_service_is_asked_once_however_many_ids_are_taken() -> None:
    world, upstreams = relaying(chance=NumberedChance([1126, 1126, 1127]))
    world.add()

    imp = world.start(REGISTERED, ASKED, HOME)

    assert imp.id == 1127
    assert len(upstreams.asked) == 1
    assert world.kept(1127) == Relay(90_001, "plaxo", REGISTERED.id)


def test_each_start_is_an_import_of_its_own_there() -> None:
    world, upstreams = relaying()

    for _ in range(2):
        world.start(REGISTERED, ASKED, HOME)

    assert len(upstreams.asked) == 2


def test_the_other_service_is_asked_nothing_by_what_is_refused_here() -> None:
    world, upstreams = relaying(starts_per_minute=0)
    refused = [
        (replace(ASKED, redirect_url="https://evil.example.com/"), FieldInvalid),
        (replace(ASKED, origin="https://evil.example.com"), FieldInvalid),
        (replace(ASKED, include=("other_contacts",)), FieldInvalid),
        (ASKED, TooManyStarts),
    ]
    for command, error in refused:
        with pytest.raises(error):
            world.start(REGISTERED, command, HOME)

    assert upstreams.asked == []
    assert world.imports.rows == {}


def test_what_the_other_service_refuses_leaves_nothing_here() -> None:
    world, upstreams = relaying()
    upstreams.refusal = UpstreamRefused(263)

    with pytest.raises(UpstreamRefused):
        world.start(REGISTERED, PASSWORD, HOME)

    assert world.imports.rows == {}
    assert world.workflow.started == []


def test_without_another_service_nothing_runs_elsewhere() -> None:
    world = World()

    with pytest.raises(UpstreamNotConfigured):
        world.start(TENANT, replace(ASKED, redirect_url="", origin=""), HOME)

    assert world.imports.rows == {}


@pytest.mark.parametrize(
    ("credential", "field"), [(Credential("", "alice", ""), "password"), (Credential("", "", "secret"), "username")]
)
def test_half_a_sign_in_is_not_handed_on_to_another_service(credential: Credential, field: str) -> None:
    world, upstreams = relaying()

    with pytest.raises(FieldInvalid) as caught:
        world.start(REGISTERED, replace(PASSWORD, credential=credential), HOME)

    assert caught.value.field == field
    assert upstreams.asked == []


def test_a_request_for_another_service_code_is_another_request() -> None:
    world, upstreams = relaying()
    world.start(REGISTERED, ASKED, HOME, "key-1")
    upstreams.begun["uol"] = Begun(90_003, ELSEWHERE)

    for command in (replace(ASKED, service="uol"), replace(ASKED, parts=("mailing_address",))):
        with pytest.raises(IdempotencyKeyReused):
            world.start(REGISTERED, command, HOME, "key-1")


def test_two_codes_of_one_service_are_the_one_that_is_set_up() -> None:
    world, upstreams = relaying()
    upstreams.begun["windowslive"] = Begun(90_003, ELSEWHERE)

    imp = world.start(REGISTERED, replace(ASKED, service="outlookcom"), HOME)

    assert upstreams.asked == [(REGISTERED.id, replace(ASKED, service="windowslive"))]
    assert world.kept(imp.id) == Relay(90_003, "windowslive", REGISTERED.id)


# --- The link to another service ---


def test_the_first_opening_passes_the_browser_on_and_starts_the_workflow_once() -> None:
    world, _ = relaying()
    imp = world.start(REGISTERED, ASKED, HOME)
    world.clock.later(300)

    for _ in range(3):
        departure = world.open(consent_of(imp).link, "")
        assert (departure.address, departure.cookie) == (ELSEWHERE, "")  # type: ignore[union-attr]
        world.clock.later(900)

    passed_on = world.imp(imp.id)
    assert world.workflow.started == [(imp.id, 1)]
    assert (passed_on.state, passed_on.begun_at) == (State.IMPORTING, None)
    assert passed_on.deadline == NOW + timedelta(seconds=300 + 3600)
    assert passed_on.expires_at == passed_on.deadline + RETENTION
    assert world.kept(imp.id) == Relay(90_001, "plaxo", REGISTERED.id)


def test_after_the_end_the_link_shows_what_has_become_of_the_import() -> None:
    world, _ = relaying()
    imp = world.start(REGISTERED, ASKED, HOME)
    link = consent_of(imp).link
    world.open(link, "")
    world.turn(0, import_id=imp.id)
    world.close(imp.id, None)

    shown = world.open(link, "")

    assert shown == world.imp(imp.id)
    assert world.imp(imp.id).state is State.COMPLETE
    assert ELSEWHERE not in repr(world.imports.rows)
    assert world.workflow.started == [(imp.id, 1)]


def test_a_link_that_nobody_opens_is_worth_nothing_after_its_time() -> None:
    world, _ = relaying()
    imp = world.start(REGISTERED, ASKED, HOME)
    world.clock.later(LINK_LIFE.total_seconds())

    with pytest.raises(LinkExpired):
        world.open(consent_of(imp).link, "")
    world.sweep()

    assert world.imp(imp.id).state is State.ABANDONED
    assert world.workflow.started == []


def test_a_repeated_start_with_a_password_counts_as_one() -> None:
    world, upstreams = relaying()

    first, again = (world.start(REGISTERED, PASSWORD, HOME, "one-key") for _ in range(2))

    assert first == again
    assert len(upstreams.asked) == 1
    assert world.telemetry.counts == [("ImportsStarted", 1, {"source": "cloudsponge"})]


def test_of_two_openings_at_once_one_begins_the_import() -> None:
    world, _ = relaying()
    imp = world.start(REGISTERED, ASKED, HOME)

    class Overtaken:
        """Somebody else's opening is written between the look at the row and one's own write."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.imports, name)

        def answer_consent(self, settled: Import, credential: bytes | None, due_at: datetime) -> tuple[Import, bool]:
            world.open(consent_of(imp).link, "")
            return world.imports.answer_consent(settled, credential, due_at)

    departure = replace(world.open, imports=Overtaken())(consent_of(imp).link, "")  # type: ignore[arg-type]

    assert (departure.address, departure.cookie) == (ELSEWHERE, "")  # type: ignore[union-attr]
    assert world.telemetry.counts == [("ImportsStarted", 1, {"source": "cloudsponge"})]


def test_a_repeated_start_asks_the_other_service_only_once() -> None:
    world, upstreams = relaying()

    first = world.start(REGISTERED, ASKED, HOME, "one-key")
    again = world.start(REGISTERED, ASKED, HOME, "one-key")

    assert again.id == first.id
    assert len(upstreams.asked) == 1
    with pytest.raises(IdempotencyKeyReused):
        world.start(REGISTERED, PASSWORD, HOME, "one-key")
    assert len(upstreams.asked) == 1
