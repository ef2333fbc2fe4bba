"""A source that is opened by a consent stands in several places: each of them has it, and says the same of it."""

import re

import pytest

from rubrica.adapters.egress import GuardedEgress
from rubrica.adapters.memory import MemoryFiles, MemoryUpstreamAccounts
from rubrica.bootstrap.poll_status import readers
from rubrica.bootstrap.sources import authorization_servers
from rubrica.operator.providers import PROVIDERS
from rubrica.settings import SandboxSettings
from rubrica.sources.registry import SOURCES
from tests.contract.deployed_template import ROOT

BY_CONSENT = {name: source.consent for name, source in SOURCES.items() if source.consent}
NO_SANDBOX = SandboxSettings(presets="", sign_in="", people="", graph="")


def test_every_source_has_a_reader() -> None:
    assert set(readers(GuardedEgress(), MemoryUpstreamAccounts(), MemoryFiles(), NO_SANDBOX)) == set(SOURCES)


def test_the_functions_know_the_authorization_server_that_the_source_names() -> None:
    assert authorization_servers("") == BY_CONSENT


def test_an_operator_can_set_up_every_source_that_wants_a_consent() -> None:
    assert set(PROVIDERS) == set(BY_CONSENT)


@pytest.mark.parametrize("name", sorted(BY_CONSENT))
def test_the_operators_document_has_what_is_to_be_registered(name: str) -> None:
    document = (ROOT / "docs/providers.md").read_text("utf-8")
    server = BY_CONSENT[name]
    assert server is not None

    words = set(re.findall(r"`([^`]+)`", document))

    assert f"https://rubrica.example.com/oauth/{name}/callback" in words
    assert {*server.scopes, *server.optional.values()} <= words
