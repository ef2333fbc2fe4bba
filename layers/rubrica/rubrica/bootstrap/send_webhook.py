"""Puts send_webhook together."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.egress import GuardedEgress
from rubrica.adapters.system import SystemClock
from rubrica.adapters.webhooks import SecretWebhooks
from rubrica.bootstrap.clients import FOR_TASKS, dynamodb, environment, imports, secrets
from rubrica.entrypoints.task import send_webhook
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.tell import Tell
from rubrica.settings import WebhookSettings

_LONGEST: Final = 5.0
"""Seconds that an answer may go on after its first ten, so that one that drips ends."""


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Tells a tenant of the end of the import that an event names. Raises SettingMissing."""
    told, telemetry = WebhookSettings.of(environment()), PowertoolsTelemetry()
    tell = Tell(
        imports=imports(told.imports_table, FOR_TASKS),
        tenants=DynamoTenants(dynamodb(told.accounts_table, FOR_TASKS)),
        webhooks=SecretWebhooks(secrets(FOR_TASKS), told.webhooks_secret),
        egress=GuardedEgress(ports=told.egress.ports, allow_loopback=told.egress.loopback, longest=_LONGEST),
        clock=SystemClock(),
        telemetry=telemetry,
    )
    return lambda event, _: send_webhook(tell, telemetry, event)
