"""Bad luck and bad will against a consent, through the deployed template."""

import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from consenting import Application, bring, with_parameters

from local.sandbox.consent.person import Person


@pytest.fixture(autouse=True)
def _quiet_providers(application: Application) -> None:
    application.settle()
    application.sandbox.sign_in.reset()


def ended(application: Application, import_id: int) -> tuple[str, str]:
    """The state in which the import ended, and the code of its failure, "" for none."""
    status = application.api.finished(import_id)
    return status["state"], (status["failure"] or {}).get("code", "")


def parameter(address: str, name: str) -> str:
    return dict(parse_qsl(urlsplit(address).query))[name]


def test_a_worker_killed_while_it_redeems_a_code_does_not_send_it_twice(application: Application) -> None:
    application.sandbox.sign_in.control("google", token_answers=[{"delay_seconds": 20}])
    started = application.begin("google")
    Person().consent(started["consent_url"])
    deadline = time.monotonic() + 20
    while not application.asked_for_tokens("google") and time.monotonic() < deadline:
        time.sleep(0.05)

    assert application.stack.kill_workers("PollStatusFunction")

    assert ended(application, started["id"]) == ("failed", "consent_not_redeemed")
    assert application.asked_for_tokens("google") == 1


def test_the_code_of_one_tab_brings_nothing_into_the_import_of_another(application: Application) -> None:
    person = Person()
    mine, other = application.begin("google"), application.begin("google")
    callbacks = [person.consent(it["consent_url"], follow_callback=False) for it in (mine, other)]

    assert bring(person, with_parameters(callbacks[0], code=parameter(callbacks[1], "code"))).status_code == 200

    assert ended(application, mine["id"]) == ("failed", "consent_not_redeemed")
    assert application.api.status(other["id"])["state"] == "awaiting_consent"


def test_two_cookies_of_the_same_name_are_as_good_as_none(application: Application) -> None:
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    cookie = f"rubrica={person.session.cookies['rubrica']}"

    tossed = [f"rubrica=another; {cookie}", f"{cookie}; rubrica=another", f"{cookie}; {cookie}", cookie.title()]

    asked: dict[str, Any] = {"allow_redirects": False, "timeout": 60}
    answers = [Person().session.get(callback, headers={"Cookie": it}, **asked) for it in tossed]
    assert [answer.status_code for answer in answers] == [400] * len(tossed)
    assert application.asked_for_tokens("google") == 0


def test_an_answer_for_an_import_that_was_deleted_meanwhile_sends_no_code(application: Application) -> None:
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    assert application.api.call("DELETE", f"/v1/imports/{started['id']}").status_code == 204

    assert bring(person, callback).status_code == 400
    assert bring(person, started["consent_url"]).status_code == 404
    application.settle()
    assert application.asked_for_tokens("google") == 0


def test_an_app_that_is_taken_away_during_a_consent_ends_the_import_with_its_code(application: Application) -> None:
    secrets, name = application.stack.client("secretsmanager"), application.stack.providers_secret
    apps = secrets.get_secret_value(SecretId=name)["SecretString"]
    started = application.begin("google")
    person = Person()
    callback = person.consent(started["consent_url"], follow_callback=False)
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"microsoft": json.loads(apps)["microsoft"]}))
    try:
        application.stack.kill_workers("PollStatusFunction")  # they remember apps for a minute
        assert bring(person, callback).status_code == 200
        assert ended(application, started["id"]) == ("failed", "app_misconfigured")
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=apps)
        application.stack.kill_workers("PollStatusFunction")
        application.stack.kill_workers("StartImportFunction")
