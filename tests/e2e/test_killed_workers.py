"""The worker's process is killed in the middle of slices: the import still ends with exactly the same contacts."""

import json
import random
import time

import pytest
from api_client import ApiClient

from local.sandbox.radicale import Radicale
from local.stack import Stack

HITS = 10
"""Executions that have to lose a running slice."""

MOST_IMPORTS = 40
"""A kill between two slices hits nobody; so many imports are enough for any luck."""

DEATHS = ("Runtime.ExitError", "Runtime.Unknown")
"""What the workflow hears of a worker that died while it ran."""


def contents(contacts: list[dict[str, object]]) -> list[str]:
    return sorted(str(contact) for contact in contacts)


def lost_a_slice(stack: Stack, import_id: int) -> bool:
    """Whether an execution of the import saw its worker die."""
    own = [it["executionArn"] for it in stack.executions() if it["name"].partition("-")[0] == str(import_id)]
    told = json.dumps([stack.history(arn) for arn in own], default=str)
    return any(death in told for death in DEATHS)


# A minute, and much more on a slow machine, where a slice that was killed is waited for as often.
@pytest.mark.timeout(600)
def test_imports_whose_slices_are_killed_ten_times_bring_the_same_contacts(
    stack: Stack, api: ApiClient, radicale: Radicale
) -> None:
    began = time.monotonic()
    undisturbed = api.start("carddav", radicale.username, radicale.password, radicale.url)["id"]
    assert api.finished(undisturbed)["state"] == "complete"
    usual = time.monotonic() - began
    expected = contents(api.contacts(undisturbed))
    moments = random.Random(17)

    hits = 0
    for _ in range(MOST_IMPORTS):
        import_id = api.start("carddav", radicale.username, radicale.password, radicale.url)["id"]
        time.sleep(moments.uniform(0.1, usual))
        stack.kill_workers("PollStatusFunction")
        assert api.finished(import_id)["state"] == "complete"
        assert contents(api.contacts(import_id)) == expected
        hits += lost_a_slice(stack, import_id)
        if hits == HITS:
            break

    assert hits == HITS
