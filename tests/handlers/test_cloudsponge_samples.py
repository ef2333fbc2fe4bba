"""The events for `sam local invoke` of the CloudSponge dialect get the answers that they are there to show."""

from base64 import b64decode

from cloudsponge_dialect import Dialect, Given
from entrances import event


def asked(dialect: Dialect, name: str) -> Given:
    sample = event(name)
    headers = {name.replace("-", "_"): value for name, value in sample["headers"].items()}
    method, body = sample["requestContext"]["http"]["method"], b64decode(sample.get("body", ""))
    return dialect.ask(sample["rawPath"], sample["rawQueryString"], method=method, body=body, **headers)


def test_the_sample_of_a_begin_starts_an_import_and_answers_with_a_link(dialect: Dialect) -> None:
    given = asked(dialect, "start_import/cloudsponge_begin")

    assert (given.status, given.json["status"], given.json["user_id"]) == (200, "success", "user-7")
    assert "/n/" in given.json["url"]
    assert dialect.started == 1


def test_the_samples_of_polls_tell_the_events_and_the_contacts_of_an_import(dialect: Dialect) -> None:
    dialect.imported("Ann", "Ben")

    events = asked(dialect, "read_import/cloudsponge_events")
    contacts = asked(dialect, "read_import/cloudsponge_contacts")

    assert [it["event_type"] for it in events.json["events"]] == ["INITIALIZING", "GATHERING", "COMPLETE"]
    assert [it.text for it in contacts.xml.iter("first-name")][:2] == ["Ann", "Ben"]
