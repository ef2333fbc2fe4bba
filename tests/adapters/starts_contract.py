"""What every store promises of imports that start (ports.Imports)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from stored_imports import (
    ID,
    LATER,
    REMEMBERED,
    REPEAT,
    added,
    lease_of,
    row_of,
    stored,
)

from rubrica.domain.imports import ImportId, Progress, State, TenantId
from rubrica.errors import IdempotencyKeyReused
from rubrica.ports import IdTaken, Imports, Row
from tests.fakes import NOW, any_import


class StartsContract:
    """Each test gets an empty store as `imports`."""

    # --- add, get ---

    def test_what_is_added_is_found_as_it_was(self, imports: Imports) -> None:
        row = row_of(reference="Benutzer ☃", progress=Progress())

        assert imports.add(row, None, LATER) == (row.imp, True)
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
        third = replace(other, imp=replace(other.imp, id=ImportId(7)))
        assert imports.add(third, REPEAT, LATER) == (third.imp, True)

    def test_an_id_of_an_import_without_credential_is_taken_for_another_without_one(self, imports: Imports) -> None:
        imports.add(Row(any_import()), None, LATER)

        with pytest.raises(IdTaken):
            imports.add(Row(any_import(tenant=TenantId("tenant-b"))), None, LATER)

    def test_the_very_same_row_sent_twice_is_added_once(self, imports: Imports) -> None:
        for _ in range(2):
            assert imports.add(row_of(), None, LATER) == (row_of().imp, True)
        for _ in range(2):
            row = row_of(id=ImportId(7))
            assert imports.add(row, REPEAT, LATER) == (row.imp, True)

    def test_a_repeated_request_finds_the_first_import_as_it_stands(self, imports: Imports) -> None:
        imports.add(row_of(), REPEAT, LATER)
        imports.take(lease_of(1))

        again, added_it = imports.add(Row(any_import(id=ImportId(7)), credential=b"sealed anew"), REPEAT, LATER)

        assert (again.id, again.state, added_it) == (ID, State.IMPORTING, False)
        assert imports.get(ImportId(7)) is None

    def test_a_repeated_request_is_known_without_adding_anything(self, imports: Imports) -> None:
        assert imports.repeated(REPEAT, NOW) is None
        first, _ = imports.add(row_of(), REPEAT, LATER)

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

        again, added_it = imports.add(row_of(id=ImportId(7)), REPEAT, LATER)

        assert (again.id, again.state, added_it) == (ID, State.PURGED, False)
        assert imports.get(ImportId(7)) is None
        with pytest.raises(IdempotencyKeyReused):
            imports.add(row_of(id=ImportId(7)), replace(REPEAT, digest="something else"), LATER)

    def test_a_key_can_be_used_again_when_its_import_would_have_expired(self, imports: Imports) -> None:
        first, _ = imports.add(row_of(), REPEAT, LATER)

        again = row_of(id=ImportId(7), created_at=first.expires_at)

        assert imports.add(again, replace(REPEAT, digest="something else"), LATER) == (again.imp, True)

    def test_starts_are_counted_by_tenant_and_minute(self, imports: Imports) -> None:
        tenants = TenantId("tenant-a"), TenantId("tenant-b")

        counted = [imports.count_start(tenants[0], NOW) for _ in range(3)]

        assert counted == [1, 2, 3]
        assert imports.count_start(tenants[1], NOW) == 1
        assert imports.count_start(tenants[0], NOW + timedelta(seconds=60)) == 1
        assert imports.count_start(tenants[0], NOW) == 4
