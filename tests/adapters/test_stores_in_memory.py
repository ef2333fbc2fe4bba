"""The stores in memory, which stand in for the tables in other tests, keep the same promises."""

import pytest
from imports_contract import ImportsContract
from tenants_contract import TenantsContract

from rubrica.adapters.memory import MemoryImports, MemoryTenants
from rubrica.ports import Imports, Tenants


class TestMemoryImports(ImportsContract):
    @pytest.fixture
    def imports(self) -> Imports:
        return MemoryImports()


class TestMemoryTenants(TenantsContract):
    @pytest.fixture
    def tenants(self) -> Tenants:
        return MemoryTenants()
