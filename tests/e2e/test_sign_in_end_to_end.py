"""A service with a password that a client begins as a consent: from the link to the last contact."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from cloudsponge_wire import ALICE, Reply, Wire, stages
from consenting import Application
from written import everything_written

from local.tenant import REDIRECT_URL

FORM = {"username": ALICE["username"], "password": ALICE["password"]}
SUCCESS = [("INITIALIZING", "COMPLETED"), ("GATHERING", "COMPLETED"), ("COMPLETE", "COMPLETED")]
WAITING = [("INITIALIZING", "INPROGRESS")]


@pytest.fixture(scope="module")
def wire(application: Application) -> Wire:
    return Wire(application.stack.base_url)


def begun(wire: Wire, service: str = "yahoo", **fields: str) -> tuple[int, str]:
    """The import's id and the link to its page."""
    reply: Reply = wire.post("/begin_import/user_consent", {"service": service, **fields})
    assert reply.json["import_type"] == "OAUTH"
    return reply.import_id, str(reply.json["url"])


def send(url: str, form: dict[str, str]) -> requests.Response:
    return requests.post(url, data=form, timeout=60, allow_redirects=False)


@pytest.mark.parametrize("service", ["yahoo", "aol"])
def test_every_contact_arrives_once_the_user_has_signed_in(application: Application, wire: Wire, service: str) -> None:
    import_id, url = begun(wire, service)
    page = requests.get(url, timeout=60)
    assert (page.status_code, f"sign in to {service}" in page.text.lower()) == (200, True)
    assert stages(wire.events(import_id)) == WAITING

    answered = send(url, FORM)

    assert answered.status_code == 200, answered.text
    assert "Your contacts are being imported." in answered.text
    wire.over(import_id)
    assert stages(wire.events(import_id)) == SUCCESS
    assert wire.get(f"/contacts/{import_id}").json["total"] == len(application.sandbox.books.carddav.people)
    assert "Your contacts have been imported." in requests.get(url, timeout=60).text


def test_a_wrong_password_ends_as_one_at_the_start_does(wire: Wire) -> None:
    import_id, url = begun(wire)

    assert send(url, {**FORM, "password": "wrong"}).status_code == 200

    assert wire.over(import_id)["value"] == 263
    assert stages(wire.events(import_id)) == [
        ("INITIALIZING", "COMPLETED"),
        ("GATHERING", "ERROR"),
        ("COMPLETE", "ERROR"),
    ]
    assert "refused the user name or password" in requests.get(url, timeout=60).text


def test_what_cannot_be_a_sign_in_is_refused_and_the_next_one_is_taken(wire: Wire) -> None:
    import_id, url = begun(wire, redirect_url=REDIRECT_URL)

    for form in ({}, {"username": "alice"}, {**FORM, "username": "a:b"}):
        refused = send(url, form)
        assert (refused.status_code, "<form" in refused.text) == (400, True)
    assert stages(wire.events(import_id)) == WAITING

    answered = send(url, FORM)
    assert answered.status_code == 302
    assert answered.headers["location"] == f"{REDIRECT_URL}?import_id={import_id}&state=importing"
    assert wire.over(import_id)["status"] == "COMPLETED"


def test_a_server_is_asked_for_where_nobody_else_knows_it(wire: Wire) -> None:
    import_id, url = begun(wire, "nextcloud")
    assert 'name="server"' in requests.get(url, timeout=60).text

    assert send(url, FORM).status_code == 400
    assert send(url, {**FORM, "server": "http://192.0.2.1"}).status_code == 422

    assert stages(wire.events(import_id)) == WAITING


def test_of_many_sign_ins_at_once_one_counts(application: Application, wire: Wire) -> None:
    import_id, url = begun(wire)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(url, FORM), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert wire.over(import_id)["status"] == "COMPLETED"
    runs = [it["name"] for it in application.stack.executions() if it["name"].startswith(str(import_id))]
    assert runs == [str(import_id)]


def test_nothing_of_a_sign_in_is_left(application: Application, wire: Wire) -> None:
    import_id, url = begun(wire)
    refused = send(url, {"username": "zz-secret:", "password": "zz-secret-word"})
    assert "zz-secret-word" not in refused.text

    assert send(url, {"username": "zz-secret@example.com", "password": "zz-secret-word"}).status_code == 200
    assert wire.over(import_id)["value"] == 263

    code = url.rpartition("/")[2].lower()
    written = list(everything_written(application.stack))
    assert not [where for where, text in written if "zz-secret" in text.lower() or code in text.lower()]
    assert any("sign_in_received" in text for where, text in written if where.startswith("log of Rec"))
