"""Providers that say once what cannot be so, and imports that are complete all the same, or say that they are not."""

from typing import Any

import pytest
from consenting import Application

ONCE: dict[str, Any] = {"times": 1}


@pytest.fixture(autouse=True)
def _quiet_providers(application: Application) -> None:
    """Faults of a test are its own."""
    application.settle()
    application.sandbox.sign_in.reset()
    application.sandbox.people.control(reset=True)
    application.sandbox.graph.control(reset=True)


@pytest.mark.parametrize(
    "rules",
    [
        [{"path": "connections$", "page": 2, "body": {}}, {"path": "contactGroups$", "body": {}}],
        [
            {
                "path": "connections$",
                "page": 1,
                "body": {"connections": [{"resourceName": "people/c1"}], "totalItems": 9},
            }
        ],
        [{"path": "connections$", "page": 1, "charset": "iso-8859-1"}],
    ],
)
def test_what_google_says_once_and_cannot_be_costs_nothing(
    application: Application, rules: list[dict[str, Any]]
) -> None:
    application.sandbox.people.control(rules=[rule | ONCE for rule in rules])

    status = application.run("google")

    assert status["state"] == "complete", status
    contacts, ledger = application.api.contacts(status["id"]), application.api.ledger(status["id"])
    assert list(application.sandbox.books.google.faults(contacts, ledger, other_contacts=False)) == []
    assert not {"text_replaced", "card_missing"} & {reason for line in ledger for reason in line["reasons"]}


@pytest.mark.parametrize(
    "rules",
    [
        [{"path": "me/contacts$", "body": '{"value":[]}'}, {"path": "me/contactFolders$", "body": '{"value":[]}'}],
        [{"path": "me/contacts$", "charset": "iso-8859-1"}, {"path": "childFolders$", "body": '{"value":[]}'}],
    ],
)
def test_what_microsoft_says_once_and_cannot_be_costs_nothing(
    application: Application, rules: list[dict[str, Any]]
) -> None:
    application.sandbox.graph.control(rules=[rule | ONCE for rule in rules])

    status = application.run("microsoft")

    assert status["state"] == "complete", status
    contacts, ledger = application.api.contacts(status["id"]), application.api.ledger(status["id"])
    assert list(application.sandbox.books.microsoft.faults(contacts, ledger)) == []
    assert "text_replaced" not in {reason for line in ledger for reason in line["reasons"]}


def test_a_list_that_stays_short_is_never_complete(application: Application) -> None:
    application.sandbox.people.control(rules=[{"path": "connections$", "page": 2, "body": {}}])

    status = application.run("google")

    assert (status["state"], status["failure"]["code"]) == ("failed", "answer_unreadable")
