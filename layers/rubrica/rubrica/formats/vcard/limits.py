"""How much of a card is read. Past a limit something is left out, the record says what, and reading goes on."""

from typing import Final

CARD_TEXT: Final = 16 * 1024 * 1024
"""Characters of one card, photos included; a longer one is rejected without being held in memory."""

CARD_LINES: Final = 250_000
"""Lines of one card; a line costs memory whatever is in it."""

HEAD: Final = 16_000
"""Characters of a property's name and parameters; parameters that do not end before are not read."""

VALUES: Final = 200
"""Values of one field: e-mails, phones, addresses, ..."""

MEMBERS: Final = 20_000
"""Members of one group card."""

KEPT_TEXT: Final = 200_000
"""Characters of all repeated values of one contact, so that a contact fits a page of the store."""

NOTE: Final = 50_000
"""Characters of a note."""

TEXT: Final = 1_000
"""Characters of every other text; a longer one is cut."""

STRUCTURE: Final = 8_000
"""Characters of a value made of several parts, such as an address."""

EXACT: Final = 500
"""Characters of an e-mail address or a number: cut, it would be another one, so a longer one is left out."""
