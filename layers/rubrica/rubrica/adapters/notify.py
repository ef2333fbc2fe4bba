"""Announces the end of an import on the account's default event bus."""

import json
from typing import TYPE_CHECKING, Final

from rubrica.adapters.aws_errors import translated
from rubrica.domain.imports import Import
from rubrica.errors import NotifyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE: Final = "rubrica"
DETAIL_TYPE: Final = "Import Closed"


class EventBusNotify:
    """Implements ports.Notify. `installation` tells apart those that share the bus; with it, `import_id` and `state`
    name an event: one that comes twice is the same event."""

    def __init__(self, client: "EventBridgeClient", installation: str) -> None:
        self._client = client
        self._installation = installation

    def closed(self, imp: Import) -> None:
        """See ports.Notify."""
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps({"installation": self._installation, **_detail(imp)}),
        }
        with translated(lambda code, _: NotifyUnavailable(code)):
            answer = self._client.put_events(Entries=[entry])  # type: ignore[list-item]
        if answer["FailedEntryCount"]:
            raise NotifyUnavailable(answer["Entries"][0].get("ErrorCode", ""))


def _detail(imp: Import) -> dict[str, str | int]:
    return {
        "import_id": imp.id,
        "tenant": imp.tenant,
        "source": imp.source,
        "state": imp.state.value,
        "failure": imp.failure,
        "contacts": imp.progress.contacts,
        "rejected": imp.progress.rejected,
        "webhook": imp.webhook,
    }
