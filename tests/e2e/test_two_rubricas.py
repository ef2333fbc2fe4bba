"""Two installations in a chain: the outer one imports through the inner one, as source `cloudsponge`."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from api_client import ApiClient, operator
from cloudsponge_wire import ALICE, Wire, stages

from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.consent.person import Person
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.providers import Books
from local.stack import Stack, running_stack
from local.tenant import BEARER, DOMAIN_KEY, DOMAIN_PASSWORD, seed
from rubrica.adapters.upstreams import UpstreamRegister
from rubrica.domain.imports import TenantId
from rubrica.errors import UpstreamServiceUnknown
from rubrica.ports import Upstream

SUCCESS = [("INITIALIZING", "COMPLETED"), ("GATHERING", "COMPLETED"), ("COMPLETE", "COMPLETED")]
ALL_PARTS = {"include": "mailing_address"}


@dataclass
class Chain:
    """Both installations, as their callers see them."""

    inner: Wire
    outer: Wire
    outer_stack: Stack

    @property
    def api(self) -> ApiClient:
        """The outer one's own surface."""
        return ApiClient(self.outer.base_url, BEARER)

    def know(self, address: str, password: str = DOMAIN_PASSWORD) -> None:
        """Let the outer one use this upstream."""
        register = UpstreamRegister(self.outer_stack.client("secretsmanager"), self.outer_stack.upstreams_secret)
        register.keep(Upstream(address, DOMAIN_KEY, password, ("gmail", "icloud", "plaxo")))


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    books = Books(sample_book(120), google_book(), microsoft_book())
    with (
        running_machine(None, books, wait_scale=0.2) as (inner, _),
        running_stack(wait_scale=0.2) as outer,
    ):
        seed(outer)
        found = Chain(Wire(inner.base_url), Wire(outer.base_url), outer)
        found.know(inner.base_url)
        yield found


def imported(wire: Wire, service: str) -> int:
    """A whole import of everything that a service has, with everything that its user has to do."""
    if service == "gmail":
        begun = wire.post("/begin_import/user_consent", {"service": service, **ALL_PARTS})
        Person().consent(begun.json["url"])
    else:
        begun = wire.post("/begin_import/import", {**ALICE, "service": service, **ALL_PARTS})
    assert stages(wire.events(begun.import_id))[0][0] == "INITIALIZING"
    assert wire.over(begun.import_id)["status"] == "COMPLETED"
    assert stages(wire.events(begun.import_id)) == SUCCESS
    return begun.import_id


@pytest.mark.parametrize("service", ["icloud", "gmail"])
def test_contacts_are_the_same_through_two(chain: Chain, service: str) -> None:
    there, here = imported(chain.inner, service), imported(chain.outer, service)

    own: dict[str, Any] = chain.inner.get(f"/contacts/{there}").json
    relayed: dict[str, Any] = chain.outer.get(f"/contacts/{here}").json
    assert own["total"] > 100
    assert relayed["contacts"] == own["contacts"]
    assert relayed["contacts_owner"] == own["contacts_owner"]
    assert (relayed["count"], relayed["total"]) == (own["count"], own["total"])
    assert chain.outer.events(here)[1]["value"] == own["total"]
    assert chain.outer.get(f"/contacts/{here}.xml").status == 200


def test_the_own_surface_imports_through_it_too(chain: Chain) -> None:
    started = chain.api.call(
        "POST",
        "/v1/imports",
        json={"source": "cloudsponge", "service": "iCloud", "username": "alice", "password": "sandbox-password"},
    )
    assert started.status_code == 202, started.text
    status = chain.api.finished(started.json()["id"])

    assert (status["state"], status["source"]) == ("complete", "cloudsponge")
    assert status["contacts"]["announced"] == status["contacts"]["so_far"] + status["contacts"]["rejected"]
    contacts = chain.api.contacts(status["id"])
    assert len({it["id"] for it in contacts}) == len(contacts) > 100


def test_it_is_offered_and_a_service_that_the_upstream_lacks_is_refused(chain: Chain) -> None:
    listed = {it["name"]: it for it in chain.api.call("GET", "/v1/sources").json()["sources"]}
    refused = chain.api.call("POST", "/v1/imports", json={"source": "cloudsponge", "service": "naver"})

    assert (listed["cloudsponge"]["method"], listed["cloudsponge"]["configured"]) == ("relay", True)
    assert (refused.status_code, refused.json()["field"]) == (422, "service")


def test_a_wrong_password_is_told_as_the_inner_one_tells_it(chain: Chain) -> None:
    begun = chain.outer.post("/begin_import/import", {**ALICE, "password": "wrong"})

    assert (chain.outer.over(begun.import_id)["status"], chain.outer.over(begun.import_id)["value"]) == ("ERROR", 263)


def test_a_consent_that_is_denied_is_told_as_the_inner_one_tells_it(chain: Chain) -> None:
    begun = chain.outer.post("/begin_import/user_consent", {"service": "gmail"})
    Person().consent(begun.json["url"], allow=False)
    last = chain.outer.over(begun.import_id)

    assert (last["status"], last["value"]) == ("ERROR", 514)


def test_what_the_inner_one_cannot_read_is_refused_with_its_code(chain: Chain) -> None:
    reply = chain.outer.post("/begin_import/import", {**ALICE, "service": "plaxo"})

    assert reply.json["status"] == "error"
    assert reply.json["error"]["code"] == 261
    assert reply.json["error"]["message"] == f"{UpstreamServiceUnknown.title} {UpstreamServiceUnknown.advice}"


def _told(chain: Chain, event: str) -> list[str]:
    return [line for line in chain.outer_stack.logs("StartImportFunction") if event in line]


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody answers. Its port is held, so that no other server gets it meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize(("address", "why"), [("inner", '"why":"401"'), ("nowhere", '"why":"server_unreachable"')])
def test_an_upstream_that_does_not_let_us_in_is_the_operators_trouble(
    chain: Chain, nowhere: str, address: str, why: str
) -> None:
    words = operator(chain.outer_stack, "tenants", "create", f"at {address}").split()
    tenant, key = words[words.index("tenant") + 1], words[words.index("key") + 1]
    url = chain.inner.base_url if address == "inner" else nowhere
    register = UpstreamRegister(chain.outer_stack.client("secretsmanager"), chain.outer_stack.upstreams_secret)
    register.keep(Upstream(url, DOMAIN_KEY, "canary-wrong", ("gmail",)), TenantId(tenant))

    refused = ApiClient(chain.outer.base_url, key).call(
        "POST", "/v1/imports", json={"source": "cloudsponge", "service": "gmail"}
    )

    assert (refused.status_code, refused.json()["code"]) == (502, "upstream_refused")
    assert refused.json()["upstream_code"] == 0
    # The engine keeps a function's lines a moment after its answer has gone out.
    deadline = time.monotonic() + 15
    while not any(why in line for line in _told(chain, "upstream_refused")):
        assert time.monotonic() < deadline, _told(chain, "upstream_refused")
        time.sleep(0.2)


def test_no_key_and_no_password_of_the_chain_is_logged(chain: Chain) -> None:
    imported(chain.outer, "icloud")

    for function in ("StartImportFunction", "PollStatusFunction", "ReadImportFunction"):
        told = "".join(chain.outer_stack.logs(function))
        assert told
        for secret in (DOMAIN_PASSWORD, "canary-wrong", ALICE["password"], "alice"):
            assert secret not in told
