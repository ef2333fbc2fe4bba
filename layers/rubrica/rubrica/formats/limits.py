"""How much of a contact is read, from whatever source. Past a limit something is left out, the record says what, and
reading goes on."""

from typing import Final

VALUES: Final = 200
"""Values of one field: e-mails, phones, addresses, ..."""

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
