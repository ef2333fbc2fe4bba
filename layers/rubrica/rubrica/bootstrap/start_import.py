"""Puts start_import together."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from rubrica.adapters.kms import KmsVault
from rubrica.adapters.secrets import SecretApps
from rubrica.adapters.stepfunctions import StepFunctionsWorkflow
from rubrica.adapters.system import SystemChance, SystemClock
from rubrica.adapters.upstreams import SecretUpstreams
from rubrica.bootstrap import sources
from rubrica.bootstrap.api import caller, entrance
from rubrica.bootstrap.clients import FOR_REQUESTS, environment, imports, kms, secrets, stepfunctions
from rubrica.entrypoints import cloudsponge
from rubrica.entrypoints.answering import Surfaces, answer
from rubrica.entrypoints.home import home_at
from rubrica.entrypoints.native import start_import
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.ports import Egress
from rubrica.services.sources import ListSources
from rubrica.services.start import Start, StartLimits
from rubrica.settings import EgressSettings, StartSettings
from rubrica.sources.cloudsponge.upstreams import CloudSpongeUpstreams


@cache
def compose() -> Callable[[dict[str, Any], Any], Any]:
    """Answers POST /v1/imports, GET /v1/sources and /begin_import/…. Raises SettingMissing."""
    told = StartSettings.of(environment())
    telemetry, clock = PowertoolsTelemetry(), SystemClock()
    store = secrets(FOR_REQUESTS)
    apps = SecretApps(store, told.providers_secret, clock)
    upstreams = CloudSpongeUpstreams(
        cache(partial(_way_out, told.egress)),
        SecretUpstreams(store, told.upstreams_secret, clock),
        clock,
        telemetry,
        told.egress.loopback,
    )
    offered = sources.views()
    by_name = {view.name: view for view in offered}
    start = Start(
        imports=imports(told.imports_table, FOR_REQUESTS),
        vault=KmsVault(kms(FOR_REQUESTS), told.credentials_key),
        workflow=StepFunctionsWorkflow(stepfunctions(FOR_REQUESTS), told.state_machine),
        apps=apps,
        upstreams=upstreams,
        clock=clock,
        chance=SystemChance(),
        telemetry=telemetry,
        sources=by_name,
        servers=sources.authorization_servers(told.sandbox_sign_in),
        check_server=sources.server_check(told.egress),
        limits=StartLimits(told.life.longest, told.life.retention, told.starts_per_minute),
    )
    home = home_at(told.public_url)
    offer = ListSources(offered, apps, upstreams, telemetry)
    native = start_import(start, offer, caller(told.accounts_table, telemetry), clock, home)
    dialect = cloudsponge.begin_import(start, by_name, upstreams, entrance(told.accounts_table, telemetry), home)
    return partial(answer, Surfaces(native, dict.fromkeys(cloudsponge.PATHS, dialect)), telemetry)


def _way_out(told: EgressSettings) -> Egress:
    # Loaded by the first import that runs elsewhere, not by every function that starts.
    from rubrica.adapters.egress import GuardedEgress

    return GuardedEgress(ports=told.ports, allow_loopback=told.loopback)
