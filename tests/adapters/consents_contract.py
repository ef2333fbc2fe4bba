"""What every store of imports promises of consents (ports.Imports)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from stored_imports import ID, LATER, REPEAT, closed, lease_of, row_of, stored

from rubrica.domain.consent import MOST_OPENINGS, Consent, Opening, Way
from rubrica.domain.imports import Import, ImportId, State, TenantId
from rubrica.errors import ImportGone, LinkWornOut
from rubrica.ports import IdTaken, Imports, LeaseTaken, Row
from tests.fakes import any_import

UNTIL = LATER + timedelta(minutes=10)
OPENING = Opening("digest of a cookie", UNTIL)
CONSENT = Consent(
    link="0000136XXXXXXXXXXXX",
    address="https://accounts.example.com/authorize?client_id=app&login_hint=person%40example.com",
    redirect_uri="https://rubrica.example.net/oauth/google/callback",
    include=("other_contacts",),
    redirect_url="https://app.example.org/done?x=1",
    origin="https://app.example.org",
)
FILE = Consent(link="0000136ZZZZZZZZZZZZ", address="", redirect_uri="", way=Way.FILE)
SIGN_IN = replace(FILE, way=Way.SIGN_IN)
RELAY = replace(FILE, address="https://elsewhere.example.com/n/AB12CD3", way=Way.RELAY)
SEALED_CODE = b"\x00sealed code\xff"


def waiting(**changes: Any) -> Import:
    return any_import(**{"source": "google", "state": State.AWAITING_CONSENT, "consent": CONSENT, **changes})


def asked(imports: Imports, **changes: Any) -> Import:
    """An import that waits for its consent, with one opening of its link."""
    imp, _ = imports.add(Row(waiting(**changes)), None, LATER)
    imports.open_consent(imp.id, "digest of a state", OPENING)
    return imp


def answered(imp: Import, answer: str = "digest of an answer", **changes: Any) -> Import:
    """The import as it goes on after an answer."""
    assert imp.consent is not None
    later: dict[str, Any] = {"deadline": LATER + timedelta(hours=2), "expires_at": LATER + timedelta(days=2)}
    consent = replace(imp.consent, answered=answer)
    return replace(imp, consent=consent, **{"state": State.IMPORTING, **later, **changes})


def kept(imports: Imports) -> Consent:
    consent = stored(imports).imp.consent
    assert consent is not None
    return consent


class ConsentsContract:
    """Each test gets an empty store as `imports`."""

    # --- add ---

    def test_a_consent_is_found_as_it_was(self, imports: Imports) -> None:
        bare = Consent(CONSENT.link, CONSENT.address, CONSENT.redirect_uri)
        full = replace(CONSENT, openings={"state": OPENING, "another": OPENING}, answered="digest", refused="code")
        for number, consent in enumerate((CONSENT, bare, full), 1):
            row = Row(waiting(id=ImportId(number), consent=consent))

            assert imports.add(row, None, LATER) == (row.imp, True)
            assert stored(imports, ImportId(number)) == row

    def test_the_very_same_row_without_a_credential_is_known_by_its_link(self, imports: Imports) -> None:
        for _ in range(2):
            assert imports.add(Row(waiting()), None, LATER) == (waiting(), True)

        other = replace(CONSENT, link="0000136YYYYYYYYYYYY")
        with pytest.raises(IdTaken):
            imports.add(Row(waiting(consent=other)), None, LATER)
        assert kept(imports) == CONSENT

    def test_a_repeated_start_finds_the_link_that_the_first_one_made(self, imports: Imports) -> None:
        imports.add(Row(waiting()), REPEAT, LATER)
        again = waiting(id=ImportId(7), consent=replace(CONSENT, link="another"))

        assert imports.add(Row(again), REPEAT, LATER) == (waiting(), False)

    def test_what_waits_too_long_is_due(self, imports: Imports) -> None:
        asked(imports)

        assert list(imports.due(LATER, 9)) == [ID]
        assert not imports.due(LATER - timedelta(seconds=1), 9)

    # --- open_consent ---

    def test_openings_are_remembered_under_their_states(self, imports: Imports) -> None:
        imports.add(Row(waiting()), None, LATER)
        second = Opening("digest of another cookie", UNTIL + timedelta(seconds=5))

        imports.open_consent(ID, "state-1", OPENING)
        imports.open_consent(ID, "state-2", second)

        openings = {"state-1": OPENING, "state-2": second}
        awaited = waiting(consent=replace(CONSENT, openings=openings), deadline=second.until)
        assert stored(imports) == Row(awaited)

    def test_a_link_is_opened_so_often_and_no_more(self, imports: Imports) -> None:
        imports.add(Row(waiting()), None, LATER)
        for number in range(MOST_OPENINGS):
            imports.open_consent(ID, f"state-{number}", OPENING)

        with pytest.raises(LinkWornOut):
            imports.open_consent(ID, "one too many", OPENING)

        assert set(kept(imports).openings) == {f"state-{number}" for number in range(MOST_OPENINGS)}

    def test_an_opening_that_is_sent_twice_counts_once(self, imports: Imports) -> None:
        imports.add(Row(waiting()), None, LATER)
        for _ in range(2):
            for number in range(MOST_OPENINGS):
                imports.open_consent(ID, f"state-{number}", OPENING)

        assert len(kept(imports).openings) == MOST_OPENINGS

    def test_what_awaits_no_consent_cannot_be_opened(self, imports: Imports) -> None:
        with pytest.raises(ImportGone):
            imports.open_consent(ID, "state", OPENING)
        assert imports.get(ID) is None
        imports.add(row_of(), None, LATER)
        imports.add(row_of(id=ImportId(2), state=State.AWAITING_CONSENT), None, LATER)
        imports.add(Row(waiting(id=ImportId(3), state=State.ABANDONED)), None, LATER)
        for import_id in (ID, ImportId(2), ImportId(3)):
            before = stored(imports, import_id)
            with pytest.raises(ImportGone):
                imports.open_consent(import_id, "state", OPENING)
            assert stored(imports, import_id) == before

    def test_a_link_that_is_worn_out_and_answered_is_gone(self, imports: Imports) -> None:
        imp = asked(imports)
        for number in range(MOST_OPENINGS - 1):
            imports.open_consent(ID, f"state-{number}", OPENING)
        imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        with pytest.raises(ImportGone):
            imports.open_consent(ID, "one too many", OPENING)

    # --- answer_consent ---

    def test_an_answer_lets_the_import_go_on_and_forgets_the_way_there(self, imports: Imports) -> None:
        imp = asked(imports)
        goes_on = answered(imp)

        settled, ours = imports.answer_consent(goes_on, SEALED_CODE, LATER + timedelta(seconds=9))

        assert ours
        assert stored(imports) == Row(settled, credential=SEALED_CODE)
        left = Consent(
            "",
            "",
            "",
            redirect_url=CONSENT.redirect_url,
            origin=CONSENT.origin,
            openings={"digest of a state": OPENING},
            answered="digest of an answer",
        )
        assert settled == replace(goes_on, consent=left)
        assert not imports.due(LATER + timedelta(seconds=8), 9)
        assert list(imports.due(LATER + timedelta(seconds=9), 9)) == [ID]

    def test_an_answer_can_end_the_import(self, imports: Imports) -> None:
        imp = asked(imports)

        settled, ours = imports.answer_consent(
            answered(imp, state=State.FAILED, failure="consent_denied", closed_at=LATER), None, UNTIL
        )

        assert ours
        assert (settled.state, settled.failure, settled.closed_at) == (State.FAILED, "consent_denied", LATER)
        assert stored(imports) == Row(settled)
        with pytest.raises(ImportGone):
            imports.take(lease_of(1))

    def test_the_first_answer_stays(self, imports: Imports) -> None:
        imp = asked(imports)
        first, _ = imports.answer_consent(answered(imp, "first"), SEALED_CODE, LATER)

        for late in (answered(imp, "second"), answered(imp, "third", state=State.FAILED, failure="consent_denied")):
            assert imports.answer_consent(late, b"another code", UNTIL) == (first, False)

        assert stored(imports) == Row(first, credential=SEALED_CODE)

    @pytest.mark.parametrize("link", [CONSENT, FILE, SIGN_IN, RELAY], ids=lambda consent: consent.way.value)
    def test_of_two_calls_alike_one_settles_it(self, imports: Imports, link: Consent) -> None:
        """A relay's credential is the same whoever opens its link."""
        imp = waiting(consent=link)
        imports.add(Row(imp, credential=b"sealed relay"), None, LATER)
        first, ours = imports.answer_consent(answered(imp), b"sealed relay", LATER)

        assert ours
        for _ in range(2):
            assert imports.answer_consent(answered(imp), b"sealed relay", LATER) == (first, False)

    def test_of_two_denials_one_settles_it(self, imports: Imports) -> None:
        denied = answered(asked(imports), state=State.FAILED, failure="consent_denied", closed_at=LATER)

        assert [imports.answer_consent(denied, None, LATER)[1] for _ in range(3)] == [True, False, False]

    def test_an_opening_that_came_in_between_is_kept(self, imports: Imports) -> None:
        imp = asked(imports)
        imports.open_consent(ID, "in between", OPENING)

        settled, _ = imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        assert settled.consent is not None
        assert set(settled.consent.openings) == {"digest of a state", "in between"}

    def test_an_answer_to_what_was_abandoned_or_shredded_changes_nothing(self, imports: Imports) -> None:
        imp = asked(imports)
        abandoned = imports.close(closed(imp, State.ABANDONED, "consent_abandoned")).imp
        assert imports.answer_consent(answered(imp), SEALED_CODE, LATER) == (abandoned, False)
        imports.shred(ID, LATER)
        assert imports.answer_consent(answered(imp), SEALED_CODE, LATER) == (stored(imports).imp, False)
        assert (stored(imports).imp.state, stored(imports).credential) == (State.PURGED, None)

    def test_an_answer_to_what_is_absent_is_gone(self, imports: Imports) -> None:
        with pytest.raises(ImportGone):
            imports.answer_consent(answered(waiting()), SEALED_CODE, LATER)

        assert imports.get(ID) is None

    def test_an_answer_says_when_reading_could_begin(self, imports: Imports) -> None:
        imp = asked(imports)

        settled, _ = imports.answer_consent(answered(imp, begun_at=LATER), SEALED_CODE, LATER)

        assert settled.begun_at == LATER
        assert imports.take(lease_of(1)).imp.begun_at == LATER

    # --- refuse_file ---

    def test_what_was_wrong_with_the_last_file_is_remembered_while_one_is_awaited(self, imports: Imports) -> None:
        imp = waiting(consent=FILE)
        imports.add(Row(imp), None, LATER)

        for failure in ("file_unreadable", "file_not_contacts", "file_not_contacts"):
            imports.refuse_file(ID, failure)

            assert stored(imports) == Row(replace(imp, consent=replace(FILE, refused=failure)))
        assert list(imports.due(LATER, 9)) == [ID]

    def test_a_file_that_is_taken_makes_good_for_those_before_it(self, imports: Imports) -> None:
        imp = waiting(consent=FILE)
        imports.add(Row(imp), None, LATER)
        imports.refuse_file(ID, "file_unreadable")

        settled, ours = imports.answer_consent(answered(stored(imports).imp), SEALED_CODE, LATER)
        imports.refuse_file(ID, "file_not_contacts")

        assert ours
        assert settled.consent == replace(FILE, link="", answered="digest of an answer")
        assert stored(imports) == Row(settled, credential=SEALED_CODE)

    def test_the_end_of_the_wait_forgets_what_was_wrong_with_a_file(self, imports: Imports) -> None:
        imp = waiting(consent=FILE)
        imports.add(Row(imp), None, LATER)
        imports.refuse_file(ID, "file_unreadable")

        ended = imports.close(closed(imp, State.FAILED, "file_unreadable"))
        imports.refuse_file(ID, "file_not_contacts")

        assert ended == Row(stored(imports).imp)
        assert (ended.imp.failure, ended.imp.consent) == ("file_unreadable", replace(FILE, link=""))
        imports.shred(ID, LATER)
        imports.refuse_file(ID, "file_not_contacts")
        assert (stored(imports).imp.state, stored(imports).imp.consent) == (State.PURGED, None)

    def test_what_awaits_no_file_is_refused_none(self, imports: Imports) -> None:
        imports.refuse_file(ID, "file_unreadable")
        assert imports.get(ID) is None
        others = [Row(waiting(consent=consent)) for consent in (CONSENT, SIGN_IN, RELAY)]
        others += [row_of(), row_of(state=State.AWAITING_CONSENT), Row(waiting(consent=FILE, state=State.CREATED))]
        for number, row in enumerate(others, 1):
            other = replace(row, imp=replace(row.imp, id=ImportId(number)))
            imports.add(other, None, LATER)

            imports.refuse_file(other.imp.id, "file_unreadable")

            assert stored(imports, other.imp.id) == other

    # --- other ways than to a provider ---

    def test_where_a_link_leads_is_found_as_it_was(self, imports: Imports) -> None:
        for number, way in enumerate(Way, 1):
            imp = waiting(id=ImportId(number), consent=replace(CONSENT, way=way))

            assert imports.add(Row(imp), None, LATER) == (imp, True)
            assert stored(imports, ImportId(number)) == Row(imp)

    @pytest.mark.parametrize("asked", [FILE, SIGN_IN], ids=["file", "sign_in"])
    def test_a_page_of_ours_has_no_way_any_more_once_it_was_answered(self, imports: Imports, asked: Consent) -> None:
        imp = waiting(consent=asked)
        imports.add(Row(imp), None, LATER)

        settled, ours = imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        assert ours
        assert settled.consent == replace(asked, link="", answered="digest of an answer")
        assert stored(imports) == Row(settled, credential=SEALED_CODE)

    def test_the_way_to_another_service_stays_until_the_import_is_closed(self, imports: Imports) -> None:
        imp = waiting(consent=RELAY)
        imports.add(Row(imp, credential=b"sealed relay"), None, LATER)

        settled, ours = imports.answer_consent(answered(imp, "passed on"), b"sealed relay", LATER)

        assert ours
        assert settled.consent == replace(RELAY, answered="passed on")
        assert stored(imports) == Row(settled, credential=b"sealed relay")
        assert imports.take(lease_of(1)).imp.consent == settled.consent
        imports.release(lease_of(1), settled, LATER)
        assert kept(imports) == settled.consent

        ended = imports.close(closed(settled)).imp
        assert ended.consent == replace(RELAY, link="", address="", answered="passed on")
        assert stored(imports) == Row(ended)

    def test_an_answer_that_ends_the_import_forgets_also_the_way_to_another_service(self, imports: Imports) -> None:
        imp = waiting(consent=RELAY)
        imports.add(Row(imp), None, LATER)

        settled, _ = imports.answer_consent(
            answered(imp, state=State.FAILED, failure="consent_denied", closed_at=LATER), None, LATER
        )

        assert settled.consent == replace(RELAY, link="", address="", answered="digest of an answer")

    # --- afterwards ---

    def test_the_lease_is_free_only_after_the_answer(self, imports: Imports) -> None:
        imp = asked(imports)
        with pytest.raises(LeaseTaken):
            imports.take(lease_of(1))
        settled, _ = imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        assert imports.take(lease_of(1)) == Row(settled, credential=SEALED_CODE)

    def test_an_answered_import_is_restarted_when_its_workflow_never_came(self, imports: Imports) -> None:
        imp = asked(imports)
        assert not imports.restart(ID, 2, LATER, UNTIL)
        imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        assert imports.restart(ID, 2, LATER, UNTIL)

    def test_closing_forgets_the_way_there_and_keeps_what_a_repeated_answer_is_known_by(self, imports: Imports) -> None:
        imp = asked(imports)
        settled, _ = imports.answer_consent(answered(imp), SEALED_CODE, LATER)
        imports.take(lease_of(1))

        ended = imports.close(closed(settled))

        assert ended == Row(stored(imports).imp, credential=SEALED_CODE)
        assert ended.imp.consent == settled.consent
        assert stored(imports).credential is None

    def test_abandoning_forgets_the_way_there(self, imports: Imports) -> None:
        imp = asked(imports)

        ended = imports.close(closed(imp, State.ABANDONED, "consent_expired"))

        assert ended == Row(stored(imports).imp)
        assert ended.imp.state is State.ABANDONED
        opened = replace(CONSENT, openings={"digest of a state": OPENING})
        assert ended.imp.consent == replace(opened, link="", address="", redirect_uri="", include=())

    def test_shredding_leaves_nothing_of_the_consent(self, imports: Imports) -> None:
        imp = asked(imports)
        imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        imports.shred(ID, LATER)

        row = stored(imports)
        assert (row.imp.state, row.imp.consent, row.credential) == (State.PURGED, None, None)
        with pytest.raises(ImportGone):
            imports.open_consent(ID, "state", OPENING)

    def test_another_tenants_consent_stays_as_it_was(self, imports: Imports) -> None:
        imp = asked(imports)
        other = Row(waiting(id=ImportId(7), tenant=TenantId("tenant-b")))
        imports.add(other, None, LATER)

        imports.open_consent(ID, "state", OPENING)
        imports.answer_consent(answered(imp), SEALED_CODE, LATER)

        assert stored(imports, ImportId(7)) == other
