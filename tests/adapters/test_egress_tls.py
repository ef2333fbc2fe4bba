"""TLS: the name's certificate is checked whatever address was connected to, and there is no way round it."""

import ssl
import warnings
from pathlib import Path

import pytest
from scripted_socket import Authority, listening, reply

from rubrica.adapters.egress import GuardedEgress
from rubrica.errors import AnswerTruncated, CertificateRefused, ServerSilent
from rubrica.ports import Request


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("tls"))


def _fetch(context: ssl.SSLContext, trusted: Path | None, name: str = "dav.example.com") -> bytes:
    """Fetch over TLS from a server on loopback that is known as `name`."""
    egress = GuardedEgress(allow_loopback=True, resolve=lambda _host, _port: ["127.0.0.1"], authorities=trusted)
    try:
        with (
            listening(reply(b"safe" * 500_000), context) as server,
            egress.exchange(Request("GET", f"https://{name}:{server.port}/", silence=2)) as received,
        ):
            return b"".join(received.chunks())
    finally:
        egress.close()


def test_a_certificate_for_the_name_is_accepted(authority: Authority) -> None:
    assert _fetch(authority.context("dav.example.com"), authority.file) == b"safe" * 500_000


def test_the_name_is_sent_to_the_server(authority: Authority) -> None:
    sent: list[str | None] = []
    context = authority.context("dav.example.com")
    context.sni_callback = lambda _socket, name, _context: sent.append(name)

    _fetch(context, authority.file)

    assert sent == ["dav.example.com"]


@pytest.mark.parametrize("name", ["other.example.com", "example.com", "*.com", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(authority: Authority, name: str) -> None:
    with pytest.raises(CertificateRefused):
        _fetch(authority.context(name), authority.file)


def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    with pytest.raises(CertificateRefused):
        _fetch(authority.context("dav.example.com", days=-1), authority.file)


def test_a_self_signed_certificate_is_refused(authority: Authority) -> None:
    with pytest.raises(CertificateRefused):
        _fetch(authority.context("dav.example.com", self_signed=True), authority.file)


def test_an_authority_that_is_not_publicly_trusted_is_refused(authority: Authority) -> None:
    with pytest.raises(CertificateRefused):
        _fetch(authority.context("dav.example.com"), None)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.context("dav.example.com")
    with warnings.catch_warnings():
        # Setting an old version warns, which is why it is the server that does it.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")

    with pytest.raises((CertificateRefused, AnswerTruncated)):
        _fetch(context, authority.file)


def test_a_server_that_speaks_no_tls_is_refused(authority: Authority) -> None:
    egress = GuardedEgress(allow_loopback=True, authorities=authority.file)
    with (
        listening(reply()) as server,
        pytest.raises((CertificateRefused, AnswerTruncated, ServerSilent)),
        egress.exchange(Request("GET", f"https://127.0.0.1:{server.port}/", silence=0.5)),
    ):
        pass
    egress.close()


def test_the_oldest_version_offered_is_1_2(authority: Authority) -> None:
    offered: list[str | None] = []
    context = authority.context("dav.example.com")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.sni_callback = lambda wrapped, _name, _context: offered.append(wrapped.version())

    assert _fetch(context, authority.file) == b"safe" * 500_000
