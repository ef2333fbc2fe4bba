"""What only a whole engine can do to an import: kill its workers, abort its execution, refuse its calls."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from local.sandbox.book import Book
from local.sandbox.radicale import PASSWORD, USERNAME
from tests.workflow.machines import EngineMachine, eventually, execution_arn
from tests.workflow.moody_server import MoodyServer

FUNCTIONS = (
    "StartImportFunction",
    "PagesFunction",
    "ReceiveAnswerFunction",
    "OauthCallbackFunction",
    "ReadImportFunction",
    "DeleteImportFunction",
    "PollStatusFunction",
    "CloseImportFunction",
    "SweepImportsFunction",
)


def test_a_worker_killed_in_the_middle_of_a_slice_costs_nothing_but_time(
    engine: EngineMachine, moody: MoodyServer, book: Book
) -> None:
    moody.be_slow(0.6)
    before = moody.reports
    import_id = engine.start(moody.url, USERNAME, PASSWORD)
    eventually(lambda: moody.reports, lambda reports: reports > before)

    assert engine.stack.kill_workers("PollStatusFunction")

    assert engine.ended(import_id)["failure"] is None
    contacts = engine.pages(import_id, "contacts", "contacts")
    assert not list(book.faults(contacts, engine.pages(import_id, "ledger", "entries")))
    assert "Runtime.ExitError" in json.dumps(engine.history(import_id), default=str)


def test_an_aborted_execution_is_caught_by_the_net(engine: EngineMachine, moody: MoodyServer) -> None:
    moody.refuse(503, times=1_000, Retry_After="900")
    import_id = engine.start(moody.url, USERNAME, PASSWORD)
    eventually(lambda: engine.status(import_id), lambda status: status["waiting_for"] == "provider")

    arn = execution_arn(engine.state_machine, str(import_id))
    engine.client("stepfunctions").stop_execution(executionArn=arn)

    assert engine.ended(import_id)["failure"]["code"] == "import_stalled"


def test_one_slow_import_does_not_hold_up_another(engine: EngineMachine, moody: MoodyServer, radicale_url: str) -> None:
    # The list and the cards: two pauses at least, together longer than anybody waits for an import here.
    moody.be_slow(15)
    slow = engine.start(moody.url, USERNAME, PASSWORD)
    quick = engine.start(radicale_url, USERNAME, PASSWORD)

    assert engine.ended(quick)["state"] == "complete"
    assert engine.status(slow)["state"] in ("created", "importing")
    moody.be_well()
    assert eventually(lambda: engine.status(slow)["state"], lambda state: state == "complete", 60) == "complete"


def test_what_was_deleted_is_gone_from_the_table(engine: EngineMachine, moody: MoodyServer) -> None:
    import_id = engine.start(moody.url, USERNAME, PASSWORD)
    engine.ended(import_id)
    engine.call("DELETE", f"/v1/imports/{import_id}")

    items = engine.client("dynamodb").query(
        TableName=engine.imports_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"I#{import_id}"}},
    )["Items"]

    assert not [item for item in items if item["sk"]["S"] != "import"]
    assert not [item for item in items if item.keys() & {"credential", "data_key", "cursor"}]


def test_the_sweeper_finds_nothing_to_do_after_imports_that_went_well(
    engine: EngineMachine, moody: MoodyServer
) -> None:
    engine.ended(engine.start(moody.url, USERNAME, PASSWORD))

    assert "errorType" not in engine.stack.invoke("SweepImportsFunction", {})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_log_holds_a_secret_or_a_contact(
    engine: EngineMachine, moody: MoodyServer, book: Book, function: str
) -> None:
    import_id = engine.start(moody.url, USERNAME, PASSWORD)
    engine.ended(import_id)
    engine.ended(engine.start(moody.url, USERNAME, "zz-canary-password"))
    engine.pages(import_id, "contacts", "contacts")
    engine.call("DELETE", f"/v1/imports/{import_id}")
    engine.stack.invoke("SweepImportsFunction", {})
    returned = "/auth?state=zz-canary-state&code=zz-canary-code&hop=1"
    sent = b"password=zz-canary"
    forms = (("/n/zz-canary-code", None), (returned, None), ("/csv/zz-canary", sent), ("/sign-in/zz-canary", sent))
    for path, form in forms:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(engine.stack.base_url + path, form, timeout=60)
        refused.value.close()
    person = next(iter(book.people.values()))

    lines = "\n".join(eventually(lambda: engine.stack.logs(function), len))

    assert lines
    for secret in (PASSWORD, "zz-canary", USERNAME, person.emails[0], person.last_name, "localdev"):
        assert secret not in lines


def test_imports_started_together_all_arrive(engine: EngineMachine, moody: MoodyServer) -> None:
    ids: list[int] = []
    threads = [
        threading.Thread(target=lambda: ids.append(engine.start(moody.url, USERNAME, PASSWORD))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(ids)) == 4
    assert {engine.ended(import_id)["state"] for import_id in ids} == {"complete"}
