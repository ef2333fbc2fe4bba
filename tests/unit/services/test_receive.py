"""A file that a user sends: it settles the import once, or not at all."""

from dataclasses import replace

import pytest

from rubrica.domain.consent import Way, link_code
from rubrica.domain.contacts import Email
from rubrica.domain.credential import File
from rubrica.domain.imports import Done, Import, State
from rubrica.domain.views import StartImport
from rubrica.errors import (
    AddressBookTooLarge,
    FileNotContacts,
    FileUnreadable,
    ImportFailure,
    LinkExpired,
    LinkUnknown,
    StorageUnavailable,
)
from tests.fakes import HOME, ORIGIN, REGISTERED, NumberedChance, any_import
from tests.unit.services.trips import started as started_for_a_provider
from tests.unit.services.worlds import LONGEST_IMPORT, World

CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Anna Example\r\nEMAIL:anna@example.com\r\nEND:VCARD\r\n"
CSV = b"First Name,Last Name,E-mail 1 - Value\r\nBea,Example,bea@example.com\r\n"


def waiting(world: World) -> Import:
    """An import that awaits its file."""
    return world.start(REGISTERED, StartImport("upload", origin=ORIGIN), HOME, "")


def code(imp: Import) -> str:
    assert imp.consent is not None
    return imp.consent.link


def test_the_link_leads_to_the_import_that_awaits_its_file() -> None:
    world = World()
    imp = waiting(world)
    assert imp.consent is not None

    assert (imp.state, imp.consent.way, imp.consent.path) == (State.AWAITING_CONSENT, Way.FILE, f"/csv/{code(imp)}")
    assert world.file_link(code(imp)) == imp
    assert world.workflow.started == []


@pytest.mark.parametrize("content", [CARD, CSV])
def test_a_file_begins_the_import_and_its_contacts_arrive(content: bytes) -> None:
    world = World(chance=NumberedChance([1126]))
    imp = waiting(world)
    world.clock.later(30)

    importing = world.receive(world.file_link(code(imp)), content)

    assert (importing.state, importing.begun_at) == (State.IMPORTING, world.clock.now())
    assert importing.deadline == world.clock.now() + LONGEST_IMPORT
    assert world.workflow.started == [(imp.id, 1)]
    assert isinstance(world.kept(), File)
    assert world.telemetry.events == [
        ("file_received", {"import_id": imp.id, "source": "upload", "bytes": len(content)})
    ]
    assert isinstance(world.turn(0), Done)
    assert world.finish().state is State.COMPLETE
    (contact,) = world.contacts()
    assert contact.emails[0].address in ("anna@example.com", "bea@example.com")
    assert isinstance(contact.emails[0], Email)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"PK\x03\x04", FileNotContacts), (b"1,2\r\n3,4\r\n", FileUnreadable), (b"\0", FileNotContacts)],
)
def test_who_sends_the_wrong_file_may_send_another(content: bytes, error: type[ImportFailure]) -> None:
    world = World()
    imp = waiting(world)

    with pytest.raises(error):
        world.receive(world.file_link(code(imp)), content)
    assert world.files.kept == {}
    again = world.file_link(code(imp))
    assert (again.state, again.failure) == (State.AWAITING_CONSENT, "")

    assert world.receive(again, CARD).state is State.IMPORTING


WRONG = [(b"PK\x03\x04", "file_not_contacts"), (b"1,2\r\n3,4\r\n", "file_unreadable")]


@pytest.mark.parametrize(("content", "failure"), WRONG)
def test_who_gives_up_after_a_wrong_file_leaves_an_import_that_ends_with_what_was_wrong(
    content: bytes, failure: str
) -> None:
    world = World()
    imp = waiting(world)
    for first, _ in WRONG:
        with pytest.raises(ImportFailure):
            world.receive(world.file_link(code(imp)), first)
    with pytest.raises(ImportFailure):
        world.receive(world.file_link(code(imp)), content)
    world.clock.later(599)
    world.sweep()
    assert world.read.status(REGISTERED, imp.id).state is State.AWAITING_CONSENT

    world.clock.later(1)
    seen = world.read.status(REGISTERED, imp.id)
    with pytest.raises(LinkExpired):
        world.file_link(code(imp))
    world.sweep()
    ended = world.imp(imp.id)

    assert (seen.state, seen.failure) == (ended.state, ended.failure) == (State.FAILED, failure)
    assert [it.failure for it in world.notify.announced] == [failure]
    with pytest.raises(LinkExpired):
        world.receive(imp, CARD)
    assert world.workflow.started == []


def test_a_book_that_is_too_large_is_told_as_such_when_its_user_gives_up() -> None:
    world = World()
    imp = waiting(world)

    def refuse(_: bytes) -> None:
        raise AddressBookTooLarge

    with pytest.raises(AddressBookTooLarge):
        replace(world.receive, check=refuse)(imp, CARD)
    world.clock.later(600)
    world.sweep()

    assert (world.imp(imp.id).state, world.imp(imp.id).failure) == (State.FAILED, "address_book_too_large")


def test_a_wrong_file_that_comes_after_the_right_one_changes_nothing() -> None:
    world = World()
    imp = waiting(world)
    late = world.file_link(code(imp))
    world.receive(late, CARD)
    before = world.imports.rows[imp.id]

    with pytest.raises(FileNotContacts):
        world.receive(late, b"\0")

    assert world.imports.rows[imp.id] == before


def test_of_two_files_at_once_one_wins_and_both_see_its_import() -> None:
    world = World()
    imp = waiting(world)
    one, other = world.file_link(code(imp)), world.file_link(code(imp))

    first = world.receive(one, CARD)
    kept = world.imports.rows[imp.id].credential
    second = world.receive(other, CSV)

    assert first == second
    assert world.imports.rows[imp.id].credential == kept
    assert world.workflow.started == [(imp.id, 1)]
    assert [name for name, *_ in world.telemetry.counts] == ["ImportsStarted"]


def test_a_settled_link_shows_what_has_become_of_the_import_until_that_is_gone() -> None:
    world = World(chance=NumberedChance([1126]))
    imp = waiting(world)
    world.receive(world.file_link(code(imp)), CARD)
    assert world.file_link(code(imp)).state is State.IMPORTING

    world.turn(0)
    world.finish()
    assert world.file_link(code(imp)).state is State.COMPLETE

    world.clock.later(30 * 3_600)
    with pytest.raises(LinkUnknown):
        world.file_link(code(imp))


def test_after_ten_minutes_the_link_has_expired_also_for_a_page_that_is_open() -> None:
    world = World()
    imp = waiting(world)
    opened = world.file_link(code(imp))

    world.clock.later(600)
    with pytest.raises(LinkExpired):
        world.file_link(code(imp))
    world.sweep()
    assert (world.imp(imp.id).state, world.imp(imp.id).failure) == (State.ABANDONED, "file_not_sent")
    with pytest.raises(LinkExpired):
        world.receive(opened, CARD)


def test_an_import_that_was_deleted_meanwhile_takes_no_file() -> None:
    world = World()
    imp = waiting(world)
    del world.imports.rows[imp.id]

    with pytest.raises(LinkExpired):
        world.receive(imp, CARD)
    with pytest.raises(LinkUnknown):
        world.file_link(code(imp))
    assert world.workflow.started == []


def test_no_other_code_leads_here_and_this_one_leads_nowhere_else() -> None:
    world = World()
    imp, elsewhere = waiting(world), started_for_a_provider(world)
    wrong = [code(elsewhere), link_code(imp.id, "another"), link_code(7, "x"), code(imp).lower(), code(imp)[:-1], ""]

    for other in wrong:
        with pytest.raises(LinkUnknown):
            world.file_link(other)
    with pytest.raises(LinkUnknown):
        world.open(code(imp), "")
    with pytest.raises(LinkUnknown):
        world.receive(any_import(), CARD)


def test_a_file_that_cannot_be_kept_leaves_the_import_waiting() -> None:
    world = World()
    imp = waiting(world)

    class Broken(type(world.files)):  # type: ignore[misc]
        def keep(self, imp: Import, content: bytes) -> File:
            raise StorageUnavailable

    world.files = Broken()
    with pytest.raises(StorageUnavailable):
        world.receive(imp, CARD)

    assert world.file_link(code(imp)) == imp


def test_the_key_of_a_file_is_shown_to_nobody() -> None:
    assert "secret" not in repr(File(1126, 3, "secret"))
