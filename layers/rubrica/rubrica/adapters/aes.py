"""AES-256-GCM under one import's data key, or under the key of one file."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rubrica.domain.imports import Import, ImportId
from rubrica.errors import PageUnreadable

_NONCE: Final = 12
"""Bytes; NIST SP 800-38D recommends 96 bits. Random ones are safe for far more pages than an import has."""

OVERHEAD: Final = _NONCE + 16
"""By how many bytes what is sealed is longer than what it holds."""


class _Sealer:
    """The additional data is owner | kind | number, so nothing sealed can be moved to another place."""

    def __init__(self, owner: str, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._owner = owner

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


class AesSealer(_Sealer):
    """Implements ports.Sealer for an import: its owner is tenant | import."""

    def __init__(self, imp: Import, key: bytes) -> None:
        super().__init__(f"{imp.tenant}|{imp.id}", key)


class FileSealer(_Sealer):
    """Implements ports.Sealer for a file beside an import, whose key opens nothing else."""

    def __init__(self, import_id: ImportId, key: bytes) -> None:
        super().__init__(f"file|{import_id}", key)
