"""Puts poll_status together."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from rubrica.adapters.dynamodb.files import DynamoFiles
from rubrica.adapters.egress import GuardedEgress
from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.adapters.names import DnsNameService
from rubrica.adapters.secrets import SecretApps
from rubrica.adapters.system import SystemClock, settle
from rubrica.adapters.upstreams import SecretUpstreams
from rubrica.bootstrap.clients import FOR_TASKS, dynamodb, environment, imports, kms, secrets
from rubrica.bootstrap.sources import authorization_servers
from rubrica.entrypoints.task import poll_status
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.formats import contact_file
from rubrica.formats.vcard import read_card
from rubrica.ports import Egress, Files, Source, UpstreamAccounts
from rubrica.services.poll import Poll
from rubrica.settings import PollSettings, SandboxSettings
from rubrica.sources.carddav.source import CardDav
from rubrica.sources.cloudsponge.source import CloudSponge
from rubrica.sources.google.source import PEOPLE, GooglePeople
from rubrica.sources.microsoft.source import GRAPH, MicrosoftGraph
from rubrica.sources.oauth2 import OAuth2
from rubrica.sources.registry import SOURCES
from rubrica.sources.upload.source import Upload


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Runs one turn of the loop. Raises SettingMissing."""
    told = PollSettings.of(environment())
    telemetry, clock, key_service = PowertoolsTelemetry(), SystemClock(), kms(FOR_TASKS)
    egress = GuardedEgress(ports=told.egress.ports, allow_loopback=told.egress.loopback)
    store = secrets(FOR_TASKS)
    apps = SecretApps(store, told.providers_secret, clock)
    accounts = SecretUpstreams(store, told.upstreams_secret, clock)
    tokens = OAuth2(egress, apps, authorization_servers(told.sandbox.sign_in))
    poll = Poll(
        imports=imports(told.imports_table, FOR_TASKS),
        vault=KmsVault(key_service, told.credentials_key),
        keys=KmsDataKeys(key_service, told.contacts_key),
        sources=readers(egress, accounts, DynamoFiles(dynamodb(told.imports_table, FOR_TASKS)), told.sandbox),
        tokens=tokens,
        clock=clock,
        telemetry=telemetry,
    )
    settle()
    return partial(poll_status, poll, told.slice_seconds, telemetry)


def readers(egress: Egress, accounts: UpstreamAccounts, files: Files, sandbox: SandboxSettings) -> Mapping[str, Source]:
    """The reader of each source. On one machine the sandbox stands in for every provider."""
    names = DnsNameService()
    carddav: dict[str, Source] = {
        name: CardDav(egress, names, read_card, info, "" if info.needs_server else sandbox.presets)
        for name, info in SOURCES.items()
        if info.method == "password"
    }
    return {
        **carddav,
        "cloudsponge": CloudSponge(egress, accounts),
        "google": GooglePeople(egress, sandbox.people or PEOPLE),
        "microsoft": MicrosoftGraph(egress, sandbox.graph or GRAPH),
        "upload": Upload(files, contact_file.read),
    }
