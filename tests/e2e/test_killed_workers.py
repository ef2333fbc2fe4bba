"""The worker's process is killed at random moments: the import still ends with exactly the same contacts."""

import random
import time

from api_client import ApiClient

from local.sandbox.radicale import Radicale
from local.stack import Stack

KILLS = 10


def contents(contacts: list[dict[str, object]]) -> list[str]:
    return sorted(str(contact) for contact in contacts)


def test_an_import_whose_worker_is_killed_ten_times_brings_the_same_contacts(
    stack: Stack, api: ApiClient, radicale: Radicale
) -> None:
    undisturbed = api.start("carddav", radicale.username, radicale.password, radicale.url)["id"]
    assert api.finished(undisturbed)["state"] == "complete"
    expected = contents(api.contacts(undisturbed))
    moments = random.Random(17)

    for _ in range(KILLS):
        import_id = api.start("carddav", radicale.username, radicale.password, radicale.url)["id"]
        time.sleep(moments.uniform(0.1, 1.5))
        stack.kill_workers("PollStatusFunction")
        assert api.finished(import_id)["state"] == "complete"
        assert contents(api.contacts(import_id)) == expected
