"""AES-256-GCM under one import's data key."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rubrica.domain.imports import Import
from rubrica.errors import PageUnreadable

_NONCE: Final = 12
"""Bytes; NIST SP 800-38D recommends 96 bits. Random ones are safe for far more pages than an import has."""


class AesSealer:
    """Implements ports.Sealer. The additional data is tenant | import | kind | number, so nothing sealed can be
    moved to another place."""

    def __init__(self, imp: Import, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._owner = f"{imp.tenant}|{imp.id}"

    def seal(self, kind: str, number: int, plain: bytes) -> bytes:
        """See ports.Sealer."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._place(kind, number))

    def open(self, kind: str, number: int, sealed: bytes) -> bytes:
        """See ports.Sealer."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._place(kind, number))
        except (InvalidTag, ValueError):
            raise PageUnreadable from None

    def _place(self, kind: str, number: int) -> bytes:
        return f"{self._owner}|{kind}|{number}".encode()
