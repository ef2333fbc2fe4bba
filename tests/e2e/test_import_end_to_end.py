"""A whole import over HTTP, through the deployed template, from a real server."""

import csv
import io

from api_client import ApiClient, new_client, operator

from local.sandbox.radicale import Radicale
from local.stack import Stack, path_of, transitions


def imported(api: ApiClient, radicale: Radicale) -> int:
    started = api.start("carddav", radicale.username, radicale.password, radicale.url)
    status = api.finished(started["id"])
    assert status["state"] == "complete", status
    return int(started["id"])


def test_every_card_arrives_once_and_the_execution_takes_few_transitions(
    stack: Stack, api: ApiClient, radicale: Radicale
) -> None:
    import_id = imported(api, radicale)

    status = api.status(import_id)
    contacts = api.contacts(import_id)
    assert status["contacts"]["so_far"] == status["contacts"]["announced"] == len(contacts) == 1_200
    assert len({contact["id"] for contact in contacts}) == 1_200
    assert len(api.ledger(import_id)) == 1_200
    execution = next(it for it in stack.executions() if it["name"] == str(import_id))
    history = stack.history(execution["executionArn"])
    assert path_of(history)[:2] == ["Poll status", "Finished?"]
    assert path_of(history)[-1] == "Close import"
    assert transitions(history) <= 6


def test_the_same_contacts_come_in_every_format(api: ApiClient, radicale: Radicale) -> None:
    path = f"/v1/imports/{imported(api, radicale)}/contacts?limit=1000"

    vcards = api.call("GET", path, headers={"Accept": "text/vcard"})
    jscontacts = api.call("GET", path, headers={"Accept": "application/jscontact+json"})
    rows = api.call("GET", path, headers={"Accept": "text/csv"})

    assert vcards.text.count("BEGIN:VCARD") == 1_000
    assert len(jscontacts.json()) == 1_000
    assert len(list(csv.reader(io.StringIO(rows.text)))) == 1_001
    assert 'rel="next"' in vcards.headers["Link"]


def test_a_repeated_start_with_one_key_is_one_import(stack: Stack, api: ApiClient, radicale: Radicale) -> None:
    header = {"Idempotency-Key": "one-and-the-same"}

    first = api.start("carddav", radicale.username, radicale.password, radicale.url, **header)
    second = api.start("carddav", radicale.username, radicale.password, radicale.url, **header)

    assert first["id"] == second["id"]
    api.finished(first["id"])
    assert sum(it["name"].startswith(str(first["id"])) for it in stack.executions()) == 1


def test_another_tenants_import_looks_like_none(stack: Stack, api: ApiClient, radicale: Radicale) -> None:
    import_id = imported(api, radicale)
    stranger = new_client(stack, "stranger")

    foreign = stranger.call("GET", f"/v1/imports/{import_id}")
    unknown = stranger.call("GET", "/v1/imports/1")

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


def test_a_deleted_import_is_gone_with_its_pages(stack: Stack, api: ApiClient, radicale: Radicale) -> None:
    import_id = imported(api, radicale)

    assert api.call("DELETE", f"/v1/imports/{import_id}").status_code == 204

    assert api.call("GET", f"/v1/imports/{import_id}").status_code == 404
    assert api.call("GET", f"/v1/imports/{import_id}/contacts").status_code == 404
    left = stack.client("dynamodb").query(
        TableName=stack.imports_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"I#{import_id}"}},
    )["Items"]
    assert [item["sk"]["S"] for item in left] == ["import"]
    assert not {"data_key", "credential", "cursor"} & left[0].keys()


def test_a_disabled_tenant_and_a_rotated_key_are_refused_at_once(stack: Stack) -> None:
    client = new_client(stack, "short lived")
    tenant = next(line.split()[0] for line in operator(stack, "tenants", "list").splitlines() if "short lived" in line)
    assert client.call("GET", "/v1/sources").status_code == 200

    rotated = ApiClient(stack.base_url, operator(stack, "tenants", "rotate", tenant).split()[1])
    assert client.call("GET", "/v1/sources").status_code == 401
    assert rotated.call("GET", "/v1/sources").status_code == 200

    operator(stack, "tenants", "disable", tenant)
    assert rotated.call("GET", "/v1/sources").status_code == 401


def test_a_closed_import_keeps_no_credential_and_no_cursor(stack: Stack, api: ApiClient, radicale: Radicale) -> None:
    import_id = imported(api, radicale)

    row = stack.client("dynamodb").get_item(
        TableName=stack.imports_table, Key={"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}}
    )["Item"]

    assert "credential" not in row
    assert "cursor" not in row
