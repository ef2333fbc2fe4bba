"""Imports by consent, from the link to the last contact, through the deployed template."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest
from api_client import Body
from consenting import Application, bring, with_parameters
from written import everything_written

from local.sandbox.consent.person import Person
from local.stack import path_of
from local.tenant import ORIGIN, REDIRECT_URL

LONG_RUN = re.compile(r"[A-Za-z0-9_-]{200,}")
"""What a code or a token of the sandbox looks like."""


@pytest.fixture(autouse=True)
def _quiet_providers(application: Application) -> None:
    """Faults and counters of a test are its own, and so are the imports that meet them."""
    application.settle()
    application.sandbox.sign_in.reset()
    application.sandbox.people.control(reset=True)
    application.sandbox.graph.control(reset=True)


def everything_of(application: Application, status: Body) -> tuple[list[Body], list[Body]]:
    assert status["state"] == "complete", status
    return application.api.contacts(status["id"]), application.api.ledger(status["id"])


def test_every_contact_of_a_google_account_arrives_with_labels_and_other_contacts(application: Application) -> None:
    status = application.run("google", include=["other_contacts"], user_id="user-17")

    contacts, ledger = everything_of(application, status)
    assert len(contacts) >= 2_500
    assert list(application.sandbox.books.google.faults(contacts, ledger)) == []
    assert application.revocations() == 1


def test_other_contacts_come_only_when_they_are_wanted(application: Application) -> None:
    contacts, ledger = everything_of(application, application.run("google"))

    assert list(application.sandbox.books.google.faults(contacts, ledger, other_contacts=False)) == []


def test_every_contact_of_every_folder_of_a_microsoft_account_arrives(application: Application) -> None:
    contacts, ledger = everything_of(application, application.run("microsoft"))

    assert len(contacts) >= 1_200
    assert list(application.sandbox.books.microsoft.faults(contacts, ledger)) == []
    assert application.sandbox.graph.report()["max_in_flight"] <= 4


@pytest.mark.parametrize("source", ["google", "microsoft"])
def test_a_denied_consent_ends_the_import_at_once_with_its_own_code(application: Application, source: str) -> None:
    started = application.begin(source)

    page = Person().consent(started["consent_url"], allow=False)

    status = application.api.status(started["id"])
    assert (status["state"], status["failure"]["code"]) == ("failed", "consent_denied")
    assert status["failure"]["retryable"]
    assert status["failure"]["title"] in page
    assert application.asked_for_tokens(source) == 0


def test_the_box_for_contacts_left_unticked_is_a_failure_of_its_own(application: Application) -> None:
    started = application.begin("google", include=["other_contacts"])

    Person().consent(started["consent_url"], untick=["contacts.readonly"])

    status = application.api.finished(started["id"])
    assert (status["state"], status["failure"]["code"]) == ("failed", "consent_unticked")


def test_other_contacts_left_unticked_are_named_in_the_ledger_and_the_rest_arrives(application: Application) -> None:
    started = application.begin("google", include=["other_contacts"])

    Person().consent(started["consent_url"], untick=["contacts.other.readonly"])

    status = application.api.finished(started["id"])
    contacts, ledger = everything_of(application, status)
    assert status["reasons"]["scope_unticked"] == 1
    kept = [entry for entry in ledger if "scope_unticked" not in entry["reasons"]]
    assert list(application.sandbox.books.google.faults(contacts, kept, other_contacts=False)) == []


def test_fifty_identical_callbacks_at_once_are_one_token_request_and_one_execution(application: Application) -> None:
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    gate = threading.Barrier(50, timeout=60)

    def call(_: int) -> tuple[int, str]:
        gate.wait()
        answer = bring(person, callback)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(call, range(50)))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 200
    assert application.api.finished(started["id"])["state"] == "complete"
    assert application.asked_for_tokens("google") == 1
    assert sum(it["name"].partition("-")[0] == str(started["id"]) for it in application.stack.executions()) == 1
    late = bring(person, callback)
    assert (late.status_code, late.text) in answers


def refused_callbacks(application: Application, started: Body, callback: str, person: Person) -> dict[str, int]:
    """The status of each way in which a callback can be wrong."""
    stranger = Person()
    bring(stranger, application.begin("google")["consent_url"])
    elsewhere = callback.replace("/oauth/google/", "/oauth/microsoft/")
    tries = {
        "another browser": bring(stranger, callback),
        "no cookie": bring(Person(), callback),
        "another source's path": bring(person, elsewhere),
        "no state": bring(person, with_parameters(callback, state=None)),
        "an unknown state": bring(person, with_parameters(callback, state=f"{started['id']}.{'x' * 24}")),
        "a wrong issuer": bring(person, with_parameters(callback, iss="https://evil.example.com")),
        "no issuer": bring(person, with_parameters(callback, iss=None)),
        "two codes": bring(person, callback + "&code=another"),
        "a huge code": bring(person, with_parameters(callback, code="x" * 8_000)),
        "a code with NUL": bring(person, callback.replace("code=", "code=%00")),
        "code and error": bring(person, with_parameters(callback, error="access_denied")),
    }
    return {name: answer.status_code for name, answer in tries.items()}


def test_a_callback_that_does_not_fit_is_refused_without_a_token_request(application: Application) -> None:
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)

    statuses = refused_callbacks(application, started, callback, person)

    assert set(statuses.values()) == {400}, statuses
    assert application.asked_for_tokens("google") == 0
    assert application.api.status(started["id"])["state"] == "awaiting_consent"
    assert bring(person, callback).status_code == 200
    assert bring(person, with_parameters(callback, code="another")).status_code == 409
    assert application.api.finished(started["id"])["state"] == "complete"


def test_a_second_tab_hears_that_the_first_one_was_answered_and_another_browser_does_not(
    application: Application,
) -> None:
    started = application.begin("google")
    person = Person()
    first, second = (person.consent(started["consent_url"], follow_callback=False) for _ in range(2))
    assert bring(person, first).status_code == 200

    answered, foreign = bring(person, second), bring(Person(), second)

    assert (answered.status_code, foreign.status_code) == (409, 400)
    assert "has been answered already" in answered.text
    assert application.api.finished(started["id"])["state"] == "complete"
    assert application.asked_for_tokens("google") == 1


def test_a_callback_that_comes_too_late_finds_a_page_that_says_so(application: Application) -> None:
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    state = dict(part.split("=", 1) for part in callback.partition("?")[2].split("&"))["state"]
    age(application, started["id"])

    answer = bring(person, callback)

    assert answer.status_code == 410
    assert state not in answer.text
    assert application.asked_for_tokens("google") == 0


def age(application: Application, import_id: int) -> None:
    """Let the import be an hour old, and everything about its consent with it."""
    tables, key = application.stack.client("dynamodb"), {"pk": {"S": f"I#{import_id}"}, "sk": {"S": "import"}}
    item = tables.get_item(TableName=application.stack.imports_table, Key=key)["Item"]
    for name in ("created_at", "deadline", "due_at"):
        item[name] = {"N": str(int(item[name]["N"]) - 3600)}
    for opening in item.get("openings", {"M": {}})["M"].values():
        opening["M"]["until"] = {"N": str(int(opening["M"]["until"]["N"]) - 3600)}
    tables.put_item(TableName=application.stack.imports_table, Item=item)


def test_a_consent_that_never_comes_is_abandoned_by_itself_and_says_which_way(application: Application) -> None:
    never, opened = application.begin("google"), application.begin("microsoft")
    browser = Person()
    bring(browser, opened["consent_url"])
    for started in (never, opened):
        age(application, started["id"])

    before = [application.api.status(started["id"]) for started in (never, opened)]
    assert bring(browser, never["consent_url"]).status_code == 410
    application.stack.invoke("SweepImportsFunction", {})
    after = [application.api.status(started["id"]) for started in (never, opened)]

    for statuses in (before, after):
        assert [it["state"] for it in statuses] == ["abandoned", "abandoned"]
        assert [it["failure"]["code"] for it in statuses] == ["consent_abandoned", "consent_expired"]
    assert bring(browser, never["consent_url"]).status_code in (404, 410)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("consent_required", "consent_needs_admin"),
        ("unauthorized_client", "app_misconfigured"),
        ("server_error", "provider_unavailable"),
        ("something_new", "consent_failed"),
    ],
)
def test_each_error_of_an_authorization_server_has_a_code_and_advice(
    application: Application, error: str, code: str
) -> None:
    application.sandbox.sign_in.control(
        "microsoft", authorize_error={"error": error, "error_description": "<script>" + "x" * 2_000}
    )
    started = application.begin("microsoft")

    page = Person().consent(started["consent_url"])

    status = application.api.status(started["id"])
    assert (status["state"], status["failure"]["code"]) == ("failed", code)
    assert status["failure"]["advice"]
    assert "<script>x" not in page


def test_the_same_window_goes_back_to_the_registered_address(application: Application) -> None:
    started = application.begin("google", redirect_url=REDIRECT_URL)
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)

    answer = bring(person, callback)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{REDIRECT_URL}?import_id={started['id']}&state=importing"


def test_a_popup_tells_its_opener(application: Application) -> None:
    started = application.begin("google", origin=ORIGIN)

    page = Person().consent(started["consent_url"])

    assert f'"{ORIGIN}"' in page
    assert str(started["id"]) in page


@pytest.mark.parametrize("field", ["redirect_url", "origin"])
def test_an_address_that_is_not_registered_starts_nothing(application: Application, field: str) -> None:
    answer = application.api.call("POST", "/v1/imports", json={"source": "google", field: REDIRECT_URL + "/"})

    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_an_answer_on_the_shared_path_is_fetched_by_the_browser_itself(application: Application) -> None:
    started = application.begin("microsoft")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    shared = callback.replace("/oauth/microsoft/callback", "/auth")

    hop = Person().session.post(shared.partition("?")[0], data=dict(parse(shared)), allow_redirects=False, timeout=60)

    assert hop.status_code == 302
    assert hop.headers["Location"].startswith(application.stack.base_url + "/auth?")
    assert bring(person, hop.headers["Location"]).status_code == 200
    assert application.api.finished(started["id"])["state"] == "complete"


def parse(address: str) -> list[tuple[str, str]]:
    return parse_qsl(address.partition("?")[2])


def test_nothing_of_a_consent_is_left_anywhere(application: Application) -> None:
    complete, failed = application.begin("google"), application.begin("microsoft")
    callbacks = []
    for started in (complete, failed):
        person = Person()
        callbacks.append(person.consent(started["consent_url"], follow_callback=False))
        if started is failed:
            application.sandbox.graph.control(rules=[{"path": ".*", "status": 401}])
        assert bring(person, callbacks[-1]).status_code == 200
    statuses = [application.api.finished(started["id"]) for started in (complete, failed)]

    assert [status["state"] for status in statuses] == ["complete", "failed"]
    assert statuses[1]["failure"]["code"] == "token_refused"
    secrets = [value for callback in callbacks for name, value in parse(callback) if name in ("code", "state")]
    for where, text in everything_written(application.stack):
        assert not any(secret in text for secret in secrets), where
        assert not LONG_RUN.search(text), where
    assert application.revocations() == 1


def test_a_token_that_dies_on_the_way_ends_the_import_with_its_code(application: Application) -> None:
    application.sandbox.people.control(rules=[{"path": "connections", "from": 2, "status": 401}])

    status = application.run("google")

    assert (status["state"], status["failure"]["code"]) == ("failed", "token_refused")
    assert application.revocations() == 1


def test_an_import_that_is_deleted_on_the_way_has_its_token_revoked(application: Application) -> None:
    application.sandbox.people.control(latency=0.5)
    started = application.begin("google")
    Person().consent(started["consent_url"])
    deadline = time.monotonic() + 60
    while not application.sandbox.people.requests():
        assert time.monotonic() < deadline, "Google was never asked"
        time.sleep(0.05)

    answer = application.api.call("DELETE", f"/v1/imports/{started['id']}")

    assert answer.status_code == 204
    assert application.revocations() == 1
    assert application.api.call("GET", f"/v1/imports/{started['id']}").status_code == 404


def test_a_provider_that_asks_to_wait_is_waited_for_by_the_workflow(application: Application) -> None:
    application.sandbox.people.control(
        rules=[{"path": "connections", "page": 2, "times": 1, "status": 429, "headers": {"Retry-After": "3"}}]
    )

    status = application.run("google")

    contacts, ledger = everything_of(application, status)
    assert list(application.sandbox.books.google.faults(contacts, ledger, other_contacts=False)) == []
    execution = next(it for it in application.stack.executions() if it["name"] == str(status["id"]))
    history = application.stack.history(execution["executionArn"])
    assert path_of(history).count("Wait") == 1


def test_an_expired_page_token_begins_anew_and_brings_nothing_twice(application: Application) -> None:
    application.sandbox.people.control(
        rules=[{"path": "connections", "page": 3, "times": 1, "expire_page_token": True}]
    )

    contacts, ledger = everything_of(application, application.run("google"))

    assert list(application.sandbox.books.google.faults(contacts, ledger, other_contacts=False)) == []


def test_a_killed_worker_costs_no_contact_and_brings_none_twice(application: Application) -> None:
    application.sandbox.people.control(latency=0.4)
    started = application.begin("google")
    Person().consent(started["consent_url"])
    deadline = time.monotonic() + 30
    while application.api.status(started["id"])["contacts"]["so_far"] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    application.stack.kill_workers("PollStatusFunction")

    contacts, ledger = everything_of(application, application.api.finished(started["id"]))

    assert list(application.sandbox.books.google.faults(contacts, ledger, other_contacts=False)) == []
    assert application.asked_for_tokens("google") == 1
