"""What a webhook's receiver is sent, and the signature that it checks."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from rubrica.domain.imports import Progress, State
from rubrica.domain.webhooks import headers, message, secret_of, shown, signature
from tests.fakes import NOW, any_import

SECRET = bytes(range(32))


def test_the_signature_is_the_one_that_the_standards_own_libraries_make() -> None:
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'

    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_attempt_has_the_same_id_and_its_own_time_and_signature() -> None:
    imp, body = any_import(), b"{}"
    first, second = (headers(imp, body, SECRET, NOW + timedelta(seconds=later)) for later in (0, 90))

    assert first["webhook-id"] == second["webhook-id"] == "import_1126"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 90
    assert first["webhook-signature"] != second["webhook-signature"]


def test_a_message_tells_of_the_end_in_numbers_and_codes() -> None:
    imp = any_import(state=State.COMPLETE, closed_at=NOW, progress=Progress(contacts=120, rejected=3))

    assert json.loads(message(imp)) == {
        "type": "import.complete",
        "timestamp": "2026-03-14T09:26:53Z",
        "data": {
            "import_id": 1126,
            "source": "carddav",
            "state": "complete",
            "failure": None,
            "user_id": "user-7",
            "contacts": 120,
            "rejected": 3,
        },
    }


@pytest.mark.parametrize(
    ("state", "failure"), [(State.FAILED, "sign_in_refused"), (State.ABANDONED, "consent_expired")]
)
def test_a_message_names_what_ended_the_import(state: State, failure: str) -> None:
    told = json.loads(message(any_import(state=state, failure=failure, closed_at=NOW, reference="")))

    assert told["type"] == f"import.{state.value}"
    assert (told["data"]["failure"], told["data"]["user_id"]) == (failure, None)


def test_any_reference_makes_a_message_that_can_be_sent() -> None:
    for reference in ("Zoë", "\ud83d", "\u2028", '"\\', "\x00"):
        sent = message(any_import(state=State.COMPLETE, closed_at=NOW, reference=reference))

        assert sent.isascii()
        assert json.loads(sent)["data"]["user_id"] == reference


def test_a_secret_comes_back_from_how_it_is_shown() -> None:
    assert shown(SECRET).startswith("whsec_")
    assert secret_of(shown(SECRET)) == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        b64encode(SECRET).decode(),
        "whsec_canary!",
        "whsec_" + b64encode(bytes(23)).decode(),
        "whsec_" + b64encode(bytes(65)).decode(),
        "whsec_" + b64encode(SECRET).decode() + "\n",
        "whsec_" + "é" * 32,
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        secret_of(text)

    assert "canary" not in str(caught.value)
