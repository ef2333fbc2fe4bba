"""The deployed loop with the real handlers: what happens to an import when its provider is well, busy, dead or slow."""

from local.sandbox.book import Book
from local.sandbox.radicale import PASSWORD, USERNAME
from local.stack import transitions
from tests.workflow.machines import Machine, eventually, execution_arn
from tests.workflow.moody_server import MoodyServer


def everything_arrived(machine: Machine, import_id: int, book: Book) -> bool:
    contacts = machine.pages(import_id, "contacts", "contacts")
    ledger = machine.pages(import_id, "ledger", "entries")
    return not list(book.faults(contacts, ledger))


def test_an_import_takes_one_slice_and_at_most_six_transitions(
    machine: Machine, moody: MoodyServer, book: Book
) -> None:
    import_id = machine.start(moody.url, USERNAME, PASSWORD)

    assert machine.ended(import_id)["failure"] is None
    assert everything_arrived(machine, import_id, book)
    assert machine.path(import_id) == ["Poll status", "Finished?", "Close import"]
    assert transitions(machine.history(import_id)) <= 6


def test_a_provider_that_asks_for_time_gets_it_in_the_state_machine(
    machine: Machine, moody: MoodyServer, book: Book
) -> None:
    moody.refuse(429, times=2, Retry_After="7")

    import_id = machine.start(moody.url, USERNAME, PASSWORD)

    assert machine.ended(import_id)["failure"] is None
    assert everything_arrived(machine, import_id, book)
    assert machine.path(import_id)[:4] == ["Poll status", "Finished?", "Wait", "Poll status"]
    assert '"wait_seconds": 7' in str(machine.history(import_id)).replace('":7', '": 7')


def test_a_provider_that_stays_dead_ends_the_import_with_its_error(machine: Machine, moody: MoodyServer) -> None:
    moody.refuse(503, times=1_000)

    import_id = machine.start(moody.url, USERNAME, PASSWORD)
    ended = machine.ended(import_id)

    assert ended["state"] == "failed"
    assert ended["failure"]["code"] == "provider_unavailable"
    assert machine.path(import_id)[-2:] == ["Poll status", "Close import"]


def test_a_wrong_password_ends_the_import_at_once(machine: Machine, moody: MoodyServer) -> None:
    import_id = machine.start(moody.url, USERNAME, "zz-canary-password")
    ended = machine.ended(import_id)

    assert ended["failure"]["code"] == "sign_in_refused"
    assert machine.path(import_id) == ["Poll status", "Close import"]
    assert "zz-canary-password" not in str(machine.history(import_id))


def test_an_import_past_its_deadline_fails_even_if_the_provider_recovers(machine: Machine, moody: MoodyServer) -> None:
    moody.refuse(503, times=1_000, Retry_After="100")
    import_id = machine.start(moody.url, USERNAME, PASSWORD)
    eventually(lambda: machine.status(import_id), lambda status: status["waiting_for"] == "provider")

    machine.client("dynamodb").update_item(
        TableName=machine.imports_table,
        Key={"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}},
        UpdateExpression="SET deadline = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    moody.be_well()

    assert machine.ended(import_id)["failure"]["code"] == "deadline_exceeded"


def test_a_second_execution_for_the_same_import_has_no_effect(machine: Machine, moody: MoodyServer, book: Book) -> None:
    moody.be_slow(0.3)
    import_id = machine.start(moody.url, USERNAME, PASSWORD)
    workflows = machine.client("stepfunctions")
    first = execution_arn(machine.state_machine, str(import_id))
    asked = workflows.describe_execution(executionArn=first)["input"]
    workflows.start_execution(stateMachineArn=machine.state_machine, name=f"{import_id}-again", input=asked)

    assert machine.ended(import_id)["failure"] is None
    assert everything_arrived(machine, import_id, book)


def test_an_import_leaves_no_credential_behind(machine: Machine, moody: MoodyServer) -> None:
    import_id = machine.start(moody.url, USERNAME, PASSWORD)
    machine.ended(import_id)

    found = machine.client("dynamodb").get_item(
        TableName=machine.imports_table, Key={"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}}
    )

    assert not found["Item"].keys() & {"credential", "cursor"}
