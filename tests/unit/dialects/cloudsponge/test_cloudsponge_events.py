"""How far an import is, as events."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from rubrica import errors
from rubrica.dialects.cloudsponge.answers import events
from rubrica.dialects.cloudsponge.codes import code_of
from rubrica.dialects.cloudsponge.events import stages
from rubrica.dialects.cloudsponge.requests import Form
from rubrica.domain.consent import Consent, Opening, Way
from rubrica.domain.imports import Import, Progress, State, ended
from rubrica.errors import ImportFailure, PlatformTrouble, RubricaError, leaves
from tests.fakes import NOW, RETENTION, any_import

BEGUN = NOW + timedelta(seconds=20)
CLOSED = NOW + timedelta(seconds=60)
CONSENT = Consent("LINK", "https://accounts.example.com/", "https://rubrica.example.com/")
WAITING = any_import(state=State.AWAITING_CONSENT, consent=CONSENT, deadline=NOW + timedelta(minutes=10))
CONSENTED = any_import(state=State.IMPORTING, consent=CONSENT, begun_at=BEGUN)
STARTED = any_import(begun_at=NOW)
TEXT = "{0.title} {0.advice}".format


def told(imp: Import, after: float = 60) -> list[tuple[str, str, int, str | None]]:
    """Type, status, value and description of the events, so many seconds after the start."""
    return [
        (event.event_type, event.status, event.value, event.description)
        for event in stages(imp, NOW + timedelta(seconds=after))
    ]


def failed(imp: Import, failure: type[RubricaError]) -> Import:
    return ended(imp, failure, CLOSED, RETENTION)


# --- The stages -------------------------------------------------------------------------------------------------------


def test_an_import_that_waits_for_its_user_is_initializing() -> None:
    assert told(WAITING) == [("INITIALIZING", "INPROGRESS", 0, None)]


def test_an_import_whose_user_consented_gathers() -> None:
    assert told(CONSENTED) == [("INITIALIZING", "COMPLETED", 0, None), ("GATHERING", "INPROGRESS", 0, None)]


def test_an_import_with_a_password_gathers_at_the_first_look() -> None:
    assert told(STARTED, 0) == [("INITIALIZING", "COMPLETED", 0, None), ("GATHERING", "INPROGRESS", 0, None)]


def test_an_import_elsewhere_is_initializing_until_that_service_has_begun() -> None:
    there = any_import(state=State.IMPORTING, consent=replace(CONSENT, way=Way.RELAY))

    assert told(there) == [("INITIALIZING", "INPROGRESS", 0, None)]


def test_gathering_counts_the_contacts_found_so_far() -> None:
    found = replace(CONSENTED, progress=Progress(pages=2, contacts=800, rejected=3))

    assert told(found)[1] == ("GATHERING", "INPROGRESS", 800, None)


@pytest.mark.parametrize("contacts", [0, 2340])
@pytest.mark.parametrize("imp", [STARTED, CONSENTED])
def test_a_complete_import_has_all_three_stages_and_the_last_has_the_value_0(imp: Import, contacts: int) -> None:
    complete = ended(replace(imp, progress=Progress(contacts=contacts)), None, CLOSED, RETENTION)

    assert told(complete) == [
        ("INITIALIZING", "COMPLETED", 0, None),
        ("GATHERING", "COMPLETED", contacts, None),
        ("COMPLETE", "COMPLETED", 0, None),
    ]


def test_a_stage_began_when_it_began() -> None:
    complete = ended(CONSENTED, None, CLOSED, RETENTION)

    assert [event.created_at for event in stages(complete, CLOSED + timedelta(hours=1))] == [NOW, BEGUN, CLOSED]


def test_an_import_of_an_earlier_version_that_is_complete_has_all_stages() -> None:
    complete = ended(any_import(state=State.IMPORTING), None, CLOSED, RETENTION)

    assert [event.created_at for event in stages(complete, CLOSED)] == [NOW, NOW, CLOSED]


def test_the_list_only_grows_and_no_status_goes_back() -> None:
    order = ["INPROGRESS", "COMPLETED", "ERROR"]
    life = [WAITING, CONSENTED, replace(CONSENTED, progress=Progress(contacts=5))]
    for last in (None, errors.TokenRefused):
        seen: dict[str, tuple[int, int, Any]] = {}
        for imp in [*life, ended(life[-1], last, CLOSED, RETENTION)]:
            now = {
                event.event_type: (
                    order.index(event.status),
                    event.value if event.status != "ERROR" else 9999,
                    event.created_at,
                )
                for event in stages(imp, CLOSED)
            }
            assert list(now)[: len(seen)] == list(seen)
            assert all(now[kind][:2] >= seen[kind][:2] and now[kind][2] == seen[kind][2] for kind in seen)
            seen = now


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_told_by_gathering_and_by_complete() -> None:
    text = TEXT(errors.SignInRefused)

    assert told(failed(STARTED, errors.SignInRefused)) == [
        ("INITIALIZING", "COMPLETED", 0, None),
        ("GATHERING", "ERROR", 263, text),
        ("COMPLETE", "ERROR", 263, text),
    ]


def test_a_refused_consent_is_told_by_initializing_and_by_complete() -> None:
    text = TEXT(errors.ConsentDenied)

    assert told(failed(WAITING, errors.ConsentDenied)) == [
        ("INITIALIZING", "ERROR", 514, text),
        ("COMPLETE", "ERROR", 514, text),
    ]


def test_a_consent_that_never_came_is_told_before_the_sweeper_has_seen_it() -> None:
    opened = replace(WAITING, consent=replace(CONSENT, openings={"a": Opening("b", NOW)}))

    assert told(WAITING, 599.9) == [("INITIALIZING", "INPROGRESS", 0, None)]
    assert [event[:3] for event in told(WAITING, 600)] == [("INITIALIZING", "ERROR", 517), ("COMPLETE", "ERROR", 517)]
    assert [event[:3] for event in told(opened, 600)] == [("INITIALIZING", "ERROR", 516), ("COMPLETE", "ERROR", 516)]
    assert [event.created_at for event in stages(WAITING, NOW + timedelta(hours=1))] == [NOW, WAITING.deadline]


@pytest.mark.parametrize("error", [*leaves(ImportFailure), *leaves(PlatformTrouble)])
@pytest.mark.parametrize(
    ("imp", "method"),
    [
        (STARTED, "password"),
        (CONSENTED, "consent"),
        (replace(CONSENTED, consent=replace(CONSENT, way=Way.FILE)), "upload"),
        (replace(CONSENTED, consent=replace(CONSENT, way=Way.SIGN_IN)), "password"),
        (replace(CONSENTED, consent=replace(CONSENT, way=Way.RELAY)), "consent"),
    ],
)
def test_every_failure_has_the_code_of_its_method_and_its_own_text(
    error: type[RubricaError], imp: Import, method: str
) -> None:
    value, text = code_of(error, method), TEXT(error)

    assert told(failed(imp, error))[1:] == [("GATHERING", "ERROR", value, text), ("COMPLETE", "ERROR", value, text)]


def test_a_failure_of_a_later_version_is_a_fault_of_ours() -> None:
    unknown = replace(failed(STARTED, errors.SignInRefused), failure="of_tomorrow")

    assert told(unknown)[2] == ("COMPLETE", "ERROR", 256, TEXT(errors.WorkerFailed))


# --- On the wire ------------------------------------------------------------------------------------------------------


def test_events_in_json_are_key_for_key_as_recorded() -> None:
    complete = ended(replace(CONSENTED, progress=Progress(contacts=2340)), None, CLOSED, RETENTION)

    def event(kind: str, value: int, created_at: str) -> list[tuple[str, Any]]:
        return [
            ("import_action_id", 1126),
            ("import_id", 1126),
            ("event_type", kind),
            ("value", value),
            ("description", None),
            ("status", "COMPLETED"),
            ("created_at", created_at),
        ]

    assert json.loads(events(complete, CLOSED, "", Form.JSON), object_pairs_hook=list) == [
        (
            "events",
            [
                event("INITIALIZING", 0, "2026-03-14T09:26:53.000+00:00"),
                event("GATHERING", 2340, "2026-03-14T09:27:13.000+00:00"),
                event("COMPLETE", 0, "2026-03-14T09:27:53.000+00:00"),
            ],
        ),
        ("import_id", 1126),
        ("user_id", "user-7"),
        ("id", 1126),
        ("echo", None),
    ]


def test_an_echo_comes_back_with_the_events() -> None:
    nobody = replace(STARTED, reference="")
    body = json.loads(events(nobody, NOW, "😀 é", Form.JSON))

    assert (body["echo"], body["user_id"]) == ("😀 é", None)


@pytest.mark.parametrize("read", [ElementTree.fromstring, etree.fromstring])
def test_events_in_xml_have_every_element_that_clients_look_for(read: Any) -> None:
    imp = replace(failed(STARTED, errors.SignInRefused), reference="")
    root = read(events(imp, CLOSED, "", Form.XML))
    first, second, third = root.find("events")

    assert root.tag == "eventsResponse"
    assert root.find("events").attrib == {"type": "array"}
    assert [child.tag for child in root] == ["events", "import-id", "user-id", "id", "echo"]
    assert root.find("import-id").attrib == {"type": "integer"}
    assert root.findtext("import-id") == root.findtext("id") == "1126"
    assert root.find("user-id").attrib == root.find("echo").attrib == {"nil": "true"}
    assert {"event-type", "status", "value", "description", "created-at", "import-action-id"} <= {
        it.tag for it in first
    }
    assert first.find("description").attrib == {"nil": "true"}
    assert first.find("created-at").attrib == {"type": "datetime"}
    assert first.findtext("created-at") == "2026-03-14T09:26:53+00:00"
    assert [it.findtext("event-type") for it in (first, second, third)] == ["INITIALIZING", "GATHERING", "COMPLETE"]
    assert [it.findtext("status") for it in (first, second, third)] == ["COMPLETED", "ERROR", "ERROR"]
    assert [it.findtext("value") for it in (first, second, third)] == ["0", "263", "263"]
    assert third.findtext("description") == TEXT(errors.SignInRefused)
