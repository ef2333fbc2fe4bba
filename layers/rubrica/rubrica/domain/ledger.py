"""The ledger: what became of every record of the source."""

from enum import StrEnum
from typing import NamedTuple


class Fate(StrEnum):
    """What became of a record."""

    ACCEPTED = "accepted"
    MERGED = "merged"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a record was rejected, merged, or accepted with something left out. Stable; each is in docs/errors.md."""

    # The record could not be read.
    CARD_MALFORMED = "card_malformed"
    CARD_UNFINISHED = "card_unfinished"
    CARD_TOO_LARGE = "card_too_large"
    CARD_EMPTY = "card_empty"
    NOT_A_CARD = "not_a_card"
    # The server did not hand the record over.
    CARD_MISSING = "card_missing"
    CARD_REFUSED = "card_refused"
    BOOK_REFUSED = "book_refused"
    # The user did not allow it.
    SCOPE_UNTICKED = "scope_unticked"
    # The record is not a person of its own.
    GROUP = "group"
    SAME_RECORD = "same_record"
    # The contact was accepted and something of it left out.
    VALUES_CAPPED = "values_capped"
    TEXT_CUT = "text_cut"
    TEXT_REPLACED = "text_replaced"
    DATE_UNREADABLE = "date_unreadable"
    LINES_LEFT_OUT = "lines_left_out"


class Entry(NamedTuple):
    """One line of the ledger.

    `place` says where the record stands in the source, never what it says; `reasons` is empty for
    a record accepted whole.
    """

    place: str
    fate: Fate
    reasons: tuple[Reason, ...] = ()
    contact_id: str = ""
