"""The stores in memory, which stand in for the tables in other tests, keep the same promises."""

import pytest
from files_contract import FilesContract
from imports_contract import ImportsContract
from tenants_contract import TenantsContract
from vault_contract import VaultContract

from rubrica.adapters.memory import MemoryFiles, MemoryImports, MemoryTenants, MemoryVault
from rubrica.ports import Files, Imports, Tenants, Vault


class TestMemoryImports(ImportsContract):
    @pytest.fixture
    def imports(self) -> Imports:
        return MemoryImports()


class TestMemoryTenants(TenantsContract):
    @pytest.fixture
    def tenants(self) -> Tenants:
        return MemoryTenants()


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return MemoryVault()


class TestMemoryFiles(FilesContract):
    @pytest.fixture
    def files(self) -> Files:
        return MemoryFiles()
