"""What the functions behind the HTTP API share."""

from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.bootstrap.clients import FOR_REQUESTS, dynamodb
from rubrica.entrypoints.http import Caller
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.tenants import Authenticate


def caller(accounts_table: str, telemetry: PowertoolsTelemetry) -> Caller:
    """Tells who calls."""
    return Caller(Authenticate(DynamoTenants(dynamodb(accounts_table, FOR_REQUESTS))), telemetry)
