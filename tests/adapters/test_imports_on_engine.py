"""The tables on the engine of the stack on one machine; moto and the engine fail in different places."""

from typing import TYPE_CHECKING

import pytest
from imports_contract import ImportsContract
from tables import created
from tenants_contract import TenantsContract

from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.ports import Imports, Tenants

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TestDynamoImportsOnTheEngine(ImportsContract):
    @pytest.fixture
    def imports(self, engine_dynamodb: "DynamoDBClient") -> Imports:
        return DynamoImports(Table(engine_dynamodb, created(engine_dynamodb, "ImportsTable")))


class TestDynamoTenantsOnTheEngine(TenantsContract):
    @pytest.fixture
    def tenants(self, engine_dynamodb: "DynamoDBClient") -> Tenants:
        return DynamoTenants(Table(engine_dynamodb, created(engine_dynamodb, "AccountsTable")))
