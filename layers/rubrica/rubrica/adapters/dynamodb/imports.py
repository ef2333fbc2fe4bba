"""The store of imports in the ImportsTable. Every change of a row is one conditional write."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from rubrica.adapters.dynamodb import consents, rows
from rubrica.adapters.dynamodb.calls import ConditionFailed, Item, encoded, seconds, update
from rubrica.adapters.dynamodb.table import ABSENT, PARTITION, SORT, Table
from rubrica.domain.consent import Opening
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId, may_become
from rubrica.errors import IdempotencyKeyReused, ImportGone, LinkWornOut
from rubrica.ports import Commit, IdTaken, Lease, LeaseTaken, Page, PageKind, Repeat, Row

_REQUEST: Final = "request"
_CALL: Final = 8
"""Bytes that tell one call from another that says the same."""


class DynamoImports:
    """Implements ports.Imports."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, row: Row, repeat: Repeat | None, due_at: datetime) -> tuple[Import, bool]:
        """See ports.Imports."""
        item = rows.new_item(row, due_at)
        try:
            if repeat is None:
                self._table.put(item, ABSENT)
            else:
                self._add_once(item, repeat, row.imp)
        except ConditionFailed as failed:
            return self._added_before(row, repeat, failed.item)
        return row.imp, True

    def _add_once(self, item: Item, repeat: Repeat, imp: Import) -> None:
        unused = self._table.putting(
            _repeat_item(repeat, imp), f"{ABSENT} OR expires_at <= :now", {":now": seconds(imp.created_at)}
        )
        self._table.transact({"Put": unused}, {"Put": self._table.putting(item, ABSENT)})

    def _added_before(self, row: Row, repeat: Repeat | None, standing: Item | None) -> tuple[Import, bool]:
        """What stands in the way: this very row (a call sent twice), the same request's import, or another's."""
        if repeat is not None and standing is not None and standing[SORT] == _REQUEST:
            first = self._first(standing, repeat)
            return first.imp, _is_this(row, first)
        if standing is not None and _is_this(row, rows.row_of(standing)):
            return row.imp, True
        raise IdTaken

    def _first(self, standing: Item, repeat: Repeat) -> Row:
        """The import that the request made to which the key belongs."""
        first = self.get(ImportId(int(standing["id"]))) if standing["digest"] == repeat.digest else None
        if first is None:
            raise IdempotencyKeyReused
        return first

    def repeated(self, repeat: Repeat, now: datetime) -> Import | None:
        """See ports.Imports."""
        standing = self._table.get(_repeat_key(repeat))
        if standing is None or int(standing["expires_at"]) <= seconds(now):
            return None
        return self._first(standing, repeat).imp

    def count_start(self, tenant: TenantId, now: datetime) -> int:
        """See ports.Imports."""
        minute = seconds(now) // 60
        counted = self._table.updated(
            {PARTITION: f"L#{tenant}#{minute}", SORT: "starts"},
            {
                "UpdateExpression": "SET expires_at = :until ADD starts :one",
                "ExpressionAttributeValues": encoded({":one": 1, ":until": (minute + 2) * 60}),
            },
        )
        return int(counted["starts"])

    def get(self, import_id: ImportId) -> Row | None:
        """See ports.Imports."""
        item = self._table.get(rows.key(import_id))
        return None if item is None else rows.row_of(item)

    def take(self, lease: Lease) -> Row:
        """See ports.Imports."""
        condition = (
            "#expires_at > :now AND (#state = :created OR #state = :state) AND #run = :run"
            " AND (attribute_not_exists(#turn) OR #turn < :turn)"
        )
        sets = {"state": State.IMPORTING.value, "turn": lease.turn, "due_at": seconds(lease.until)}
        values = {"now": seconds(lease.now), "created": State.CREATED.value, "run": lease.run}
        try:
            item = self._table.updated(rows.key(lease.import_id), update(sets, condition=condition, values=values))
        except ConditionFailed as failed:
            raise _why_not_taken(failed.item, lease) from None
        return rows.row_of(item)

    def commit(self, lease: Lease, before: Progress, commit: Commit) -> None:
        """See ports.Imports."""
        try:
            for page in commit.pages:
                self._put_page(lease, page, commit.expires_at)
            sets = rows.commit_values(commit)
            condition = "#turn = :turn AND #state = :importing AND #pages = :before"
            values = {"turn": lease.turn, "importing": State.IMPORTING.value, "before": before.pages}
            self._table.update(rows.key(lease.import_id), update(sets, condition=condition, values=values))
        except ConditionFailed:
            raise LeaseTaken from None

    def release(self, lease: Lease, imp: Import, due_at: datetime) -> None:
        """See ports.Imports."""
        sets = {
            "troubles": imp.troubles,
            "trouble": imp.trouble or None,
            "resume_at": seconds(imp.resume_at) if imp.resume_at else None,
            "exhausted": imp.exhausted,
            "begun_at": seconds(imp.begun_at) if imp.begun_at else None,
            "due_at": seconds(due_at),
        }
        self._move(lease, sets)

    def _move(self, lease: Lease, sets: Item) -> None:
        """Change the row as the holder of its lease."""
        values = {"turn": lease.turn, "importing": State.IMPORTING.value}
        condition = "#turn = :turn AND #state = :importing"
        try:
            self._table.update(rows.key(lease.import_id), update(sets, condition=condition, values=values))
        except ConditionFailed:
            raise LeaseTaken from None

    def open_consent(self, import_id: ImportId, state: str, opening: Opening) -> None:
        """See ports.Imports."""
        try:
            self._table.update(rows.key(import_id), consents.one_more(state, opening))
        except ConditionFailed as failed:
            raise _why_not_opened(failed.item) from None

    def answer_consent(self, imp: Import, credential: bytes | None, due_at: datetime) -> tuple[Import, bool]:
        """See ports.Imports."""
        call = os.urandom(_CALL).hex()
        try:
            item = self._table.updated(rows.key(imp.id), consents.settled(imp, credential, due_at, call))
        except ConditionFailed as failed:
            if failed.item is None:
                raise ImportGone from None
            # A client that repeats a request whose answer was lost finds what was drawn for this very call.
            return rows.row_of(failed.item).imp, failed.item.get(consents.SETTLED_BY) == call
        return rows.row_of(item).imp, True

    def refuse_file(self, import_id: ImportId, failure: str) -> None:
        """See ports.Imports."""
        with suppress(ConditionFailed):
            self._table.update(rows.key(import_id), consents.file_refused(failure))

    def keep(self, lease: Lease, credential: bytes) -> None:
        """See ports.Imports."""
        self._move(lease, {"credential": credential})

    def close(self, imp: Import) -> Row:
        """See ports.Imports."""
        origins = {f"from{index}": state.value for index, state in enumerate(sorted(may_become(imp.state)))}
        condition = f"#state IN ({', '.join(f':{name}' for name in origins)})"
        sets = rows.end_values(imp)
        try:
            before = self._table.replaced(rows.key(imp.id), update(sets, rows.GONE_AT_CLOSE, condition, origins))
        except ConditionFailed as failed:
            if failed.item is None:
                raise ImportGone from None
            return Row(rows.row_of(failed.item).imp)
        return rows.closed_row(before, sets)

    def restart(self, import_id: ImportId, run: int, now: datetime, due_at: datetime) -> bool:
        """See ports.Imports."""
        sets = {"run": run, "due_at": seconds(due_at)}
        values = {
            "before": run - 1,
            "now": seconds(now),
            "created": State.CREATED.value,
            "importing": State.IMPORTING.value,
        }
        condition = "#run = :before AND #due_at <= :now AND (#state = :created OR #state = :importing)"
        try:
            self._table.update(rows.key(import_id), update(sets, condition=condition, values=values))
        except ConditionFailed:
            return False
        return True

    def pages(self, import_id: ImportId, kind: PageKind, first: int, last: int) -> Iterator[Page]:
        """See ports.Imports."""
        if first > last:
            return
        between = {
            ":pk": _pk(import_id),
            ":first": rows.page_sort(kind, first),
            ":last": rows.page_sort(kind, last),
        }
        condition = f"{PARTITION} = :pk AND {SORT} BETWEEN :first AND :last"
        for item in self._table.query(condition, between, ConsistentRead=True):
            yield Page(kind, int(item[SORT].rpartition("#")[2]), item["body"], int(item["turn"]))

    def _put_page(self, lease: Lease, page: Page, expires_at: datetime) -> None:
        item = {
            **rows.key(lease.import_id, rows.page_sort(page.kind, page.number)),
            "body": page.body,
            "turn": lease.turn,
            "expires_at": seconds(expires_at),
        }
        self._table.put(item, f"{ABSENT} OR turn <= :turn", {":turn": lease.turn})

    def due(self, now: datetime, limit: int) -> Sequence[ImportId]:
        """See ports.Imports."""
        found = self._table.query(
            "#open = :open AND due_at <= :now",
            {":open": rows.OPEN, ":now": seconds(now)},
            IndexName=rows.OPEN_INDEX,
            ExpressionAttributeNames={"#open": rows.OPEN_MARK},
            Limit=limit,
        )
        return [ImportId(int(item[PARTITION].removeprefix("I#"))) for item in found]

    def shred(self, import_id: ImportId, due_at: datetime) -> Row | None:
        """See ports.Imports."""
        return self._shred(import_id, {"due_at": seconds(due_at)}, just_written=True)

    def purge(self, import_id: ImportId, until: datetime) -> None:
        """See ports.Imports."""
        self._shred(import_id, {}, just_written=False)
        # Last, so that a purge that dies is found again: an item without the mark is in no index, and DynamoDB deletes
        # it by itself after `expires_at`.
        sets = {"expires_at": seconds(until)}
        with suppress(ConditionFailed):
            self._table.update(rows.key(import_id), update(sets, (rows.OPEN_MARK,), f"attribute_exists(#{PARTITION})"))

    def _shred(self, import_id: ImportId, sets: Item, *, just_written: bool) -> Row | None:
        """The data key goes first: from then on no copy of a page can be opened."""
        sets = {"state": State.PURGED.value, **sets}
        try:
            change = update(sets, rows.GONE_AT_SHREDDING, f"attribute_exists(#{PARTITION})")
            before = self._table.replaced(rows.key(import_id), change)
        except ConditionFailed:
            return None
        self._table.delete([key for key in self._keys(import_id, just_written) if key[SORT] != rows.IMPORT])
        return rows.row_of(before)

    def _keys(self, import_id: ImportId, just_written: bool) -> Iterator[Item]:
        """Keys of the import's items. What was written a moment ago needs a consistent read, at twice the price."""
        key = f"{PARTITION}, {SORT}"
        return self._table.query(
            f"{PARTITION} = :pk", {":pk": _pk(import_id)}, ConsistentRead=just_written, ProjectionExpression=key
        )


def _pk(import_id: ImportId) -> str:
    return rows.key(import_id)[PARTITION]


def _is_this(row: Row, standing: Row) -> bool:
    """Whether what stands is this very row, told by what was drawn for it alone: its sealed credential or its link."""
    if row.imp.id != standing.imp.id:
        return False
    if row.credential is not None:
        return row.credential == standing.credential
    mine, theirs = row.imp.consent, standing.imp.consent
    return mine is not None and theirs is not None and mine.link == theirs.link


def _repeat_key(repeat: Repeat) -> dict[str, str]:
    return {PARTITION: f"R#{repeat.key}", SORT: _REQUEST}


def _repeat_item(repeat: Repeat, imp: Import) -> Item:
    return {
        **_repeat_key(repeat),
        "id": imp.id,
        "digest": repeat.digest,
        "expires_at": seconds(imp.expires_at),
    }


def _why_not_taken(item: Item | None, lease: Lease) -> Exception:
    if item is None:
        return ImportGone()
    imp = rows.row_of(item).imp
    return ImportGone() if imp.terminal or imp.expired(lease.now) or imp.run > lease.run else LeaseTaken()


def _why_not_opened(item: Item | None) -> Exception:
    imp = None if item is None else rows.row_of(item).imp
    awaited = imp is not None and imp.state is State.AWAITING_CONSENT and imp.consent is not None
    return LinkWornOut() if awaited else ImportGone()
