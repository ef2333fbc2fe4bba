"""The tables on the engine of the stack on one machine; moto and the engine fail in different places."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from consents_contract import OPENING, answered, asked, waiting
from files_contract import FilesContract
from imports_contract import ImportsContract
from stored_imports import ID, LATER
from tables import created
from tenants_contract import TenantsContract
from vault_contract import VaultContract

from local.engine import Engine
from rubrica.adapters.dynamodb.files import DynamoFiles
from rubrica.adapters.dynamodb.imports import DynamoImports
from rubrica.adapters.dynamodb.table import Table
from rubrica.adapters.dynamodb.tenants import DynamoTenants
from rubrica.adapters.kms import KmsVault
from rubrica.domain.consent import MOST_OPENINGS
from rubrica.domain.imports import State
from rubrica.errors import LinkWornOut
from rubrica.ports import Files, Imports, Row, Tenants, Vault

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TestDynamoImportsOnTheEngine(ImportsContract):
    @pytest.fixture
    def imports(self, engine_dynamodb: "DynamoDBClient") -> Imports:
        return DynamoImports(Table(engine_dynamodb, created(engine_dynamodb, "ImportsTable")))


def test_of_many_answers_at_once_one_settles_the_consent(engine_dynamodb: "DynamoDBClient") -> None:
    imports = DynamoImports(Table(engine_dynamodb, created(engine_dynamodb, "ImportsTable")))
    imp = asked(imports)
    codes = [f"sealed {number}".encode() for number in range(20)]

    with ThreadPoolExecutor(10) as pool:
        settled = list(pool.map(lambda code: imports.answer_consent(answered(imp), code, LATER), codes))

    row = imports.get(imp.id)
    assert row is not None
    assert [ours for _, ours in settled].count(True) == 1
    assert row.credential == codes[[ours for _, ours in settled].index(True)]
    assert {state.state for state, _ in settled} == {State.IMPORTING}


def test_of_many_openings_at_once_so_many_are_remembered_as_may_be(engine_dynamodb: "DynamoDBClient") -> None:
    imports = DynamoImports(Table(engine_dynamodb, created(engine_dynamodb, "ImportsTable")))
    imports.add(Row(waiting()), None, LATER)

    def open_it(number: int) -> bool:
        try:
            imports.open_consent(ID, f"state-{number}", OPENING)
        except LinkWornOut:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        opened = list(pool.map(open_it, range(30)))

    row = imports.get(ID)
    assert row is not None
    assert row.imp.consent is not None
    assert len(row.imp.consent.openings) == opened.count(True) == MOST_OPENINGS


class TestDynamoTenantsOnTheEngine(TenantsContract):
    @pytest.fixture
    def tenants(self, engine_dynamodb: "DynamoDBClient") -> Tenants:
        return DynamoTenants(Table(engine_dynamodb, created(engine_dynamodb, "AccountsTable")))


class TestKmsVaultOnTheEngine(VaultContract):
    @pytest.fixture
    def vault(self, engine: Engine) -> Vault:
        client = engine.client("kms")
        return KmsVault(client, client.create_key()["KeyMetadata"]["Arn"])


class TestDynamoFilesOnTheEngine(FilesContract):
    @pytest.fixture
    def files(self, engine_dynamodb: "DynamoDBClient") -> Files:
        return DynamoFiles(Table(engine_dynamodb, created(engine_dynamodb, "ImportsTable")))
