"""What callers get who start an import that needs a consent, or ask what can be started."""

import json
from typing import Any

from cloudsponge_dialect import Dialect, assert_refused
from entrances import Entrances, asking, event
from test_native_entrance import assert_problem

from rubrica.adapters.memory import MemoryApps
from rubrica.domain.consent import App
from rubrica.domain.imports import TenantId
from rubrica.errors import SecretsUnavailable, ServiceUnavailable, SourceNotConfigured, UpstreamNotConfigured


def test_sources_are_listed_with_what_they_offer(entrances: Entrances) -> None:
    answered = entrances.start_import(event("start_import/sources"))

    assert answered.status == 200
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["content-type"] == "application/json"
    told = {source["name"]: (source["method"], source["configured"]) for source in answered.body["sources"]}
    assert told == {
        "carddav": ("password", True),
        "icloud": ("password", True),
        "google": ("consent", True),
        "microsoft": ("consent", False),
        "upload": ("upload", True),
        "cloudsponge": ("relay", False),
    }


def test_a_source_that_is_not_set_up_is_refused(entrances: Entrances) -> None:
    body = json.dumps({"source": "microsoft"})

    assert_problem(entrances.start_import(asking("start_import/consent_import", body=body)), SourceNotConfigured)
    assert entrances.world.imports.rows == {}


def test_another_service_that_is_not_set_up_is_refused_with_what_sets_it_up(entrances: Entrances) -> None:
    body = json.dumps({"source": "cloudsponge", "service": "plaxo"})

    answered = entrances.start_import(asking("start_import/consent_import", body=body))

    assert_problem(answered, UpstreamNotConfigured)
    assert "upstreams set" in answered.body["detail"]
    assert entrances.world.imports.rows == {}


def test_a_user_name_is_refused_where_a_page_asks_with_the_field_that_suggests_one(entrances: Entrances) -> None:
    body = json.dumps({"source": "google", "username": "alice@example.com"})

    answered = entrances.start_import(asking("start_import/consent_import", body=body))

    assert (answered.body["code"], answered.body["field"]) == ("field_invalid", "username")
    assert "'login_hint'" in answered.body["rule"]


def test_a_redirect_url_that_is_not_registered_is_refused_by_its_field(entrances: Entrances) -> None:
    body = json.dumps({"source": "google", "redirect_url": "https://zz-canary.example/"})

    answered = entrances.start_import(asking("start_import/consent_import", body=body))

    assert (answered.status, answered.body["field"]) == (422, "redirect_url")
    assert "canary" not in answered.text
    assert entrances.world.imports.rows == {}


def test_secrets_that_cannot_be_read_are_a_503(entrances: Entrances, log: Any) -> None:
    class Locked(MemoryApps):
        def app(self, tenant: object, source: str) -> None:
            raise SecretsUnavailable("ThrottlingException")

    entrances.world.apps = Locked({})

    for name in ("consent_import", "sources"):
        assert_problem(entrances.start_import(event(f"start_import/{name}")), ServiceUnavailable)
    assert [line["reason"] for line in log() if line.get("level") == "ERROR"] == ["ThrottlingException"] * 2


def test_an_app_that_is_written_wrong_costs_no_other_source(entrances: Entrances) -> None:
    class Halfway(MemoryApps):
        def app(self, tenant: TenantId, source: str) -> App | None:
            if source == "google":
                raise SecretsUnavailable(SecretsUnavailable.MALFORMED)
            return super().app(tenant, source)

    entrances.world.apps = Halfway({"microsoft": App("client", "secret")})

    listed = entrances.start_import(event("start_import/sources")).body["sources"]

    assert {it["name"] for it in listed if not it["configured"]} == {"google", "cloudsponge"}
    told = ("app_malformed", {"source": "google", "reason": "SecretMalformed"})
    assert entrances.world.telemetry.events == [told]
    assert_problem(entrances.start_import(event("start_import/consent_import")), SourceNotConfigured)
    assert entrances.world.telemetry.events == [told] * 2
    assert entrances.world.imports.rows == {}


def test_an_app_that_is_written_wrong_is_not_set_up_in_the_other_dialect_either(dialect: Dialect) -> None:
    class Wrong(MemoryApps):
        def app(self, tenant: TenantId, source: str) -> App | None:
            raise SecretsUnavailable(SecretsUnavailable.MALFORMED)

    dialect.world.apps = Wrong({})

    assert_refused(dialect.begin({"service": "gmail"}, "user_consent"), 400, 513)
    assert dialect.started == 0
