"""An import's row as an item of the ImportsTable, and back. docs/data.md shows the layout."""

from datetime import datetime
from typing import Any, Final

from rubrica.adapters.dynamodb import consents
from rubrica.adapters.dynamodb.calls import Item, moment, seconds
from rubrica.adapters.dynamodb.table import PARTITION, SORT
from rubrica.domain.imports import Import, ImportId, Progress, State, TenantId
from rubrica.domain.ledger import Reason
from rubrica.ports import Commit, PageKind, Row

OPEN_INDEX: Final = "open-imports"
OPEN_MARK: Final = "open"
"""The attribute that is the sparse index's key: without it a row is in no index."""

OPEN: Final = "open"
"""Its one value: imports are few at any moment, and the sweeper wants them all."""

IMPORT: Final = "import"

GONE_AT_CLOSE: Final = ("credential", "cursor", "resume_at", "trouble", consents.WAY_THERE)
GONE_AT_SHREDDING: Final = ("data_key", "credential", "cursor", "owner", "reference", *consents.ATTRIBUTES)


def key(import_id: ImportId, sort: str = IMPORT) -> dict[str, str]:
    """The key of an import's row, or of another of its items."""
    return {PARTITION: f"I#{import_id}", SORT: sort}


def page_sort(kind: PageKind, number: int) -> str:
    """The sort key of a page; five digits, so that text order is number order."""
    return f"{kind.value}#{number:05}"


def progress_values(progress: Progress) -> dict[str, Any]:
    """The attributes that hold an import's progress."""
    return {
        "pages": progress.pages,
        "contacts": progress.contacts,
        "rejected": progress.rejected,
        "merged": progress.merged,
        "groups": progress.groups,
        "announced": progress.announced,
        "reasons": {reason.value: count for reason, count in progress.reasons.items()},
        "group_pages": progress.group_pages,
    }


def new_item(row: Row, due_at: datetime) -> dict[str, Any]:
    """The item of a new import."""
    imp = row.imp
    return {
        **key(imp.id),
        **progress_values(imp.progress),
        **consents.values(imp.consent),
        "id": imp.id,
        "tenant": imp.tenant,
        "source": imp.source,
        "state": imp.state.value,
        "created_at": seconds(imp.created_at),
        "deadline": seconds(imp.deadline),
        "expires_at": seconds(imp.expires_at),
        "reference": imp.reference,
        "run": imp.run,
        "troubles": imp.troubles,
        "begun_at": seconds(imp.begun_at) if imp.begun_at else None,
        "parts": list(imp.parts) or None,
        "webhook": imp.webhook or None,
        "credential": row.credential,
        OPEN_MARK: OPEN,
        "due_at": seconds(due_at),
    }


def commit_values(commit: Commit) -> dict[str, Any]:
    """The attributes that a step moves on; a source that was read to its end is in no trouble any more."""
    moved = {**progress_values(commit.progress), "cursor": commit.cursor, "data_key": commit.data_key}
    if commit.owner is not None:
        moved["owner"] = commit.owner
    if commit.exhausted:
        moved |= {"exhausted": True, "troubles": 0, "trouble": None, "resume_at": None}
    return moved


def end_values(imp: Import) -> dict[str, Any]:
    """The attributes that say how an import ended."""
    return {
        "state": imp.state.value,
        "failure": imp.failure or None,
        "closed_at": seconds(imp.closed_at) if imp.closed_at else None,
        "expires_at": seconds(imp.expires_at),
        "due_at": seconds(imp.expires_at),
    }


def closed_row(before: Item, sets: Item) -> Row:
    """The import as it is after its end was set in the item `before`, with the credential that this deleted."""
    after = {name: value for name, value in {**before, **sets}.items() if value is not None}
    kept = {name: value for name, value in after.items() if name not in GONE_AT_CLOSE}
    return Row(_import(kept), before.get("credential"))


def row_of(item: Item) -> Row:
    """The import and its sealed companions, read from its item."""
    return Row(_import(item), item.get("credential"), item.get("data_key"), item.get("cursor"), item.get("owner"))


def _import(item: Item) -> Import:
    return Import(
        id=ImportId(int(item["id"])),
        tenant=TenantId(item["tenant"]),
        source=item["source"],
        state=State(item["state"]),
        created_at=moment(item["created_at"]),
        deadline=moment(item["deadline"]),
        expires_at=moment(item["expires_at"]),
        reference=item.get("reference", ""),
        run=int(item["run"]),
        progress=_progress(item),
        troubles=int(item.get("troubles", 0)),
        trouble=item.get("trouble", ""),
        resume_at=moment(item["resume_at"]) if "resume_at" in item else None,
        exhausted=item.get("exhausted", False),
        failure=item.get("failure", ""),
        closed_at=moment(item["closed_at"]) if "closed_at" in item else None,
        consent=consents.consent_of(item),
        begun_at=moment(item["begun_at"]) if "begun_at" in item else None,
        parts=tuple(item.get("parts", ())),
        webhook=item.get("webhook", False),
    )


def _progress(item: Item) -> Progress:
    return Progress(
        pages=int(item["pages"]),
        contacts=int(item["contacts"]),
        rejected=int(item["rejected"]),
        merged=int(item["merged"]),
        groups=int(item["groups"]),
        announced=int(item["announced"]) if "announced" in item else None,
        reasons={Reason(reason): int(count) for reason, count in item["reasons"].items()},
        group_pages=int(item["group_pages"]),
    )
