"""Encryption with two KMS keys: credentials under one, each import's data key under the other.

Both bind what they seal to tenant and import by the encryption context.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rubrica.adapters.aes import AesSealer
from rubrica.adapters.aws_errors import translated
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.errors import CredentialLost, KeyUnavailable, PageUnreadable, RubricaError
from rubrica.ports import Sealer

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsVault:
    """Implements ports.Vault: KMS encrypts the credential itself."""

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key

    def seal(self, imp: Import, secret: bytes) -> bytes:
        """See ports.Vault."""
        with _translated(KeyUnavailable()):
            answer = self._client.encrypt(KeyId=self._key, Plaintext=secret, EncryptionContext=_context(imp))
        return answer["CiphertextBlob"]

    def open(self, imp: Import, sealed: bytes) -> bytes:
        """See ports.Vault."""
        with _translated(CredentialLost()):
            answer = self._client.decrypt(KeyId=self._key, CiphertextBlob=sealed, EncryptionContext=_context(imp))
        return answer["Plaintext"]


class KmsDataKeys:
    """Implements ports.DataKeys. Remembers the data key it unwrapped last, and only that one."""

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key
        self._last: tuple[TenantId, ImportId, bytes] | None = None
        self._sealer: Sealer | None = None

    def make(self, imp: Import) -> tuple[Sealer, bytes]:
        """See ports.DataKeys."""
        with _translated(KeyUnavailable()):
            answer = self._client.generate_data_key(KeyId=self._key, KeySpec="AES_256", EncryptionContext=_context(imp))
        return AesSealer(imp, answer["Plaintext"]), answer["CiphertextBlob"]

    def unwrap(self, imp: Import, wrapped: bytes) -> Sealer:
        """See ports.DataKeys."""
        asked = imp.tenant, imp.id, wrapped
        if self._sealer is None or self._last != asked:
            with _translated(PageUnreadable()):
                answer = self._client.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=_context(imp))
            self._last, self._sealer = asked, AesSealer(imp, answer["Plaintext"])
        return self._sealer


def _context(imp: Import) -> dict[str, str]:
    return {"tenant": imp.tenant, "import": str(imp.id)}


def _translated(not_ours: RubricaError) -> AbstractContextManager[None]:
    """Raises `not_ours` for what was sealed elsewhere or altered, KeyUnavailable for everything else."""
    return translated(lambda code, _: not_ours if code in _NOT_OURS else KeyUnavailable(code))
