"""Puts poll_status together."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from rubrica.adapters.egress import GuardedEgress
from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.adapters.names import DnsNameService
from rubrica.adapters.system import SystemClock, settle
from rubrica.bootstrap.clients import FOR_TASKS, environment, imports, kms
from rubrica.entrypoints.task import poll_status
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.formats.vcard import read_card
from rubrica.ports import Source
from rubrica.services.poll import Poll
from rubrica.settings import EgressSettings, PollSettings
from rubrica.sources.carddav.source import CardDav
from rubrica.sources.registry import SOURCES


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Runs one turn of the loop. Raises SettingMissing."""
    told = PollSettings.of(environment())
    telemetry = PowertoolsTelemetry()
    key_service = kms(FOR_TASKS)
    poll = Poll(
        imports=imports(told.imports_table, FOR_TASKS),
        vault=KmsVault(key_service, told.credentials_key),
        keys=KmsDataKeys(key_service, told.contacts_key),
        sources=readers(told.egress, told.sandbox_url),
        clock=SystemClock(),
        telemetry=telemetry,
    )
    settle()
    return partial(poll_status, poll, told.slice_seconds, telemetry)


def readers(told: EgressSettings, sandbox_url: str) -> Mapping[str, Source]:
    """The reader of each source. On one machine the sandbox stands in for every preset."""
    egress = GuardedEgress(ports=told.ports, allow_loopback=told.loopback)
    names = DnsNameService()
    return {
        name: CardDav(egress, names, read_card, info, "" if info.needs_server else sandbox_url)
        for name, info in SOURCES.items()
    }
