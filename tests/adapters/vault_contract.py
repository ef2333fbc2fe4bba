"""What every vault promises (ports.Vault)."""

from dataclasses import replace

import pytest

from rubrica.domain.credential import Spent, Token
from rubrica.domain.imports import Import, ImportId, TenantId
from rubrica.errors import CredentialLost
from rubrica.ports import Vault
from tests.fakes import CREDENTIAL, any_import

IMP = any_import()
OTHERS = [replace(IMP, id=ImportId(7)), replace(IMP, tenant=TenantId("tenant-b"))]
TOKEN = Token("ya29." + "x" * 6_000, ("contacts.readonly",)).pack()


class VaultContract:
    """Each test gets an empty `vault`."""

    def test_a_secret_opens_for_its_own_import(self, vault: Vault) -> None:
        assert vault.open(IMP, vault.seal(IMP, CREDENTIAL.pack())) == CREDENTIAL.pack()

    def test_a_secret_can_be_longer_than_what_the_key_service_encrypts(self, vault: Vault) -> None:
        for secret in (b"", TOKEN, b"x" * 64 * 1024):
            assert vault.open(IMP, vault.seal(IMP, secret)) == secret

    def test_a_secret_of_no_bounds_is_not_kept(self, vault: Vault) -> None:
        sealed = vault.seal(IMP, b"secret")

        with pytest.raises(ValueError, match="too large"):
            vault.seal(IMP, b"x" * (64 * 1024 + 1))
        with pytest.raises(ValueError, match="too large"):
            vault.reseal(IMP, sealed, b"x" * (64 * 1024 + 1))

    @pytest.mark.parametrize("other", OTHERS)
    def test_a_secret_of_another_import_or_tenant_is_lost(self, vault: Vault, other: Import) -> None:
        sealed = vault.seal(IMP, b"secret")

        with pytest.raises(CredentialLost):
            vault.open(other, sealed)
        vault.open(IMP, sealed)
        with pytest.raises(CredentialLost):
            vault.open(other, sealed)
        with pytest.raises(CredentialLost):
            vault.reseal(other, sealed, b"another")

    def test_what_was_sealed_anew_opens_and_so_does_the_old(self, vault: Vault) -> None:
        first = vault.seal(IMP, b"code")
        assert vault.open(IMP, first) == b"code"

        second = vault.reseal(IMP, first, Spent().pack())
        third = vault.reseal(IMP, second, TOKEN)

        assert [vault.open(IMP, sealed) for sealed in (third, second, first)] == [TOKEN, Spent().pack(), b"code"]

    def test_what_is_no_sealed_secret_is_lost(self, vault: Vault) -> None:
        for rubbish in (
            b"",
            b"\x01",
            b"\x01\x00",
            b"\x01\x00\x01",
            b"\x01\xff\xff" + b"x" * 99,
            b"rubbish",
            b"\x02abc",
        ):
            with pytest.raises(CredentialLost):
                vault.open(IMP, rubbish)
            with pytest.raises(CredentialLost):
                vault.reseal(IMP, rubbish, b"secret")

    def test_a_secret_that_was_cut_is_lost(self, vault: Vault) -> None:
        sealed = vault.seal(IMP, b"")

        for length in range(0, len(sealed), 7):
            with pytest.raises(CredentialLost):
                vault.open(IMP, sealed[:length])
