"""What was sealed for one place of one import of one tenant opens nowhere else."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from vault_contract import VaultContract

from rubrica.adapters.aes import AesSealer
from rubrica.adapters.kms import KmsDataKeys, KmsVault
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.errors import CredentialLost, KeyUnavailable, PageUnreadable
from rubrica.ports import Vault
from tests.fakes import CANARY_PASSWORD, CREDENTIAL, Broken, any_import

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

IMP = any_import()
OTHERS = [replace(IMP, id=ImportId(7)), replace(IMP, tenant=TenantId("tenant-b"))]
PLAIN = b"contacts of invented people"


@pytest.fixture
def kms(moto_client: Callable[[str], Any]) -> "KMSClient":
    client: KMSClient = moto_client("kms")
    return client


@pytest.fixture
def key(kms: "KMSClient") -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def other_key(kms: "KMSClient") -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


# --- Credentials ---


class TestKmsVault(VaultContract):
    @pytest.fixture
    def vault(self, kms: "KMSClient", key: str) -> Vault:
        return KmsVault(kms, key)


class CountingKms:
    """Remembers what was asked of a KMS."""

    def __init__(self, client: "KMSClient") -> None:
        self.client = client
        self.calls: list[str] = []

    def generate_data_key(self, **arguments: Any) -> Any:
        self.calls.append("generate_data_key")
        return self.client.generate_data_key(**arguments)

    def decrypt(self, **arguments: Any) -> Any:
        self.calls.append("decrypt")
        return self.client.decrypt(**arguments)


def test_nothing_of_a_secret_is_seen_in_what_was_sealed(kms: "KMSClient", key: str) -> None:
    vault = KmsVault(kms, key)

    sealed = vault.seal(IMP, CREDENTIAL.pack())

    assert CANARY_PASSWORD.encode() not in sealed + vault.reseal(IMP, sealed, CREDENTIAL.pack())
    assert len({vault.reseal(IMP, sealed, b"secret") for _ in range(50)}) == 50


def test_any_altered_byte_loses_the_secret(kms: "KMSClient", key: str) -> None:
    vault = KmsVault(kms, key)
    sealed = vault.seal(IMP, b"secret")
    vault.open(IMP, sealed)

    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        # The emulator answers an altered name of the key, in the first bytes of the wrapped key, as an unknown key.
        with pytest.raises(CredentialLost if not 3 <= position < 39 else (CredentialLost, KeyUnavailable)):
            vault.open(IMP, bytes(altered))


def test_a_secret_does_not_open_with_the_wrapped_key_of_another_import(kms: "KMSClient", key: str) -> None:
    vault, other = KmsVault(kms, key), replace(IMP, id=ImportId(7))
    mine, theirs = vault.seal(IMP, b"secret"), vault.seal(other, b"secret")
    length = 3 + int.from_bytes(mine[1:3])
    assert len(mine) == len(theirs)

    with pytest.raises(CredentialLost):
        vault.open(IMP, mine[:length] + theirs[length:])


def test_the_key_service_is_asked_once_for_all_that_is_opened_and_sealed_anew(kms: "KMSClient", key: str) -> None:
    client = CountingKms(kms)
    sealed = KmsVault(client, key).seal(IMP, b"code")  # type: ignore[arg-type]
    vault = KmsVault(client, key)  # type: ignore[arg-type]

    for _ in range(3):
        vault.open(IMP, sealed)
        sealed = vault.reseal(IMP, sealed, b"token")

    assert client.calls == ["generate_data_key", "decrypt"]


def test_who_has_sealed_a_secret_cannot_open_it_without_the_key_service(kms: "KMSClient", key: str) -> None:
    client = CountingKms(kms)
    vault = KmsVault(client, key)  # type: ignore[arg-type]

    vault.open(IMP, vault.seal(IMP, b"secret"))

    assert client.calls == ["generate_data_key", "decrypt"]


def test_only_the_last_key_is_remembered(kms: "KMSClient", key: str) -> None:
    client = CountingKms(kms)
    vault = KmsVault(client, key)  # type: ignore[arg-type]
    other = replace(IMP, id=ImportId(7))
    mine, theirs = vault.seal(IMP, b"mine"), vault.seal(other, b"theirs")

    opened = [vault.open(IMP, mine), vault.open(other, theirs), vault.open(IMP, mine)]

    assert opened == [b"mine", b"theirs", b"mine"]
    assert client.calls.count("decrypt") == 3


def test_a_key_that_could_not_be_unwrapped_is_not_taken_for_the_last_one(kms: "KMSClient", key: str) -> None:
    vault = KmsVault(kms, key)
    sealed = vault.seal(IMP, b"secret")
    vault.open(IMP, sealed)
    other = replace(IMP, id=ImportId(7))

    for _ in range(2):
        with pytest.raises(CredentialLost):
            vault.open(other, sealed)

    assert vault.open(IMP, sealed) == b"secret"


# --- Data keys and pages ---


def test_pages_open_with_the_unwrapped_key(kms: "KMSClient", key: str) -> None:
    sealer, wrapped = KmsDataKeys(kms, key).make(IMP)

    sealed = sealer.seal("page", 1, PLAIN)

    assert KmsDataKeys(kms, key).unwrap(IMP, wrapped).open("page", 1, sealed) == PLAIN
    assert PLAIN not in sealed


def test_two_imports_have_two_keys(kms: "KMSClient", key: str) -> None:
    keys = KmsDataKeys(kms, key)
    first, second = keys.make(IMP), keys.make(IMP)

    assert first[1] != second[1]
    with pytest.raises(PageUnreadable):
        second[0].open("page", 1, first[0].seal("page", 1, PLAIN))


@pytest.mark.parametrize("other", OTHERS)
def test_a_wrapped_key_of_another_import_or_tenant_is_refused(kms: "KMSClient", key: str, other: Import) -> None:
    keys = KmsDataKeys(kms, key)
    _, wrapped = keys.make(IMP)

    with pytest.raises(PageUnreadable):
        keys.unwrap(other, wrapped)


@pytest.mark.parametrize("other", OTHERS)
def test_a_key_that_was_just_unwrapped_is_not_handed_to_another_import(
    kms: "KMSClient", key: str, other: Import
) -> None:
    keys = KmsDataKeys(kms, key)
    _, wrapped = keys.make(IMP)
    keys.unwrap(IMP, wrapped)

    with pytest.raises(PageUnreadable):
        keys.unwrap(other, wrapped)


def test_a_key_is_unwrapped_once_for_many_reads_of_one_import() -> None:
    calls: list[str] = []

    class Counting:
        def decrypt(self, **_: Any) -> dict[str, bytes]:
            calls.append("decrypt")
            return {"Plaintext": b"k" * 32}

    keys = KmsDataKeys(Counting(), "key")  # type: ignore[arg-type]

    assert keys.unwrap(IMP, b"wrapped") is keys.unwrap(IMP, b"wrapped")
    keys.unwrap(OTHERS[0], b"wrapped")
    keys.unwrap(IMP, b"wrapped anew")
    keys.unwrap(IMP, b"wrapped")
    assert len(calls) == 4


SEALER = AesSealer(IMP, b"k" * 32)
SEALED = SEALER.seal("page", 1, PLAIN)


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_one_flipped_bit_makes_a_page_unreadable(bit: int) -> None:
    altered = bytearray(SEALED)
    altered[bit // 8] ^= 1 << bit % 8

    with pytest.raises(PageUnreadable):
        SEALER.open("page", 1, bytes(altered))


@given(st.integers(0, len(SEALED) - 1))
def test_a_page_that_was_cut_is_unreadable(length: int) -> None:
    with pytest.raises(PageUnreadable):
        SEALER.open("page", 1, SEALED[:length])


@pytest.mark.parametrize(("kind", "number"), [("page", 2), ("ledger", 1), ("cursor", 0), ("page", 11), ("", 1)])
def test_a_page_that_was_moved_is_unreadable(kind: str, number: int) -> None:
    with pytest.raises(PageUnreadable):
        SEALER.open(kind, number, SEALED)


@pytest.mark.parametrize("other", OTHERS)
def test_a_page_under_another_import_or_tenant_is_unreadable_even_with_its_key(other: Import) -> None:
    with pytest.raises(PageUnreadable):
        AesSealer(other, b"k" * 32).open("page", 1, SEALED)


def test_the_same_page_is_never_sealed_the_same_way() -> None:
    assert len({SEALER.seal("page", 1, PLAIN) for _ in range(50)}) == 50


@given(st.binary(max_size=300), st.text(max_size=5), st.integers(0, 10**6))
def test_whatever_was_sealed_opens(plain: bytes, kind: str, number: int) -> None:
    kind = kind.encode("utf-8", "replace").decode()

    assert SEALER.open(kind, number, SEALER.seal(kind, number, plain)) == plain


# --- KMS in trouble ---


def every_call(client: Any) -> list[Any]:
    vault, keys = KmsVault(client, "key"), KmsDataKeys(client, "key")
    return [
        lambda: vault.seal(IMP, b"secret"),
        lambda: vault.open(IMP, b"\x01\x00\x07wrapped" + b"x" * 40),
        lambda: vault.reseal(IMP, b"\x01\x00\x07wrapped" + b"x" * 40, b"secret"),
        lambda: keys.make(IMP),
        lambda: keys.unwrap(IMP, b"wrapped"),
    ]


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "DisabledException", "AccessDeniedException", "KMSInternalException", "NotFoundException"],
)
def test_a_key_in_trouble_is_told_with_the_services_code_and_without_its_text(code: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "canary-secret"}}, "Decrypt")

    for call in every_call(Broken(error)):
        with pytest.raises(KeyUnavailable) as caught:
            call()
        assert caught.value.reason == code
        assert "canary" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_a_key_that_cannot_be_reached_is_in_trouble_as_well() -> None:
    for call in every_call(Broken(EndpointConnectionError(endpoint_url="https://canary.example/"))):
        with pytest.raises(KeyUnavailable) as caught:
            call()
        assert caught.value.reason == "EndpointConnectionError"


def test_the_two_purposes_have_two_keys(kms: "KMSClient", key: str, other_key: str) -> None:
    sealed = KmsVault(kms, key).seal(IMP, b"secret")

    with pytest.raises((CredentialLost, KeyUnavailable)):
        KmsVault(kms, other_key).open(IMP, sealed)
