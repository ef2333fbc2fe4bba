"""What every register of apps promises (ports.Apps); a store's own test module sets the apps up and runs it."""

from collections.abc import Callable, Mapping

from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.ports import Apps
from tests.fakes import OTHER_TENANT, TENANT

GOOGLE = App("app.apps.example.com", "canary-client-secret-1")
MICROSOFT = App(
    "11111111-2222-3333-4444-555555555555",
    "canary~client.secret_2",
    "https://app.example.org/auth-proxy.html?x=1",
    "organizations",
)
OWN = App("own.apps.example.com", "canary-client-secret-3", "http://127.0.0.1:8080/auth")

Setup = Callable[[Mapping[TenantId | None, Mapping[str, App]]], Apps]
"""Makes a register that holds these apps, None being the installation."""


class AppsContract:
    """Each test gets `setup`."""

    def test_where_nothing_is_set_up_there_is_no_app(self, setup: Setup) -> None:
        apps = setup({})

        assert apps.app(TENANT.id, "google") is None
        assert apps.app(TENANT.id, "microsoft") is None

    def test_the_installations_app_serves_every_tenant(self, setup: Setup) -> None:
        apps = setup({None: {"google": GOOGLE, "microsoft": MICROSOFT}})

        for tenant in (TENANT, OTHER_TENANT):
            assert apps.app(tenant.id, "google") == GOOGLE
            assert apps.app(tenant.id, "microsoft") == MICROSOFT
            assert apps.app(tenant.id, "carddav") is None

    def test_a_tenants_own_app_goes_first_for_its_source_alone(self, setup: Setup) -> None:
        apps = setup({None: {"google": GOOGLE, "microsoft": MICROSOFT}, TENANT.id: {"google": OWN}})

        assert apps.app(TENANT.id, "google") == OWN
        assert apps.app(TENANT.id, "microsoft") == MICROSOFT
        assert apps.app(OTHER_TENANT.id, "google") == GOOGLE

    def test_a_tenants_own_app_serves_nobody_else(self, setup: Setup) -> None:
        apps = setup({TENANT.id: {"google": OWN}})

        assert apps.app(TENANT.id, "google") == OWN
        assert apps.app(OTHER_TENANT.id, "google") is None
