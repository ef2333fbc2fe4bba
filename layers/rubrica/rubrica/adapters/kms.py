"""Encryption with two KMS keys: credentials under one, each import's data key under the other.

Both bind what they seal to tenant and import by the encryption context.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from rubrica.adapters.aes import AesSealer
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


@contextmanager
def _translated(not_ours: RubricaError) -> Iterator[None]:
    """Raises `not_ours` for what was sealed elsewhere or altered, KeyUnavailable for everything else."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _NOT_OURS:
            raise not_ours from None
        raise KeyUnavailable(code) from None
    except BotoCoreError as error:
        raise KeyUnavailable(type(error).__name__) from None
