"""What an import ends with whose user did not do in time what was asked."""

from typing import Final

from rubrica.domain.consent import Consent, Way
from rubrica.errors import (
    AddressBookTooLarge,
    ConsentAbandoned,
    ConsentExpired,
    FileNotContacts,
    FileNotSent,
    FileUnreadable,
    ImportFailure,
    SignInNotSent,
)

FILE_REFUSALS: Final[tuple[type[ImportFailure], ...]] = (FileNotContacts, FileUnreadable, AddressBookTooLarge)
"""What can be wrong with a file that a user sends; the import then awaits another one."""

NOBODY_CAME: Final = frozenset({ConsentAbandoned, ConsentExpired, FileNotSent, SignInNotSent})
"""What says that nothing came at all."""


def never_came(consent: Consent | None) -> type[ImportFailure]:
    """How an import ends whose consent was not given in time. Who sent a file of no use has not sent none."""
    if consent and consent.way is Way.FILE:
        return next((refusal for refusal in FILE_REFUSALS if refusal.code == consent.refused), FileNotSent)
    if consent and consent.way is Way.SIGN_IN:
        return SignInNotSent
    return ConsentExpired if consent and consent.openings else ConsentAbandoned
