"""Tell a tenant that an import has ended: one signed POST to its webhook, without contacts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rubrica.domain.imports import Import, ImportId
from rubrica.domain.webhooks import MOST_ATTEMPTS, headers, message
from rubrica.errors import ImportFailure
from rubrica.ports import Clock, Egress, Imports, Request, Telemetry, Tenants, Webhook, Webhooks

SILENCE: Final = 10.0
"""Seconds that a receiver may take to be connected to, and to answer."""

_GONE: Final = 410
_LARGEST: Final = 1024


class Told(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    NOTHING = "nothing"
    """There is nobody to tell, or nothing: no webhook, a tenant that is disabled, an import that is gone."""
    UNANSWERED = "unanswered"
    """The same has to be tried again."""
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Tell:
    """The use case."""

    imports: Imports
    tenants: Tenants
    webhooks: Webhooks
    egress: Egress
    clock: Clock
    telemetry: Telemetry

    def __call__(self, import_id: ImportId, attempt: int) -> Told:
        """Make one attempt, number `attempt` from 1 on. A receiver that says 410 wants to hear no more of this import.

        Raises PlatformTrouble. Calling again is safe: a receiver knows the message by its id.
        """
        imp = self._ended(import_id)
        webhook = self._webhook(imp) if imp else None
        if imp is None or webhook is None:
            self.telemetry.event("webhook", import_id=import_id, attempt=attempt, outcome=Told.NOTHING.value)
            return Told.NOTHING
        status, trouble = self._send(imp, webhook)
        told = _told(status, attempt)
        self._report(imp, attempt, told, status, trouble)
        return told

    def _ended(self, import_id: ImportId) -> Import | None:
        row = self.imports.get(import_id)
        if row is None or not row.imp.terminal or row.imp.expired(self.clock.now()):
            return None
        return row.imp

    def _webhook(self, imp: Import) -> Webhook | None:
        tenant = self.tenants.get(imp.tenant)
        return None if tenant is None or tenant.disabled else self.webhooks.webhook(imp.tenant)

    def _send(self, imp: Import, webhook: Webhook) -> tuple[int, str]:
        """The HTTP status of the answer, or 0 and the code of what came instead."""
        body = message(imp)
        signed = headers(imp, body, webhook.secret, self.clock.now())
        request = Request("POST", webhook.address, signed, body, silence=SILENCE, largest=_LARGEST)
        try:
            with self.egress.exchange(request) as answer:
                return answer.status, ""
        except ImportFailure as trouble:
            return 0, trouble.code

    def _report(self, imp: Import, attempt: int, told: Told, status: int, trouble: str) -> None:
        self.telemetry.event(
            "webhook",
            import_id=imp.id,
            tenant=imp.tenant,
            attempt=attempt,
            outcome=told.value,
            status=status,
            trouble=trouble,
        )
        self.telemetry.count("WebhookAttempts", outcome=told.value)
        if told is Told.GIVEN_UP:
            self.telemetry.count("WebhooksGivenUp")


def _told(status: int, attempt: int) -> Told:
    if 200 <= status < 300:
        return Told.DELIVERED
    return Told.GIVEN_UP if status == _GONE or attempt >= MOST_ATTEMPTS else Told.UNANSWERED
