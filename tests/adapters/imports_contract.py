"""What every store of imports promises (ports.Imports); a store's own test module runs it with its own fixture."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId
from rubrica.domain.ledger import Reason
from rubrica.errors import IdempotencyKeyReused, ImportGone
from rubrica.ports import Commit, IdTaken, Imports, Lease, LeaseTaken, Page, PageKind, Repeat, Row
from tests.fakes import NOW, any_import

ID = ImportId(1126)
LATER = NOW + timedelta(seconds=60)
REMEMBERED = NOW + timedelta(days=7)
REPEAT = Repeat("key-of-tenant", "what-was-asked")
PROGRESS = Progress(
    pages=2,
    contacts=1_500,
    rejected=3,
    merged=1,
    groups=2,
    announced=1_506,
    reasons={Reason.CARD_MALFORMED: 3, Reason.GROUP: 2},
    group_pages=1,
)


def row_of(**changes: Any) -> Row:
    return Row(any_import(**changes), credential=b"\x00sealed credential\xff")


def lease_of(turn: int, import_id: ImportId = ID) -> Lease:
    return Lease(import_id, 1, turn, LATER, LATER + timedelta(seconds=180))


def pages_of(*numbers: int, text: str = "page", kind: PageKind = PageKind.CONTACTS) -> list[Page]:
    return [Page(kind, number, f"{text} {number}".encode()) for number in numbers]


def commit_of(pages: list[Page], progress: Progress = PROGRESS, cursor: bytes = b"cursor") -> Commit:
    return Commit(pages, progress, cursor, b"wrapped key", any_import().expires_at)


def bodies(imports: Imports, first: int = 1, last: int = 99, kind: PageKind = PageKind.CONTACTS) -> list[bytes]:
    return [page.body for page in imports.pages(ID, kind, first, last)]


def stored(imports: Imports, import_id: ImportId = ID) -> Row:
    row = imports.get(import_id)
    assert row is not None
    return row


def added(imports: Imports, **changes: Any) -> Import:
    return imports.add(row_of(**changes), None, LATER)


def closed(imp: Import, state: State = State.COMPLETE, failure: str = "") -> Import:
    return replace(imp, state=state, failure=failure, closed_at=LATER, expires_at=LATER + timedelta(hours=1))


class ImportsContract:
    """Each test gets an empty store as `imports`."""

    # --- add, get ---

    def test_what_is_added_is_found_as_it_was(self, imports: Imports) -> None:
        row = row_of(reference="Benutzer ☃", progress=Progress())

        assert imports.add(row, None, LATER) == row.imp
        assert imports.get(ID) == row

    def test_what_was_never_added_is_not_there(self, imports: Imports) -> None:
        assert imports.get(ID) is None

    def test_an_expired_import_is_still_found(self, imports: Imports) -> None:
        added(imports, expires_at=NOW - timedelta(days=1))

        assert stored(imports).imp.expired(NOW)

    def test_an_id_in_use_is_taken_and_its_import_stays(self, imports: Imports) -> None:
        added(imports)
        other = Row(any_import(tenant=TenantId("tenant-b")), credential=b"another credential")

        with pytest.raises(IdTaken):
            imports.add(other, None, LATER)
        with pytest.raises(IdTaken):
            imports.add(other, REPEAT, LATER)

        assert stored(imports) == row_of()
        assert imports.add(replace(other, imp=replace(other.imp, id=ImportId(7))), REPEAT, LATER).id == 7

    def test_an_id_of_an_import_without_credential_is_taken_for_another_without_one(self, imports: Imports) -> None:
        imports.add(Row(any_import()), None, LATER)

        with pytest.raises(IdTaken):
            imports.add(Row(any_import(tenant=TenantId("tenant-b"))), None, LATER)

    def test_the_very_same_row_sent_twice_is_added_once(self, imports: Imports) -> None:
        for _ in range(2):
            assert imports.add(row_of(), None, LATER) == row_of().imp

    def test_a_repeated_request_finds_the_first_import_as_it_stands(self, imports: Imports) -> None:
        imports.add(row_of(), REPEAT, LATER)
        imports.take(lease_of(1))

        again = imports.add(Row(any_import(id=ImportId(7)), credential=b"sealed anew"), REPEAT, LATER)

        assert (again.id, again.state) == (ID, State.IMPORTING)
        assert imports.get(ImportId(7)) is None

    def test_a_repeated_request_is_known_without_adding_anything(self, imports: Imports) -> None:
        assert imports.repeated(REPEAT, NOW) is None
        first = imports.add(row_of(), REPEAT, LATER)

        assert imports.repeated(REPEAT, NOW) == first
        assert imports.repeated(REPEAT, first.expires_at) is None
        with pytest.raises(IdempotencyKeyReused):
            imports.repeated(replace(REPEAT, digest="something else"), NOW)

    def test_a_repeated_key_with_another_request_is_refused(self, imports: Imports) -> None:
        imports.add(row_of(), REPEAT, LATER)

        with pytest.raises(IdempotencyKeyReused):
            imports.add(row_of(id=ImportId(7)), replace(REPEAT, digest="something else"), LATER)

        assert imports.get(ImportId(7)) is None

    def test_a_repeated_request_finds_that_its_import_was_purged(self, imports: Imports) -> None:
        imports.add(row_of(), REPEAT, LATER)
        imports.purge(ID, REMEMBERED)

        again = imports.add(row_of(id=ImportId(7)), REPEAT, LATER)

        assert (again.id, again.state) == (ID, State.PURGED)
        assert imports.get(ImportId(7)) is None
        with pytest.raises(IdempotencyKeyReused):
            imports.add(row_of(id=ImportId(7)), replace(REPEAT, digest="something else"), LATER)

    def test_a_key_can_be_used_again_when_its_import_would_have_expired(self, imports: Imports) -> None:
        first = imports.add(row_of(), REPEAT, LATER)

        again = row_of(id=ImportId(7), created_at=first.expires_at)

        assert imports.add(again, replace(REPEAT, digest="something else"), LATER).id == 7

    def test_starts_are_counted_by_tenant_and_minute(self, imports: Imports) -> None:
        tenants = TenantId("tenant-a"), TenantId("tenant-b")

        counted = [imports.count_start(tenants[0], NOW) for _ in range(3)]

        assert counted == [1, 2, 3]
        assert imports.count_start(tenants[1], NOW) == 1
        assert imports.count_start(tenants[0], NOW + timedelta(seconds=60)) == 1
        assert imports.count_start(tenants[0], NOW) == 4

    # --- take ---

    def test_taking_the_lease_marks_the_import_as_importing(self, imports: Imports) -> None:
        added(imports)

        row = imports.take(lease_of(1))

        assert row == stored(imports)
        assert row == replace(row_of(), imp=any_import(state=State.IMPORTING))

    def test_a_later_turn_takes_over_and_an_earlier_or_equal_one_does_not(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(5))

        for turn in (5, 4, 0):
            with pytest.raises(LeaseTaken):
                imports.take(lease_of(turn))

        assert imports.take(lease_of(6)).imp.state is State.IMPORTING

    def test_what_is_absent_expired_closed_or_purged_cannot_be_taken(self, imports: Imports) -> None:
        with pytest.raises(ImportGone):
            imports.take(lease_of(1))
        over: list[dict[str, Any]] = [
            {"expires_at": LATER},
            {"state": State.COMPLETE},
            {"state": State.FAILED},
            {"state": State.ABANDONED},
            {"state": State.PURGED},
        ]
        for number, changes in enumerate(over, 1):
            added(imports, id=ImportId(number), **changes)
            with pytest.raises(ImportGone):
                imports.take(lease_of(1, ImportId(number)))

    def test_a_run_that_another_has_followed_cannot_take_it(self, imports: Imports) -> None:
        added(imports)
        assert imports.restart(ID, 2, LATER, LATER)

        with pytest.raises(ImportGone):
            imports.take(lease_of(9))
        assert imports.take(replace(lease_of(10), run=2)).imp.run == 2

    def test_what_waits_for_consent_cannot_be_taken(self, imports: Imports) -> None:
        added(imports, state=State.AWAITING_CONSENT)

        with pytest.raises(LeaseTaken):
            imports.take(lease_of(1))

    # --- commit, pages ---

    def test_pages_progress_cursor_and_key_are_moved_on_together(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))

        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1, 2)))

        row = stored(imports)
        assert (row.imp.progress, row.cursor, row.data_key) == (PROGRESS, b"cursor", b"wrapped key")
        assert row.credential == row_of().credential
        assert bodies(imports) == [b"page 1", b"page 2"]

    def test_pages_are_handed_out_by_kind_range_and_number_with_their_turn(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(7))
        kinds = [page for kind in PageKind for page in pages_of(*range(1, 13), text=kind.value, kind=kind)]

        imports.commit(lease_of(7), Progress(), commit_of(kinds))

        found = list(imports.pages(ID, PageKind.LEDGER, 2, 11))
        assert found == [Page(PageKind.LEDGER, number, f"ledger {number}".encode(), 7) for number in range(2, 12)]
        assert list(imports.pages(ID, PageKind.GROUPS, 13, 99)) == []
        assert list(imports.pages(ID, PageKind.CONTACTS, 5, 4)) == []
        assert list(imports.pages(ImportId(7), PageKind.CONTACTS, 1, 9)) == []

    def test_a_commit_without_pages_moves_the_cursor(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))

        imports.commit(lease_of(1), Progress(), commit_of([], Progress(announced=9), b"first"))
        imports.commit(lease_of(1), Progress(announced=9), commit_of([], Progress(announced=9), b"second"))

        assert stored(imports).cursor == b"second"
        assert stored(imports).imp.progress == Progress(announced=9)

    def test_a_later_turn_writes_the_same_pages_anew(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        with pytest.raises(LeaseTaken):
            imports.commit(lease_of(1), Progress(pages=5), commit_of(pages_of(1, text="lost")))
        imports.take(lease_of(2))

        imports.commit(lease_of(2), Progress(), commit_of(pages_of(1, text="kept")))

        assert bodies(imports) == [b"kept 1"]

    def test_a_holder_that_was_overtaken_commits_nothing(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        imports.take(lease_of(2))
        imports.commit(lease_of(2), Progress(), commit_of(pages_of(1, text="right")))

        with pytest.raises(LeaseTaken):
            imports.commit(lease_of(1), Progress(), commit_of(pages_of(1, text="late"), Progress(pages=1)))
        with pytest.raises(LeaseTaken):
            imports.commit(lease_of(1), PROGRESS, commit_of([], Progress(pages=9), b"late"))

        assert bodies(imports) == [b"right 1"]
        assert (stored(imports).imp.progress, stored(imports).cursor) == (PROGRESS, b"cursor")

    def test_a_step_is_not_committed_twice(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1, 2)))

        with pytest.raises(LeaseTaken):
            imports.commit(lease_of(1), Progress(), commit_of(pages_of(1, 2)))

        assert stored(imports).imp.progress == PROGRESS

    def test_nothing_is_committed_to_an_import_that_was_closed_or_shredded(self, imports: Imports) -> None:
        for number in (1, 2):
            added(imports, id=ImportId(number))
            imports.take(lease_of(1, ImportId(number)))
        imports.close(closed(stored(imports, ImportId(1)).imp, State.FAILED, "sign_in_refused"))
        imports.shred(ImportId(2), LATER)

        for number in (1, 2):
            with pytest.raises(LeaseTaken):
                imports.commit(lease_of(1, ImportId(number)), Progress(), commit_of(pages_of(1)))
            assert stored(imports, ImportId(number)).data_key is None
            assert stored(imports, ImportId(number)).imp.progress == Progress()

    def test_large_pages_are_stored_and_read_back(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        large = [Page(PageKind.CONTACTS, number, bytes([number]) * 350_000) for number in range(1, 8)]

        imports.commit(lease_of(1), Progress(), commit_of(large))

        assert bodies(imports) == [page.body for page in large]

    def test_the_sources_end_is_committed_with_its_last_pages_and_ends_its_troubles(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.release(lease_of(1), replace(imp, troubles=2, trouble="server_silent", resume_at=LATER), LATER)
        imports.take(lease_of(2))

        imports.commit(lease_of(2), Progress(), replace(commit_of(pages_of(1)), exhausted=True))

        assert stored(imports).imp == replace(imp, state=State.IMPORTING, progress=PROGRESS, exhausted=True)

    def test_a_commit_before_the_sources_end_says_nothing_of_end_and_troubles(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.release(lease_of(1), replace(imp, troubles=2, trouble="server_silent"), LATER)
        imports.take(lease_of(2))

        imports.commit(lease_of(2), Progress(), commit_of(pages_of(1)))

        row = stored(imports).imp
        assert (row.exhausted, row.troubles, row.trouble) == (False, 2, "server_silent")

    # --- what an import is told by its dialect, when it began, whose book it is ---

    def test_what_was_asked_for_and_whom_to_tell_is_kept_to_the_end(self, imports: Imports) -> None:
        imp = added(imports, parts=("mailing_address",), webhook=True)
        assert (imp.parts, imp.webhook) == (("mailing_address",), True)
        assert stored(imports).imp == imp
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1)))

        ended = imports.close(closed(stored(imports).imp)).imp

        assert ended == stored(imports).imp
        assert (ended.parts, ended.webhook) == (("mailing_address",), True)

    def test_an_import_that_was_asked_for_nothing_more_says_so(self, imports: Imports) -> None:
        added(imports)

        assert (stored(imports).imp.parts, stored(imports).imp.webhook) == ((), False)
        assert stored(imports).imp.begun_at is None

    def test_the_moment_at_which_reading_could_begin_is_kept(self, imports: Imports) -> None:
        imp = added(imports, begun_at=NOW)
        for turn in (1, 2):
            assert imports.take(lease_of(turn)).imp.begun_at == NOW
            imports.commit(lease_of(turn), Progress(pages=2 * (turn - 1)), commit_of([], Progress(pages=2 * turn)))
            imports.release(lease_of(turn), imp, LATER)
        imports.restart(ID, 2, LATER, LATER)
        assert stored(imports).imp.begun_at == NOW

        assert imports.close(closed(stored(imports).imp)).imp.begun_at == NOW
        assert stored(imports).imp.begun_at == NOW

    def test_a_slice_can_find_that_reading_could_begin(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))

        imports.release(lease_of(1), replace(imp, begun_at=LATER, resume_at=LATER), LATER)

        assert stored(imports).imp.begun_at == LATER
        assert imports.take(lease_of(2)).imp.begun_at == LATER

    def test_whose_book_it_is_stays_with_the_pages_until_they_are_shredded(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        assert stored(imports).owner is None
        imports.commit(lease_of(1), Progress(), replace(commit_of(pages_of(1)), owner=b"sealed owner\xff"))
        imports.commit(lease_of(1), PROGRESS, commit_of([], replace(PROGRESS, pages=3)))
        assert stored(imports).owner == b"sealed owner\xff"

        imports.close(closed(stored(imports).imp))
        assert stored(imports).owner == b"sealed owner\xff"

        imports.shred(ID, LATER)
        assert stored(imports).owner is None

    # --- keep ---

    def test_the_holder_of_the_lease_puts_another_credential_in_its_place(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))

        imports.keep(lease_of(1), b"sealed token")

        assert stored(imports) == replace(row_of(), imp=any_import(state=State.IMPORTING), credential=b"sealed token")

    def test_nobody_else_puts_a_credential_anywhere(self, imports: Imports) -> None:
        imp = added(imports)
        with pytest.raises(LeaseTaken):
            imports.keep(lease_of(1), b"never taken")
        imports.take(lease_of(1))
        imports.take(lease_of(2))
        with pytest.raises(LeaseTaken):
            imports.keep(lease_of(1), b"late")
        assert stored(imports).credential == row_of().credential
        imports.close(closed(imp, State.FAILED, "worker_failed"))
        with pytest.raises(LeaseTaken):
            imports.keep(lease_of(2), b"after the end")
        assert stored(imports).credential is None
        imports.purge(ID, REMEMBERED)
        with pytest.raises(LeaseTaken):
            imports.keep(lease_of(2), b"after the purge")
        assert stored(imports).credential is None

    # --- release ---

    def test_release_keeps_troubles_wait_and_exhaustion_alone(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1)))
        troubled = replace(
            imp, troubles=2, trouble="provider_throttled", resume_at=LATER, exhausted=True, failure="x", reference="y"
        )

        imports.release(lease_of(1), troubled, LATER)

        assert stored(imports).imp == replace(
            imp,
            state=State.IMPORTING,
            progress=PROGRESS,
            troubles=2,
            trouble="provider_throttled",
            resume_at=LATER,
            exhausted=True,
        )

    def test_release_forgets_a_trouble_that_has_passed(self, imports: Imports) -> None:
        imp = added(imports)
        for turn, changes in enumerate([{"troubles": 1, "trouble": "server_silent", "resume_at": LATER}, {}], 1):
            imports.take(lease_of(turn))
            imports.release(lease_of(turn), replace(imp, **changes), LATER)  # type: ignore[arg-type]

        assert stored(imports).imp == replace(imp, state=State.IMPORTING)

    def test_a_holder_that_was_overtaken_or_closed_under_cannot_release(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.take(lease_of(2))
        with pytest.raises(LeaseTaken):
            imports.release(lease_of(1), replace(imp, exhausted=True), LATER)
        imports.close(closed(imp, State.FAILED, "worker_failed"))
        with pytest.raises(LeaseTaken):
            imports.release(lease_of(2), replace(imp, exhausted=True), LATER)

        assert not stored(imports).imp.exhausted

    # --- close ---

    def test_closing_writes_the_end_and_forgets_credential_and_cursor(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1)))
        imports.release(lease_of(1), replace(imp, trouble="server_silent", resume_at=LATER, troubles=1), LATER)

        row_closed = imports.close(closed(stored(imports).imp))

        row = stored(imports)
        ended = row_closed.imp
        assert row_closed == Row(row.imp, credential=row_of().credential)
        assert ended.troubles == 1
        assert (ended.state, ended.failure, ended.closed_at) == (State.COMPLETE, "", LATER)
        assert (ended.expires_at, ended.progress) == (LATER + timedelta(hours=1), PROGRESS)
        assert (ended.trouble, ended.resume_at) == ("", None)
        assert (row.credential, row.cursor, row.data_key) == (None, None, b"wrapped key")

    def test_the_first_end_stays(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        first = imports.close(closed(imp, State.FAILED, "sign_in_refused"))

        second = imports.close(closed(imp, State.COMPLETE))

        assert second == Row(first.imp) == Row(stored(imports).imp)

    def test_closing_tells_what_is_stored_and_not_what_the_closer_had_read(self, imports: Imports) -> None:
        imp = added(imports)
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(1)))
        imports.keep(lease_of(1), b"another credential")

        ended = imports.close(replace(closed(imp, State.FAILED, "worker_failed"), reference="stale", run=9))

        assert ended == Row(stored(imports).imp, credential=b"another credential")
        assert (ended.imp.progress, ended.imp.reference, ended.imp.run) == (PROGRESS, imp.reference, 1)

    def test_what_never_began_can_fail_and_cannot_be_complete(self, imports: Imports) -> None:
        imp = added(imports)

        assert imports.close(closed(imp)) == Row(imp)
        assert stored(imports).credential is not None
        assert imports.close(closed(imp, State.FAILED, "import_stalled")).imp.failure == "import_stalled"

    def test_closing_what_was_shredded_changes_nothing_and_what_is_absent_is_gone(self, imports: Imports) -> None:
        imp = added(imports)
        imports.shred(ID, LATER)
        assert imports.close(closed(imp, State.FAILED, "x")) == Row(stored(imports).imp)
        assert stored(imports).imp.state is State.PURGED
        imports.purge(ID, REMEMBERED)
        assert imports.close(closed(imp, State.FAILED, "x")) == Row(stored(imports).imp)
        with pytest.raises(ImportGone):
            imports.close(closed(replace(imp, id=ImportId(7)), State.FAILED, "x"))

    # --- restart, due ---

    def test_a_run_is_begun_once_and_in_order(self, imports: Imports) -> None:
        added(imports)

        assert not imports.restart(ID, 3, LATER, LATER)
        assert imports.restart(ID, 2, LATER, LATER)
        assert not imports.restart(ID, 2, LATER, LATER)
        assert imports.restart(ID, 3, LATER, LATER)
        assert stored(imports).imp.run == 3

    def test_what_is_no_longer_due_is_not_restarted(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))

        assert not imports.restart(ID, 2, LATER, LATER)
        assert stored(imports).imp.run == 1

    def test_what_is_closed_absent_or_waits_for_consent_is_not_restarted(self, imports: Imports) -> None:
        imp = added(imports)
        imports.close(closed(imp, State.FAILED, "x"))
        added(imports, id=ImportId(7), state=State.AWAITING_CONSENT)

        assert not imports.restart(ID, 2, LATER, LATER)
        assert not imports.restart(ImportId(7), 2, LATER, LATER)
        assert not imports.restart(ImportId(8), 2, LATER, LATER)
        assert imports.get(ImportId(8)) is None

    def test_the_longest_overdue_come_first_and_only_so_many(self, imports: Imports) -> None:
        for number, seconds in ((1, 30), (2, 10), (3, 20), (4, 61)):
            imports.add(row_of(id=ImportId(number)), None, NOW + timedelta(seconds=seconds))

        assert imports.due(LATER, 9) == [2, 3, 1]
        assert imports.due(LATER, 2) == [2, 3]
        assert imports.due(NOW, 9) == []

    def test_every_change_says_when_to_look_again(self, imports: Imports) -> None:
        imp = added(imports)
        moments = [LATER + timedelta(hours=number) for number in range(9)]

        def due_only_from(moment: Any) -> bool:
            return not imports.due(moment - timedelta(seconds=1), 9) and list(imports.due(moment, 9)) == [ID]

        imports.take(replace(lease_of(1), until=moments[1]))
        assert due_only_from(moments[1])
        imports.release(lease_of(1), imp, moments[2])
        assert due_only_from(moments[2])
        imports.restart(ID, 2, moments[3], moments[3])
        assert due_only_from(moments[3])
        imports.close(replace(closed(imp, State.FAILED, "x"), expires_at=moments[4]))
        assert due_only_from(moments[4])
        imports.shred(ID, moments[5])
        assert due_only_from(moments[5])
        imports.purge(ID, REMEMBERED)
        assert imports.due(moments[8], 9) == []

    # --- shred, purge ---

    def test_shredding_leaves_an_empty_row_that_says_so(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), commit_of(pages_of(*range(1, 31))))

        for _ in range(2):
            imports.shred(ID, LATER)

        row = stored(imports)
        assert row.imp.state is State.PURGED
        assert (row.credential, row.data_key, row.cursor) == (None, None, None)
        assert bodies(imports) == []
        with pytest.raises(ImportGone):
            imports.take(lease_of(9))

    def test_purging_leaves_an_empty_row_that_says_so_for_a_while_and_is_not_due(self, imports: Imports) -> None:
        imp = added(imports, webhook=True, parts=("mailing_address",))
        imports.take(lease_of(1))
        imports.commit(lease_of(1), Progress(), replace(commit_of(pages_of(*range(1, 31))), owner=b"sealed owner"))

        for _ in range(2):
            imports.purge(ID, REMEMBERED)
            row = stored(imports)
            assert (row.imp.tenant, row.imp.state, row.imp.expires_at) == (imp.tenant, State.PURGED, REMEMBERED)
            assert row == Row(row.imp)
            assert row.imp.reference == ""
            assert bodies(imports) == []
            assert imports.due(REMEMBERED + timedelta(days=1), 9) == []
        with pytest.raises(ImportGone):
            imports.take(lease_of(9))
        with pytest.raises(IdTaken):
            imports.add(row_of(), None, LATER)

    def test_what_was_shredded_is_purged_in_the_end(self, imports: Imports) -> None:
        added(imports)
        imports.shred(ID, LATER)

        imports.purge(ID, REMEMBERED)

        assert (stored(imports).imp.state, stored(imports).imp.expires_at) == (State.PURGED, REMEMBERED)
        assert imports.due(REMEMBERED, 9) == []

    def test_a_page_written_after_the_shredding_goes_with_the_purge(self, imports: Imports) -> None:
        added(imports)
        imports.take(lease_of(1))
        imports.shred(ID, LATER)
        with pytest.raises(LeaseTaken):
            imports.commit(lease_of(1), Progress(), commit_of(pages_of(1, text="late")))

        imports.purge(ID, REMEMBERED)

        assert bodies(imports) == []

    def test_shredding_and_purging_what_is_absent_is_fine(self, imports: Imports) -> None:
        imports.shred(ID, LATER)
        imports.purge(ID, REMEMBERED)

        assert imports.get(ID) is None
