"""What every store promises of how imports go on and end, and of what is kept till then (ports.Imports)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from stored_imports import (
    ID,
    LATER,
    PROGRESS,
    REMEMBERED,
    added,
    bodies,
    closed,
    commit_of,
    lease_of,
    pages_of,
    row_of,
    stored,
)

from rubrica.domain.imports import ImportId, Progress, State
from rubrica.errors import ImportGone
from rubrica.ports import IdTaken, Imports, LeaseTaken, Row
from tests.fakes import NOW


class EndsContract:
    """Each test gets an empty store as `imports`."""

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
