"""The tenant of the stack on one machine. Its keys are known to everybody, so it must exist nowhere else."""

from typing import Final

from local.stack import Stack
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.system import SystemChance
from rubrica.services.tenants import Administer

NAME: Final = "localdev"
BEARER: Final = "localdev"


def seed(stack: Stack) -> None:
    """Make the tenant `localdev` with the bearer key `localdev`."""
    tenants = DynamoTenants(Table(stack.client("dynamodb"), stack.accounts_table))
    Administer(tenants, SystemChance()).create(NAME, key=BEARER)
