"""Canaries go through every flow and refusal of the CloudSponge dialect; they are nowhere but where they have to be."""

import json
import time
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote, urlencode

import pytest
from cloudsponge_wire import ALICE, BASIC, FORM, IN_QUERY, Reply, Wire, basic
from consenting import Application
from written import everything_written

from local.sandbox.consent.person import Person

CANARY = "zz-canary"
USER = f"{CANARY}-user-id"
"""Callers get it back with every answer, so that it alone is kept: in the import's row."""

SAID = {
    "username": f"{CANARY}-user@example.org",
    "password": f"{CANARY}-password",
    "echo": f"{CANARY}-echo",
    "state": f"{CANARY}-state",
}
ENDS = ("INITIALIZING", "GATHERING", "COMPLETE")


@pytest.fixture(scope="module")
def wire(application: Application) -> Wire:
    return Wire(application.stack.base_url)


def refusals(wire: Wire, import_id: int) -> Iterator[Reply]:
    """Calls that are refused, with a canary in every place that a caller can write into."""
    paths = (f"/contacts/{CANARY}", f"/events/{CANARY}.xml", f"/begin_import/{CANARY}", "/begin_import/import.xml")
    headers = (BASIC, basic(CANARY, CANARY), {"Authorization": f"Bearer {CANARY}"}, {})
    queries = (
        f"domain_key={CANARY}&domain_password={CANARY}",
        f"domain_key={CANARY}&domain_key={CANARY}",
        urlencode({**SAID, "service": CANARY}),
        urlencode({**SAID, "service": "icloud", "username": f"{CANARY}:x"}),
        urlencode({**SAID, "service": "icloud", "user_id": f"{CANARY}\r\nX: 1"}),
        urlencode({**SAID, "service": "carddav", "server": f"https://u:{CANARY}@example.org/"}),
        urlencode({**SAID, "service": "carddav", "server": f"https://10.0.0.1/{CANARY}"}),
        urlencode({"service": "gmail", "redirect_url": f"https://{CANARY}.example/"}),
        urlencode({"service": "icloud", "echo": CANARY * 300}),
        urlencode({"callback": f"{CANARY}(1)", "start": CANARY}),
    )
    for path, header, query in product(paths, headers, queries):
        yield wire.get(f"{path}?{query}", header)
    yield wire.get(f"/contacts/{import_id}?start={CANARY}")
    for content_type in (f"multipart/form-data; boundary={CANARY}", FORM["Content-Type"]):
        body = f'--{CANARY}\r\nContent-Disposition: form-data; name="{CANARY}\r\n\r\n{CANARY}'
        yield wire.send("POST", "/begin_import/import", {**BASIC, "Content-Type": content_type}, body.encode())


def test_no_canary_is_left_anywhere_by_a_flow_or_a_refusal(application: Application, wire: Wire) -> None:
    refused = wire.post("/begin_import/import", {**SAID, "service": "icloud", "user_id": USER}).import_id
    denied = wire.post("/begin_import/import", {**SAID, "service": "gmail", "user_id": USER})
    granted = wire.get(
        f"/begin_import/user_consent.json?service=outlookcom&{urlencode(SAID)}&{IN_QUERY}&callback=f", {}
    )
    Person().consent(denied.json["url"], allow=False)
    Person().consent(json.loads(granted.body.removeprefix(b"/**/f(").removesuffix(b")"))["url"])
    assert wire.over(refused)["value"] == 263
    assert wire.over(denied.import_id)["value"] == 514
    for path in (f"/events/{refused}", f"/contacts.xml/{refused}", f"/contacts/{denied.import_id}"):
        wire.get(f"{path}?{urlencode(SAID)}&user_id={CANARY}&_={CANARY}")

    replies = list(refusals(wire, refused))

    assert {reply.status for reply in replies} <= {400, 401, 404}
    assert not [reply for reply in replies if CANARY in reply.head.lower() or CANARY.encode() in reply.body.lower()]
    assert {"no-store" in reply.headers["cache-control"] for reply in replies} == {True}
    application.settle()
    written = list(everything_written(application.stack))
    assert any(str(refused) in text for where, text in written if where == "execution")
    assert not [where for where, text in written if CANARY in text.replace(USER, "").lower()]
    assert {where for where, text in written if USER in text} == {"table"}


def test_polls_never_go_back_and_complete_is_never_told_before_the_contacts_can_be_had(wire: Wire) -> None:
    import_id = wire.post("/begin_import/import", ALICE).import_id
    seen = [(0, 0)]
    deadline = time.monotonic() + 90

    while seen[-1][0] < len(ENDS) and time.monotonic() < deadline:
        before = wire.get(f"/contacts/{import_id}")
        events = wire.events(import_id)
        seen.append((len(events), sum(event["value"] for event in events)))
        assert before.status == 404 or len(events) == len(ENDS)

    contacts = wire.get(f"/contacts/{import_id}?echo={quote('…')}")
    assert seen == sorted(seen)
    assert (contacts.status, contacts.json["total"]) == (200, seen[-1][1])
