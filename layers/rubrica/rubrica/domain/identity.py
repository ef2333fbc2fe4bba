"""Identities that a contact keeps: from import to import, and across a repeated slice."""

import hashlib
from typing import Final

_BYTES: Final = 12


def contact_id(*parts: str) -> str:
    """24 hexadecimal digits that stand for these parts, in this order: the same parts, the same id.

    96 bits keep any two of a million contacts apart but for a chance of 1 in 10^17; nothing of the parts can be
    read back from them by looking.
    """
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
