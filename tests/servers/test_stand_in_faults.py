"""What the stand-ins share: faults on request and the control endpoint."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from stand_ins import Client

from local.sandbox.google_people import api as people_api
from local.sandbox.microsoft_graph import api as graph_api
from local.sandbox.stand_in import faults, wire
from local.sandbox.stand_in.launch import StandIn

CONNECTIONS = "/v1/people/me/connections"
NAMES = {"personFields": "names", "pageSize": 50}


@pytest.fixture
def client(people: StandIn) -> Iterator[Client]:
    with Client(people, "both") as client:
        yield client


def rule(**told: Any) -> dict[str, Any]:
    return {"rules": [{"path": "connections$", **told}]}


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_fault_is_for_one_page(client: Client, people: StandIn) -> None:
    people.control(**rule(page=3, status=503, headers={"Retry-After": "7"}))
    pages = client.google_pages(CONNECTIONS, **NAMES)
    next(pages)
    token = next(pages)["nextPageToken"]

    answer = client.ask(CONNECTIONS, **NAMES, pageToken=token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json()["error"]["status"] == "UNAVAILABLE"


def test_a_fault_is_for_all_pages_from_one_on(client: Client, people: StandIn) -> None:
    people.control(**{"rules": [{"path": "connections$", "from": 2, "status": 401}]})
    token = client.get(CONNECTIONS, **NAMES)["nextPageToken"]

    assert [client.error(CONNECTIONS, **NAMES, pageToken=token)[1]["status"] for _ in range(2)] == [
        "UNAUTHENTICATED",
        "UNAUTHENTICATED",
    ]


def test_a_fault_happens_so_many_times(client: Client, people: StandIn) -> None:
    people.control(**rule(times=2, status=429))

    assert [client.ask(CONNECTIONS, **NAMES).status_code for _ in range(3)] == [429, 429, 200]


def test_a_fault_is_for_the_paths_that_it_names(client: Client, people: StandIn) -> None:
    people.control(rules=[{"path": "^/v1/otherContacts$", "status": 500}])

    assert client.get(CONNECTIONS, **NAMES)
    assert client.error("/v1/otherContacts", readMask="names")[1]["status"] == "INTERNAL"


def test_a_body_and_headers_can_be_given(client: Client, people: StandIn) -> None:
    people.control(**rule(status=418, body={"odd": True}, headers={"Content-Type": "text/plain"}))

    answer = client.ask(CONNECTIONS, **NAMES)
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (418, '{"odd":true}', "text/plain")


def test_a_body_can_break_off(client: Client, people: StandIn) -> None:
    people.control(**rule(truncate=1000))

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.ask(CONNECTIONS, **NAMES)


def test_a_body_can_be_slow(client: Client, people: StandIn) -> None:
    people.control(**rule(body="x" * 1000, slow={"bytes_per_second": 2500, "delay": 0.1}))
    began = time.monotonic()

    assert client.ask(CONNECTIONS, **NAMES).text == "x" * 1000
    assert 0.4 < time.monotonic() - began < 5


def test_every_answer_can_be_late(client: Client, people: StandIn) -> None:
    people.control(latency=0.3)
    began = time.monotonic()
    client.get(CONNECTIONS, **NAMES)

    assert time.monotonic() - began > 0.29


def test_an_answer_can_stay_out(people: StandIn) -> None:
    people.control(**rule(hang=True))

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{people.url}{CONNECTIONS}", timeout=0.3)


def test_a_page_of_html_can_come_instead(client: Client, people: StandIn) -> None:
    people.control(**rule(html=True))

    answer = client.ask(CONNECTIONS, **NAMES)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


def test_an_error_can_come_with_status_200(client: Client, people: StandIn) -> None:
    people.control(**rule(error_in_200=True, status=429))

    assert client.get(CONNECTIONS, **NAMES)["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_a_body_can_be_in_another_charset_than_it_says(client: Client, people: StandIn) -> None:
    people.control(**rule(charset="utf-16"))

    answer = client.ask(CONNECTIONS, **NAMES)
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert json.loads(answer.content.decode("utf-16"))["connections"]


def test_an_empty_page_with_a_token_loses_nobody(client: Client, people: StandIn) -> None:
    people.control(**rule(page=2, empty_page=True))

    pages = list(client.google_pages(CONNECTIONS, **NAMES))
    assert [len(page.get("connections", [])) for page in pages] == [50, 0, 50, 50, 50, 50]


def test_a_page_token_can_lead_to_itself(client: Client, people: StandIn) -> None:
    people.control(**rule(page=2, repeat_token=True))
    token = client.get(CONNECTIONS, **NAMES)["nextPageToken"]

    assert client.get(CONNECTIONS, **NAMES, pageToken=token)["nextPageToken"] == token


def test_a_page_token_can_expire_on_the_way(client: Client, people: StandIn) -> None:
    people.control(**rule(page=2, times=1, expire_page_token=True))
    token = client.get(CONNECTIONS, **NAMES)["nextPageToken"]

    assert client.error(CONNECTIONS, **NAMES, pageToken=token)[0] == 400
    assert client.get(CONNECTIONS, **NAMES, pageToken=token)


def test_faults_of_paging_are_the_same_in_graph(graph: StandIn) -> None:
    path = "/v1.0/me/contacts"
    graph.control(reset=True, rules=[{"path": "contacts$", "page": 2, "empty_page": True}])
    with Client(graph, "reader") as client:
        assert [len(page["value"]) for page in client.graph_pages(path)] == [10, 0, 10, 10, 10, 10, 10]
        link = client.get(path)["@odata.nextLink"]
        graph.control(rules=[{"path": "contacts$", "page": 2, "repeat_token": True}])
        assert client.get(link)["@odata.nextLink"] == link
        graph.control(rules=[{"path": "contacts$", "page": 2, "expire_page_token": True}])
        assert client.error(link)[0] == 400
        graph.control(rules=[{"path": "contacts$", "error_in_200": True}])
        assert client.get(path)["error"]["code"] == "ErrorAccessDenied"


# --- the control endpoint ---------------------------------------------------------------------------------------------


def test_the_report_names_no_token_and_no_value(client: Client, people: StandIn) -> None:
    client.get(CONNECTIONS, **NAMES)
    client.error(CONNECTIONS)

    assert people.report()["counts"] == {CONNECTIONS: {"200": 1, "400": 1}}
    assert people.requests()[0] == {
        "path": CONNECTIONS,
        "query": ["pageSize", "personFields"],
        "status": 200,
        "in_flight": 1,
    }


def test_a_request_from_before_a_reset_is_not_counted_when_it_ends_after_it(client: Client, people: StandIn) -> None:
    people.control(**rule(slow={"delay": 0.5}))
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(client.ask, CONNECTIONS, **NAMES)
        deadline = time.monotonic() + 10
        while not people.report()["in_flight"]:
            assert time.monotonic() < deadline
        people.control(reset=True)
        late.result(30)

    assert (people.report()["counts"], people.requests(), people.report()["in_flight"]) == ({}, [], 0)


def test_the_document_names_every_setting_and_every_part_of_a_rule() -> None:
    control = (
        (Path(__file__).parents[2] / "docs/sandbox.md")
        .read_text("utf-8")
        .split("## Control")[1]
        .split("### Counters")[0]
    )
    told = set(re.findall(r"^\| `(\w+)`", control, re.MULTILINE))

    assert told == set(wire.SHARED) | set(people_api.SETTINGS) | set(graph_api.SETTINGS) | set(faults.RULE)


@pytest.mark.parametrize(
    "settings",
    [
        {"unheard": 1},
        {"latency": "long"},
        {"rules": "none"},
        {"rules": [{"path": "("}]},
        {"rules": [{"pages": 1}]},
        {"rules": [{"slow": {"speed": 1}}]},
        {"rules": [{"charset": "martian"}]},
        {"rules": [{"times": True}]},
        {"upsert": [{"resourceName": "places/1"}]},
    ],
)
def test_settings_that_make_no_sense_are_refused(people: StandIn, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"setting|resourceName"):
        people.control(**settings)


def test_a_refusal_names_every_setting_that_there_is(people: StandIn) -> None:
    with pytest.raises(ValueError, match="known are") as refused:
        people.control(unheard=1)

    listed = str(refused.value).partition("known are ")[2].split(", ")
    assert listed == sorted({*wire.SHARED, *people_api.SETTINGS})


def test_the_control_takes_json_from_this_machine_only(people: StandIn) -> None:
    url = f"{people.url}/control"

    assert requests.post(url, data="latency=1", timeout=5).status_code == 400
    assert requests.post(url, json={}, headers={"Host": "stand-in.example"}, timeout=5).status_code == 400
    assert requests.get(url, headers={"Host": "stand-in.example"}, timeout=5).status_code == 403
    assert requests.post(f"{people.url}{CONNECTIONS}", json={}, timeout=5).status_code == 405
