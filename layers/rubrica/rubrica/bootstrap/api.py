"""What the functions behind the HTTP API share."""

from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.bootstrap.clients import FOR_REQUESTS, dynamodb
from rubrica.entrypoints.cloudsponge import Entrance
from rubrica.entrypoints.native import Caller
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.tenants import Authenticate


def caller(accounts_table: str, telemetry: PowertoolsTelemetry) -> Caller:
    """Tells who calls the native surface."""
    return Caller(_authenticate(accounts_table), telemetry)


def entrance(accounts_table: str, telemetry: PowertoolsTelemetry) -> Entrance:
    """Lets the callers of the CloudSponge dialect in."""
    return Entrance(_authenticate(accounts_table), telemetry)


def _authenticate(accounts_table: str) -> Authenticate:
    return Authenticate(DynamoTenants(dynamodb(accounts_table, FOR_REQUESTS)))
