"""What the codes of the CloudSponge API mean when another service ends an import with one of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rubrica import errors
from rubrica.errors import ImportFailure

OUR_KEYS: Final = 1

_MEANINGS: Final[Mapping[int, type[ImportFailure]]] = MappingProxyType(
    {
        OUR_KEYS: errors.UpstreamKeyRefused,
        2: errors.UpstreamRequestRefused,
        256: errors.UpstreamFault,
        257: errors.UpstreamFailed,
        258: errors.UpstreamTimedOut,
        259: errors.SignInMissing,
        260: errors.UpstreamServiceMissing,
        261: errors.UpstreamServiceUnknown,
        262: errors.SignInRepeated,
        263: errors.SignInRefused,
        264: errors.UpstreamProviderDown,
        265: errors.AccountClosed,
        266: errors.AccountBlocked,
        267: errors.TermsNotAccepted,
        512: errors.UpstreamConsentFailed,
        513: errors.ServiceNotAllowed,
        514: errors.ConsentDenied,
        516: errors.ConsentLapsed,
        517: errors.ConsentLeft,
        518: errors.UpstreamNoContact,
        528: errors.AccountTooNew,
        768: errors.AppletFailed,
        769: errors.AppletNotTrusted,
        770: errors.AppletFoundNothing,
        771: errors.AppletUploadFailed,
        772: errors.AppletLapsed,
        773: errors.AppletLeft,
        774: errors.AppletRefused,
        775: errors.AppletForbidden,
        1025: errors.FileNotContacts,
        1026: errors.FileUnreadable,
    }
)
_FAMILIES: Final[Mapping[int, type[ImportFailure]]] = MappingProxyType(
    {2: errors.UpstreamConsentFailed, 3: errors.AppletFailed, 4: errors.FileUnreadable}
)
"""By the second byte of a code, which names the way of importing: what a code without a meaning of its own is."""

CODES: Final = frozenset(_MEANINGS)


def failure_of(code: int | None) -> ImportFailure:
    """The failure that a code stands for; any number has one."""
    known = code or 0
    return _MEANINGS.get(known, _FAMILIES.get(known >> 8, errors.UpstreamFault))()
