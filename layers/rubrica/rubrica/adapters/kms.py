"""Encryption with two KMS keys: credentials under one, contacts under the other.

KMS makes and unwraps data keys, bound to tenant and import by the encryption context; what they encrypt never goes
there. An access token can be longer than the 4,096 bytes that KMS itself encrypts.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from rubrica.adapters.aes import AesSealer
from rubrica.adapters.aws_errors import translated
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.errors import CredentialLost, KeyUnavailable, PageUnreadable, RubricaError
from rubrica.ports import Sealer

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

LARGEST_SECRET: Final = 64 * 1024
"""Bytes. The caller's fields and the provider's answers have smaller limits; a row has to fit in 400 KB."""

_NOT_OURS: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_VERSION: Final = b"\x01"
_LENGTH: Final = 2
_LONGEST_WRAPPED: Final = 6_144
"""Bytes of ciphertext that KMS takes (Decrypt, CiphertextBlob)."""


class KmsVault:
    """Implements ports.Vault. Remembers the key of what it opened last, and only that one.

    What it seals is a version byte, the length of the wrapped key in two bytes, the wrapped key, and the secret under
    that key (AesSealer). `seal` forgets its key at once: who may only seal cannot open.
    """

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key
        self._last = _LastSealer()

    def seal(self, imp: Import, secret: bytes) -> bytes:
        """See ports.Vault. Raises ValueError past LARGEST_SECRET."""
        with _translated(KeyUnavailable()):
            answer = self._client.generate_data_key(KeyId=self._key, KeySpec="AES_256", EncryptionContext=_context(imp))
        return _envelope(answer["CiphertextBlob"], AesSealer(imp, answer["Plaintext"]), secret)

    def reseal(self, imp: Import, sealed: bytes, secret: bytes) -> bytes:
        """See ports.Vault. Raises ValueError past LARGEST_SECRET."""
        wrapped, _ = _parts(sealed)
        return _envelope(wrapped, self._sealer(imp, wrapped), secret)

    def open(self, imp: Import, sealed: bytes) -> bytes:
        """See ports.Vault."""
        wrapped, body = _parts(sealed)
        try:
            return self._sealer(imp, wrapped).open("credential", 0, body)
        except PageUnreadable:
            raise CredentialLost from None

    def _sealer(self, imp: Import, wrapped: bytes) -> Sealer:
        return self._last.of(imp, wrapped, lambda: self._unwrapped(imp, wrapped))

    def _unwrapped(self, imp: Import, wrapped: bytes) -> bytes:
        with _translated(CredentialLost()):
            answer = self._client.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=_context(imp))
        return answer["Plaintext"]


class KmsDataKeys:
    """Implements ports.DataKeys. Remembers the data key it unwrapped last, and only that one."""

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key
        self._last = _LastSealer()

    def make(self, imp: Import) -> tuple[Sealer, bytes]:
        """See ports.DataKeys."""
        with _translated(KeyUnavailable()):
            answer = self._client.generate_data_key(KeyId=self._key, KeySpec="AES_256", EncryptionContext=_context(imp))
        return AesSealer(imp, answer["Plaintext"]), answer["CiphertextBlob"]

    def unwrap(self, imp: Import, wrapped: bytes) -> Sealer:
        """See ports.DataKeys."""
        return self._last.of(imp, wrapped, lambda: self._unwrapped(imp, wrapped))

    def _unwrapped(self, imp: Import, wrapped: bytes) -> bytes:
        with _translated(PageUnreadable()):
            answer = self._client.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=_context(imp))
        return answer["Plaintext"]


class _LastSealer:
    """Keeps the sealer that was asked for last."""

    def __init__(self) -> None:
        self._last: tuple[tuple[TenantId, ImportId, bytes], Sealer] | None = None

    def of(self, imp: Import, wrapped: bytes, unwrap: Callable[[], bytes]) -> Sealer:
        asked = imp.tenant, imp.id, wrapped
        if self._last is None or self._last[0] != asked:
            self._last = asked, AesSealer(imp, unwrap())
        return self._last[1]


def _envelope(wrapped: bytes, sealer: Sealer, secret: bytes) -> bytes:
    if len(secret) > LARGEST_SECRET:
        raise ValueError("The secret is too large to be kept.")
    return _VERSION + len(wrapped).to_bytes(_LENGTH) + wrapped + sealer.seal("credential", 0, secret)


def _parts(sealed: bytes) -> tuple[bytes, bytes]:
    """The wrapped key, and what it encrypts."""
    start = len(_VERSION) + _LENGTH
    end = start + int.from_bytes(sealed[len(_VERSION) : start])
    wrapped, body = sealed[start:end], sealed[end:]
    if not sealed.startswith(_VERSION) or not body or not 1 <= len(wrapped) <= _LONGEST_WRAPPED:
        raise CredentialLost
    return wrapped, body


def _context(imp: Import) -> dict[str, str]:
    return {"tenant": imp.tenant, "import": str(imp.id)}


def _translated(not_ours: RubricaError) -> AbstractContextManager[None]:
    """Raises `not_ours` for what was sealed elsewhere or altered, KeyUnavailable for everything else."""
    return translated(lambda code, _: not_ours if code in _NOT_OURS else KeyUnavailable(code))
