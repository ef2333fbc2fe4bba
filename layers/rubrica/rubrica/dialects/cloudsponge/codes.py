"""The codes that an ERROR event carries in `value`, for everything that can end an import.

The numbers and their meaning are the CloudSponge API's own: 0x1xx for imports with a password, 0x2xx for a consent.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rubrica import errors
from rubrica.errors import RubricaError

PASSWORD_UNEXPECTED: Final = 256
PASSWORD_FAILED: Final = 257
PASSWORD_TIMED_OUT: Final = 258
PASSWORD_REFUSED: Final = 263
PROVIDER_DOWN: Final = 264
CONSENT_UNKNOWN: Final = 512
CONSENT_NOT_ALLOWED: Final = 513
"""This application may not use the service."""
CONSENT_REFUSED: Final = 514
CONSENT_TIMED_OUT: Final = 516
CONSENT_LEFT: Final = 517
"""The user left before consenting."""
CONSENT_NO_CONTACT: Final = 518
"""The provider could not be talked to."""

_CODES: Final[Mapping[type[RubricaError], int]] = MappingProxyType(
    {
        errors.SignInRefused: PASSWORD_REFUSED,
        errors.ConsentAbandoned: CONSENT_LEFT,
        errors.ConsentExpired: CONSENT_TIMED_OUT,
        errors.ConsentDenied: CONSENT_REFUSED,
        errors.ConsentUnticked: CONSENT_REFUSED,
        errors.ConsentNeedsAdmin: CONSENT_NOT_ALLOWED,
        errors.AppUnverified: CONSENT_NOT_ALLOWED,
        errors.AppMisconfigured: CONSENT_NOT_ALLOWED,
        errors.ApiNotEnabled: CONSENT_NOT_ALLOWED,
        errors.ConsentFailed: CONSENT_UNKNOWN,
        errors.ConsentNotRedeemed: CONSENT_UNKNOWN,
        errors.TokenRefused: CONSENT_UNKNOWN,
        errors.NoMailbox: CONSENT_UNKNOWN,
        errors.PagesRepeat: CONSENT_NO_CONTACT,
        errors.NextPageRefused: CONSENT_NO_CONTACT,
    }
)
"""Errors that mean the same however the user signed in."""


def code_of(error: type[RubricaError], method: str) -> int:
    """The code of what ended an import whose user signed in by `method`, "consent", "password" or "upload"."""
    if error in _CODES:
        return _CODES[error]
    with_consent = method == "consent"
    if issubclass(error, errors.ProviderTrouble):
        return CONSENT_NO_CONTACT if with_consent else PROVIDER_DOWN
    if error is errors.DeadlineExceeded:
        return CONSENT_NO_CONTACT if with_consent else PASSWORD_TIMED_OUT
    if issubclass(error, errors.PlatformTrouble) or error is errors.WorkerFailed:
        return CONSENT_UNKNOWN if with_consent else PASSWORD_UNEXPECTED
    return CONSENT_UNKNOWN if with_consent else PASSWORD_FAILED
