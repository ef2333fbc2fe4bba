"""What the webhook's workflow gets, from events as it sends them."""

import json
import traceback
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, cast

import pytest
from entrances import event

from rubrica import errors
from rubrica.domain.imports import ImportId
from rubrica.entrypoints.task import send_webhook
from rubrica.entrypoints.telemetry import PowertoolsTelemetry
from rubrica.services.tell import Tell, Told

FIRST, FOURTH = "send_webhook/first_attempt", "send_webhook/fourth_attempt"
_NUMBERS = count(1)


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    # The Powertools keep one logger a name, and with it the output that there was when it was made.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"telling-{next(_NUMBERS)}")


def sent(name: str, tell: Callable[[ImportId, int], Told]) -> Mapping[str, Any]:
    return send_webhook(cast("Tell", tell), PowertoolsTelemetry(), event(name))


@pytest.mark.parametrize("told", [Told.DELIVERED, Told.NOTHING, Told.GIVEN_UP])
def test_what_is_over_is_answered_with_its_outcome(told: Told) -> None:
    assert sent(FIRST, lambda *_: told) == {"import_id": 1126, "outcome": told.value}


@pytest.mark.parametrize(("name", "attempt"), [(FIRST, 1), (FOURTH, 4)])
def test_attempts_are_counted_by_the_workflow(name: str, attempt: int) -> None:
    asked = []

    def tell(import_id: ImportId, number: int) -> Told:
        asked.append((import_id, number))
        return Told.DELIVERED

    sent(name, tell)

    assert asked == [(1126, attempt)]


def test_what_is_to_be_tried_again_is_raised_by_its_name_with_its_fixed_text() -> None:
    with pytest.raises(errors.WebhookUnanswered) as caught:
        sent(FIRST, lambda *_: Told.UNANSWERED)

    assert str(caught.value) == f"{errors.WebhookUnanswered.title} {errors.WebhookUnanswered.advice}"


def test_trouble_of_the_platform_is_raised_by_its_own_name() -> None:
    def denied(*_: object) -> Told:
        raise errors.SecretsUnavailable("AccessDeniedException")

    with pytest.raises(errors.SecretsUnavailable):
        sent(FIRST, denied)


def test_what_nobody_foresaw_becomes_a_fixed_text(log: Any) -> None:
    def broken(*_: object) -> Told:
        raise RuntimeError("https://canary.example/hook")

    with pytest.raises(errors.WorkerFailed) as caught:
        sent(FIRST, broken)

    assert "canary" not in "".join(traceback.format_exception(caught.value))
    lines = log()
    assert "canary" not in json.dumps(lines)
    (line,) = [line for line in lines if line.get("level") == "ERROR"]
    assert (line["message"], line["import_id"]) == ("unforeseen", 1126)
