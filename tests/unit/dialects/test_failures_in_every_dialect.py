"""Whatever ends an import has a code or a text in each dialect."""

import pytest

from rubrica import errors
from rubrica.dialects.cloudsponge.codes import code_of
from rubrica.dialects.luminate.events import failure_event
from rubrica.errors import ImportFailure, PlatformTrouble, RubricaError, leaves

ENDS = [*leaves(ImportFailure), *leaves(PlatformTrouble)]

# The codes that clients of the CloudSponge API know.
KNOWN = {1, 2, *range(256, 268), 512, 513, 514, 516, 517, 518, 528, *range(768, 776), 1025, 1026}


@pytest.mark.parametrize("error", ENDS)
@pytest.mark.parametrize("method", ["consent", "password", "upload"])
def test_every_failure_has_a_code_that_cloudsponge_clients_know(error: type[RubricaError], method: str) -> None:
    assert code_of(error, method) in KNOWN


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConsentDenied, 514),
        (errors.ConsentUnticked, 514),
        (errors.ConsentExpired, 516),
        (errors.ConsentAbandoned, 517),
        (errors.FileNotSent, 517),
        (errors.SignInNotSent, 517),
        (errors.ConsentFailed, 512),
        (errors.ApiNotEnabled, 513),
        (errors.ProviderThrottled, 518),
        (errors.ProviderUnavailable, 518),
        (errors.TokenRefused, 512),
    ],
)
def test_a_failed_consent_has_the_code_of_its_kind(error: type[RubricaError], code: int) -> None:
    assert code_of(error, "consent") == code


def test_trouble_of_the_provider_has_another_code_where_a_password_was_given() -> None:
    assert code_of(errors.ProviderUnavailable, "password") == 264
    assert code_of(errors.SignInRefused, "password") == 263


@pytest.mark.parametrize("error", leaves(ImportFailure))
def test_a_failure_is_told_to_users_without_a_name_that_they_do_not_know(error: type[RubricaError]) -> None:
    assert "Rubrica" not in error.title + error.advice


@pytest.mark.parametrize("error", ENDS)
def test_every_failure_has_a_text_that_luminate_clients_can_show(error: type[RubricaError]) -> None:
    event = failure_event(error)

    assert event.startswith(error.title)
    assert event.endswith(error.advice)
