"""The codes that an ERROR event carries in `value`, for everything that can end an import.

The numbers and their meaning are the CloudSponge API's own: 0x1xx for imports with a password, 0x2xx for a consent,
0x3xx for programs on the user's machine, 0x4xx for an upload. What another service reported with a code keeps it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rubrica import errors
from rubrica.errors import RubricaError

KEYS_REFUSED: Final = 1
PARAMETERS_REFUSED: Final = 2
PASSWORD_UNEXPECTED: Final = 256
PASSWORD_FAILED: Final = 257
PASSWORD_TIMED_OUT: Final = 258
LOGIN_MISSING: Final = 259
SERVICE_MISSING: Final = 260
SERVICE_UNKNOWN: Final = 261
LOGIN_REPEATED: Final = 262
PASSWORD_REFUSED: Final = 263
PROVIDER_DOWN: Final = 264
ACCOUNT_CLOSED: Final = 265
ACCOUNT_BLOCKED: Final = 266
TERMS_NOT_ACCEPTED: Final = 267
CONSENT_UNKNOWN: Final = 512
CONSENT_NOT_ALLOWED: Final = 513
"""This application may not use the service."""
CONSENT_REFUSED: Final = 514
CONSENT_TIMED_OUT: Final = 516
CONSENT_LEFT: Final = 517
"""The user left before consenting."""
CONSENT_NO_CONTACT: Final = 518
"""The provider could not be talked to."""
ACCOUNT_TOO_NEW: Final = 528
APPLET_UNEXPECTED: Final = 768
APPLET_NOT_TRUSTED: Final = 769
APPLET_FOUND_NOTHING: Final = 770
APPLET_UPLOAD_FAILED: Final = 771
APPLET_TIMED_OUT: Final = 772
APPLET_LEFT: Final = 773
APPLET_REFUSED: Final = 774
APPLET_FORBIDDEN: Final = 775
NOT_CONTACTS: Final = 1025
"""An upload that is no file of contacts."""
NOT_READABLE: Final = 1026
"""An upload whose rows cannot be understood."""

_CODES: Final[Mapping[type[RubricaError], int]] = MappingProxyType(
    {
        errors.SignInRefused: PASSWORD_REFUSED,
        errors.ConsentAbandoned: CONSENT_LEFT,
        errors.FileNotSent: CONSENT_LEFT,
        errors.SignInNotSent: CONSENT_LEFT,
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
        errors.FileNotContacts: NOT_CONTACTS,
        errors.FileUnreadable: NOT_READABLE,
        errors.UpstreamKeyRefused: KEYS_REFUSED,
        errors.UpstreamRequestRefused: PARAMETERS_REFUSED,
        errors.UpstreamFault: PASSWORD_UNEXPECTED,
        errors.UpstreamFailed: PASSWORD_FAILED,
        errors.UpstreamTimedOut: PASSWORD_TIMED_OUT,
        errors.SignInMissing: LOGIN_MISSING,
        errors.UpstreamServiceMissing: SERVICE_MISSING,
        errors.UpstreamServiceUnknown: SERVICE_UNKNOWN,
        errors.SignInRepeated: LOGIN_REPEATED,
        errors.UpstreamProviderDown: PROVIDER_DOWN,
        errors.AccountClosed: ACCOUNT_CLOSED,
        errors.AccountBlocked: ACCOUNT_BLOCKED,
        errors.TermsNotAccepted: TERMS_NOT_ACCEPTED,
        errors.UpstreamConsentFailed: CONSENT_UNKNOWN,
        errors.ServiceNotAllowed: CONSENT_NOT_ALLOWED,
        errors.ConsentLapsed: CONSENT_TIMED_OUT,
        errors.ConsentLeft: CONSENT_LEFT,
        errors.UpstreamNoContact: CONSENT_NO_CONTACT,
        errors.AccountTooNew: ACCOUNT_TOO_NEW,
        errors.AppletFailed: APPLET_UNEXPECTED,
        errors.AppletNotTrusted: APPLET_NOT_TRUSTED,
        errors.AppletFoundNothing: APPLET_FOUND_NOTHING,
        errors.AppletUploadFailed: APPLET_UPLOAD_FAILED,
        errors.AppletLapsed: APPLET_TIMED_OUT,
        errors.AppletLeft: APPLET_LEFT,
        errors.AppletRefused: APPLET_REFUSED,
        errors.AppletForbidden: APPLET_FORBIDDEN,
    }
)
"""Errors that mean the same however the user signed in."""


def code_of(error: type[RubricaError], method: str) -> int:
    """The code of what ended an import whose user came in by `method`, as Import.method names it."""
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
