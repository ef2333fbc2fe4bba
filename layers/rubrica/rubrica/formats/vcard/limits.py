"""How much of a vCard is read, beside the limits that hold for every contact (formats.limits)."""

from typing import Final

CARD_TEXT: Final = 16 * 1024 * 1024
"""Characters of one card, photos included; a longer one is rejected without being held in memory."""

CARD_LINES: Final = 250_000
"""Lines of one card; a line costs memory whatever is in it."""

HEAD: Final = 16_000
"""Characters of a property's name and parameters; parameters that do not end before are not read."""

MEMBERS: Final = 20_000
"""Members of one group card."""
