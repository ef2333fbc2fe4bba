"""User name and password that a user gives on our page: they settle the import once, or not at all."""

from dataclasses import replace

import pytest

from rubrica.domain.consent import LINK_LIFE, Consent, Way, import_of_link
from rubrica.domain.credential import Credential
from rubrica.domain.imports import Done, Import, State
from rubrica.domain.views import StartImport
from rubrica.errors import (
    FieldInvalid,
    KeyUnavailable,
    LinkExpired,
    LinkUnknown,
    ServerMissing,
    ServerRefused,
    SourceUnknown,
)
from tests.fakes import (
    CANARY_PASSWORD,
    HOME,
    NOW,
    REDIRECT_URL,
    REGISTERED,
    RETENTION,
    Broken,
    NumberedChance,
    any_import,
)
from tests.unit.services.worlds import LONGEST_IMPORT, World

ALICE = Credential("", "alice@example.com", CANARY_PASSWORD)
BOB = Credential("", "bob@example.com", CANARY_PASSWORD)
ASKED = StartImport("carddav", reference="user-7", redirect_url=REDIRECT_URL, by_page=True)


def waiting(world: World) -> Import:
    """An import that awaits user name and password."""
    return world.start(REGISTERED, ASKED, HOME)


def code(imp: Import) -> str:
    assert imp.consent is not None
    return imp.consent.link


def test_an_import_that_asks_for_its_password_waits_under_a_link_of_its_own() -> None:
    world = World()

    imp = waiting(world)

    row = world.imports.rows[imp.id]
    assert (row.imp, row.credential) == (imp, None)
    assert (imp.state, imp.begun_at, imp.method) == (State.AWAITING_CONSENT, None, "password")
    assert imp.consent == Consent(code(imp), "", "", (), REDIRECT_URL, way=Way.SIGN_IN)
    assert imp.consent.path == f"/sign-in/{code(imp)}"
    assert import_of_link(code(imp)) == imp.id
    assert (imp.deadline, imp.expires_at) == (NOW + LINK_LIFE, NOW + LINK_LIFE + RETENTION)
    assert world.workflow.started == []


def test_nobody_is_asked_who_has_been_named_or_whose_caller_wants_no_page() -> None:
    world = World()

    named = world.start(REGISTERED, replace(ASKED, credential=ALICE), HOME)
    assert (named.consent, world.workflow.started) == (None, [(named.id, 1)])
    with pytest.raises(FieldInvalid):
        world.start(REGISTERED, replace(ASKED, by_page=False), HOME)
    with pytest.raises(FieldInvalid):
        world.start(REGISTERED, replace(ASKED, redirect_url="https://evil.example.com/"), HOME)
    with pytest.raises(SourceUnknown):
        world.start(REGISTERED, replace(ASKED, source="nowhere"), HOME)


def test_a_sign_in_begins_the_import_as_a_password_at_its_start_does() -> None:
    world = World(chance=NumberedChance([1126]))
    imp = waiting(world)
    world.clock.later(30)

    importing = world.sign_in(world.sign_in_link(code(imp)), ALICE)

    assert (importing.state, importing.begun_at) == (State.IMPORTING, world.clock.now())
    assert (importing.deadline, importing.method) == (world.clock.now() + LONGEST_IMPORT, "password")
    assert world.kept() == ALICE
    assert world.workflow.started == [(imp.id, 1)]
    assert world.telemetry.events == [("sign_in_received", {"import_id": imp.id, "source": "carddav"})]
    assert isinstance(world.turn(0), Done)
    assert world.finish().state is State.COMPLETE
    assert world.kept() is None


@pytest.mark.parametrize(
    ("credential", "error"),
    [
        (Credential("", "alice", "word"), ServerMissing),
        (Credential("https://private.example.com", "alice", "word"), ServerRefused),
    ],
)
def test_who_names_no_server_that_can_be_asked_may_name_another(credential: Credential, error: type[Exception]) -> None:
    world = World()
    imp = waiting(world)

    with pytest.raises(error):
        world.sign_in(world.sign_in_link(code(imp)), credential)
    assert world.sign_in_link(code(imp)) == imp

    there = replace(credential, server="https://dav.example.com")
    assert world.sign_in(world.sign_in_link(code(imp)), there).state is State.IMPORTING


def test_of_two_sign_ins_at_once_one_wins_and_both_see_its_import() -> None:
    world = World()
    imp = waiting(world)
    one, other = world.sign_in_link(code(imp)), world.sign_in_link(code(imp))

    first, second = world.sign_in(one, ALICE), world.sign_in(other, BOB)

    assert first == second
    assert world.kept(imp.id) == ALICE
    assert world.workflow.started == [(imp.id, 1)]
    assert world.sign_in_link(code(imp)) == first


def test_after_ten_minutes_the_link_has_expired_also_for_a_page_that_is_open() -> None:
    world = World()
    imp = waiting(world)
    opened = world.sign_in_link(code(imp))

    world.clock.later(600)
    with pytest.raises(LinkExpired):
        world.sign_in_link(code(imp))
    world.sweep()
    assert (world.imp(imp.id).state, world.imp(imp.id).failure) == (State.ABANDONED, "sign_in_not_sent")
    with pytest.raises(LinkExpired):
        world.sign_in(opened, ALICE)
    assert world.kept(imp.id) is None


def test_the_links_to_our_pages_and_to_providers_are_not_each_others() -> None:
    world = World()
    imp = waiting(world)
    file = world.start(REGISTERED, StartImport("upload"), HOME)

    for link, other in ((world.file_link, imp), (world.sign_in_link, file)):
        with pytest.raises(LinkUnknown):
            link(code(other))
    with pytest.raises(LinkUnknown):
        world.open(code(imp), "")
    with pytest.raises(LinkUnknown):
        world.sign_in(any_import(), ALICE)


def test_a_password_that_cannot_be_sealed_leaves_the_import_waiting() -> None:
    world = World()
    imp = waiting(world)
    world.vault = Broken(KeyUnavailable("DisabledException"))  # type: ignore[assignment]

    with pytest.raises(KeyUnavailable):
        world.sign_in(imp, ALICE)

    assert world.sign_in_link(code(imp)) == imp
