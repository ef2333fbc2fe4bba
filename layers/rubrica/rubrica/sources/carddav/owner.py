"""Whose address books they are, by the principal that was found on the way to them and by the user name."""

import re
from typing import Final

from rubrica.domain.contacts import Contact, Email
from rubrica.domain.identity import contact_id
from rubrica.formats import limits
from rubrica.formats.cleaning import cleaned
from rubrica.formats.email_addresses import bare_address
from rubrica.sources.carddav.multistatus import CALDAV, DAV, Row
from rubrica.sources.owner import owner_of

_NAME: Final = DAV + "displayname"
_ADDRESSES: Final = CALDAV + "calendar-user-address-set"
_MAILBOX: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")


def owner(username: str, principal: Row | None, *account: str) -> Contact | None:
    """The owner, as far as they are told: the principal's name, the user name if it is an e-mail address, and the
    principal's own addresses (RFC 6638 section 2.4.1). `account` is what tells one account from another."""
    told = [username.strip(), *(_mailboxes(principal) if principal else ())]
    emails = tuple(Email(address) for address in told if _is_mailbox(address))
    name = " ".join(cleaned(principal.texts.get(_NAME, "")).split())[: limits.TEXT] if principal else ""
    return owner_of(Contact(contact_id(*account, username), full_name=name, emails=emails))


def _mailboxes(principal: Row) -> list[str]:
    hrefs = principal.hrefs(_ADDRESSES)
    return [bare_address(href) for href in hrefs if href[:7].lower() == "mailto:"]


def _is_mailbox(text: str) -> bool:
    return len(text) <= limits.EXACT and cleaned(text) == text and _MAILBOX.fullmatch(text) is not None
