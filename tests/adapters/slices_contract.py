"""What every store promises a slice: the lease, and all that its holder moves on (ports.Imports)."""

from dataclasses import replace
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
from rubrica.ports import Imports, LeaseTaken, Page, PageKind
from tests.fakes import any_import


class SlicesContract:
    """Each test gets an empty store as `imports`."""

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
