"""A file that a user sends, from the link to the last contact, through the deployed template."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from api_client import ApiClient, Body
from written import everything_written

from local.sandbox.people import card, people
from local.stack import Stack

GOOGLE = (
    "First Name,Middle Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\r\n"
    "Anna,,Example,* myContacts,* Home,anna@example.com,Mobile,+1 202 555 0100\r\n"
    'Bea,,"Example, Jr.",,Work,bea@example.org,,\r\n'
)
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def begun(api: ApiClient, **fields: object) -> Body:
    answer = api.call("POST", "/v1/imports", json={"source": "upload", **fields})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def send(link: str, content: bytes, name: str = "contacts.vcf", **options: Any) -> requests.Response:
    return requests.post(link, files={"file": (name, content)}, timeout=60, **options)


def stored(stack: Stack, import_id: int) -> list[Mapping[str, Any]]:
    found = stack.client("dynamodb").query(
        TableName=stack.imports_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"I#{import_id}"}},
        ConsistentRead=True,
    )
    return list(found["Items"])


def test_every_contact_of_a_vcard_file_arrives(api: ApiClient, stack: Stack) -> None:
    cards = [card(person) for person in people(1_200, 5)]
    import_ = begun(api, user_id="user-17")
    page = requests.get(import_["consent_url"], timeout=60)
    assert (page.status_code, "Choose the file" in page.text) == (200, True)
    assert HEADERS.items() <= {name.lower(): value for name, value in page.headers.items()}.items()

    answered = send(import_["consent_url"], "".join(cards).encode())

    assert answered.status_code == 200, answered.text
    assert "Your contacts are being imported." in answered.text
    status = api.finished(import_["id"])
    assert (status["state"], status["contacts"]["announced"]) == ("complete", 1_200)
    contacts, ledger = api.contacts(import_["id"]), api.ledger(import_["id"])
    accounted = len(contacts) + status["contacts"]["rejected"] + status["contacts"]["merged"]
    assert accounted + status["contacts"]["groups"] == 1_200
    assert len(contacts) == len({contact["id"] for contact in contacts}) >= 1_190
    assert {contact["id"] for contact in contacts} >= {it["contact_id"] for it in ledger if it["outcome"] == "accepted"}
    assert any(item["sk"]["S"].startswith("file#") for item in stored(stack, import_["id"]))
    assert api.call("DELETE", f"/v1/imports/{import_['id']}").status_code == 204
    assert [item["sk"]["S"] for item in stored(stack, import_["id"])] == ["import"]


def test_a_csv_file_is_told_by_its_content(api: ApiClient) -> None:
    import_ = begun(api)

    assert send(import_["consent_url"], GOOGLE.encode(), "contacts.vcf").status_code == 200

    assert api.finished(import_["id"])["state"] == "complete"
    anna, bea = api.contacts(import_["id"])
    assert (anna["first_name"], anna["last_name"], anna["emails"][0]["address"]) == (
        "Anna",
        "Example",
        "anna@example.com",
    )
    assert anna["phones"][0] == {"number": "+1 202 555 0100", "type": "mobile", "primary": anna["phones"][0]["primary"]}
    assert (bea["last_name"], bea["emails"][0]["type"]) == ("Example, Jr.", "work")


@pytest.mark.parametrize(
    ("content", "status", "kept"),
    [
        (b"", 400, ""),
        (b"PK\x03\x04\x14\x00 not a list", 422, "file_not_contacts"),
        (b"1,2\n3,4\n", 422, "file_unreadable"),
        (b"x" * (4 * 1024 * 1024 + 1), 413, ""),
    ],
)
def test_a_file_of_no_use_is_refused_and_the_next_one_is_taken(
    api: ApiClient, stack: Stack, content: bytes, status: int, kept: str
) -> None:
    import_ = begun(api)

    refused = send(import_["consent_url"], content)

    assert (refused.status_code, "<form" in refused.text) == (status, True)
    assert api.status(import_["id"])["state"] == "awaiting_consent"
    assert stored(stack, import_["id"])[0]["consent"]["M"]["refused"] == {"S": kept}
    assert send(import_["consent_url"], GOOGLE.encode()).status_code == 200
    assert api.finished(import_["id"])["state"] == "complete"


def test_the_largest_file_arrives_whole_and_a_larger_one_meets_a_clear_end(api: ApiClient) -> None:
    import_ = begun(api)
    one = card(next(iter(people(1, 3))))
    padded = one.replace("END:VCARD", f"X-PADDING:{'x' * 60}\r\nEND:VCARD") * 40_000

    assert send(import_["consent_url"], b"x" * 5_000_000).json() == {"message": "Request Entity Too Large"}
    content = padded.encode()[: 4 * 1024 * 1024]
    assert send(import_["consent_url"], content).status_code == 200

    status = api.finished(import_["id"])
    assert status["contacts"]["announced"] == content.count(b"BEGIN:VCARD")
    assert status["contacts"]["so_far"] in (1, 2)  # all the same, but for the last one, which is cut


def test_of_many_files_at_once_one_is_imported(api: ApiClient, stack: Stack) -> None:
    import_ = begun(api)
    files = [GOOGLE.replace("anna", f"anna{number}").encode() for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda content: send(import_["consent_url"], content), files))

    assert {answer.status_code for answer in answers} == {200}
    assert all("<form" not in answer.text for answer in answers)
    assert api.finished(import_["id"])["state"] == "complete"
    anna, _ = api.contacts(import_["id"])
    assert anna["emails"][0]["address"] in {f"anna{number}@example.com" for number in range(8)}
    runs = [execution["name"] for execution in stack.executions() if execution["name"].startswith(str(import_["id"]))]
    assert runs == [str(import_["id"])]


def test_nothing_of_a_file_is_left_but_its_contacts(api: ApiClient, stack: Stack) -> None:
    import_, refused = begun(api), begun(api)
    canaries = GOOGLE.replace("anna", "zz-secret-anna").replace("Bea", "Zz-Secret-Bea")

    assert send(refused["consent_url"], b"PK\x03\x04 zz-secret", "zz-secret.csv").status_code == 422
    assert send(import_["consent_url"], canaries.encode(), "zz-secret.csv").status_code == 200

    assert api.finished(import_["id"])["state"] == "complete"
    assert "zz-secret" in json.dumps(api.contacts(import_["id"])).lower()
    codes = [begun_["consent_url"].rpartition("/")[2].lower() for begun_ in (import_, refused)]
    for where, text in everything_written(stack):
        assert "zz-secret" not in text.lower(), where
        assert codes[0] not in text.lower(), where
        # The one that waits stands in its row, so that its link can be known.
        assert codes[1] not in text.lower() or where == "table"
    assert any("file_received" in text for where, text in everything_written(stack) if where.startswith("log of Rec"))


def test_the_source_is_offered_like_any_other(api: ApiClient) -> None:
    sources = {source["name"]: source for source in api.call("GET", "/v1/sources").json()["sources"]}

    assert (sources["upload"]["method"], sources["upload"]["configured"]) == ("upload", True)
    refused = api.call("POST", "/v1/imports", json={"source": "upload", "username": "a", "password": "b"})
    assert (refused.status_code, refused.json()["field"]) == (422, "password")
